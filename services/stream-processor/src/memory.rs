//! A journal in memory: what a replay needs, and what tests break on purpose.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use stores::{Journal, NewRecord, PartitionJournal, Space, StateReader, StoreError, WriteSet};

/// A journal that goes with the process. Clones share it.
#[derive(Debug, Clone, Default)]
pub struct MemoryJournal {
    partitions: Arc<Mutex<BTreeMap<u32, Shared>>>,
}

type Shared = Arc<Mutex<Kept>>;

/// One partition.
#[derive(Debug, Clone, Default)]
struct Kept {
    position: u64,
    entries: BTreeMap<(Space, Vec<u8>), Bytes>,
    changes: Vec<NewRecord>,
    dead: Vec<NewRecord>,
}

impl MemoryJournal {
    /// Takes the changes that a partition has published so far, in order.
    pub fn take_changes(&self, partition: u32) -> Vec<NewRecord> {
        std::mem::take(&mut lock(&self.partition(partition)).changes)
    }

    /// The same with records that could not be used.
    pub fn take_dead(&self, partition: u32) -> Vec<NewRecord> {
        std::mem::take(&mut lock(&self.partition(partition)).dead)
    }

    fn partition(&self, partition: u32) -> Shared {
        Arc::clone(lock(&self.partitions).entry(partition).or_default())
    }
}

impl Journal for MemoryJournal {
    fn open(&self, partition: u32) -> Result<Box<dyn PartitionJournal>, StoreError> {
        Ok(Box::new(Owned(self.partition(partition))))
    }

    fn reader(&self, partition: u32) -> Result<Arc<dyn StateReader>, StoreError> {
        Ok(Arc::new(Reader(self.partition(partition))))
    }
}

#[derive(Debug)]
struct Owned(Shared);

impl PartitionJournal for Owned {
    fn position(&self) -> u64 {
        lock(&self.0).position
    }

    fn commit(&mut self, set: WriteSet) -> Result<(), StoreError> {
        let mut kept = lock(&self.0);
        kept.position = set.position;
        for entry in set.entries {
            let key = (entry.space, entry.key);
            match entry.value {
                Some(value) => kept.entries.insert(key, value),
                None => kept.entries.remove(&key),
            };
        }
        kept.changes.extend(set.changes);
        kept.dead.extend(set.dead);
        Ok(())
    }
}

#[derive(Debug)]
struct Reader(Shared);

impl StateReader for Reader {
    fn get(&self, space: Space, key: &[u8]) -> Result<Option<Bytes>, StoreError> {
        let kept = lock(&self.0);
        Ok(kept.entries.get(&(space, key.to_vec())).cloned())
    }

    fn scan(
        &self,
        space: Space,
        prefix: &[u8],
        after: Option<&[u8]>,
        limit: usize,
    ) -> Result<Vec<(Bytes, Bytes)>, StoreError> {
        let from = match after {
            Some(after) if after >= prefix => Bound::Excluded((space, after.to_vec())),
            _ => Bound::Included((space, prefix.to_vec())),
        };
        let kept = lock(&self.0);
        let found = kept.entries.range((from, Bound::Unbounded));
        let found = found.take_while(|((of, key), _)| *of == space && key.starts_with(prefix));
        let found = found.take(limit);
        Ok(found
            .map(|((_, key), value)| (Bytes::copy_from_slice(key), value.clone()))
            .collect())
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
