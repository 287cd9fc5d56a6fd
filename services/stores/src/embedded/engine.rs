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
use super::recovery::{recover, recovery_bytes};
use super::tail::Tails;

/// How long to wait between two tries to open the database again.
const REOPEN_PAUSE: Duration = Duration::from_secs(1);

/// The longest that one write waits for tables to be written, and between two looks.
const GIVE_WAY_MAX: Duration = Duration::from_millis(500);
const GIVE_WAY_STEP: Duration = Duration::from_millis(5);

pub(super) struct Engine {
    pub(super) options: Options,
    pub(super) tails: Tails,
    /// `None` after it could not be opened again.
    open: RwLock<Option<OpenDatabase>>,
    repair: Mutex<Repair>,
    directory: Directory,
}

/// A database that takes no writes.
struct Broken {
    /// Why, in words.
    cause: String,
    /// Whether there was no room.
    is_full: bool,
}

impl Broken {
    fn error(&self) -> StoreError {
        if self.is_full {
            return StoreError::Full;
        }
        StoreError::Unavailable(self.cause.clone())
    }
}

/// Whether and why the database takes no writes, and when to try next to open it again.
struct Repair {
    broken: Option<Broken>,
    at: Instant,
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
        if options.partitions == 0 {
            return Err(StoreError::Conflict("there are no partitions".to_owned()));
        }
        let directory = Directory::take(dir, options.partitions, |path| {
            Ok(OpenDatabase::make(path, &options)?)
        })?;
        let tails = Tails::new(options.partitions);
        let open = open_database(&directory.database(), &options, &tails, false)?;
        Ok(Self {
            options,
            tails,
            open: RwLock::new(Some(open)),
            repair: Mutex::new(Repair {
                broken: None,
                at: Instant::now(),
            }),
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
        self.give_way();
        self.write_at_once(write)
    }

    /// The same for what adds nothing to what is gathered.
    fn write_at_once<T>(
        &self,
        write: impl Fn(&OpenDatabase) -> Result<T, Fault>,
    ) -> Result<T, StoreError> {
        self.check_space()?;
        self.reopen_if_broken()?;
        match self.try_write(&write) {
            // An earlier write of the database's own failed, unseen, and nothing of this one is there.
            Err(Fault::Database(fjall::Error::Poisoned)) => {
                self.break_down("a write in the background failed", false);
                self.reopen_if_broken()?;
                Ok(self.try_write(&write)?)
            }
            Err(Fault::Database(error)) => {
                let cause = error.to_string();
                let error = StoreError::from(Fault::Database(error));
                self.break_down(&cause, matches!(error, StoreError::Full));
                Err(error)
            }
            other => Ok(other?),
        }
    }

    /// Waits a little while more is gathered in memory than there is room for: what writes tables
    /// does not get on, and the database does not hold writers up by itself. A bound on the wait,
    /// so that a wrong count slows writers down and never stops them.
    fn give_way(&self) {
        let until = Instant::now() + GIVE_WAY_MAX;
        while Instant::now() < until && self.gathered_bytes() > self.options.gathered_bytes_max {
            std::thread::sleep(GIVE_WAY_STEP);
        }
    }

    /// Bytes of entries that are in memory and no table yet.
    fn gathered_bytes(&self) -> u64 {
        let open = self.open.read().unwrap_or_else(PoisonError::into_inner);
        open.as_ref()
            .map_or(0, |open| open.database.write_buffer_size())
    }

    fn try_write<T>(&self, write: impl Fn(&OpenDatabase) -> Result<T, Fault>) -> Result<T, Fault> {
        let open = self.open.read().unwrap_or_else(PoisonError::into_inner);
        write(open.as_ref().ok_or_else(closed)?)
    }

    /// Whether writes are taken, after a try to open the database again where that helps.
    pub(super) fn health(&self) -> Result<(), StoreError> {
        self.write_at_once(OpenDatabase::check)
    }

    fn check_space(&self) -> Result<(), StoreError> {
        if self.directory.free_bytes()? < self.options.reserve_bytes {
            return Err(StoreError::Full);
        }
        Ok(())
    }

    fn break_down(&self, cause: &str, is_full: bool) {
        tracing::error!(
            cause,
            "a write to the store failed; it will be opened again"
        );
        // What runs in the background does not say why it failed.
        let needed = self.options.reserve_bytes + self.options.memtable_bytes;
        let is_full = is_full || self.directory.free_bytes().is_ok_and(|free| free < needed);
        lock(&self.repair).broken.get_or_insert(Broken {
            cause: cause.to_owned(),
            is_full,
        });
    }

    fn reopen_if_broken(&self) -> Result<(), StoreError> {
        let mut repair = lock(&self.repair);
        let Some(broken) = &repair.broken else {
            return Ok(());
        };
        if Instant::now() < repair.at {
            return Err(broken.error());
        }
        let path = self.directory.database();
        let needed = self.options.reserve_bytes + recovery_bytes(&path).map_err(io_fault)?;
        if self.directory.free_bytes()? < needed {
            return Err(StoreError::Full);
        }
        let mut slot = self.open.write().unwrap_or_else(PoisonError::into_inner);
        // Closed before it is opened: the two would not share the files.
        drop(slot.take());
        let opened = open_database(&path, &self.options, &self.tails, true);
        repair.at = Instant::now() + REOPEN_PAUSE;
        match opened {
            Ok(open) => {
                *slot = Some(open);
                repair.broken = None;
                tracing::info!("the store is open again");
                Ok(())
            }
            Err(fault) => {
                let error = StoreError::from(fault);
                repair.broken = Some(Broken {
                    cause: error.to_string(),
                    is_full: matches!(error, StoreError::Full),
                });
                Err(error)
            }
        }
    }
}

fn open_database(
    path: &Path,
    options: &Options,
    tails: &Tails,
    is_after_failure: bool,
) -> Result<OpenDatabase, Fault> {
    recover(path, is_after_failure).map_err(io_fault)?;
    let open = OpenDatabase::open(path, options)?;
    open.move_tails(tails)?;
    // The database has synced whatever a killed process left.
    tails.synced(&tails.ends());
    Ok(open)
}

fn io_fault(error: std::io::Error) -> Fault {
    Fault::Database(fjall::Error::Io(error))
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
