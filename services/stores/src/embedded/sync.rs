//! Syncs the write-ahead file beside the database.
//!
//! The database would sync it under the lock that every commit needs: owners would wait for the
//! disk with whoever appends, for commits that need no sync. INVARIANT: after [`Syncer::sync`]
//! whatever was committed and handed to the system before is durable: it is in the newest file, or
//! the database synced its file before it made the newer one.
//!
//! The database syncs the file too, and what its failed sync lost looks written to everybody
//! afterwards. The system tells of the failure, once, each who had the file open before: so it is
//! opened with the database, and a newer one at the first sync after it was made.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use super::lock;
use super::recovery::journals;

/// The database's folder, and the file that was synced last.
#[derive(Debug)]
pub(super) struct Syncer {
    database: PathBuf,
    newest: Mutex<Option<(PathBuf, File)>>,
}

impl Syncer {
    pub(super) fn new(database: &Path) -> io::Result<Self> {
        let syncer = Self {
            database: database.to_owned(),
            newest: Mutex::new(None),
        };
        syncer.sync()?;
        Ok(syncer)
    }

    /// Syncs what was committed with [`fjall::PersistMode::Buffer`].
    pub(super) fn sync(&self) -> io::Result<()> {
        let path = journals(&self.database)?.pop();
        let path = path.ok_or_else(|| io::Error::from(io::ErrorKind::NotFound))?;
        let mut newest = lock(&self.newest);
        match &*newest {
            Some((known, file)) if *known == path => file.sync_data(),
            _ => {
                let (_, file) = newest.insert((path.clone(), File::open(path)?));
                file.sync_data()
            }
        }
    }
}
