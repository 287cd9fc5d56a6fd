//! The database with its keyspaces, as long as it is open.

use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use fjall::compaction::Leveled;
use fjall::config::{BlockSizePolicy, CompressionPolicy};
use fjall::{
    CompressionType, Database, Guard, Keyspace, KeyspaceCreateOptions, PersistMode, Readable, Slice,
};

use crate::{Space, Topic};

use super::block;
use super::directory::sync_entries;
use super::engine::Fault;
use super::options::Options;
use super::sync::Syncer;
use super::tail::{TOPICS, Tails};

/// Bytes of what is read and compressed together of the log.
const LOG_BLOCK_BYTES: u32 = 64 * 1024;

/// Threads that write and merge tables. INVARIANT: one. It syncs the write-ahead file and then writes
/// what was gathered; a second one could set more aside in between, and a power cut then leave a table
/// that is ahead of the write-ahead file, and so of the position.
const WORKERS: usize = 1;

/// New tables that are merged at once: states and views are written again and again, and the more of
/// them come together, the less often the older tables are copied. (Values in files of their own would
/// be copied least; but fjall 3.1 does not sync the folder of those, and a power cut takes all.)
const TABLES_MERGED: u8 = 8;

/// The open database. Whoever drops it has closed it: nothing of it may be kept elsewhere.
pub(super) struct OpenDatabase {
    pub(super) database: Database,
    pub(super) syncer: Syncer,
    /// By topic, then partition, as [`Tails`] counts them.
    logs: Vec<Keyspace>,
    /// By the numbers of the spaces.
    spaces: Vec<Keyspace>,
    /// The position of each partition's journal.
    pub(super) positions: Keyspace,
    /// The view's users.
    pub(super) users: Keyspace,
    /// The view's members, by segment and user.
    pub(super) members: Keyspace,
    /// The view's sizes, by partition and segment.
    pub(super) counts: Keyspace,
}

/// The names of the keyspaces of the journal's spaces, in the order of their numbers.
const SPACES: [(Space, &str); 8] = [
    (Space::State, "state"),
    (Space::Profile, "profile"),
    (Space::History, "history"),
    (Space::Deadline, "deadline"),
    (Space::Shadow, "shadow"),
    (Space::Meta, "meta"),
    (Space::Outgoing, "outgoing"),
    (Space::Unseen, "unseen"),
];

impl OpenDatabase {
    /// Opens the database, and makes it where there is none.
    pub(super) fn open(path: &Path, options: &Options) -> Result<Self, Fault> {
        let database = Database::builder(path)
            .cache_size(options.cache_bytes)
            // It is read once, at the next start; compressing it would cost every commit.
            .journal_compression(CompressionType::None)
            .max_journaling_size(options.journal_bytes_max.max(64 * 1024 * 1024))
            .worker_threads(WORKERS)
            .max_cached_files(Some(options.open_files_max.max(10)))
            .open()?;
        let table_bytes = options.memtable_bytes.max(1 << 20);
        let tables = Leveled::default()
            .with_table_target_size(table_bytes)
            .with_l0_threshold(TABLES_MERGED);
        let tables = Arc::new(tables);
        let keyspace = || {
            KeyspaceCreateOptions::default()
                .max_memtable_size(options.memtable_bytes)
                .compaction_strategy(Arc::<Leveled>::clone(&tables))
        };
        let log = || {
            keyspace()
                .data_block_size_policy(BlockSizePolicy::all(LOG_BLOCK_BYTES))
                .data_block_compression_policy(CompressionPolicy::all(CompressionType::Lz4))
        };
        let mut logs = Vec::new();
        for topic in TOPICS {
            for partition in 0..options.partitions {
                logs.push(database.keyspace(&format!("{}-{partition}", topic.name()), log)?);
            }
        }
        let make = |name: &str| database.keyspace(name, keyspace);
        let spaces = SPACES.iter().map(|(_, name)| make(name));
        Ok(Self {
            logs,
            spaces: spaces.collect::<Result<_, _>>()?,
            positions: make("positions")?,
            users: make("users")?,
            members: make("members")?,
            counts: make("counts")?,
            database,
            syncer: Syncer::new(path).map_err(fjall::Error::from)?,
        })
    }

    /// Makes a database with all it will ever have, durably.
    pub(super) fn make(path: &Path, options: &Options) -> Result<(), Fault> {
        let made = Self::open(path, options)?;
        // The database syncs what is in a keyspace's directory, but not that it is there.
        let keyspaces = made.positions.path().parent().map(Path::to_path_buf);
        drop(made);
        if let Some(keyspaces) = keyspaces {
            sync_entries(&keyspaces).map_err(fjall::Error::from)?;
        }
        Ok(())
    }

    /// Moves the tails to where the partitions end.
    pub(super) fn move_tails(&self, tails: &Tails) -> Result<(), Fault> {
        for topic in TOPICS {
            for partition in 0..tails.partitions() {
                let log = self.log(tails, topic, partition)?;
                if let Some(last) = self.database.snapshot().last_key_value(log) {
                    let (base, block) = block_of(last)?;
                    let tail = tails.of(topic, partition)?;
                    tail.publish(&mut tail.lock(), block::end_of(base, block)?);
                }
            }
        }
        Ok(())
    }

    /// The keyspace of a topic's partition. One for each, because its keys then only ever grow:
    /// tables never overlap, and merging them moves files instead of rewriting them.
    pub(super) fn log(
        &self,
        tails: &Tails,
        topic: Topic,
        partition: u32,
    ) -> Result<&Keyspace, Fault> {
        let found = self.logs.get(tails.place(topic, partition)?);
        found.ok_or_else(|| Fault::corrupt("a topic is missing"))
    }

    /// The keyspace of a kind of entry.
    pub(super) fn space(&self, space: Space) -> Result<&Keyspace, Fault> {
        let found = self.spaces.get(space as usize);
        found.ok_or_else(|| Fault::corrupt("a space is missing"))
    }

    /// Whether the database takes writes.
    pub(super) fn check(&self) -> Result<(), Fault> {
        Ok(self.database.persist(PersistMode::Buffer)?)
    }
}

/// The base offset of a block, and the block.
pub(super) fn block_of(entry: Guard) -> Result<(u64, Bytes), Fault> {
    let (key, block) = entry.into_inner()?;
    let base = <[u8; 8]>::try_from(&*key).map_err(|_| Fault::corrupt("the offset of a block"))?;
    Ok((u64::from_be_bytes(base), shared(block)))
}

/// The bytes of a key or a value, without a copy.
pub(super) fn shared(slice: Slice) -> Bytes {
    Bytes::from_owner(slice)
}
