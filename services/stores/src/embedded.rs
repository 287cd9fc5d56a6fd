//! The embedded adapters: log, journal and view of one process in one database on fjall.
//!
//! All three share the database's one write-ahead file, which is what orders them.
//! INVARIANT: what is there after a crash is a prefix of everything written, and a sync of one part
//! makes durable whatever was written before it, in any part. So the journal is never ahead of the
//! log, and what was stored because of a published change never outlives that change.
//!
//! | file | holds |
//! |---|---|
//! | `engine` | the open database, what a failed write comes to, the reopening after it |
//! | `recovery` | what a power cut leaves, readied to be opened |
//! | `appender` | the thread that makes one sync of many appends |
//! | `block` | how records are stored |
//! | `log`, `log_reader`, `journal`, `view` | the ports |

mod appender;
mod block;
mod clock;
mod counters;
mod database;
mod directory;
mod engine;
mod journal;
mod log;
mod log_reader;
mod options;
mod recovery;
mod sizes;
mod sync;
mod tail;
mod user_record;
mod view;

use std::path::Path;
use std::sync::{Arc, Mutex};

use crate::{Journal, Log, StoreError, Topic, ViewStore};

use self::appender::Appender;
pub use self::clock::{Clock, SystemClock};
use self::engine::Engine;
pub use self::options::Options;

/// The open store of a directory. Adapters made from it keep it open.
#[derive(Debug)]
pub struct Store {
    engine: Arc<Engine>,
    appender: Arc<Appender>,
    journal: Arc<journal::EmbeddedJournal>,
    view: Arc<view::EmbeddedView>,
}

impl Store {
    /// Opens the store in a directory, which is made where there is none.
    ///
    /// # Errors
    ///
    /// `Unavailable` when another process has the directory open, `Conflict` when its layout or its
    /// partitions are other ones than asked for, `Full` when there is no room to start.
    pub fn open(dir: &Path, options: Options) -> Result<Self, StoreError> {
        let engine = Arc::new(Engine::open(dir, options)?);
        Ok(Self {
            appender: Arc::new(Appender::start(Arc::clone(&engine))?),
            journal: Arc::new(journal::EmbeddedJournal::new(Arc::clone(&engine))),
            view: Arc::new(view::EmbeddedView::new(Arc::clone(&engine))),
            engine,
        })
    }

    /// The partitions that the store in a directory was made with.
    ///
    /// # Errors
    ///
    /// `Unavailable` when there is none, `Corrupt` when it does not say.
    pub fn partitions_of(dir: &Path) -> Result<u32, StoreError> {
        directory::partitions_of(dir)
    }

    /// A topic of the log.
    pub fn log(&self, topic: Topic) -> Arc<dyn Log> {
        Arc::new(log::EmbeddedLog::new(
            topic,
            Arc::clone(&self.engine),
            Arc::clone(&self.appender),
        ))
    }

    /// The journal.
    pub fn journal(&self) -> Arc<dyn Journal> {
        Arc::<journal::EmbeddedJournal>::clone(&self.journal)
    }

    /// The serving view.
    pub fn view(&self) -> Arc<dyn ViewStore> {
        Arc::<view::EmbeddedView>::clone(&self.view)
    }

    /// Whether the store takes writes; otherwise why not, in words. Tries to open it again where a
    /// write has failed and there is space now.
    pub fn health(&self) -> Result<(), String> {
        let health = self.appender.check().and_then(|()| self.engine.health());
        health.map_err(|error| error.to_string())
    }
}

/// Locks, also when a thread panicked while it held the lock: what these locks guard is replaced as
/// a whole or not at all.
fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner)
}
