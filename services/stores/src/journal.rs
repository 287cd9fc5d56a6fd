//! The port of the journal: the state of a partition's users, moved from one position in the log to
//! the next by write sets that commit as a whole or not at all.
//!
//! A commit need not be durable when it returns: the log is, and `step` is deterministic, so what
//! was lost is worked out again with the same sequence numbers. INVARIANT: what is there after a
//! crash is a prefix of the commits.

use std::fmt::Debug;
use std::sync::Arc;

use bytes::Bytes;

use crate::{NewRecord, StoreError};

/// A kind of entry. Keys of one partition and space are in the order of their bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Space {
    /// A user's state: what `step` needs.
    State,
    /// A user's open profile fields.
    Profile,
    /// A user's facts, one entry each, by (user, timestamp, event id).
    History,
    /// When to look at a user again, by (instant, user).
    Deadline,
    /// A user's state under a definition that is being built, by (definition, user).
    Shadow,
    /// What is known of the partition as a whole.
    Meta,
    /// Records for other partitions that are not surely appended yet.
    Outgoing,
    /// Users whose serving view is not surely written yet.
    Unseen,
}

/// An entry to write, or to remove where there is no value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its kind.
    pub space: Space,
    /// Its key.
    pub key: Vec<u8>,
    /// Its value; `None` removes it.
    pub value: Option<Bytes>,
}

/// What a batch of records of one partition came to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WriteSet {
    /// The offset of the next record to take from the log.
    pub position: u64,
    /// Entries; of two with one key the later counts.
    pub entries: Vec<Entry>,
    /// Records for [`crate::Topic::UserSegments`], published with the commit.
    pub changes: Vec<NewRecord>,
    /// Records for [`crate::Topic::DeadEvents`], likewise.
    pub dead: Vec<NewRecord>,
}

/// Where owners keep the state of their partitions.
pub trait Journal: Debug + Send + Sync {
    /// Opens a partition for its one owner, as the last commit left it.
    fn open(&self, partition: u32) -> Result<Box<dyn PartitionJournal>, StoreError>;

    /// Reads a partition without owning it: sees commits, each whole.
    fn reader(&self, partition: u32) -> Result<Arc<dyn StateReader>, StoreError>;
}

/// One partition, for its owner.
pub trait PartitionJournal: Debug + Send {
    /// The offset of the next record to take from the log; 0 at first.
    fn position(&self) -> u64;

    /// Commits a write set as a whole. On an error nothing of it is there, or all of it is and the
    /// journal must be opened anew.
    fn commit(&mut self, set: WriteSet) -> Result<(), StoreError>;
}

/// Reads entries of one partition.
pub trait StateReader: Debug + Send + Sync {
    /// The value of a key.
    fn get(&self, space: Space, key: &[u8]) -> Result<Option<Bytes>, StoreError>;

    /// Up to `limit` entries with keys that start with `prefix` and are greater than `after`
    /// (from the first where there is none), ascending.
    fn scan(
        &self,
        space: Space,
        prefix: &[u8],
        after: Option<&[u8]>,
        limit: usize,
    ) -> Result<Vec<(Bytes, Bytes)>, StoreError>;
}
