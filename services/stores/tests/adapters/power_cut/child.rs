//! What a child does until it is killed: callers append, and an owner of each partition steps
//! through the log, commits to the journal and writes the view. Or it reads what another has left.

use std::io::Write;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use stores::embedded::Store;
use stores::{
    Entry, Journal, Log, NewRecord, Record, Space, StoreError, Topic, ViewStore, WriteSet,
};

use super::disk::Random;
use super::options;
use store_contracts::log::record;
use store_contracts::view::user;

const CALLERS: u64 = 4;

/// The segments of the view.
pub(super) const SEGMENTS: [&str; 3] = ["s0", "s1", "s2"];

pub(super) fn write(dir: &Path, seed: u64) {
    let store = Store::open(dir, options()).unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .build()
        .unwrap();
    for partition in 0..2 {
        let journal = store.journal();
        let events = store.log(Topic::UserEvents);
        let view = store.view();
        let runtime = runtime.handle().clone();
        std::thread::spawn(move || {
            loop {
                // After a failed commit the journal is opened anew.
                let _ = own(&*journal, &*events, &*view, &runtime, partition);
            }
        });
    }
    // From here on syncs may fail.
    if let Some(switch) = std::env::var_os("POWER_CUT_FAIL") {
        std::fs::write(switch, "").unwrap();
    }
    let callers = (0..CALLERS).map(|caller| {
        let events = store.log(Topic::UserEvents);
        runtime.spawn(call(events, caller, seed))
    });
    for caller in callers.collect::<Vec<_>>() {
        runtime.block_on(caller).unwrap();
    }
}

/// Opens what a killed process left, tells how many records are there, and waits to be killed.
pub(super) fn read(dir: &Path) {
    let store = Store::open(dir, options()).unwrap();
    let events = store.log(Topic::UserEvents);
    let [first, second] = [0, 1].map(|partition| events.end(partition).unwrap());
    let line = format!("read {first} {second}\n");
    std::io::stdout().write_all(line.as_bytes()).unwrap();
    loop {
        std::thread::park();
    }
}

/// Steps through a partition until a write fails.
fn own(
    journal: &dyn Journal,
    events: &dyn Log,
    view: &dyn ViewStore,
    runtime: &tokio::runtime::Handle,
    partition: u32,
) -> Result<(), StoreError> {
    let mut owner = journal.open(partition)?;
    let mut reader = events.reader(partition, owner.position())?;
    loop {
        let records = reader.next(20_000, Duration::from_mins(1))?;
        let Some(last) = records.last() else { continue };
        owner.commit(write_set(last.offset + 1, &records))?;
        let users = records.iter().map(view_of).collect();
        runtime.block_on(view.write(users))?;
    }
}

async fn call(events: Arc<dyn Log>, caller: u64, seed: u64) {
    let mut random = Random::new(seed * CALLERS + caller);
    for number in seed * 1_000_000.. {
        let count = 1 + random.below(6);
        let records = (0..count).map(|index| new_record(caller, number, index));
        if events.append(records.collect()).await.is_err() {
            // It may be there or not; what follows is acknowledged again as soon as that is possible.
            tokio::task::yield_now().await;
            continue;
        }
        // One write, so that a killed child leaves no part of a line but the last.
        let line = format!("acknowledged {caller} {number} {count} .\n");
        std::io::stdout().write_all(line.as_bytes()).unwrap();
    }
}

/// The record that a caller writes at an index of a call; nothing of it is left to chance.
pub(super) fn new_record(caller: u64, number: u64, index: u64) -> NewRecord {
    let mut random = Random::new(caller << 56 ^ number << 8 ^ index);
    let partition = random.below(2) as u32;
    let bytes = match random.below(10) {
        0 => 20_000,
        1 => 0,
        _ => random.below(1_500),
    };
    // Half of it does not compress.
    let mut value = format!("{caller} {number} {index};").into_bytes();
    for at in 0..bytes {
        value.push(if at % 2 == 0 {
            random.below(256) as u8
        } else {
            b'-'
        });
    }
    let key = format!("user-{}", random.below(40));
    record(partition, &key, value)
}

/// What the owner makes of records: every entry tells a position.
fn write_set(position: u64, records: &[Record]) -> WriteSet {
    let mut entries = Vec::new();
    let mut changes = Vec::new();
    for record in records {
        let offset = record.offset.to_be_bytes();
        let mut put = |space, key: &[u8], value: Option<&[u8]>| {
            entries.push(Entry {
                space,
                key: key.to_vec(),
                value: value.map(|value| value.to_vec().into()),
            });
        };
        put(Space::History, &offset, Some(&record.value));
        // Some are long: those stand in files of their own.
        let state = [&offset[..], &record.value].concat();
        put(Space::State, b"newest", Some(&state));
        put(Space::Deadline, &offset, Some(b""));
        if record.offset > 0 {
            put(Space::Deadline, &(record.offset - 1).to_be_bytes(), None);
        }
        let partition = new_partition(record);
        changes.push(self::record(partition, &record.key, offset.to_vec()));
    }
    WriteSet {
        position,
        entries,
        changes,
        dead: Vec::new(),
    }
}

/// The partition that the record is in, from its own words.
fn new_partition(record: &Record) -> u32 {
    let words = std::str::from_utf8(record.value.split(|byte| *byte == b';').next().unwrap());
    let mut numbers = words.unwrap().split(' ').map(|word| word.parse().unwrap());
    let mut next = || numbers.next().unwrap();
    new_record(next(), next(), next()).partition
}

/// The user of a record, who is in one segment and leaves another.
fn view_of(record: &Record) -> stores::UserView {
    let rev = record.offset + 1;
    let segment = SEGMENTS[(rev % 3) as usize];
    // A user's records may be in both partitions: their views are told apart by the name.
    let user_id = format!("{}-{}", record.key, new_partition(record));
    user(&user_id, 0, rev, &[(segment, rev as i64)])
}
