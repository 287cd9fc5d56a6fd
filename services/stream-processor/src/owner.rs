//! The owner of a partition: one thread that works it through, for as long as it is the process's.
//!
//! A turn: records to a commit, a slice of due deadlines, a slice of work on definitions, then
//! what goes out. Whatever fails, the owner drops everything in memory and begins anew at the last
//! commit; it never skips a record and never ends before it is asked to.

mod restoration;
mod ticks;
mod turn;
mod view_writer;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use kit::shutdown::Shutdown;
use stores::StoreError;

use crate::partition::Shared;
use crate::processor::{Options, Parts};
use crate::status::Status;
use turn::Turns;

/// The first wait after a failure; each further one is twice as long.
const RETRY_MIN: Duration = Duration::from_millis(50);
/// The longest wait after a failure.
const RETRY_MAX: Duration = Duration::from_secs(5);

/// What an owner's thread needs.
#[derive(Debug)]
pub(crate) struct Owner {
    pub(crate) number: u32,
    pub(crate) shared: Arc<Shared>,
    pub(crate) options: Options,
    pub(crate) parts: Arc<Parts>,
    pub(crate) status: Status,
    pub(crate) stop: Stop,
}

/// Whether an owner is to end: with the process, or because its partition becomes another's.
#[derive(Debug, Clone)]
pub(crate) struct Stop {
    shutdown: Shutdown,
    own: Arc<AtomicBool>,
}

impl Stop {
    pub(crate) fn new(shutdown: Shutdown) -> Self {
        let own = Arc::default();
        Self { shutdown, own }
    }

    pub(crate) fn request(&self) {
        self.own.store(true, Ordering::Relaxed);
    }

    fn is_requested(&self) -> bool {
        self.own.load(Ordering::Relaxed) || self.shutdown.is_requested()
    }
}

impl Owner {
    /// Works until it is to end.
    pub(crate) fn run(&self) {
        let mut wait = RETRY_MIN;
        while !self.stop.is_requested() {
            let mut has_worked = false;
            let attempt = AssertUnwindSafe(|| self.attempt(&mut has_worked));
            let reason = match catch_unwind(attempt) {
                Ok(Ok(())) => return,
                Ok(Err(error)) => error.to_string(),
                Err(_) => "a bug: the owner panicked".to_owned(),
            };
            let partition = self.number;
            tracing::error!(partition, reason, "the owner begins anew");
            self.shared.metrics.error(partition);
            self.status.tell_failure(reason);
            wait = if has_worked {
                RETRY_MIN
            } else {
                (wait * 2).min(RETRY_MAX)
            };
            std::thread::sleep(wait);
        }
    }

    /// Works from the last commit on until it is to end or something fails. `has_worked` tells
    /// whether anything was committed.
    fn attempt(&self, has_worked: &mut bool) -> Result<(), StoreError> {
        let mut turns = Turns::open(self)?;
        while !self.stop.is_requested() {
            turns.turn()?;
            *has_worked = true;
        }
        turns.settle()
    }
}
