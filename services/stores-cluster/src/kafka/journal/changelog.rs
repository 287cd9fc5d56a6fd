//! The changelog's records: what a commit writes, and how it is read again.
//!
//! | key | value |
//! |---|---|
//! | a space's byte, the entry's key | the entry's value; none where it is removed |
//! | a space's byte with the highest bit set, the entry's key, a number of 4 bytes | a part of a long value |
//! | `ff` | the mark: where the commit stands |
//!
//! A long value's own record is empty and says in its header how many parts there are, and of which
//! commit. INVARIANT: the mark is the last record of its transaction.

use std::collections::{BTreeMap, HashSet};

use bytes::Bytes;
use stores::{Entry, Space, StoreError};

/// Bytes of a value from which on it is cut, and of each part: brokers take records of a mebibyte
/// unless told otherwise.
pub(super) const PART_BYTES: usize = 512 * 1024;

/// The key of a mark.
const MARK_KEY: [u8; 1] = [0xff];
/// The bit of a space's byte that makes it a part's.
const PART: u8 = 0x80;
/// The header of a long value's records.
pub(super) const PARTS_HEADER: &str = "parts";
/// The form of marks that this code writes.
const MARK_FORM: u8 = 1;

/// The bytes of spaces. INVARIANT: they never change.
const SPACES: [(Space, u8); 8] = [
    (Space::State, 0),
    (Space::Profile, 1),
    (Space::History, 2),
    (Space::Deadline, 3),
    (Space::Shadow, 4),
    (Space::Meta, 5),
    (Space::Outgoing, 6),
    (Space::Unseen, 7),
];

/// All spaces.
pub(super) fn spaces() -> impl Iterator<Item = Space> {
    SPACES.iter().map(|(space, _)| *space)
}

/// The byte of a space.
pub(super) fn byte_of(space: Space) -> u8 {
    SPACES
        .iter()
        .find(|(one, _)| *one == space)
        .map_or(MARK_KEY[0], |(_, byte)| *byte)
}

fn space_of(byte: u8) -> Option<Space> {
    let found = SPACES.iter().find(|(_, one)| *one == byte);
    found.map(|(space, _)| *space)
}

/// An entry's name.
pub(super) type Name = (Space, Vec<u8>);
/// The parts of each long value.
pub(super) type Long = BTreeMap<Name, u32>;

/// Where a commit stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Mark {
    /// The offset of the next record to take from the log.
    pub(super) position: u64,
    /// Counts the commits of the partition, from 1.
    pub(super) commit: u64,
    /// Names this life of the partition's changelog: a topic made anew has another.
    pub(super) identity: u128,
    /// The group that owns the partitions.
    pub(super) group: String,
}

impl Mark {
    /// The mark's record.
    pub(super) fn record(&self) -> ChangelogRecord {
        let mut value = vec![MARK_FORM];
        value.extend(self.position.to_be_bytes());
        value.extend(self.commit.to_be_bytes());
        value.extend(self.identity.to_be_bytes());
        value.extend(self.group.as_bytes());
        ChangelogRecord {
            key: MARK_KEY.to_vec(),
            value: Some(value.into()),
            parts: None,
        }
    }

    fn read(value: &[u8]) -> Option<Self> {
        let (form, rest) = value.split_first()?;
        let (position, rest) = rest.split_first_chunk()?;
        let (commit, rest) = rest.split_first_chunk()?;
        let (identity, group) = rest.split_first_chunk()?;
        (*form == MARK_FORM).then_some(Self {
            position: u64::from_be_bytes(*position),
            commit: u64::from_be_bytes(*commit),
            identity: u128::from_be_bytes(*identity),
            group: str::from_utf8(group).ok()?.to_owned(),
        })
    }
}

/// What the records of a long value have in common.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Parts {
    pub(super) count: u32,
    /// The commit that wrote them.
    pub(super) commit: u64,
}

impl Parts {
    /// The header's value.
    pub(super) fn header(self) -> [u8; 12] {
        let mut header = [0; 12];
        let (count, commit) = header.split_at_mut(4);
        count.copy_from_slice(&self.count.to_be_bytes());
        commit.copy_from_slice(&self.commit.to_be_bytes());
        header
    }

