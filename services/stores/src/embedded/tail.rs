//! The ends of partitions: where the next record goes, and who waits for it.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::{StoreError, Topic};

use super::lock;

/// The topics, in the order of their numbers.
pub(super) const TOPICS: [Topic; 5] = [
    Topic::UserEvents,
    Topic::SegmentUpdates,
    Topic::UserSegments,
    Topic::NotificationRequests,
    Topic::DeadEvents,
];

/// What is known of a partition's end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct End {
    /// The offset of the next record.
    pub(super) offset: u64,
    /// The stamp of the newest record.
    pub(super) stamp: i64,
}

impl End {
    /// The end of a partition without records.
    pub(super) const EMPTY: Self = Self {
        offset: 0,
        stamp: i64::MIN,
    };
}

/// The end of one partition of a topic. INVARIANT: it never moves back.
#[derive(Debug)]
pub(super) struct Tail {
    end: Mutex<End>,
    /// The offset up to which records are surely durable.
    durable: AtomicU64,
    grew: Condvar,
}

impl Tail {
    fn new() -> Self {
        Self {
            end: Mutex::new(End::EMPTY),
            durable: AtomicU64::new(0),
            grew: Condvar::new(),
        }
    }

    /// The end, for whoever is going to move it.
    pub(super) fn lock(&self) -> MutexGuard<'_, End> {
        lock(&self.end)
    }

    /// The end now.
    pub(super) fn end(&self) -> End {
        *self.lock()
    }

    /// Moves the end and wakes who waits.
    pub(super) fn publish(&self, guard: &mut End, end: End) {
        *guard = end;
        self.grew.notify_all();
    }

    /// The offset up to which records are surely durable.
    pub(super) fn durable(&self) -> u64 {
        self.durable.load(Ordering::Relaxed)
    }

    /// What was written before this offset was synced.
    pub(super) fn synced(&self, offset: u64) {
        self.durable.fetch_max(offset, Ordering::Relaxed);
    }

    /// Waits until there are records from `offset` on, and returns the end's offset then or after `wait`.
    pub(super) fn wait(&self, offset: u64, wait: Duration) -> u64 {
        let deadline = Instant::now().checked_add(wait);
        let mut end = self.lock();
        while end.offset <= offset {
            let left = deadline.map_or(wait, |at| at.saturating_duration_since(Instant::now()));
            if left.is_zero() {
                break;
            }
            end = self
                .grew
                .wait_timeout(end, left)
                .unwrap_or_else(PoisonError::into_inner)
                .0;
        }
        end.offset
    }
}

/// The ends of all partitions of all topics.
#[derive(Debug)]
pub(super) struct Tails {
    partitions: u32,
    /// By topic, then partition.
    all: Vec<Arc<Tail>>,
}

impl Tails {
    pub(super) fn new(partitions: u32) -> Self {
        let count = TOPICS.len() * partitions as usize;
        Self {
            partitions,
            all: (0..count).map(|_| Arc::new(Tail::new())).collect(),
        }
    }

    pub(super) fn partitions(&self) -> u32 {
        self.partitions
    }

    /// The place of a topic's partition among all of them.
    pub(super) fn place(&self, topic: Topic, partition: u32) -> Result<usize, StoreError> {
        if partition >= self.partitions {
            return Err(StoreError::Conflict(format!(
                "there is no partition {partition} of {}: it has {}",
                topic.name(),
                self.partitions
            )));
        }
        Ok(topic as usize * self.partitions as usize + partition as usize)
    }

    /// The ends of all partitions now, in an order of their own.
    pub(super) fn ends(&self) -> Vec<u64> {
        self.all.iter().map(|tail| tail.end().offset).collect()
    }

    /// Everything that was written before these [`Tails::ends`] were taken was synced.
    pub(super) fn synced(&self, ends: &[u64]) {
        for (tail, end) in self.all.iter().zip(ends) {
            tail.synced(*end);
        }
    }

    /// The end of a topic's partition.
    pub(super) fn of(&self, topic: Topic, partition: u32) -> Result<&Arc<Tail>, StoreError> {
        let place = self.place(topic, partition)?;
        self.all
            .get(place)
            .ok_or_else(|| StoreError::Conflict(format!("there is no partition {partition}")))
    }
}
