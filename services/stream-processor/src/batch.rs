//! What a batch of records comes to before it is committed.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use bytes::Bytes;
use stores::{Entry, NewRecord, Space};

use crate::traces::TakenTrace;
use crate::user::User;

/// Changes to a partition that are not committed yet.
#[derive(Debug, Default)]
pub(crate) struct Batch {
    /// Users who are another than in the journal, or were looked at.
    pub(crate) users: HashMap<Arc<str>, Box<User>>,
    /// Entries beside users' states and profiles.
    pub(crate) entries: Vec<Entry>,
    /// Changes of membership to publish.
    pub(crate) changes: Vec<NewRecord>,
    /// Records that cannot be used, to publish.
    pub(crate) dead: Vec<NewRecord>,
    /// The instants of those that a fact caused.
    pub(crate) caused_by_facts: Vec<i64>,
    /// How the sizes of segments change.
    pub(crate) sizes: BTreeMap<Arc<str>, i64>,
    /// Those of the records taken, as far as they are sampled.
    pub(crate) traces: Vec<TakenTrace>,
    /// Records for other partitions so far.
    pub(crate) outgoing: u32,
}

impl Batch {
    /// Writes an entry.
    pub(crate) fn put(&mut self, space: Space, key: Vec<u8>, value: impl Into<Bytes>) {
        let value = Some(value.into());
        self.entries.push(Entry { space, key, value });
    }

    /// Removes an entry.
    pub(crate) fn remove(&mut self, space: Space, key: Vec<u8>) {
        let value = None;
        self.entries.push(Entry { space, key, value });
    }

    /// Whether there is nothing to commit but perhaps a position.
    pub(crate) fn is_empty(&self) -> bool {
        self.users.is_empty()
            && self.entries.is_empty()
            && self.changes.is_empty()
            && self.dead.is_empty()
    }
}
