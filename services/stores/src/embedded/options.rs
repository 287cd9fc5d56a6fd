//! The bounds of an embedded store.

use std::sync::Arc;

use super::clock::{Clock, SystemClock};

/// The bounds of an embedded store.
#[derive(Debug, Clone)]
pub struct Options {
    /// Partitions of every topic, at least 1; a directory keeps those it was made with.
    pub partitions: u32,
    /// What stamps records.
    pub clock: Arc<dyn Clock>,
    /// Bytes of appends that wait to be synced; beyond them, appends are refused as unavailable.
    pub queue_bytes_max: usize,
    /// Bytes of appends that share one sync.
    pub group_bytes_max: usize,
    /// Bytes of free disk below which writes are refused as full, so that what runs in the
    /// background still finds room.
    pub reserve_bytes: u64,
    /// Bytes of the cache of blocks read.
    pub cache_bytes: u64,
    /// Bytes that one kind of entry gathers in memory before they become a table on disk, and those
    /// of each table that is made of others, but not less than 1 MiB: a table is synced in one go,
    /// and while a large one is, other syncs wait. A directory keeps those it was made with.
    pub memtable_bytes: u64,
    /// Bytes of all that was gathered and is in no table yet, above which each write waits up to half
    /// a second; in memory they take a few times as many where entries are short.
    pub gathered_bytes_max: u64,
    /// Bytes of write-ahead files, and so of everything that is in memory only and has to be read
    /// again at start; at least 64 MiB.
    pub journal_bytes_max: u64,
    /// OpenDatabase files kept; at least 10.
    pub open_files_max: usize,
}

impl Default for Options {
    fn default() -> Self {
        const MIB: u64 = 1024 * 1024;
        Self {
            partitions: 2,
            clock: Arc::new(SystemClock),
            queue_bytes_max: 64 * MIB as usize,
            group_bytes_max: 8 * MIB as usize,
            reserve_bytes: 64 * MIB,
            cache_bytes: 32 * MIB,
            memtable_bytes: 8 * MIB,
            gathered_bytes_max: 192 * MIB,
            journal_bytes_max: 256 * MIB,
            open_files_max: 256,
        }
    }
}
