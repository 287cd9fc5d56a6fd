//! Which owners work in this process: one for each partition that is its own, as that changes.
//!
//! INVARIANT: a partition is given back only when it has no owner's thread.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::thread::{self, JoinHandle};

use stores::StoreError;
use tokio::sync::watch;

use crate::owner::{Owner, Stop};
use crate::partition::Shared;
use crate::processor::{Options, Parts};
use crate::status::Status;

/// The owners of this process.
#[derive(Debug)]
pub(crate) struct Roster {
    shared: Arc<Shared>,
    options: Options,
    parts: Arc<Parts>,
    /// By partition.
    statuses: Vec<Status>,
    working: BTreeMap<u32, Working>,
}

/// An owner at work.
#[derive(Debug)]
struct Working {
    thread: JoinHandle<()>,
    stop: Stop,
}

impl Roster {
    pub(crate) fn new(
        shared: Arc<Shared>,
        options: Options,
        parts: Arc<Parts>,
        statuses: &[Status],
    ) -> Self {
        Self {
            shared,
            options,
            parts,
            statuses: statuses.to_vec(),
            working: BTreeMap::new(),
        }
    }

    /// Starts the owners of what is assigned now, and a thread that follows as it changes. It ends
    /// after all owners have, when the process is to end.
    pub(crate) fn start(
        mut self,
        mut assigned: watch::Receiver<BTreeSet<u32>>,
    ) -> Result<JoinHandle<()>, StoreError> {
        let first = assigned.borrow_and_update().clone();
        self.follow(&first)?;
        spawn("owners", move || self.run(assigned))
    }

    fn run(mut self, mut assigned: watch::Receiver<BTreeSet<u32>>) {
        let (runtime, shutdown) = (self.parts.runtime.clone(), self.parts.shutdown.clone());
        let mut next = || {
            runtime.block_on(async {
                tokio::select! {
                    changed = assigned.changed() => changed.ok()?,
                    () = shutdown.requested() => return None,
                }
                Some(assigned.borrow_and_update().clone())
            })
        };
        while let Some(wanted) = next() {
            if let Err(error) = self.follow(&wanted) {
                tracing::error!(%error, "an owner cannot be started");
            }
        }
        // The assignment may have ended before the process does.
        self.parts.runtime.block_on(self.parts.shutdown.requested());
        self.end(&BTreeSet::new());
    }

    /// Ends the owners of what is not wanted any more and starts those that are missing.
    fn follow(&mut self, wanted: &BTreeSet<u32>) -> Result<(), StoreError> {
        self.end(wanted);
        for partition in wanted {
            if !self.working.contains_key(partition) {
                let working = self.begin(*partition)?;
                self.working.insert(*partition, working);
            }
        }
        Ok(())
    }

    fn begin(&self, number: u32) -> Result<Working, StoreError> {
        let status = self.statuses.get(number as usize).cloned();
        let status = status.ok_or_else(|| {
            StoreError::Conflict(format!("there is no partition {number} to own"))
        })?;
        self.shared.metrics.begin(number);
        let stop = Stop::new(self.parts.shutdown.clone());
        let owner = Owner {
            number,
            shared: Arc::clone(&self.shared),
            options: self.options.clone(),
            parts: Arc::clone(&self.parts),
            status,
            stop: stop.clone(),
        };
        let thread = spawn(&format!("owner-{number}"), move || owner.run())?;
        Ok(Working { thread, stop })
    }

    /// Ends all owners but those of some partitions: all are told first, then waited for.
    fn end(&mut self, but: &BTreeSet<u32>) {
        let leaving: Vec<_> = self
            .working
            .extract_if(.., |partition, _| !but.contains(partition))
            .collect();
        for (_, working) in &leaving {
            working.stop.request();
        }
        for (partition, working) in leaving {
            // Whatever ended it was told where it happened.
            let _ = working.thread.join();
            if let Some(status) = self.statuses.get(partition as usize) {
                status.tell_end();
            }
        }
        // Also those that never had one here: they may have come and gone between two looks.
        for partition in (0..self.shared.partitions).filter(|partition| !but.contains(partition)) {
            self.parts.ownership.released(partition);
        }
    }
}

fn spawn(name: &str, work: impl FnOnce() + Send + 'static) -> Result<JoinHandle<()>, StoreError> {
    let thread = thread::Builder::new().name(name.to_owned()).spawn(work);
    thread.map_err(|error| StoreError::Unavailable(error.to_string()))
}
