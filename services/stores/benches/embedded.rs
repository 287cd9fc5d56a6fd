//! What the embedded store takes: appends of several sizes, one append at a time, reading, commits of
//! the journal, and what an empty store costs. Run by hand: `cargo bench -p stores [DIR]`.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::indexing_slicing,
    reason = "a benchmark that cannot go on ends; what it found goes to standard output"
)]

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use stores::embedded::{Options, Store};
use stores::{Entry, Log, NewRecord, Space, Topic, WriteSet};

/// How long each measurement goes on.
const ENOUGH: Duration = Duration::from_secs(4);

const RECORD_BYTES: usize = 250;

fn main() {
    // `cargo bench` adds arguments of its own.
    let parent = std::env::args().skip(1).find(|arg| !arg.starts_with('-'));
    let parent = parent.map_or_else(std::env::temp_dir, PathBuf::from);
    let dir = tempfile::tempdir_in(parent).unwrap();
    let started = Instant::now();
    let store = Store::open(dir.path(), Options::default()).unwrap();
    println!("make an empty store: {:.0?}", started.elapsed());
    drop(store);
    let started = Instant::now();
    let store = Store::open(dir.path(), Options::default()).unwrap();
    println!(
        "open it again: {:.0?}; the process takes {} KiB",
        started.elapsed(),
        rss_kib()
    );

    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .build()
        .unwrap();
    let events = store.log(Topic::UserEvents);
    for (callers, records) in [(1, 1), (16, 1), (4, 100), (4, 1_000), (4, 5_000)] {
        runtime.block_on(append(&events, callers, records));
    }
    read(&*events);
    for changes in [0, 100] {
        commit(&store, changes);
    }
    println!("in memory at the end: {} KiB", rss_kib());
}

/// Text as events are: half of it is the same in all of them.
fn record(number: u64) -> NewRecord {
    let mut value = format!(
        "{{\"eventId\":\"{:016x}\",\"eventType\":\"purchase\",\"properties\":{{\"amount\":{}",
        number.wrapping_mul(0x9e37_79b9_7f4a_7c15),
        number % 1_000
    );
    while value.len() < RECORD_BYTES {
        let property = number ^ value.len() as u64;
        value.push_str(",\"property\":");
        value.push_str(&property.to_string());
    }
    value.truncate(RECORD_BYTES);
    NewRecord {
        partition: (number % 2) as u32,
        key: format!("user-{}", number % 10_000),
        value: value.into(),
        headers: Vec::new(),
    }
}

async fn append(events: &Arc<dyn Log>, callers: u64, records: u64) {
    let started = Instant::now();
    let tasks = (0..callers).map(|caller| {
        let events = Arc::clone(events);
        tokio::spawn(async move {
            let batch: Vec<_> = (0..records).map(|i| record(caller * 7_919 + i)).collect();
            let mut took = Vec::new();
            while started.elapsed() < ENOUGH {
                let batch = batch.clone();
                let began = Instant::now();
                events.append(batch).await.unwrap();
                took.push(began.elapsed());
            }
            took
        })
    });
    let mut took = Vec::new();
    for task in tasks.collect::<Vec<_>>() {
        took.extend(task.await.unwrap());
    }
    let rate = (took.len() as u64 * records) as f64 / started.elapsed().as_secs_f64();
    took.sort();
    let quantile = |part: f64| took[(took.len() as f64 * part) as usize];
    println!(
        "{callers} callers append {records} records: {rate:.0} records/s, {:.1?} each, 99% in {:.1?}",
        quantile(0.5),
        quantile(0.99)
    );
}

fn read(events: &dyn Log) {
    let started = Instant::now();
    let mut reader = events.reader(0, 0).unwrap();
    let mut count = 0;
    while started.elapsed() < ENOUGH {
        let records = reader.next(1 << 20, Duration::ZERO).unwrap();
        if records.is_empty() {
            break;
        }
        count += records.len();
    }
    let rate = count as f64 / started.elapsed().as_secs_f64();
    println!("read: {rate:.0} records/s");
}

/// Commits of 100 records: their history, 100 states of 300 bytes, and changes.
fn commit(store: &Store, changes: u64) {
    let mut owner = store.journal().open(0).unwrap();
    let started = Instant::now();
    let mut position = owner.position();
    let mut commits = 0;
    while started.elapsed() < ENOUGH {
        let numbers = position..position + 100;
        let entry = |space, key: String, value: bytes::Bytes| Entry {
            space,
            key: key.into_bytes(),
            value: Some(value),
        };
        let mut entries = Vec::with_capacity(200);
        for number in numbers.clone() {
            let user = number.wrapping_mul(0x9e37_79b9) % 10_000;
            let fact = record(number);
            entries.push(entry(Space::State, format!("{user}"), vec![1; 300].into()));
            entries.push(entry(
                Space::History,
                format!("{user}/{number}"),
                fact.value,
            ));
        }
        position += 100;
        let changes = numbers.take(changes as usize).map(|number| NewRecord {
            partition: 0,
            ..record(number)
        });
        let changes = changes.collect();
        owner
            .commit(WriteSet {
                position,
                entries,
                changes,
                dead: Vec::new(),
            })
            .unwrap();
        commits += 1;
    }
    let rate = f64::from(commits) / started.elapsed().as_secs_f64();
    println!(
        "commits of 100 records with {changes} changes: {rate:.0}/s, so {:.0} records/s",
        rate * 100.0
    );
}

/// Memory of this process, from `/proc`.
fn rss_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kib = line.and_then(|line| line.split_whitespace().next()?.parse().ok());
    kib.unwrap_or(0)
}
