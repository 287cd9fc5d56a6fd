//! The owner of a partition: one thread that works it through, for as long as the process lives.
//!
//! A turn: records to a commit, a slice of due deadlines, a slice of work on definitions, then
//! what goes out. Whatever fails, the owner drops everything in memory and begins anew at the last
//! commit; it never skips a record and never ends before the process does.

mod ticks;
mod turn;
mod view_writer;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

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
}

impl Owner {
    /// Works until the process ends.
    pub(crate) fn run(&self) {
        let mut wait = RETRY_MIN;
        while !self.parts.shutdown.is_requested() {
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

    /// Works from the last commit on until the process ends or something fails. `has_worked` tells
    /// whether anything was committed.
    fn attempt(&self, has_worked: &mut bool) -> Result<(), StoreError> {
        let mut turns = Turns::open(self)?;
        while !self.parts.shutdown.is_requested() {
            turns.turn()?;
            *has_worked = true;
        }
        turns.settle()
    }
}
