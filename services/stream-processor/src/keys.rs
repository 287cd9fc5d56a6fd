//! Keys of the journal's entries: their bytes sort as what they name does.

/// The partition as a whole: its clock and how many users exist.
pub(crate) const PARTITION: &[u8] = b"partition";
/// The definitions in force, being prepared, and done.
pub(crate) const DEFINITIONS: &[u8] = b"definitions";
/// How far the sweep of a switch has come: the last user's key.
pub(crate) const SWEEP: &[u8] = b"sweep";
/// How far a shadow has come: see [`gathered`].
const GATHERED: &[u8] = b"gathered/";
/// Members of a segment in this partition: followed by the segment's id.
pub(crate) const COUNT: &[u8] = b"count/";
/// How a segment has grown in the present day: followed by its id.
pub(crate) const GROWTH: &[u8] = b"growth/";
/// Events of a type in the present hour: followed by the type.
pub(crate) const HOURLY: &[u8] = b"hourly/";
/// What the view is marked with that has everything of the partition.
pub(crate) const VIEW_MARK: &[u8] = b"view-mark";
/// Parts of a transfer that is not whole yet: see [`part_for`].
pub(crate) const TRANSFER: &[u8] = b"transfer/";
/// Transfers that were applied: followed by the transfer's id.
pub(crate) const TRANSFERRED: &[u8] = b"transferred/";

/// The last deadline of a user whose state was not written with it: followed by the user.
pub(crate) const FIRED: &[u8] = b"fired/";

/// `prefix` followed by `rest`.
pub(crate) fn under(prefix: &[u8], rest: &[u8]) -> Vec<u8> {
    [prefix, rest].concat()
}

/// The prefix of a user's history: no user's is the beginning of another's.
pub(crate) fn history_of(user: &str) -> Vec<u8> {
    let mut key = Vec::with_capacity(user.len() + 32);
    key.extend((user.len() as u32).to_be_bytes());
    key.extend(user.as_bytes());
    key
}

/// A fact in a user's history; they sort by (timestamp, id bytes).
pub(crate) fn history(user: &str, timestamp: i64, id: &str) -> Vec<u8> {
    let mut key = history_of(user);
    key.extend(instant(timestamp));
    key.extend(id.as_bytes());
    key
}

/// The timestamp and the id of a history key that starts with `prefix_len` bytes of its user.
pub(crate) fn history_parts(key: &[u8], prefix_len: usize) -> Option<(i64, &str)> {
    let (timestamp, id) = read_instant(key.get(prefix_len..)?)?;
    Some((timestamp, str::from_utf8(id).ok()?))
}

/// The user, the timestamp and the id of any history key.
pub(crate) fn history_all_parts(key: &[u8]) -> Option<(&str, i64, &str)> {
    let (length, rest) = key.split_first_chunk::<4>()?;
    let user = rest.get(..u32::from_be_bytes(*length) as usize)?;
    let (timestamp, id) = history_parts(key, length.len() + user.len())?;
    Some((str::from_utf8(user).ok()?, timestamp, id))
}

/// The prefix of the parts of transfers that are not whole yet to a user.
pub(crate) fn parts_for(user: &str) -> Vec<u8> {
    under(TRANSFER, &history_of(user))
}

/// A part of a transfer to a user.
pub(crate) fn part_for(user: &str, transfer: &str, part: u32) -> Vec<u8> {
    under(&parts_for(user), format!("{transfer}/{part}").as_bytes())
}

/// When to look at a user again.
pub(crate) fn deadline(at: i64, user: &str) -> Vec<u8> {
    under(&instant(at), user.as_bytes())
}

/// The instant and the user of a deadline's key.
pub(crate) fn deadline_parts(key: &[u8]) -> Option<(i64, &str)> {
    let (at, user) = read_instant(key)?;
    Some((at, str::from_utf8(user).ok()?))
}

/// What was gathered of a user in a shadow.
pub(crate) fn shadow(number: u64, user: &str) -> Vec<u8> {
    under(&number.to_be_bytes(), user.as_bytes())
}

/// How far a shadow has come.
pub(crate) fn gathered(number: u64) -> Vec<u8> {
    under(GATHERED, &number.to_be_bytes())
}

/// A record for another partition: the `index`th that the record at `offset` made.
pub(crate) fn outgoing(offset: u64, index: u32) -> Vec<u8> {
    under(&offset.to_be_bytes(), &index.to_be_bytes())
}

/// Sorts as the instant does.
fn instant(millis: i64) -> [u8; 8] {
    (millis as u64 ^ 1 << 63).to_be_bytes()
}

fn read_instant(key: &[u8]) -> Option<(i64, &[u8])> {
    let (bytes, rest) = key.split_first_chunk::<8>()?;
    Some(((u64::from_be_bytes(*bytes) ^ 1 << 63) as i64, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_sort_as_what_they_name() {
        let instants = [i64::MIN, -1, 0, 1, 1_700_000_000_000, i64::MAX];
        let keys: Vec<_> = instants.iter().map(|at| deadline(*at, "u")).collect();
        assert!(keys.is_sorted());
        for (at, key) in instants.iter().zip(&keys) {
            assert_eq!(deadline_parts(key), Some((*at, "u")));
        }
        assert!(history("u", 5, "b") < history("u", 6, "a"));
        assert!(history("u", 5, "a") < history("u", 5, "b"));
        let prefix = history_of("u").len();
        assert_eq!(
            history_parts(&history("u", -5, "e"), prefix),
            Some((-5, "e"))
        );
        let all = history("ann", -5, "e");
        assert_eq!(history_all_parts(&all), Some(("ann", -5, "e")));
    }

    #[test]
    fn no_users_history_is_within_anothers() {
        assert!(!history("ann\0b", 5, "e").starts_with(&history_of("ann")));
        assert!(!history("annb", 5, "e").starts_with(&history_of("ann")));
    }
}
