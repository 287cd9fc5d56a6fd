//! The directory of a store: who holds it, and how what is in it is laid out.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use crate::StoreError;

/// The layout that this code reads and writes.
const LAYOUT: &str = "1";

/// Where the database is in it, and where it is while it is being made.
const DATABASE: &str = "store";
const UNFINISHED: &str = "store.new";

/// The file in the database's directory that says how it is laid out.
const LAYOUT_FILE: &str = "layout";

/// A directory that this process alone has open, until this is dropped.
#[derive(Debug)]
pub(super) struct Directory {
    path: PathBuf,
    /// Locked; holds the number of the process for whoever comes second.
    _lock: File,
}

impl Directory {
    /// Takes a directory, and makes it where there is none. Where there is no database in it, `make`
    /// makes one; it is there as a whole, or not at all.
    pub(super) fn take(
        path: &Path,
        partitions: u32,
        make: impl FnOnce(&Path) -> Result<(), StoreError>,
    ) -> Result<Self, StoreError> {
        let failed = |error: std::io::Error| unavailable(path, &error);
        std::fs::create_dir_all(path).map_err(failed)?;
        let directory = Self {
            _lock: take_lock(path)?,
            path: path.to_path_buf(),
        };
        let database = directory.database();
        if !database.try_exists().map_err(failed)? {
            let unfinished = path.join(UNFINISHED);
            if unfinished.try_exists().map_err(failed)? {
                std::fs::remove_dir_all(&unfinished).map_err(failed)?;
            }
            make(&unfinished)?;
            write_layout(&unfinished, partitions).map_err(failed)?;
            std::fs::rename(&unfinished, &database).map_err(failed)?;
        }
        // At every start: whoever made it may have been killed before this.
        sync_path(path).map_err(failed)?;
        check_layout(&database, partitions)?;
        Ok(directory)
    }

    /// Where the database is.
    pub(super) fn database(&self) -> PathBuf {
        self.path.join(DATABASE)
    }

    /// Bytes that may still be written.
    pub(super) fn free_bytes(&self) -> Result<u64, StoreError> {
        let disk = rustix::fs::statvfs(&self.path)
            .map_err(|error| unavailable(&self.path, &error.into()))?;
        Ok(disk.f_bavail.saturating_mul(disk.f_frsize))
    }
}

fn unavailable(path: &Path, error: &std::io::Error) -> StoreError {
    if is_full(error) {
        return StoreError::Full;
    }
    StoreError::Unavailable(format!("`{}`: {error}", path.display()))
}

/// Whether an error says that there is no more room.
pub(super) fn is_full(error: &std::io::Error) -> bool {
    use std::io::ErrorKind::{QuotaExceeded, StorageFull};
    matches!(error.kind(), StorageFull | QuotaExceeded)
}

fn take_lock(path: &Path) -> Result<File, StoreError> {
    let failed = |error: std::io::Error| unavailable(path, &error);
    let mut file = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .open(path.join("lock"))
        .map_err(failed)?;
    match file.try_lock() {
        Ok(()) => {
            // Only a hint for people: a lock whose holder is not named still holds.
            let _ = file.set_len(0);
            let _ = write!(file, "{}", std::process::id());
            Ok(file)
        }
        Err(TryLockError::WouldBlock) => {
            let mut holder = String::new();
            let _ = file.read_to_string(&mut holder);
            Err(StoreError::Unavailable(format!(
                "`{}` is open in process {holder}: stop it, or choose another directory",
                path.display()
            )))
        }
        Err(TryLockError::Error(error)) => Err(failed(error)),
    }
}

/// Holds a database to the layout and the partitions it was made with.
fn check_layout(database: &Path, partitions: u32) -> Result<(), StoreError> {
    let stored = std::fs::read_to_string(database.join(LAYOUT_FILE))
        .map_err(|error| unavailable(database, &error))?;
    let (layout, stored_partitions) = stored.split_once(' ').unwrap_or((&stored, ""));
    if layout != LAYOUT {
        return Err(StoreError::Conflict(format!(
            "`{}` has layout `{layout}`, this program writes {LAYOUT}: use the program that made it",
            database.display()
        )));
    }
    if stored_partitions != partitions.to_string() {
        return Err(StoreError::Conflict(format!(
            "`{}` has {stored_partitions} partitions, not {partitions}: configure \
             {stored_partitions}, or choose an empty directory",
            database.display()
        )));
    }
    Ok(())
}

/// The partitions that a directory was made with.
pub(super) fn partitions_of(path: &Path) -> Result<u32, StoreError> {
    let database = path.join(DATABASE);
    let stored = std::fs::read_to_string(database.join(LAYOUT_FILE))
        .map_err(|error| unavailable(&database, &error))?;
    let partitions = stored
        .split_once(' ')
        .and_then(|(_, partitions)| partitions.parse().ok());
    partitions.ok_or_else(|| StoreError::Corrupt(format!("`{}` has no layout", database.display())))
}

fn write_layout(database: &Path, partitions: u32) -> std::io::Result<()> {
    let mut file = File::create(database.join(LAYOUT_FILE))?;
    write!(file, "{LAYOUT} {partitions}")?;
    file.sync_all()?;
    sync_entries(database)
}

/// Makes durable what is in a directory, and that it is there itself.
fn sync_path(path: &Path) -> std::io::Result<()> {
    sync_entries(path)?;
    for above in path.canonicalize()?.ancestors().skip(1) {
        // What this process may not open, it has not made.
        if let Ok(above) = File::open(above) {
            above.sync_all()?;
        }
    }
    Ok(())
}

/// Makes durable which files are in a directory.
pub(super) fn sync_entries(path: &Path) -> std::io::Result<()> {
    File::open(path)?.sync_all()
}
