//! What a power cut leaves that the database would refuse to open, or panic over.
//!
//! Only the end of the newest write-ahead file was not synced, and a disk writes sectors in any
//! order: there may be holes in it. fjall cuts off a last batch that is too short, but not one with a
//! hole. The file is read here as fjall writes it (version 3 of its format, of `journal::entry`) and
//! cut after its last whole batch before a broken one. INVARIANT: nothing synced is cut, because
//! whoever syncs a batch has synced all before it.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufReader, ErrorKind, Read, Write};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use xxhash_rust::xxh3::Xxh3;

use super::directory::sync_entries;

/// What the marker file of a database begins with, and what ends a batch.
const MARKER: &[u8; 4] = b"FJL\x03";

const START: u8 = 1;
const ITEM: u8 = 2;
const END: u8 = 3;
const CLEAR: u8 = 4;

/// Readies the directory of a database to be opened. After a failed write its write-ahead files are
/// written anew: what a failed sync left in memory looks as if it were on the disk, and is not.
pub(super) fn recover(path: &Path, is_after_failure: bool) -> io::Result<()> {
    // Another version of the format: the database says so.
    if !fs::read(path.join("version"))?.starts_with(MARKER) {
        return Ok(());
    }
    let journals = journals(path)?;
    if let Some(newest) = journals.last() {
        let file = OpenOptions::new().read(true).write(true).open(newest)?;
        let whole = whole_bytes(BufReader::with_capacity(1 << 16, &file))?;
        if whole < file.metadata()?.len() {
            file.set_len(whole)?;
            file.sync_all()?;
        }
    }
    if is_after_failure {
        for journal in &journals {
            rewrite(journal)?;
        }
        sync_entries(path)?;
    }
    Ok(())
}

/// Replaces a file by a copy that shares nothing with it.
fn rewrite(path: &Path) -> io::Result<()> {
    let new = path.with_extension("new");
    let mut rest = File::open(path)?;
    let mut copy = File::create(&new)?;
    let mut buffer = vec![0; 1 << 16];
    loop {
        let read = rest.read(&mut buffer)?;
        let Some(part) = buffer.get(..read).filter(|part| !part.is_empty()) else {
            break;
        };
        copy.write_all(part)?;
    }
    copy.sync_all()?;
    fs::rename(new, path)
}

/// Bytes that recovery after a failed write takes.
pub(super) fn recovery_bytes(path: &Path) -> io::Result<u64> {
    let mut bytes = 0;
    for journal in journals(path)? {
        bytes += fs::metadata(journal)?.blocks() * 512;
    }
    Ok(bytes)
}

/// The write-ahead files by their numbers; only the last is written to.
pub(super) fn journals(path: &Path) -> io::Result<Vec<PathBuf>> {
    let mut journals = Vec::new();
    for entry in fs::read_dir(path)? {
        let path = entry?.path();
        let number = path
            .extension()
            .filter(|extension| *extension == "jnl")
            .and(path.file_stem())
            .and_then(|stem| stem.to_str()?.parse::<u64>().ok());
        journals.extend(number.map(|number| (number, path)));
    }
    journals.sort();
    Ok(journals.into_iter().map(|(_, path)| path).collect())
}

/// Bytes up to the end of the last of the whole batches that a write-ahead file begins with.
fn whole_bytes(file: impl Read) -> io::Result<u64> {
    let mut batches = Batches {
        file,
        read: 0,
        buffer: Vec::new(),
    };
    let mut whole = 0;
    loop {
        match batches.read_batch() {
            Ok(true) => whole = batches.read,
            Ok(false) => return Ok(whole),
            Err(error) if error.kind() == ErrorKind::UnexpectedEof => return Ok(whole),
            Err(error) => return Err(error),
        }
    }
}

struct Batches<R> {
    file: R,
    /// Bytes read so far.
    read: u64,
    buffer: Vec<u8>,
}

impl<R: Read> Batches<R> {
    /// Reads a batch; whether it is whole.
    fn read_batch(&mut self) -> io::Result<bool> {
        if self.read_array()? != [START] {
            return Ok(false);
        }
        let items = u32::from_le_bytes(self.read_array()?);
        self.read_array::<8>()?;
        let mut hash = Xxh3::new();
        for _ in 0..items {
            if !self.read_item(&mut hash)? {
                return Ok(false);
            }
        }
        if self.read_array()? != [END] {
            return Ok(false);
        }
        let checksum = u64::from_le_bytes(self.read_array()?);
        Ok(self.read_array()? == *MARKER && checksum == hash.digest())
    }