    /// Reads a header's value.
    pub(super) fn read(header: &[u8]) -> Option<Self> {
        let (count, commit) = header.split_first_chunk()?;
        Some(Self {
            count: u32::from_be_bytes(*count),
            commit: u64::from_be_bytes(commit.try_into().ok()?),
        })
    }
}

/// A record of the changelog.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ChangelogRecord {
    pub(super) key: Vec<u8>,
    /// `None` removes the key.
    pub(super) value: Option<Bytes>,
    pub(super) parts: Option<Parts>,
}

/// What a record says.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Said {
    Mark(Mark),
    /// A value, or that there is none.
    Entry(Name, Option<Bytes>),
    /// A value in parts.
    Long(Name, Parts),
    /// A part, or that it is no longer needed.
    Part(Name, u32, Option<(Bytes, Parts)>),
}

impl ChangelogRecord {
    /// Reads it.
    pub(super) fn read(self) -> Result<Said, StoreError> {
        let malformed = || StoreError::Corrupt("a record of the changelog is malformed".to_owned());
        if self.key == MARK_KEY {
            let mark = self.value.as_deref().and_then(Mark::read);
            return mark.map(Said::Mark).ok_or_else(malformed);
        }
        let (byte, key) = self.key.split_first().ok_or_else(malformed)?;
        let space = space_of(byte & !PART).ok_or_else(malformed)?;
        if byte & PART == 0 {
            let name = (space, key.to_vec());
            return Ok(match self.parts {
                Some(parts) => Said::Long(name, parts),
                None => Said::Entry(name, self.value),
            });
        }
        let (key, number) = key.split_last_chunk().ok_or_else(malformed)?;
        let part = match self.value {
            Some(value) => Some((value, self.parts.ok_or_else(malformed)?)),
            None => None,
        };
        let name = (space, key.to_vec());
        Ok(Said::Part(name, u32::from_be_bytes(*number), part))
    }
}

/// The records of a commit's entries, but the mark; of two entries with one key the later counts.
/// Values of more than `part_bytes` are cut. Also what the entries do to the long values, `0` where
/// one is none any more.
pub(super) fn records_of(
    entries: &[Entry],
    commit: u64,
    long: &Long,
    part_bytes: usize,
) -> (Vec<ChangelogRecord>, Long) {
    let mut records = Vec::with_capacity(entries.len());
    let mut grown = Long::new();
    let mut seen = HashSet::with_capacity(entries.len());
    for entry in entries.iter().rev() {
        if !seen.insert((entry.space, &entry.key)) {
            continue;
        }
        let name = (entry.space, entry.key.clone());
        let before = long.get(&name).copied().unwrap_or(0);
        let value = entry.value.as_ref();
        let cut = value.filter(|value| value.len() > part_bytes);
        let count = cut.map_or(0, |value| value.len().div_ceil(part_bytes)) as u32;
        let parts = cut.map(|_| Parts { count, commit });
        if let (Some(value), Some(_)) = (cut, parts) {
            for (number, at) in (0..).zip((0..value.len()).step_by(part_bytes)) {
                let end = value.len().min(at + part_bytes);
                records.push(part(&name, number, Some(value.slice(at..end)), parts));
            }
        }
        // What an earlier, longer value left: it is somebody's data.
        records.extend((count..before).map(|number| part(&name, number, None, None)));
        let mut key = vec![byte_of(entry.space)];
        key.extend(&entry.key);
        let value = if parts.is_some() {
            Some(Bytes::new())
        } else {
            entry.value.clone()
        };
        records.push(ChangelogRecord { key, value, parts });
        if count != before {
            grown.insert(name, count);
        }
    }
    (records, grown)
}

fn part(name: &Name, number: u32, value: Option<Bytes>, parts: Option<Parts>) -> ChangelogRecord {
    let mut key = vec![byte_of(name.0) | PART];
    key.extend(&name.1);
    key.extend(number.to_be_bytes());
    ChangelogRecord { key, value, parts }
}
