//! The local store: what the changelog says, up to one of its marks.
//!
//! INVARIANT: it holds a prefix of the changelog's commits. Its own entries stand among those of
//! [`Space::Meta`], whose other keys are told apart by a byte before them: the place, and which
//! values are long. Where there is no place, whatever else is there is worthless and removed.

use std::sync::Arc;

use bytes::Bytes;
use stores::{Entry, Journal, PartitionJournal, Space, StateReader, StoreError, WriteSet};

use super::changelog::{Long, byte_of, spaces};

/// Before the keys of others in [`Space::Meta`].
const OTHERS: u8 = 1;
/// The key of the place.
const PLACE: [u8; 2] = [0, b'p'];
/// Before the names of long values.
const LONG: [u8; 2] = [0, b'l'];
/// Entries read at once.
const PAGE: usize = 256;

/// The mark that the local store stands at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    /// The mark's offset in the changelog.
    pub(super) offset: u64,
    /// As in [`super::changelog::Mark`].
    pub(super) commit: u64,
    /// Likewise.
    pub(super) identity: u128,
    /// When it was written, in milliseconds.
    pub(super) stamp: i64,
}

impl Place {
    fn write(self) -> Bytes {
        let mut value = Vec::with_capacity(40);
        value.extend(self.offset.to_be_bytes());
        value.extend(self.commit.to_be_bytes());
        value.extend(self.identity.to_be_bytes());
        value.extend(self.stamp.to_be_bytes());
        value.into()
    }

    fn read(value: &[u8]) -> Option<Self> {
        let (offset, rest) = value.split_first_chunk()?;
        let (commit, rest) = rest.split_first_chunk()?;
        let (identity, stamp) = rest.split_first_chunk()?;
        Some(Self {
            offset: u64::from_be_bytes(*offset),
            commit: u64::from_be_bytes(*commit),
            identity: u128::from_be_bytes(*identity),
            stamp: i64::from_be_bytes(stamp.try_into().ok()?),
        })
    }
}

/// The local store of one partition, for its owner.
#[derive(Debug)]
pub(super) struct Local {
    owner: Box<dyn PartitionJournal>,
    reader: Arc<dyn StateReader>,
    place: Option<Place>,
    long: Long,
}

impl Local {
    /// Opens it as the last commit left it.
    pub(super) fn open(journal: &dyn Journal, partition: u32) -> Result<Self, StoreError> {
        let mut local = Self {
            owner: journal.open(partition)?,
            reader: journal.reader(partition)?,
            place: None,
            long: Long::new(),
        };
        let stored = local.reader.get(Space::Meta, &PLACE)?;
        let Some(stored) = stored else {
            local.clear()?;
            return Ok(local);
        };
        let place = Place::read(&stored);
        local.place = Some(place.ok_or_else(|| corrupt("the place"))?);
        local.read_long()?;
        Ok(local)
    }

    /// The mark that it stands at.
    pub(super) fn place(&self) -> Option<Place> {
        self.place
    }

    /// The offset of the next record to take from the log.
    pub(super) fn position(&self) -> u64 {
        self.owner.position()
    }

    /// The parts of each long value.
    pub(super) fn long(&self) -> &Long {
        &self.long
    }

    /// Moves it to a later mark.
    pub(super) fn apply(
        &mut self,
        position: u64,
        place: Place,
        mut entries: Vec<Entry>,
        long: Long,
    ) -> Result<(), StoreError> {
        for entry in &mut entries {
            entry.key = stored_key(entry.space, &entry.key);
        }
        entries.push(put(PLACE.to_vec(), Some(place.write())));
        for ((space, key), parts) in &long {
            let is_known = self.long.contains_key(&(*space, key.clone()));
            let parts = (*parts > 0).then(|| Bytes::copy_from_slice(&parts.to_be_bytes()));
            if parts.is_some() || is_known {
                let named = [&LONG[..], &[byte_of(*space)], key].concat();
                entries.push(put(named, parts));
            }
        }
        self.commit(position, entries)?;
        self.place = Some(place);
        for (name, parts) in long {
            if parts > 0 {
                self.long.insert(name, parts);
            } else {
                self.long.remove(&name);
            }
        }
        Ok(())
    }

    /// Removes all of it, the place first: a start in the middle of this begins it anew.
    pub(super) fn clear(&mut self) -> Result<(), StoreError> {
        if self.reader.get(Space::Meta, &PLACE)?.is_some() {
            self.commit(0, vec![put(PLACE.to_vec(), None)])?;
        }
        self.place = None;
        self.long.clear();
        for space in spaces() {
            loop {
                let page = self.reader.scan(space, b"", None, PAGE)?;
                if page.is_empty() {
                    break;
                }
                let entries = page.into_iter().map(|(key, _)| Entry {
                    space,
                    key: key.to_vec(),
                    value: None,
                });
                self.commit(0, entries.collect())?;
            }
        }
        Ok(())
    }

    fn commit(&mut self, position: u64, entries: Vec<Entry>) -> Result<(), StoreError> {
        self.owner.commit(WriteSet {
            position,
            entries,
            ..WriteSet::default()
        })
    }

    fn read_long(&mut self) -> Result<(), StoreError> {
        let mut after: Option<Vec<u8>> = None;
        loop {
            let page = self
                .reader
                .scan(Space::Meta, &LONG, after.as_deref(), PAGE)?;
            for (key, parts) in &page {
                let name = key.get(LONG.len()..).and_then(<[u8]>::split_first);
                let space = name.and_then(|(byte, _)| spaces().find(|it| byte_of(*it) == *byte));
                let parts = <[u8; 4]>::try_from(&**parts);
                let (Some((_, key)), Some(space), Ok(parts)) = (name, space, parts) else {
                    return Err(corrupt("a long value's name"));
                };
                self.long
                    .insert((space, key.to_vec()), u32::from_be_bytes(parts));
            }
            if page.len() < PAGE {
                return Ok(());
            }
            after = page.last().map(|(key, _)| key.to_vec());
        }
    }
}

fn put(key: Vec<u8>, value: Option<Bytes>) -> Entry {
    Entry {
        space: Space::Meta,
        key,
        value,
    }
}

fn corrupt(what: &str) -> StoreError {
    StoreError::Corrupt(format!("{what} in the local store is malformed"))
}

/// A key as the local store has it.
fn stored_key(space: Space, key: &[u8]) -> Vec<u8> {
    if space == Space::Meta {
        return [&[OTHERS], key].concat();
    }
    key.to_vec()
}

/// Reads entries of one partition, without those of the local store itself.
#[derive(Debug)]
pub(super) struct LocalReader(pub(super) Arc<dyn StateReader>);

impl StateReader for LocalReader {
    fn get(&self, space: Space, key: &[u8]) -> Result<Option<Bytes>, StoreError> {
        self.0.get(space, &stored_key(space, key))
    }

    fn scan(
        &self,
        space: Space,
        prefix: &[u8],
        after: Option<&[u8]>,
        limit: usize,
    ) -> Result<Vec<(Bytes, Bytes)>, StoreError> {
        let after = after.map(|after| stored_key(space, after));
        let prefix = stored_key(space, prefix);
        let mut found = self.0.scan(space, &prefix, after.as_deref(), limit)?;
        if space == Space::Meta {
            for (key, _) in &mut found {
                *key = key.slice(1..);
            }
        }
        Ok(found)
    }
}
