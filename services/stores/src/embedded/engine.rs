//! The engine beneath the adapters: the open database, and what becomes of a failed write.
//!
//! fjall takes no more writes after one failed. The engine then closes the database and opens it
//! again, in process, as soon as there is space; until then reads go on. INVARIANT: nobody keeps a
//! part of the database beyond a call of [`Engine::read`] or [`Engine::write`].

use std::fmt;
use std::path::Path;
use std::sync::{Mutex, PoisonError, RwLock};
use std::time::{Duration, Instant};

use crate::StoreError;

use super::database::OpenDatabase;
use super::directory::{Directory, is_full};
use super::lock;
use super::options::Options;
use super::tail::Tails;

/// How long to wait between two tries to open the database again.
const REOPEN_PAUSE: Duration = Duration::from_secs(1);

pub(super) struct Engine {
    pub(super) options: Options,
    pub(super) tails: Tails,
    /// `None` after it could not be opened again.
    open: RwLock<Option<OpenDatabase>>,
    broken: Mutex<Option<Broken>>,
    directory: Directory,
}

/// A database that takes no writes.
struct Broken {
    /// Why, in words.
    cause: String,
    /// When to try to open it again.
    retry_at: Instant,
}

/// What went wrong within a call: the database failed, or what is asked cannot be done.
#[derive(Debug)]
pub(super) enum Fault {
    Database(fjall::Error),
    Store(StoreError),
}

impl Fault {
    pub(super) fn corrupt(what: &str) -> Self {
        Self::Store(StoreError::Corrupt(what.to_owned()))
    }
}

impl From<fjall::Error> for Fault {
    fn from(error: fjall::Error) -> Self {
        Self::Database(error)
    }
}

impl From<StoreError> for Fault {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<Fault> for StoreError {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Store(error) => error,
            Fault::Database(fjall::Error::Io(error)) if is_full(&error) => Self::Full,
            Fault::Database(fjall::Error::Storage(fjall::LsmError::Io(error)))
                if is_full(&error) =>
            {
                Self::Full
            }
            Fault::Database(
                error @ (fjall::Error::JournalRecovery(_)
                | fjall::Error::Decompress(_)
                | fjall::Error::InvalidTag(_)
                | fjall::Error::InvalidTrailer
                | fjall::Error::InvalidVersion(_)
                | fjall::Error::Unrecoverable),
            ) => Self::Corrupt(error.to_string()),
            Fault::Database(error) => Self::Unavailable(error.to_string()),
        }
    }
}

impl Engine {
    pub(super) fn open(dir: &Path, options: Options) -> Result<Self, StoreError> {
        let partitions = options.partitions.max(1);
        let directory = Directory::take(dir, partitions)?;
        let tails = Tails::new(partitions);
        let open = OpenDatabase::open(&directory.database(), &options, &tails)?;
        Ok(Self {
            options,
            tails,
            open: RwLock::new(Some(open)),
            broken: Mutex::new(None),
            directory,
        })
    }

    /// Reads. What is read may be newer than the last durable write.
    pub(super) fn read<T>(
        &self,
        read: impl FnOnce(&OpenDatabase) -> Result<T, Fault>,
    ) -> Result<T, StoreError> {
        let open = self.open.read().unwrap_or_else(PoisonError::into_inner);
        let open = open.as_ref().ok_or_else(closed)?;
        Ok(read(open)?)
    }

    /// Writes. `write` commits one batch as its last act; it is called a second time when the
    /// database took nothing of it.
    pub(super) fn write<T>(
        &self,
        write: impl Fn(&OpenDatabase) -> Result<T, Fault>,
    ) -> Result<T, StoreError> {
        self.check_space()?;
        self.reopen_if_broken()?;
        match self.try_write(&write) {
            // An earlier write of the database's own failed, unseen.
            Err(Fault::Database(fjall::Error::Poisoned)) => {
                self.break_down("a write in the background failed");
                self.check_space()?;
                self.reopen_if_broken()?;
                Ok(self.try_write(&write)?)
            }
            Err(Fault::Database(error)) => {
                self.break_down(&error.to_string());
                Err(Fault::Database(error).into())
            }
            other => Ok(other?),
        }
    }

    fn try_write<T>(&self, write: impl Fn(&OpenDatabase) -> Result<T, Fault>) -> Result<T, Fault> {
        let open = self.open.read().unwrap_or_else(PoisonError::into_inner);
        write(open.as_ref().ok_or_else(closed)?)
    }

    /// Whether writes are taken, after a try to open the database again where that helps.
    pub(super) fn health(&self) -> Result<(), StoreError> {
        self.write(OpenDatabase::check)
    }

    fn check_space(&self) -> Result<(), StoreError> {
        if self.directory.free_bytes()? < self.options.reserve_bytes {
            return Err(StoreError::Full);
        }
        Ok(())
    }

    fn break_down(&self, cause: &str) {
        tracing::error!(
            cause,
            "a write to the store failed; it will be opened again"
        );
        let mut broken = lock(&self.broken);
        if broken.is_none() {
            *broken = Some(Broken {
                cause: cause.to_owned(),
                retry_at: Instant::now(),
            });
        }
    }

    fn reopen_if_broken(&self) -> Result<(), StoreError> {
        let mut guard = lock(&self.broken);
        let Some(broken) = guard.as_mut() else {
            return Ok(());
        };
        if Instant::now() < broken.retry_at {
            return Err(StoreError::Unavailable(broken.cause.clone()));
        }
        broken.retry_at = Instant::now() + REOPEN_PAUSE;
        let mut slot = self.open.write().unwrap_or_else(PoisonError::into_inner);
        // Closed before it is opened: the two would not share the files.
        drop(slot.take());
        match OpenDatabase::open(&self.directory.database(), &self.options, &self.tails) {
            Ok(open) => {
                *slot = Some(open);
                *guard = None;
                tracing::info!("the store is open again");
                Ok(())
            }
            Err(fault) => {
                let error = StoreError::from(fault);
                broken.cause = error.to_string();
                Err(error)
            }
        }
    }
}

fn closed() -> StoreError {
    StoreError::Unavailable("the store is closed after a failed write".to_owned())
}

impl fmt::Debug for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Engine")
            .field("directory", &self.directory)
            .finish_non_exhaustive()
    }
}
