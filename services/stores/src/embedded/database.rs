//! The database with its keyspaces, as long as it is open.

use std::path::Path;
use std::sync::OnceLock;

use bytes::Bytes;
use fjall::config::{BlockSizePolicy, CompressionPolicy};
use fjall::{
    CompressionType, Database, Guard, Keyspace, KeyspaceCreateOptions, PersistMode, Readable, Slice,
};

use crate::{Space, Topic};

use super::block;
use super::directory::sync_entries;
use super::engine::Fault;
use super::options::Options;
use super::recovery::recover;
use super::tail::{TOPICS, Tails};

/// The open database. Whoever drops it has closed it: nothing of it may be kept elsewhere.
pub(super) struct OpenDatabase {
    pub(super) database: Database,
    options: KeyspaceCreateOptions,
    /// By topic, then partition, as [`Tails`] counts them; made when they are first needed.
    logs: Vec<OnceLock<Keyspace>>,
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

/// The spaces of the journal, in the order of their numbers, with the names of their keyspaces.
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
    /// Opens the database and moves the tails to where the partitions end.
    pub(super) fn open(path: &Path, options: &Options, tails: &Tails) -> Result<Self, Fault> {
        recover(path).map_err(fjall::Error::from)?;
        let database = Database::builder(path)
            .cache_size(options.cache_bytes)
            .max_journaling_size(options.journal_bytes_max.max(64 * 1024 * 1024))
            .worker_threads(options.workers.max(1))
            .max_cached_files(Some(options.open_files_max.max(10)))
            .open()?;
        let keyspace_options =
            KeyspaceCreateOptions::default().max_memtable_size(options.memtable_bytes);
        let make = |name: &str| database.keyspace(name, || keyspace_options.clone());
        let open = Self {
            spaces: SPACES
                .iter()
                .map(|(_, name)| make(name))
                .collect::<Result<_, _>>()?,
            positions: make("positions")?,
            users: make("users")?,
            members: make("members")?,
            counts: make("counts")?,
            logs: (0..TOPICS.len() * tails.partitions() as usize)
                .map(|_| OnceLock::new())
                .collect(),
            options: keyspace_options,
            database,
        };
        open.sync_keyspaces()?;
        open.move_tails(tails)?;
        Ok(open)
    }

    fn move_tails(&self, tails: &Tails) -> Result<(), Fault> {
        for topic in TOPICS {
            for partition in 0..tails.partitions() {
                if !self.database.keyspace_exists(&log_name(topic, partition)) {
                    continue;
                }
                let log = self.log(tails, topic, partition)?;
                let Some(last) = self.database.snapshot().last_key_value(&log) else {
                    continue;
                };
                let (base, block) = block_of(last)?;
                let tail = tails.of(topic, partition)?;
                let end = block::end_of(base, block)?;
                tail.publish(&mut tail.lock(), end);
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
    ) -> Result<Keyspace, Fault> {
        let place = tails.place(topic, partition)?;
        let cell = self.logs.get(place);
        if let Some(log) = cell.and_then(OnceLock::get) {
            return Ok(log.clone());
        }
        let log = self.database.keyspace(&log_name(topic, partition), || {
            self.options
                .clone()
                .data_block_size_policy(BlockSizePolicy::all(64 * 1024))
                .data_block_compression_policy(CompressionPolicy::all(CompressionType::Lz4))
        })?;
        self.sync_keyspaces()?;
        if let Some(cell) = cell {
            let _ = cell.set(log.clone());
        }
        Ok(log)
    }

    /// The keyspace of a kind of entry.
    pub(super) fn space(&self, space: Space) -> Result<&Keyspace, Fault> {
        let found = self.spaces.get(space as usize);
        found.ok_or_else(|| Fault::corrupt("a space is missing"))
    }

    /// The database syncs what is in a new keyspace, but not that the keyspace is there.
    fn sync_keyspaces(&self) -> Result<(), Fault> {
        if let Some(keyspaces) = self.positions.path().parent() {
            sync_entries(keyspaces).map_err(fjall::Error::from)?;
        }
        Ok(())
    }

    /// Whether the database takes writes.
    pub(super) fn check(&self) -> Result<(), Fault> {
        Ok(self.database.persist(PersistMode::Buffer)?)
    }
}

fn log_name(topic: Topic, partition: u32) -> String {
    format!("{}-{partition}", topic.name())
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
