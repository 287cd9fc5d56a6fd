//! The port that says which partitions of the log a process is to own.

use std::collections::BTreeSet;
use std::fmt::Debug;

use tokio::sync::watch;

/// Which partitions of the log this process is to own, as that changes.
pub trait Ownership: Debug + Send + Sync {
    /// The partitions to own now, and whenever that changes.
    fn assigned(&self) -> watch::Receiver<BTreeSet<u32>>;

    /// The owner of a partition has ended here: somebody else may begin.
    fn released(&self, partition: u32);
}

/// All partitions, for ever: there is one process.
#[derive(Debug)]
pub struct EveryPartition {
    assigned: watch::Sender<BTreeSet<u32>>,
}

impl EveryPartition {
    /// Of a log with so many partitions.
    pub fn new(partitions: u32) -> Self {
        let assigned = watch::Sender::new((0..partitions).collect());
        Self { assigned }
    }
}

impl Ownership for EveryPartition {
    fn assigned(&self) -> watch::Receiver<BTreeSet<u32>> {
        self.assigned.subscribe()
    }

    /// Nobody waits for it.
    fn released(&self, _partition: u32) {}
}
