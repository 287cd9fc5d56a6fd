//! The port of the log: records in the order of arrival, each stamped as it is appended.
//!
//! INVARIANT: within a partition, offsets are contiguous from 0 and stamps never fall. On a cluster
//! less is promised, as the adapter says: offsets rise, but where a journal publishes the ends of its
//! commits take some.

use std::fmt::Debug;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use bytestring::ByteString;

use crate::{Destination, StoreError};

/// A topic of the platform; its name is the one on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Topic {
    /// Facts and control records, keyed by user: the truth.
    UserEvents,
    /// What became of segments' definitions, for the world, keyed by segment.
    SegmentUpdates,
    /// Changes of membership, keyed by user. Only a [`crate::Journal`] writes them.
    UserSegments,
    /// What campaigns ask to be sent, keyed by user.
    NotificationRequests,
    /// Records of [`Topic::UserEvents`] that cannot be used. Only a [`crate::Journal`] writes them.
    DeadEvents,
}

impl Topic {
    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::UserEvents => "user-events",
            Self::SegmentUpdates => "segment-updates",
            Self::UserSegments => "user-segments",
            Self::NotificationRequests => "notification-requests",
            Self::DeadEvents => "user-events.dlq",
        }
    }

    /// Whether only a [`crate::Journal`] writes it.
    pub fn is_the_journals(self) -> bool {
        matches!(self, Self::UserSegments | Self::DeadEvents)
    }
}

/// What travels beside a message, by name. Texts share the bytes of what they were read from.
pub type Headers = Vec<(ByteString, ByteString)>;

/// Headers whose names are known beforehand.
pub fn headers<const N: usize>(named: [(&'static str, ByteString); N]) -> Headers {
    let named = named.map(|(name, value)| (ByteString::from_static(name), value));
    named.into()
}

/// A record to append.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewRecord {
    /// The partition; see [`crate::partition_of`].
    pub partition: u32,
    /// The user, or the segment; empty for a control record.
    pub key: String,
    /// The message.
    pub value: Bytes,
    /// What travels beside it, by name.
    pub headers: Headers,
}

/// A record as the log holds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// Its place in its partition.
    pub offset: u64,
    /// When it was appended, in milliseconds.
    pub stamp: i64,
    /// As in [`NewRecord::key`].
    pub key: String,
    /// The message.
    pub value: Bytes,
    /// As in [`NewRecord::headers`].
    pub headers: Headers,
}

/// One topic of the log.
#[async_trait]
pub trait Log: Debug + Send + Sync {
    /// How many partitions it has; never changes.
    fn partitions(&self) -> u32;

    /// Where it is, for traces to say.
    fn destination(&self) -> Destination<'_>;

    /// Appends records and stamps them. Records of one call in one partition stay in order, and
    /// adjacent where one process has the log to itself. All are durable when this returns, or, on
    /// an error, none is promised.
    async fn append(&self, records: Vec<NewRecord>) -> Result<(), StoreError>;

    /// The offset that the next record of a partition gets: one past the newest record to be read.
    fn end(&self, partition: u32) -> Result<u64, StoreError>;

    /// The ends of all partitions, for whoever tells of them and must not wait long.
    fn ends(&self) -> Result<Vec<u64>, StoreError> {
        (0..self.partitions())
            .map(|partition| self.end(partition))
            .collect()
    }

    /// The offset up to which records surely stay what they are. It may be less than the end where
    /// a [`crate::Journal`] writes: what a power cut takes of its records comes again, in another
    /// order.
    fn durable_end(&self, partition: u32) -> Result<u64, StoreError> {
        self.end(partition)
    }

    /// Reads a partition from an offset on.
    fn reader(&self, partition: u32, from: u64) -> Result<Box<dyn LogReader>, StoreError>;
}

/// Reads one partition in order. It blocks, so it belongs on a thread of its own.
pub trait LogReader: Debug + Send {
    /// The next records, durable ones only (but those of a [`crate::Journal`]): at least one and about `bytes_max` bytes of them, or
    /// none when none came within `wait`.
    fn next(&mut self, bytes_max: usize, wait: Duration) -> Result<Vec<Record>, StoreError>;
}
