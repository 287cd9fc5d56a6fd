//! Whole commits, put together from the changelog's records.
//!
//! Compaction takes records whose key is written again later, so what is read as one commit may be
//! the rest of several: the last of them has all that counts. A long value may then lack parts, and
//! is skipped: the same compaction left its later form. At the end nothing may be missing.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use bytes::{Bytes, BytesMut};
use stores::{Entry, StoreError};

use super::changelog::{ChangelogRecord, Long, Mark, Name, Parts, Said};

/// What was read since the last whole commit was taken away.
#[derive(Debug, Default)]
pub(super) struct Gathered {
    entries: Vec<Entry>,
    /// The parts of each long value; `0` where one is none any more.
    long: Long,
    /// Parts, whose value comes after them.
    parts: HashMap<Name, BTreeMap<u32, (Bytes, Parts)>>,
    /// Long values of which parts were missing.
    incomplete: BTreeSet<Name>,
    bytes: usize,
}

impl Gathered {
    /// Takes a record. Returns the mark where it ends a commit: then [`Gathered::take_entries`] has
    /// whole commits.
    pub(super) fn take(&mut self, record: ChangelogRecord) -> Result<Option<Mark>, StoreError> {
        self.bytes += record.key.len() + record.value.as_ref().map_or(0, Bytes::len);
        match record.read()? {
            Said::Mark(mark) => {
                self.parts.clear();
                return Ok(Some(mark));
            }
            Said::Entry(name, value) => self.put(name, value, 0),
            Said::Long(name, parts) => match self.join(&name, parts) {
                Some(value) => self.put(name, Some(value), parts.count),
                None => {
                    self.incomplete.insert(name);
                }
            },
            Said::Part(name, number, Some(part)) => {
                self.parts.entry(name).or_default().insert(number, part);
            }
            Said::Part(_, _, None) => {}
        }
        Ok(None)
    }

    /// Bytes read since entries were taken.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    /// The entries, and what they do to the long values.
    pub(super) fn take_entries(&mut self) -> (Vec<Entry>, Long) {
        self.bytes = 0;
        let long = std::mem::take(&mut self.long);
        (std::mem::take(&mut self.entries), long)
    }

    /// Holds that nothing was missing of what counts.
    pub(super) fn check_whole(&self) -> Result<(), StoreError> {
        match self.incomplete.first() {
            None => Ok(()),
            Some((space, _)) => Err(StoreError::Corrupt(format!(
                "the changelog lacks a part of a value in {space:?}"
            ))),
        }
    }

    fn put(&mut self, name: Name, value: Option<Bytes>, parts: u32) {
        self.incomplete.remove(&name);
        self.entries.push(Entry {
            space: name.0,
            key: name.1.clone(),
            value,
        });
        self.long.insert(name, parts);
    }

    fn join(&self, name: &Name, parts: Parts) -> Option<Bytes> {
        let found = self.parts.get(name)?;
        let mut value = BytesMut::new();
        for number in 0..parts.count {
            let (part, of) = found.get(&number)?;
            if *of != parts {
                return None;
            }
            value.extend_from_slice(part);
        }
        Some(value.freeze())
    }
}
