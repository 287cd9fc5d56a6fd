//! A broker that is killed under load, and comes back.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test that cannot go on fails, and says what came in between"
)]

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::time::Duration;

use store_contracts::broker::Broker;
use store_contracts::journal::put;
use store_contracts::log::{read_all, record};
use stores::embedded::{Options, Store};
use stores::{Journal, Log, Space, StateReader, Topic, WriteSet};
use stores_cluster::kafka::topics::{self, TopicOptions};
use stores_cluster::kafka::{Connection, KafkaJournal, KafkaLog, LogOptions};

const GROUP: &str = "owners";
const KEYS: u64 = 8;
/// How often the broker is killed.
const KILLS: usize = 2;
/// Acknowledged calls and commits between two kills, at least.
const LOAD: usize = 200;

/// Appends numbers under a key until told to stop; returns how many were acknowledged.
async fn append(log: Arc<dyn Log>, key: u64, stop: Arc<AtomicBool>, told: Sender<()>) -> u64 {
    let mut number = 0;
    while !stop.load(Ordering::Relaxed) {
        let records = (0..3).map(|i| {
            let value = (number + i).to_string();
            record((key % 2) as u32, &key.to_string(), value)
        });
        log.append(records.collect()).await.unwrap();
        number += 3;
        let _ = told.send(());
    }
    number
}

/// Owns a partition until told to stop, and begins anew where a commit fails.
fn own(journal: &KafkaJournal, stop: &AtomicBool, told: &Sender<()>) -> u64 {
    let mut known = 0;
    while !stop.load(Ordering::Relaxed) {
        let mut owner = match journal.open(0) {
            Ok(owner) => owner,
            Err(error) => {
                println!("open: {error}");
                continue;
            }
        };
        // What was acknowledged is there, and at most the one commit beyond it.
        assert!(owner.position() == known || owner.position() == known + 1);
        known = owner.position();
        while !stop.load(Ordering::Relaxed) {
            let position = known + 1;
            let set = WriteSet {
                position,
                entries: vec![put(
                    Space::State,
                    &(position % 7).to_string(),
                    &position.to_string(),
                )],
                changes: vec![record(1, &position.to_string(), "added")],
            };
            if let Err(error) = owner.commit(set) {
                println!("commit {position}: {error}");
                break;
            }
            known = position;
            let _ = told.send(());
        }
    }
    known
}

fn states(reader: &dyn StateReader) -> BTreeMap<Vec<u8>, Vec<u8>> {
    let found = reader.scan(Space::State, b"", None, 100).unwrap();
    let found = found.into_iter();
    found
        .map(|(key, value)| (key.to_vec(), value.to_vec()))
        .collect()
}

fn store(dir: &std::path::Path) -> Arc<dyn Journal> {
    let options = Options {
        reserve_bytes: 0,
        ..Options::default()
    };
    Store::open(dir, options).unwrap().journal()
}

#[test]
fn what_was_acknowledged_outlives_a_killed_broker_once_and_in_order() {
    let Some(mut broker) = Broker::start() else {
        return;
    };
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let connection = Connection::new(broker.address());
    runtime
        .block_on(topics::create(&connection, &TopicOptions::default()))
        .unwrap();
    let options = LogOptions {
        // Longer than a broker takes to come back, so that no append fails and is in doubt.
        delivery_timeout: Duration::from_mins(5),
        ..LogOptions::default()
    };
    let open = |topic| KafkaLog::open(&connection, topic, options.clone()).unwrap();
    let events: Arc<dyn Log> = Arc::new(open(Topic::UserEvents));
    let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let journal = |dir| KafkaJournal::open(&connection, GROUP, None, store(dir), 2).unwrap();
    let owned = journal(one.path());

    let stop = Arc::new(AtomicBool::new(false));
    let (told, appended) = channel();
    let writers: Vec<_> = (0..KEYS)
        .map(|key| {
            let (log, stop, told) = (Arc::clone(&events), Arc::clone(&stop), told.clone());
            runtime.spawn(append(log, key, stop, told))
        })
        .collect();
    let position = AtomicU64::new(0);
    let (committed_tell, committed) = channel();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            position.store(own(&owned, &stop, &committed_tell), Ordering::SeqCst);
        });
        for _ in 0..KILLS {
            wait_for_load(&appended, LOAD);
            wait_for_load(&committed, LOAD / 10);
            broker.kill();
            broker.restart();
        }
        wait_for_load(&appended, LOAD);
        wait_for_load(&committed, LOAD / 10);
        stop.store(true, Ordering::Relaxed);
    });
    let counts: Vec<u64> = writers
        .into_iter()
        .map(|writer| runtime.block_on(writer).unwrap())
        .collect();

    let mut found = BTreeMap::<u64, Vec<u64>>::new();
    for record in (0..2).flat_map(|partition| read_all(&*events, partition, 0)) {
        let value = std::str::from_utf8(&record.value).unwrap();
        let numbers = found.entry(record.key.parse().unwrap()).or_default();
        numbers.push(value.parse().unwrap());
    }
    for (key, count) in (0..).zip(counts) {
        assert!(found[&key].iter().copied().eq(0..count), "key {key}");
    }
    let position = position.load(Ordering::SeqCst);
    let elsewhere = journal(two.path());
    let last = elsewhere.open(0).unwrap().position();
    assert!(last == position || last == position + 1);
    assert_eq!(owned.open(0).unwrap().position(), last);
    let states = [&owned, &elsewhere].map(|journal| states(&*journal.reader(0).unwrap()));
    assert_eq!(states[0], states[1]);
    assert_changes(&open(Topic::UserSegments), last);
}

/// The changes are those of the commits, each once and in order.
fn assert_changes(log: &dyn Log, last: u64) {
    let mut reader = log.reader(1, 0).unwrap();
    let mut keys = vec![];
    while keys.last() != Some(&last) {
        let records = reader.next(100_000, Duration::from_mins(2)).unwrap();
        assert!(!records.is_empty(), "changes end after {:?}", keys.last());
        keys.extend(records.into_iter().map(|it| it.key.parse::<u64>().unwrap()));
    }
    let wrong = (1..).zip(&keys).find(|(expected, key)| expected != *key);
    assert_eq!(wrong, None, "of {last}, there are {}", keys.len());
}

/// Waits until so much was acknowledged since it was last waited for.
fn wait_for_load(told: &std::sync::mpsc::Receiver<()>, count: usize) {
    while told.try_recv().is_ok() {}
    for _ in 0..count {
        told.recv_timeout(Duration::from_mins(5)).unwrap();
    }
}
