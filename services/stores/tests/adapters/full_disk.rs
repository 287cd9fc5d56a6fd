//! A full disk: writes are refused, reads go on, and writes work again when there is space.
//!
//! The disk is a small one in memory; where this process may not mount it, the tests say so and end.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use stores::embedded::{Options, Store};
use stores::{Log, Space, StoreError, Topic, WriteSet};
use tempfile::TempDir;

use store_contracts::journal::put;
use store_contracts::log::{read_all, record};
use store_contracts::view::user;

const MIB: u64 = 1024 * 1024;

/// Bytes of the disk, and of the file that is removed to make space.
const DISK_BYTES: u64 = 64 * MIB;
const BALLAST_BYTES: u64 = 40 * MIB;

/// A mounted disk.
struct SmallDisk {
    dir: TempDir,
}

impl SmallDisk {
    fn mount() -> Option<Self> {
        let dir = tempfile::tempdir().unwrap();
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", &format!("size={DISK_BYTES}"), "tmpfs"])
            .arg(dir.path())
            .output();
        match mounted {
            Ok(output) if output.status.success() => Some(Self { dir }),
            Ok(output) => {
                let reason = String::from_utf8_lossy(&output.stderr);
                eprintln!("skipped: a small disk cannot be mounted here: {reason}");
                None
            }
            Err(error) => {
                eprintln!("skipped: a small disk cannot be mounted here: {error}");
                None
            }
        }
    }

    fn ballast(&self) -> PathBuf {
        self.dir.path().join("ballast")
    }

    fn fill(&self) {
        std::fs::write(self.ballast(), vec![1; BALLAST_BYTES as usize]).unwrap();
    }

    fn free(&self) {
        std::fs::remove_file(self.ballast()).unwrap();
    }

    fn store(&self) -> PathBuf {
        self.dir.path().join("data")
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(self.dir.path()).status();
    }
}

/// What does not compress.
fn noise(number: u64) -> Vec<u8> {
    let mut state = number;
    let next = |_| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (state >> 56) as u8
    };
    (0..20_000).map(next).collect()
}

async fn append(events: &dyn Log, number: u64) -> Result<(), StoreError> {
    let records = vec![record(0, &number.to_string(), noise(number))];
    events.append(records).await
}

/// The numbers of the records in the log, each of which has to be whole.
fn numbers(events: &Arc<dyn Log>) -> Vec<u64> {
    let records = read_all(&**events, 0, 0);
    let numbers = records.iter().map(|record| {
        let number = record.key.parse().unwrap();
        assert_eq!(record.value, noise(number));
        number
    });
    numbers.collect()
}

/// Appends until the disk is full, and again after there is space; returns what is acknowledged.
async fn fill_and_free(disk: &SmallDisk, store: &Store) -> Vec<u64> {
    let events = store.log(Topic::UserEvents);
    let mut owner = store.journal().open(0).unwrap();
    let mut acknowledged = Vec::new();
    let mut number = 0;
    let refused = loop {
        match append(&*events, number).await {
            Ok(()) => acknowledged.push(number),
            Err(error) => break error,
        }
        number += 1;
        assert!(number < 10_000, "the disk is never full");
    };
    assert!(matches!(refused, StoreError::Full), "{refused}");
    assert!(!acknowledged.is_empty());

    assert_eq!(&numbers(&events)[..acknowledged.len()], acknowledged);
    let set = WriteSet {
        position: 1,
        entries: vec![put(Space::State, "a", "1")],
        ..WriteSet::default()
    };
    assert!(matches!(owner.commit(set.clone()), Err(StoreError::Full)));
    let written = store.view().write(vec![user("ann", 0, 1, &[])]).await;
    assert!(matches!(written, Err(StoreError::Full)));
    assert!(store.health().is_err());

    disk.free();
    drop(owner);
    // A try to open the database again may have been made in vain a moment ago.
    while append(&*events, 10_000).await.is_err() {
        std::thread::yield_now();
    }
    acknowledged.push(10_000);
    store.health().unwrap();
    store.journal().open(0).unwrap().commit(set).unwrap();
    let written = store.view().write(vec![user("ann", 0, 1, &[])]).await;
    written.unwrap();
    acknowledged
}

async fn verify(dir: &Path, options: Options, acknowledged: &[u64]) {
    let store = open_again(dir, &options);
    let found = numbers(&store.log(Topic::UserEvents));
    let refused: Vec<_> = found
        .iter()
        .filter(|one| !acknowledged.contains(one))
        .collect();
    assert!(refused.len() <= 1, "{refused:?}");
    assert!(acknowledged.iter().all(|one| found.contains(one)));
    assert_eq!(store.journal().open(0).unwrap().position(), 1);
    assert!(store.view().user("ann").await.unwrap().is_some());
}

/// Opens a store that this process had open: the thread that healed it may not have let go of it yet.
fn open_again(dir: &Path, options: &Options) -> Store {
    for _ in 0..100 {
        match Store::open(dir, options.clone()) {
            Err(StoreError::Unavailable(_)) => std::thread::sleep(Duration::from_millis(100)),
            opened => return opened.unwrap(),
        }
    }
    Store::open(dir, options.clone()).unwrap()
}

async fn outlives_a_full_disk(options: Options) {
    let Some(disk) = SmallDisk::mount() else {
        return;
    };
    disk.fill();
    let store = Store::open(&disk.store(), options.clone()).unwrap();
    let acknowledged = fill_and_free(&disk, &store).await;
    drop(store);
    verify(&disk.store(), options, &acknowledged).await;
}

#[tokio::test]
async fn writes_stop_while_there_is_still_a_reserve() {
    outlives_a_full_disk(Options {
        reserve_bytes: 8 * MIB,
        memtable_bytes: 2 * MIB,
        ..Options::default()
    })
    .await;
}

#[tokio::test]
async fn a_write_that_found_no_room_is_healed() {
    outlives_a_full_disk(Options {
        reserve_bytes: 0,
        memtable_bytes: 64 * MIB,
        ..Options::default()
    })
    .await;
}

#[tokio::test]
async fn a_failure_in_the_background_is_healed() {
    outlives_a_full_disk(Options {
        reserve_bytes: 64 * 1024,
        memtable_bytes: 9 * MIB,
        ..Options::default()
    })
    .await;
}
