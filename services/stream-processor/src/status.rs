//! What others may know of an owner: how far it is, and whether it works.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::partition::Standing;

/// One partition's owner, as it last told. Clones share it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Status {
    inner: Arc<Mutex<Inner>>,
}

#[derive(Debug, Default)]
struct Inner {
    progress: Progress,
    standing: Option<Standing>,
    failure: Option<String>,
}

/// How far an owner is.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Progress {
    /// The offset of the next record to take.
    pub(crate) position: u64,
    /// The offset that the next record of the log gets.
    pub(crate) end: u64,
    /// The greatest stamp that was read; `None` before the first.
    pub(crate) clock: Option<i64>,
    /// The instant that memberships answer for: every record stamped before it was taken, and every
    /// deadline before it fired. `None` while that is not known.
    pub(crate) fresh_at: Option<i64>,
    /// Users who exist.
    pub(crate) users: u64,
    /// Deadlines in memory.
    pub(crate) deadlines: usize,
    /// The earliest deadline.
    pub(crate) next_deadline: Option<i64>,
    /// Users whose serving view is not surely written.
    pub(crate) unseen: usize,
    /// Records that could not be used.
    pub(crate) dead_letters: u64,
    /// Definitions that are being prepared: their ids and how many users are done.
    pub(crate) builds: Vec<(String, u64)>,
    /// Whether a switch of definitions is being taken.
    pub(crate) is_switching: bool,
}

impl Status {
    /// The owner tells how far it is; so it works.
    pub(crate) fn tell(&self, progress: Progress) {
        let mut inner = self.lock();
        inner.progress = progress;
        inner.failure = None;
    }

    /// The owner tells which definitions are in force.
    pub(crate) fn tell_standing(&self, standing: Standing) {
        self.lock().standing = Some(standing);
    }

    /// The owner begins anew because of this.
    pub(crate) fn tell_failure(&self, reason: String) {
        self.lock().failure = Some(reason);
    }

    /// How far it is.
    pub(crate) fn progress(&self) -> Progress {
        self.lock().progress.clone()
    }

    /// The definitions in force; `None` while it starts.
    pub(crate) fn standing(&self) -> Option<Standing> {
        self.lock().standing.clone()
    }

    /// Why it does not work; `None` while it does.
    pub(crate) fn failure(&self) -> Option<String> {
        self.lock().failure.clone()
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
