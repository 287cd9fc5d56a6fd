//! The journal: one keyspace for each kind of entry, keys beginning with the partition.
//!
//! A commit is one batch of the database and is not synced; the next sync of the log makes it
//! durable too. The changes of a commit are readable with it: a power cut may take them back, but
//! with whatever was written because of them, and they come again as they were.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::fmt;
use std::ops::Bound;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use fjall::{OwnedWriteBatch, Readable};

use crate::{
    Entry, Journal, NewRecord, PartitionJournal, Space, StateReader, StoreError, Topic, WriteSet,
};

use super::database::{OpenDatabase, shared};
use super::engine::{Engine, Fault};
use super::{block, lock};

/// Bytes of a key; the database holds no longer ones.
const KEY_BYTES_MAX: usize = 32 * 1024;

/// Bytes of the partition before every key.
const PARTITION_BYTES: usize = 4;

pub(super) struct EmbeddedJournal {
    engine: Arc<Engine>,
    /// The partitions that have an owner.
    owned: Arc<Mutex<BTreeSet<u32>>>,
}

impl EmbeddedJournal {
    pub(super) fn new(engine: Arc<Engine>) -> Self {
        Self {
            engine,
            owned: Arc::default(),
        }
    }
}

impl fmt::Debug for EmbeddedJournal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EmbeddedJournal").finish_non_exhaustive()
    }
}

impl Journal for EmbeddedJournal {
    fn open(&self, partition: u32) -> Result<Box<dyn PartitionJournal>, StoreError> {
        self.engine.tails.place(Topic::UserSegments, partition)?;
        if !lock(&self.owned).insert(partition) {
            return Err(StoreError::Conflict(format!(
                "partition {partition} has an owner already"
            )));
        }
        // From here on, dropping it gives the partition back.
        let mut journal = EmbeddedPartitionJournal {
            engine: Arc::clone(&self.engine),
            owned: Arc::clone(&self.owned),
            partition,
            position: 0,
            is_in_doubt: false,
        };
        journal.position = self.engine.read(|open| position_of(open, partition))?;
        Ok(Box::new(journal))
    }

    fn reader(&self, partition: u32) -> Result<Arc<dyn StateReader>, StoreError> {
        self.engine.tails.place(Topic::UserSegments, partition)?;
        Ok(Arc::new(EmbeddedStateReader {
            engine: Arc::clone(&self.engine),
            partition,
        }))
    }
}

fn position_of(open: &OpenDatabase, partition: u32) -> Result<u64, Fault> {
    let stored = open.positions.get(partition.to_be_bytes())?;
    let Some(stored) = stored else { return Ok(0) };
    let stored = <[u8; 8]>::try_from(&*stored);
    stored
        .map(u64::from_be_bytes)
        .map_err(|_| Fault::corrupt("a position of the journal"))
}

#[derive(Debug)]
struct EmbeddedPartitionJournal {
    engine: Arc<Engine>,
    owned: Arc<Mutex<BTreeSet<u32>>>,
    partition: u32,
    position: u64,
    /// Whether a commit failed, so that this may not know where the journal is.
    is_in_doubt: bool,
}

impl Drop for EmbeddedPartitionJournal {
    fn drop(&mut self) {
        lock(&self.owned).remove(&self.partition);
    }
}

impl PartitionJournal for EmbeddedPartitionJournal {
    fn position(&self) -> u64 {
        self.position
    }

    fn commit(&mut self, set: WriteSet) -> Result<(), StoreError> {
        if self.is_in_doubt {
            return Err(StoreError::Conflict(
                "an earlier commit failed: the journal must be opened anew".to_owned(),
            ));
        }
        check(&set)?;
        let outcome = self
            .engine
            .write(|open| commit(&self.engine, open, self.partition, &set));
        match outcome {
            Ok(()) => {
                self.position = set.position;
                Ok(())
            }
            Err(error) => {
                self.is_in_doubt = true;
                Err(error)
            }
        }
    }
}

