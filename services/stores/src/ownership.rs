//! The port of ownership: which partitions of the log this process is to own.
//!
//! INVARIANT: a partition is in the value of one process at most, and it enters another's only after
//! this one's owner has ended, or has been given up: then the journal refuses its next commit.

use std::collections::BTreeSet;
use std::fmt::Debug;

use tokio::sync::watch;

/// Which partitions of the log this process is to own, as that changes.
pub trait Ownership: Debug + Send + Sync {
    /// The partitions to own now and whenever it changes.
    fn assigned(&self) -> watch::Receiver<BTreeSet<u32>>;

    /// The owner of a partition has ended here: somebody else may begin. Whoever follows
    /// [`Ownership::assigned`] says so of each partition that is not in a new value and has no owner
    /// here, even if it never had one: it may have come and gone between two looks.
    fn released(&self, partition: u32);
}

/// Every partition, for ever: for a process that has the log to itself.
#[derive(Debug)]
pub struct EveryPartition {
    assigned: watch::Sender<BTreeSet<u32>>,
}

impl EveryPartition {
    /// Owns so many partitions, from 0 on.
    pub fn new(partitions: u32) -> Self {
        let (assigned, _) = watch::channel((0..partitions).collect());
        Self { assigned }
    }
}

impl Ownership for EveryPartition {
    fn assigned(&self) -> watch::Receiver<BTreeSet<u32>> {
        self.assigned.subscribe()
    }

    fn released(&self, _partition: u32) {}
}

#[cfg(test)]
mod tests {
    use super::{EveryPartition, Ownership};

    #[test]
    fn every_partition_is_owned_for_ever() {
        let ownership = EveryPartition::new(3);
        let assigned = ownership.assigned();
        ownership.released(1);
        assert!(assigned.borrow().iter().copied().eq(0..3));
        assert!(!assigned.has_changed().unwrap());
    }
}
