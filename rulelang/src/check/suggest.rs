//! "Did you mean": the nearest of the names that would have been right.

/// Characters of the longest name that anybody mistypes; to compare two takes the product of their
/// lengths.
const NAME_CHARACTERS_MAX: usize = 64;

/// The candidate nearest to `name`, if it is near enough to be a typing mistake: equal but for
/// letter case, or at most a third of its characters edited. `None` of one that is no typing mistake
/// because it is longer than 64 characters.
pub fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let length = name.chars().take(NAME_CHARACTERS_MAX + 1).count();
    if length > NAME_CHARACTERS_MAX {
        return None;
    }
    let folded = name.to_lowercase();
    let limit = (length / 3).max(1);
    let is_as_long = |candidate: &&str| {
        let longest = length + limit;
        let other = candidate.chars().take(longest + 1).count();
        other <= longest && other + limit >= length
    };
    candidates
        .into_iter()
        .filter(is_as_long)
        .map(|candidate| {
            let lower = candidate.to_lowercase();
            (strsim::damerau_levenshtein(&folded, &lower), candidate)
        })
        .filter(|(distance, _)| *distance <= limit)
        .min_by_key(|(distance, candidate)| (*distance, *candidate))
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_near_is_meant_and_what_is_long_is_not_a_typing_mistake() {
        assert_eq!(
            nearest("contry", ["county", "country", "c"]),
            Some("country")
        );
        assert_eq!(nearest("Plan", ["plan"]), Some("plan"));
        assert_eq!(nearest("a", ["country"]), None);
        let name = "n".repeat(NAME_CHARACTERS_MAX);
        let longer = format!("{name}n");
        assert_eq!(nearest(&name, [longer.as_str()]), Some(longer.as_str()));
        assert_eq!(nearest(&longer, [longer.as_str()]), None);
        // It took minutes.
        assert_eq!(nearest("country", ["n".repeat(10_000_000).as_str()]), None);
    }
}
