//! The partitions that this member holds, and what happens to them as members come and go.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use rdkafka::ClientContext;
use rdkafka::TopicPartitionList;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerContext, Rebalance};
use rdkafka::error::KafkaError;
use tokio::sync::watch;

use crate::kafka::connection;

/// The partitions that this member holds.
#[derive(Debug)]
pub(super) struct Held {
    topic: String,
    release_max: Duration,
    assigned: watch::Sender<BTreeSet<u32>>,
    /// Those assigned, and those that were and are not released yet.
    kept: Mutex<BTreeSet<u32>>,
    /// Those whose owners ended though they are assigned, as when the process ends.
    idle: Mutex<BTreeSet<u32>>,
    freed: Condvar,
    is_leaving: AtomicBool,
}

impl Held {
    pub(super) fn new(topic: &str, release_max: Duration) -> Self {
        Self {
            topic: topic.to_owned(),
            release_max,
            assigned: watch::Sender::default(),
            kept: Mutex::default(),
            idle: Mutex::default(),
            freed: Condvar::new(),
            is_leaving: AtomicBool::new(false),
        }
    }

    pub(super) fn release_max(&self) -> Duration {
        self.release_max
    }

    pub(super) fn assigned(&self) -> watch::Receiver<BTreeSet<u32>> {
        self.assigned.subscribe()
    }

    pub(super) fn holds(&self, partition: u32) -> bool {
        self.lock().contains(&partition)
    }

    pub(super) fn leave(&self) {
        self.is_leaving.store(true, Ordering::Relaxed);
    }

    pub(super) fn is_leaving(&self) -> bool {
        self.is_leaving.load(Ordering::Relaxed)
    }

    /// An owner has ended. One that is still assigned may begin again, so it stays held.
    pub(super) fn released(&self, partition: u32) {
        let mut held = self.lock();
        if self.assigned.borrow().contains(&partition) {
            self.idle().insert(partition);
        } else {
            held.remove(&partition);
            self.freed.notify_all();
        }
    }

    /// Whatever is left has gone.
    pub(super) fn give_up_all(&self) {
        self.assigned.send_modify(BTreeSet::clear);
        self.lock().clear();
    }

    fn lock(&self) -> MutexGuard<'_, BTreeSet<u32>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn idle(&self) -> MutexGuard<'_, BTreeSet<u32>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn come(&self, partitions: &BTreeSet<u32>) {
        if partitions.is_empty() {
            return;
        }
        tracing::info!(?partitions, "partitions come to this process");
        self.lock().extend(partitions);
        self.idle().retain(|one| !partitions.contains(one));
        self.assigned.send_modify(|all| all.extend(partitions));
    }

    /// Takes partitions out, and waits for their owners unless others may have begun already.
    fn go(&self, partitions: &BTreeSet<u32>, is_lost: bool) {
        if partitions.is_empty() {
            return;
        }
        tracing::info!(?partitions, is_lost, "partitions leave this process");
        // INVARIANT: out of the value first, so that a release is taken as one.
        self.assigned
            .send_modify(|all| all.retain(|one| !partitions.contains(one)));
        let until = Instant::now() + self.release_max;
        let mut held = self.lock();
        if self.is_leaving() {
            // No owner begins any more: those that ended before were the last.
            held.retain(|one| !self.idle().contains(one));
        }
        while !is_lost && !held.is_disjoint(partitions) {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                let owned: Vec<_> = held.intersection(partitions).collect();
                tracing::warn!(?owned, "owners do not end in time; others begin");
                break;
            }
            held = self
                .freed
                .wait_timeout(held, left)
                .unwrap_or_else(PoisonError::into_inner)
                .0;
        }
        held.retain(|one| !partitions.contains(one));
    }

    fn partitions(&self, list: &TopicPartitionList) -> BTreeSet<u32> {
        let ours = list.elements_for_topic(&self.topic);
        ours.iter().map(|one| one.partition() as u32).collect()
    }
}

/// What the group's consumer tells.
pub(super) struct Member(pub(super) Arc<Held>);

impl ClientContext for Member {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, message: &str) {
        connection::log(level, facility, message);
    }

    fn error(&self, error: KafkaError, reason: &str) {
        connection::report(&error, reason);
    }
}

impl ConsumerContext for Member {
    /// Runs on the thread that polls. While it waits the member still gives signs of life.
    fn pre_rebalance(&self, consumer: &BaseConsumer<Self>, rebalance: &Rebalance<'_>) {
        match rebalance {
            Rebalance::Assign(_) => {}
            Rebalance::Revoke(list) => {
                let partitions = self.0.partitions(list);
                self.0.go(&partitions, consumer.assignment_lost());
            }
            Rebalance::Error(error) => {
                tracing::warn!(%error, "the group failed");
                let all = self.0.assigned.borrow().clone();
                self.0.go(&all, true);
            }
        }
    }

    fn post_rebalance(&self, consumer: &BaseConsumer<Self>, rebalance: &Rebalance<'_>) {
        let Rebalance::Assign(list) = rebalance else {
            return;
        };
        if let Err(error) = consumer.pause(list) {
            tracing::warn!(%error, "what the log's readers read is fetched twice");
        }
        self.0.come(&self.0.partitions(list));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [u32; 2] = [0, 1];

    #[test]
    fn a_process_whose_owners_have_ended_leaves_at_once() {
        // Longer than any test may take.
        let held = Held::new("user-events", Duration::from_hours(1));
        held.come(&ALL.into());
        for partition in ALL {
            held.released(partition);
            assert!(held.holds(partition), "it may begin again");
        }
        held.leave();
        held.go(&ALL.into(), false);
        assert!(!ALL.iter().any(|partition| held.holds(*partition)));
    }

    #[test]
    fn an_owner_that_begins_again_is_waited_for() {
        let held = Held::new("user-events", Duration::from_millis(20));
        held.come(&ALL.into());
        held.released(0);
        held.come(&BTreeSet::from([0]));
        held.leave();
        let began = Instant::now();
        held.go(&BTreeSet::from([0]), false);
        assert!(began.elapsed() >= Duration::from_millis(20));
    }
}
