//! What others may know of an owner: how far it is, and whether it works.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;

use crate::partition::Standing;

/// How long to wait for an owner's answer. One that works answers within a turn.
const ANSWER_WAIT: Duration = Duration::from_secs(2);

/// One partition's owner, as it last told. Clones share it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Status {
    inner: Arc<Mutex<Inner>>,
    /// Whether some users' entries in the journal are behind.
    is_behind: Arc<AtomicBool>,
    /// Whether somebody wants everything of the view written again.
    is_restore_asked: Arc<AtomicBool>,
}

/// Somebody waits for a user's entry.
#[derive(Debug)]
pub(crate) struct Asked {
    user: String,
    answer: SyncSender<Option<Bytes>>,
}

impl Asked {
    /// Whose entry.
    pub(crate) fn user(&self) -> &str {
        &self.user
    }

    /// The entry; `None` if the journal's is not behind.
    pub(crate) fn answer(self, entry: Option<Bytes>) {
        // Who does not wait any more needs no answer.
        let _ = self.answer.try_send(entry);
    }
}

#[derive(Debug, Default)]
struct Inner {
    progress: Option<Progress>,
    standing: Option<Standing>,
    failure: Option<String>,
    asked: Vec<Asked>,
    /// Whether the view had every user since the owner began; it may be behind.
    is_view_whole: bool,
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
    /// Whether the view has every user, though perhaps not as of now.
    pub(crate) is_view_whole: bool,
    /// How many users were written to the view again, while all of them are.
    pub(crate) restored: Option<u64>,
    /// Users whose entries in the journal are behind.
    pub(crate) behind: usize,
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
        inner.is_view_whole |= progress.is_view_whole;
        inner.progress = Some(progress);
        inner.failure = None;
    }

    /// The owner tells which definitions are in force.
    pub(crate) fn tell_standing(&self, standing: Standing) {
        self.lock().standing = Some(standing);
    }

    /// The owner begins anew because of this.
    pub(crate) fn tell_failure(&self, reason: String) {
        let mut inner = self.lock();
        inner.failure = Some(reason);
        // Nobody is there to answer; what the journal has must do.
        self.tell_behind(false);
        inner.asked.clear();
    }

    /// The owner has ended: whoever asks next must ask another process.
    pub(crate) fn tell_end(&self) {
        self.tell_behind(false);
        *self.lock() = Inner::default();
    }

    /// How far it is; `None` of an owner that has not begun, or is in another process.
    pub(crate) fn progress(&self) -> Option<Progress> {
        self.lock().progress.clone()
    }

    /// The definitions in force; `None` while it starts.
    pub(crate) fn standing(&self) -> Option<Standing> {
        self.lock().standing.clone()
    }

    /// Whether every user is in the view, as of now or of a moment ago.
    pub(crate) fn is_view_whole(&self) -> bool {
        self.lock().is_view_whole
    }

    /// Why it does not work; `None` while it does.
    pub(crate) fn failure(&self) -> Option<String> {
        self.lock().failure.clone()
    }

    /// The owner tells, before a commit, whether some users' entries will be behind after it.
    pub(crate) fn tell_behind(&self, is_behind: bool) {
        self.is_behind.store(is_behind, Ordering::Release);
    }

    /// A user's entry where the journal's is behind, as of a commit from here on; `None` where the
    /// journal has it. It blocks. An owner that does not answer leaves what the journal has.
    pub(crate) fn entry_ahead(&self, user: &str) -> Option<Bytes> {
        if !self.is_behind.load(Ordering::Acquire) {
            return None;
        }
        self.ask(user).recv_timeout(ANSWER_WAIT).ok().flatten()
    }

    /// Has everything of the view written again, soon.
    pub(crate) fn ask_restore(&self) {
        self.is_restore_asked.store(true, Ordering::Release);
    }

    /// Whether that was asked for, and has not begun.
    pub(crate) fn is_restore_asked(&self) -> bool {
        self.is_restore_asked.load(Ordering::Acquire)
    }

    /// The same; whoever asks begins it.
    pub(crate) fn take_restore(&self) -> bool {
        self.is_restore_asked.swap(false, Ordering::AcqRel)
    }

    fn ask(&self, user: &str) -> Receiver<Option<Bytes>> {
        let (answer, waiting) = sync_channel(1);
        let user = user.to_owned();
        self.lock().asked.push(Asked { user, answer });
        waiting
    }

    /// Takes what others asked for.
    pub(crate) fn take_asked(&self) -> Vec<Asked> {
        std::mem::take(&mut self.lock().asked)
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
