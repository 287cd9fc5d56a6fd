//! The processor: an owner for each partition that this process is to own.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::thread::JoinHandle;

use kit::shutdown::Shutdown;
use kit::telemetry::Tracer;
use stores::embedded::{Clock, SystemClock};
use stores::{BuildReports, Journal, Log, Ownership, StoreError, ViewStore};
use tokio::runtime;
use tokio::sync::watch;

use crate::metrics::Metrics;
use crate::owners::LocalOwners;
use crate::partition::Shared;
use crate::plan::Plans;
use crate::roster::Roster;
use crate::scraped;
use crate::status::Status;
use crate::traces::Traces;

/// The processor's bounds, and its clock.
#[derive(Debug, Clone)]
pub struct Options {
    /// Bytes of users that are held in memory, by all owners together.
    pub cache_bytes: usize,
    /// Records of a partition that a start may have to read again: by so many users' states in the
    /// journal may be behind the log.
    pub behind_max: u64,
    /// Bytes of records in one batch, about.
    pub batch_bytes: usize,
    /// The wall: when to append a tick, and how late things are.
    pub wall: Arc<dyn Clock>,
    /// The consumer group's name, for metrics.
    pub group: String,
}

impl Default for Options {
    /// 256 MiB of users, states behind by up to 32,768 records, batches of 1 MiB, the system's clock.
    fn default() -> Self {
        Self {
            cache_bytes: 256 * 1024 * 1024,
            behind_max: 32 * 1024,
            batch_bytes: 1024 * 1024,
            wall: Arc::new(SystemClock),
            group: "stream-processor".to_owned(),
        }
    }
}

/// What the processor is put together from.
#[derive(Debug, Clone)]
pub struct Parts {
    /// `user-events`: read, and appended to.
    pub events: Arc<dyn Log>,
    /// `user-segments`: read for those who follow it live. The journal writes it.
    pub changes: Arc<dyn Log>,
    /// Which partitions this process is to own.
    pub ownership: Arc<dyn Ownership>,
    /// Where state is kept.
    pub journal: Arc<dyn Journal>,
    /// What others ask.
    pub view: Arc<dyn ViewStore>,
    /// Who hears how far builds have come.
    pub reports: Arc<dyn BuildReports>,
    /// The process's metrics.
    pub metrics: kit::metrics::Metrics,
    /// Begins the spans of records whose trace is sampled.
    pub tracer: Tracer,
    /// The end of the process.
    pub shutdown: Shutdown,
    /// Runs what owners must not wait for.
    pub runtime: runtime::Handle,
}

/// The log to memberships.
#[derive(Debug)]
pub struct Processor;

impl Processor {
    /// Starts an owner for each partition that is this process's, and follows as that changes. They
    /// work until the process is to end.
    ///
    /// # Errors
    /// A thread that cannot be started. What stores answer is the owners' matter: they begin anew
    /// until it works.
    pub fn start(options: &Options, parts: Parts) -> Result<Handle, StoreError> {
        let partitions = parts.events.partitions();
        let metrics = Metrics::new(&parts.metrics);
        let (events, changes) = (&*parts.events, &*parts.changes);
        let traces = Traces::new(&parts.tracer, events, changes, &options.group);
        let shared = Arc::new(Shared {
            plans: Plans::new(metrics.clone()),
            partitions,
            cache_bytes: options.cache_bytes / (partitions.max(1) as usize),
            behind_max: options.behind_max,
            wall: Some(Arc::clone(&options.wall)),
            metrics,
            traces,
        });
        let parts = Arc::new(parts);
        let statuses: Vec<_> = (0..partitions).map(|_| Status::default()).collect();
        let assigned = parts.ownership.assigned();
        let roster = Roster::new(shared, options.clone(), Arc::clone(&parts), &statuses);
        scraped::register(&parts, options, &statuses);
        let wall = Arc::clone(&options.wall);
        let owners = LocalOwners::new(&parts, &statuses, assigned.clone(), wall);
        Ok(Handle {
            owners: Arc::new(owners),
            roster: roster.start(assigned.clone())?,
            assigned,
            statuses,
            parts,
        })
    }
}

/// A running processor.
#[derive(Debug)]
pub struct Handle {
    pub(crate) parts: Arc<Parts>,
    pub(crate) owners: Arc<LocalOwners>,
    /// By partition; of those of other processes nothing is told.
    pub(crate) statuses: Vec<Status>,
    pub(crate) assigned: watch::Receiver<BTreeSet<u32>>,
    roster: JoinHandle<()>,
}

impl Handle {
    /// A check of whether every owner works, for the service's health; its error says in one line
    /// why one does not.
    pub fn health(&self) -> impl Fn() -> Result<(), String> + Send + Sync + 'static {
        let statuses = self.statuses.clone();
        move || health(&statuses)
    }

    /// A check of whether the owner of each of this process's partitions has begun: has read from the
    /// log again what users' entries in the journal do not tell.
    pub fn has_begun(&self) -> impl Fn() -> bool + Send + Sync + 'static {
        let (statuses, assigned) = (self.statuses.clone(), self.assigned.clone());
        let has_begun = move |partition: &u32| {
            let status = statuses.get(*partition as usize);
            status.is_some_and(|status| status.standing().is_some())
        };
        move || assigned.borrow().iter().all(&has_begun)
    }

    /// Waits until every owner has ended, which they do when the process is to end. It blocks.
    pub fn join(self) {
        // Whatever ended it was told where it happened.
        let _ = self.roster.join();
    }
}

fn health(statuses: &[Status]) -> Result<(), String> {
    for (number, status) in statuses.iter().enumerate() {
        if let Some(failure) = status.failure() {
            return Err(format!(
                "the owner of partition {number} does not get on: {failure}"
            ));
        }
    }
    Ok(())
}
