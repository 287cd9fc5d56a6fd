//! The port that says which partitions of the log a process is to own.

use std::collections::BTreeSet;
use std::fmt::Debug;

use tokio::sync::watch;

/// The partitions to own. Who follows may miss one that another replaced at once.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Assignment {
    /// Counts up with each assignment.
    pub generation: u64,
    /// The partitions.
    pub partitions: BTreeSet<u32>,
}

/// Which partitions of the log this process is to own, as that changes.
pub trait Ownership: Debug + Send + Sync {
    /// The assignment now, and whenever there is another.
    fn assigned(&self) -> watch::Receiver<Assignment>;

    /// This assignment is followed, and with it those before: owners of partitions that it lacks have
    /// ended here, so somebody else may begin.
    fn followed(&self, generation: u64);
}

/// All partitions, for ever: there is one process.
#[derive(Debug)]
pub struct EveryPartition {
    assigned: watch::Sender<Assignment>,
}

impl EveryPartition {
    /// Of a log with so many partitions.
    pub fn new(partitions: u32) -> Self {
        let assigned = watch::Sender::new(Assignment {
            generation: 0,
            partitions: (0..partitions).collect(),
        });
        Self { assigned }
    }
}

impl Ownership for EveryPartition {
    fn assigned(&self) -> watch::Receiver<Assignment> {
        self.assigned.subscribe()
    }

    /// Nobody waits for it.
    fn followed(&self, _generation: u64) {}
}