    fn read_item(&mut self, hash: &mut Xxh3) -> io::Result<bool> {
        let [tag] = self.read_array()?;
        hash.update(&[tag]);
        if tag == CLEAR {
            hash.update(&self.read_array::<8>()?);
            return Ok(true);
        }
        if tag != ITEM {
            return Ok(false);
        }
        // Its kind and compression; the keyspace.
        hash.update(&self.read_array::<10>()?);
        let key: [u8; 2] = self.read_array()?;
        hash.update(&key);
        hash.update(&self.read_array::<4>()?);
        let value: [u8; 4] = self.read_array()?;
        hash.update(&value);
        let bytes = u64::from(u16::from_le_bytes(key)) + u64::from(u32::from_le_bytes(value));
        self.buffer.clear();
        // Grows as it reads: a broken length costs no memory.
        let read = self
            .file
            .by_ref()
            .take(bytes)
            .read_to_end(&mut self.buffer)?;
        self.read += read as u64;
        hash.update(&self.buffer);
        Ok(read as u64 == bytes)
    }

    fn read_array<const N: usize>(&mut self) -> io::Result<[u8; N]> {
        let mut bytes = [0; N];
        self.file.read_exact(&mut bytes)?;
        self.read += N as u64;
        Ok(bytes)
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Seek, SeekFrom};

    use fjall::{Database, KeyspaceCreateOptions, PersistMode};

    use super::*;

    const BATCHES: u32 = 20;

    /// A database of batches of short and long values and removals, closed.
    fn database(dir: &Path) -> PathBuf {
        let database = Database::builder(dir).open().unwrap();
        let options = KeyspaceCreateOptions::default;
        let keyspace = database.keyspace("a", options).unwrap();
        for number in 0..BATCHES {
            let mut batch = database.batch();
            batch.insert(
                &keyspace,
                number.to_be_bytes(),
                vec![1; 10 << number.min(14)],
            );
            batch.insert(&keyspace, "newest", number.to_be_bytes());
            batch.remove(&keyspace, "other");
            batch.commit().unwrap();
        }
        database.persist(PersistMode::SyncAll).unwrap();
        journals(dir).unwrap().pop().unwrap()
    }

    /// How many batches are there; asserts that they are the first.
    fn batches(dir: &Path) -> u32 {
        let database = Database::builder(dir).open().unwrap();
        let options = KeyspaceCreateOptions::default;
        let keyspace = database.keyspace("a", options).unwrap();
        let count = keyspace.len().unwrap().saturating_sub(1) as u32;
        let newest = keyspace.get("newest").unwrap();
        let wanted = count.checked_sub(1).map(u32::to_be_bytes);
        assert_eq!(newest.as_deref(), wanted.as_ref().map(|bytes| &bytes[..]));
        count
    }

    #[test]
    fn whole_batches_stay() {
        let dir = tempfile::tempdir().unwrap();
        database(dir.path());
        recover(dir.path(), false).unwrap();
        assert_eq!(batches(dir.path()), BATCHES);
    }

    #[test]
    fn what_follows_a_hole_goes() {
        let dir = tempfile::tempdir().unwrap();
        let journal = database(dir.path());
        let bytes = whole_bytes(File::open(&journal).unwrap()).unwrap();
        let whole = fs::read(&journal).unwrap();
        let mut counts = Vec::new();
        for hole in (0..bytes).step_by(997) {
            fs::write(&journal, &whole).unwrap();
            let mut file = OpenOptions::new().write(true).open(&journal).unwrap();
            file.seek(SeekFrom::Start(hole)).unwrap();
            file.write_all(&[0; 512]).unwrap();
            drop(file);
            recover(dir.path(), false).unwrap();
            counts.push(batches(dir.path()));
        }
        assert!(counts.is_sorted());
        assert_eq!(counts.first(), Some(&0));
        assert!(counts.last() > Some(&(BATCHES / 2)));
    }

    #[test]
    fn a_journal_written_anew_holds_the_same() {
        let dir = tempfile::tempdir().unwrap();
        let journal = database(dir.path());
        let old = File::open(&journal).unwrap().metadata().unwrap().ino();
        recover(dir.path(), true).unwrap();
        assert_ne!(fs::metadata(&journal).unwrap().ino(), old);
        assert_eq!(batches(dir.path()), BATCHES);
    }
}
