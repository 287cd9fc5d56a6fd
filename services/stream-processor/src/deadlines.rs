//! When to look at users again: the near deadlines in memory, the rest in the journal.
//!
//! Timers are lazy: an entry stands for a user's deadline and is never later; one that has become
//! too early is found out when it comes. INVARIANT: every entry of the journal up to `loaded` is
//! in memory.

use std::collections::BTreeSet;
use std::sync::Arc;

use stores::{Space, StateReader, StoreError};

use crate::keys;

/// Entries read at once.
const CHUNK: usize = 4_096;
/// Entries in memory; beyond, the later half is left to the journal.
const NEAR_MAX: usize = 131_072;

/// A partition's deadlines, the earliest in memory.
#[derive(Debug, Default)]
pub(crate) struct Deadlines {
    near: BTreeSet<(i64, Arc<str>)>,
    /// The last key that was read; all up to it are in memory.
    loaded: Option<Vec<u8>>,
    /// Whether all there are are in memory.
    is_complete: bool,
}

impl Deadlines {
    /// Adds an entry; the caller writes it to the journal.
    pub(crate) fn add(&mut self, at: i64, user: &Arc<str>) {
        let is_near = self.is_complete
            || self
                .loaded
                .as_ref()
                .is_some_and(|loaded| keys::deadline(at, user) <= *loaded);
        if !is_near {
            return;
        }
        self.near.insert((at, Arc::clone(user)));
        if self.near.len() > NEAR_MAX {
            self.forget_later();
        }
    }

    /// The earliest instant; reads on where memory has none. Everything added must be committed.
    pub(crate) fn first(&mut self, reader: &dyn StateReader) -> Result<Option<i64>, StoreError> {
        while self.near.is_empty() && !self.is_complete {
            let loaded = self.loaded.as_deref();
            let found = reader.scan(Space::Deadline, b"", loaded, CHUNK)?;
            self.is_complete = found.len() < CHUNK;
            for (key, _) in &found {
                let (at, user) = keys::deadline_parts(key)
                    .ok_or_else(|| StoreError::Corrupt("a deadline's key is malformed".into()))?;
                self.near.insert((at, user.into()));
            }
            if let Some((key, _)) = found.last() {
                self.loaded = Some(key.to_vec());
            }
        }
        Ok(self.earliest())
    }

    /// The earliest instant in memory; `None` also where nothing was read yet.
    pub(crate) fn earliest(&self) -> Option<i64> {
        self.near.first().map(|(at, _)| *at)
    }

    /// Takes the earliest entry in memory out if it is before `clock`.
    pub(crate) fn pop_before(&mut self, clock: i64) -> Option<(i64, Arc<str>)> {
        if self.near.first()?.0 >= clock {
            return None;
        }
        self.near.pop_first()
    }

    /// How many are in memory.
    pub(crate) fn near(&self) -> usize {
        self.near.len()
    }

    fn forget_later(&mut self) {
        let mut ascending = self.near.iter();
        let Some((at, user)) = ascending.nth(NEAR_MAX / 2).cloned() else {
            return;
        };
        let later = self.near.split_off(&(at, Arc::clone(&user)));
        drop(later);
        self.near.insert((at, Arc::clone(&user)));
        self.loaded = Some(keys::deadline(at, &user));
        self.is_complete = false;
    }
}