fn check(set: &WriteSet) -> Result<(), StoreError> {
    let longest = set.entries.iter().map(|entry| entry.key.len()).max();
    if longest.is_some_and(|bytes| bytes > KEY_BYTES_MAX) {
        return Err(StoreError::Conflict(format!(
            "a key is longer than {KEY_BYTES_MAX} bytes"
        )));
    }
    Ok(())
}

fn commit(
    engine: &Engine,
    open: &OpenDatabase,
    partition: u32,
    set: &WriteSet,
) -> Result<(), Fault> {
    let mut batch = open.database.batch();
    put_entries(&mut batch, open, partition, &set.entries)?;
    batch.insert(
        &open.positions,
        partition.to_be_bytes(),
        set.position.to_be_bytes(),
    );
    // By place, in the order of which their tails are locked.
    let mut published = BTreeMap::<(usize, u32), (Topic, Vec<&NewRecord>)>::new();
    for (topic, records) in [
        (Topic::UserSegments, &set.changes),
        (Topic::DeadEvents, &set.dead),
    ] {
        for record in records {
            let place = (topic as usize, record.partition);
            let of = published.entry(place).or_insert((topic, vec![]));
            of.1.push(record);
        }
    }
    let now = engine.options.clock.now();
    let mut grown = Vec::with_capacity(published.len());
    for ((_, partition), (topic, records)) in published {
        let log = open.log(&engine.tails, topic, partition)?;
        let tail = engine.tails.of(topic, partition)?;
        // Held until the commit is done, so that no other owner takes the same offsets.
        let guard = tail.lock();
        let end = block::put_records(&mut batch, log, *guard, now, records);
        grown.push((tail, guard, end));
    }
    batch.commit()?;
    for (tail, mut guard, end) in grown {
        tail.publish(&mut guard, end);
    }
    Ok(())
}

/// Puts each key once: the database takes no two values of a key in one batch.
fn put_entries(
    batch: &mut OwnedWriteBatch,
    open: &OpenDatabase,
    partition: u32,
    entries: &[Entry],
) -> Result<(), Fault> {
    let mut seen = HashSet::with_capacity(entries.len());
    for entry in entries.iter().rev() {
        if !seen.insert((entry.space, &entry.key)) {
            continue;
        }
        let keyspace = open.space(entry.space)?;
        let key = stored_key(partition, &entry.key);
        match &entry.value {
            Some(value) => batch.insert(keyspace, key, &**value),
            None => batch.remove(keyspace, key),
        }
    }
    Ok(())
}

fn stored_key(partition: u32, key: &[u8]) -> Vec<u8> {
    [&partition.to_be_bytes(), key].concat()
}

#[derive(Debug)]
struct EmbeddedStateReader {
    engine: Arc<Engine>,
    partition: u32,
}

impl StateReader for EmbeddedStateReader {
    fn get(&self, space: Space, key: &[u8]) -> Result<Option<Bytes>, StoreError> {
        self.engine.read(|open| {
            let snapshot = open.database.snapshot();
            let value = snapshot.get(open.space(space)?, stored_key(self.partition, key))?;
            Ok(value.map(shared))
        })
    }

    fn scan(
        &self,
        space: Space,
        prefix: &[u8],
        after: Option<&[u8]>,
        limit: usize,
    ) -> Result<Vec<(Bytes, Bytes)>, StoreError> {
        let prefix = stored_key(self.partition, prefix);
        let from = match after.map(|after| stored_key(self.partition, after)) {
            Some(after) if after >= prefix => Bound::Excluded(after),
            _ => Bound::Included(prefix.clone()),
        };
        self.engine.read(|open| {
            let snapshot = open.database.snapshot();
            let mut found = Vec::new();
            for entry in snapshot
                .range(open.space(space)?, (from, Bound::Unbounded))
                .take(limit)
            {
                let (key, value) = entry.into_inner()?;
                if !key.starts_with(&prefix) {
                    break;
                }
                found.push((shared(key).slice(PARTITION_BYTES..), shared(value)));
            }
            Ok(found)
        })
    }
}
