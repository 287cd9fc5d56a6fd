//! Segments that name segments: no circles, no endless chains.

use std::collections::{BTreeMap, BTreeSet};

use rulelang::limits::SEGMENT_DEPTH_MAX;

/// Who names whom, by id.
pub(crate) type References = BTreeMap<String, Vec<String>>;

/// Why a segment may not name what it names.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ReferenceError {
    /// The ids in order; the last is the first.
    #[error("segments name one another in a circle: {}", .0.join(" → "))]
    Circle(Vec<String>),
    /// Longer than the runtime allows.
    #[error("the chain of segments through `{0}` would be longer than {SEGMENT_DEPTH_MAX}")]
    TooLong(String),
}

/// Whether `id` may name `named`, the others being as they are. They have no circle, and no chain
/// that is too long.
pub(crate) fn check(
    mut references: References,
    id: &str,
    named: &[String],
) -> Result<(), ReferenceError> {
    references.insert(id.to_owned(), named.to_vec());
    if let Some(circle) = circle(&references, id) {
        return Err(ReferenceError::Circle(circle));
    }
    if height(&references, id) + height(&reversed(&references), id) > SEGMENT_DEPTH_MAX {
        return Err(ReferenceError::TooLong(id.to_owned()));
    }
    Ok(())
}

/// The way from a segment back to itself, if there is one.
fn circle(references: &References, id: &str) -> Option<Vec<String>> {
    let (mut seen, mut path) = (BTreeSet::new(), vec![id]);
    let mut open: Vec<std::slice::Iter<'_, String>> = vec![references.get(id)?.iter()];
    while let Some(level) = open.last_mut() {
        match level.next() {
            None => {
                open.pop();
                path.pop();
            }
            Some(next) if next == id => {
                path.push(id);
                return Some(path.into_iter().map(str::to_owned).collect());
            }
            Some(next) if seen.insert(next) => {
                path.push(next);
                open.push(references.get(next).map_or(&[][..], Vec::as_slice).iter());
            }
            Some(_) => {}
        }
    }
    None
}

/// The length of the longest chain from a segment on. Goes level by level, so that it ends at
/// once beyond the longest chain that is allowed.
fn height(references: &References, id: &str) -> usize {
    let mut level = BTreeSet::from([id]);
    for height in 0..=SEGMENT_DEPTH_MAX {
        let next: BTreeSet<&str> = level
            .iter()
            .filter_map(|id| references.get(*id))
            .flatten()
            .map(String::as_str)
            .collect();
        if next.is_empty() {
            return height;
        }
        level = next;
    }
    SEGMENT_DEPTH_MAX + 1
}

fn reversed(references: &References) -> References {
    let mut reversed = References::new();
    for (id, named) in references {
        for target in named {
            let dependents = reversed.entry(target.clone()).or_default();
            dependents.push(id.clone());
        }
    }
    reversed
}

#[cfg(test)]
mod tests {
    use super::*;

    fn references(edges: &[(&str, &str)]) -> References {
        let mut references = References::new();
        for (id, target) in edges {
            let named = references.entry((*id).to_owned()).or_default();
            named.push((*target).to_owned());
        }
        references
    }

    fn names(ids: &[&str]) -> Vec<String> {
        ids.iter().map(|id| (*id).to_owned()).collect()
    }

    #[test]
    fn a_circle_is_told_in_order() {
        let others = references(&[("b", "c"), ("b", "x"), ("c", "a"), ("d", "b")]);
        let error = check(others.clone(), "a", &names(&["x", "b"])).unwrap_err();
        assert_eq!(
            error.to_string(),
            "segments name one another in a circle: a → b → c → a"
        );
        let error = check(others.clone(), "a", &names(&["a"])).unwrap_err();
        assert_eq!(error, ReferenceError::Circle(names(&["a", "a"])));
        assert_eq!(check(others, "e", &names(&["b", "d", "c"])), Ok(()));
    }

    #[test]
    fn a_chain_counts_on_both_sides_of_the_segment() {
        let name = |level: usize| format!("s{level:02}");
        let mut others = References::new();
        for level in (1..=SEGMENT_DEPTH_MAX).filter(|level| *level != 8) {
            others.insert(name(level), vec![name(level - 1)]);
        }
        assert_eq!(check(others.clone(), &name(8), &[name(7)]), Ok(()));
        others.insert("top".to_owned(), vec![name(SEGMENT_DEPTH_MAX)]);
        let error = check(others, &name(8), &[name(7)]);
        assert_eq!(error, Err(ReferenceError::TooLong(name(8))));
    }
}
