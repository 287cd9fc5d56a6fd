//! What the adapters take on one broker of this machine: commits of the journal, and appends. Run by
//! hand: `cargo bench -p stores-cluster`.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::indexing_slicing,
    reason = "a benchmark that cannot go on ends; what it found goes to standard output"
)]

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use store_contracts::broker::Broker;
use stores::embedded::{Options, Store};
use stores::{Entry, Journal, Log, NewRecord, Space, Topic, WriteSet};
use stores_cluster::kafka::topics::{self, TopicOptions};
use stores_cluster::kafka::{Connection, KafkaJournal, KafkaLog, LogOptions};

const COMMITS: u64 = 500;
const ENTRIES: u64 = 100;
const ENTRY_BYTES: usize = 1_024;
const CHANGES: u64 = 50;
const RECORD_BYTES: usize = 250;
/// How long each measurement of appends goes on.
const ENOUGH: Duration = Duration::from_secs(4);

fn main() {
    let Some(broker) = Broker::start() else {
        return;
    };
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let connection = Connection::new(broker.address());
    runtime
        .block_on(topics::create(&connection, &TopicOptions::default()))
        .unwrap();
    let dir = tempfile::tempdir().unwrap();
    let local = Store::open(dir.path(), Options::default())
        .unwrap()
        .journal();
    let journal = KafkaJournal::open(&connection, "owners", None, local, 2).unwrap();
    commit(&journal);
    let log = KafkaLog::open(&connection, Topic::UserEvents, LogOptions::default()).unwrap();
    let log: Arc<dyn Log> = Arc::new(log);
    for (callers, records) in [(1, 1), (16, 1), (4, 100), (4, 1_000)] {
        runtime.block_on(append(&log, callers, records));
    }
}

/// What does not compress well.
fn noise(number: u64, bytes: usize) -> Bytes {
    let mut state = number;
    let next = |_| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        b"0123456789abcdef"[(state >> 60) as usize]
    };
    (0..bytes).map(next).collect()
}

fn commit(journal: &KafkaJournal) {
    let started = Instant::now();
    let mut owner = journal.open(0).unwrap();
    println!("open an empty partition: {:.0?}", started.elapsed());
    let mut took = Vec::new();
    for position in 1..=COMMITS {
        let entries = (0..ENTRIES).map(|i| Entry {
            space: Space::State,
            key: format!("user-{:06}", (position * ENTRIES + i) % 20_000).into_bytes(),
            value: Some(noise(position * ENTRIES + i, ENTRY_BYTES)),
        });
        let changes = (0..CHANGES).map(|i| NewRecord {
            partition: (i % 2) as u32,
            key: format!("user-{i}"),
            value: noise(i, RECORD_BYTES),
            headers: Vec::new(),
        });
        let set = WriteSet {
            position,
            entries: entries.collect(),
            changes: changes.collect(),
            dead: Vec::new(),
        };
        let started = Instant::now();
        owner.commit(set).unwrap();
        took.push(started.elapsed());
    }
    let all: Duration = took.iter().sum();
    took.sort_unstable();
    let at = |share: f64| took[((took.len() - 1) as f64 * share) as usize];
    println!(
        "commit {ENTRIES} entries of {ENTRY_BYTES} bytes and {CHANGES} changes: p50 {:.1?}, \
         p99 {:.1?}, {:.0} a second",
        at(0.5),
        at(0.99),
        COMMITS as f64 / all.as_secs_f64()
    );
}

async fn append(log: &Arc<dyn Log>, callers: u64, records: u64) {
    let started = Instant::now();
    let callers_at_once = (0..callers).map(|caller| {
        let log = Arc::clone(log);
        tokio::spawn(async move {
            let mut took = Vec::new();
            while started.elapsed() < ENOUGH {
                let batch = (0..records).map(|i| NewRecord {
                    partition: (i % 2) as u32,
                    key: format!("user-{i}"),
                    value: noise(caller * records + i, RECORD_BYTES),
                    headers: Vec::new(),
                });
                let batch = batch.collect();
                let began = Instant::now();
                log.append(batch).await.unwrap();
                took.push(began.elapsed());
            }
            took
        })
    });
    let mut took = Vec::new();
    for caller in callers_at_once.collect::<Vec<_>>() {
        took.extend(caller.await.unwrap());
    }
    let seconds = started.elapsed().as_secs_f64();
    took.sort_unstable();
    let at = |share: f64| took[((took.len() - 1) as f64 * share) as usize];
    println!(
        "append, {callers} callers, {records} records a call: {:.0} records a second, p50 {:.1?}, \
         p99 {:.1?}",
        took.len() as f64 * records as f64 / seconds,
        at(0.5),
        at(0.99)
    );
}
