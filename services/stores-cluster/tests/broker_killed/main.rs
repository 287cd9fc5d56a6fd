//! A broker that is killed under load, and comes back. What it had decided just before may then have
//! no end (`journal/unended`), and is ended by who owns the partition next.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test that cannot go on fails, and says what came in between"
)]

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use store_contracts::broker::Broker;
use store_contracts::journal::put;
use store_contracts::log::{read_all, record};
use stores::embedded::{Options, Store};
use stores::{Journal, Log, Ownership, Space, StateReader, StoreError, Topic, WriteSet};
use stores_cluster::kafka::topics::{self, TopicOptions};
use stores_cluster::kafka::{Connection, KafkaGroup, KafkaJournal, KafkaLog, LogOptions};

const GROUP: &str = "owners";
const PARTITIONS: u32 = 2;
const KEYS: u64 = 8;
/// How often the broker is killed, unless `TEST_BROKER_KILLS` says otherwise.
const KILLS: usize = 2;
/// Acknowledged calls between two kills, and commits of each owner, at least.
const LOAD: usize = 200;
const COMMITS: u64 = 20;
/// Longer than anything takes on a busy machine.
const LONG: Duration = Duration::from_mins(5);

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

/// An owner of a partition, as it stands.
#[derive(Debug, Default)]
struct Owner {
    /// What it committed.
    position: AtomicU64,
    /// Why it began anew.
    failures: Mutex<Vec<String>>,
}

impl Owner {
    /// Owns a partition while it is the member's, until told to stop, and begins anew where a commit
    /// fails.
    fn run(&self, journal: &KafkaJournal, member: &KafkaGroup, partition: u32, stop: &AtomicBool) {
        let assigned = member.assigned();
        let is_ours = || assigned.borrow().contains(&partition);
        let goes_on = || !stop.load(Ordering::Relaxed);
        while goes_on() {
            if !is_ours() {
                std::thread::sleep(Duration::from_millis(10));
                continue;
            }
            let mut owner = match journal.open(partition) {
                Ok(owner) => owner,
                Err(error) => {
                    self.failed(partition, &error);
                    continue;
                }
            };
            // What was acknowledged is there, and at most the one commit beyond it.
            let known = self.position.load(Ordering::SeqCst);
            let position = owner.position();
            assert!(
                position == known || position == known + 1,
                "{position} {known}"
            );
            self.position.store(position, Ordering::SeqCst);
            while goes_on() && is_ours() {
                let position = owner.position() + 1;
                if let Err(error) = owner.commit(set(partition, position)) {
                    self.failed(partition, &error);
                    break;
                }
                self.position.store(position, Ordering::SeqCst);
            }
            drop(owner);
            member.released(partition);
        }
    }

    fn failed(&self, partition: u32, error: &StoreError) {
        println!("partition {partition}: {error}");
        self.failures.lock().unwrap().push(error.to_string());
    }

    /// Waits for so many more commits.
    fn wait_for(&self, commits: u64) {
        let from = self.position.load(Ordering::SeqCst);
        let began = Instant::now();
        while self.position.load(Ordering::SeqCst) < from + commits {
            assert!(began.elapsed() < LONG, "{self:?} stands still");
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

/// Writes a position under one of a few keys, and publishes a change to each partition.
fn set(partition: u32, position: u64) -> WriteSet {
    let (key, value) = ((position % 7).to_string(), position.to_string());
    let change = |to| record(to, &format!("{partition}-{position}"), "added");
    WriteSet {
        position,
        entries: vec![put(Space::State, &key, &value)],
        changes: (0..PARTITIONS).map(change).collect(),
        dead: vec![],
    }
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
    let member = KafkaGroup::join(&connection, GROUP, Duration::from_secs(5)).unwrap();
    let member = Arc::new(member);
    let journal = |dir, member| KafkaJournal::open(&connection, GROUP, member, store(dir), 2);
    let owned = journal(one.path(), Some(Arc::clone(&member))).unwrap();

    let stop = Arc::new(AtomicBool::new(false));
    let (told, appended) = channel();
    let writers: Vec<_> = (0..KEYS)
        .map(|key| {
            let (log, stop, told) = (Arc::clone(&events), Arc::clone(&stop), told.clone());
            runtime.spawn(append(log, key, stop, told))
        })
        .collect();
    let owners = [Owner::default(), Owner::default()];
    std::thread::scope(|scope| {
        for (partition, owner) in (0..).zip(&owners) {
            let (owned, member, stop) = (&owned, &member, &stop);
            scope.spawn(move || owner.run(owned, member, partition, stop));
        }
        let kills =
            std::env::var("TEST_BROKER_KILLS").map_or(KILLS, |kills| kills.parse().unwrap());
        for kill in 0..=kills {
            wait_for_load(&appended, LOAD);
            for owner in &owners {
                owner.wait_for(COMMITS);
            }
            if kill < kills {
                println!("kill {kill}");
                broker.kill();
                broker.restart();
            }
        }
        stop.store(true, Ordering::Relaxed);
    });
    let counts: Vec<u64> = writers
        .into_iter()
        .map(|writer| runtime.block_on(writer).unwrap())
        .collect();

    assert_events(&*events, &counts);
    let elsewhere = journal(two.path(), None).unwrap();
    let mut last = vec![];
    for (partition, owner) in (0..).zip(&owners) {
        let position = owner.position.load(Ordering::SeqCst);
        let found = elsewhere.open(partition).unwrap().position();
        assert!(found == position || found == position + 1);
        let here = owned.open(partition).unwrap();
        assert_eq!(here.position(), found);
        let read = |journal: &KafkaJournal| states(&*journal.reader(partition).unwrap());
        assert_eq!(read(&owned), read(&elsewhere));
        last.push(found);
    }
    let changes = open(Topic::UserSegments);
    (0..PARTITIONS).for_each(|partition| assert_changes(&changes, partition, &last));
}

/// The events are those that were acknowledged, each once and in the order of its writer.
fn assert_events(events: &dyn Log, counts: &[u64]) {
    let mut found = BTreeMap::<u64, Vec<u64>>::new();
    for record in (0..PARTITIONS).flat_map(|partition| read_all(events, partition, 0)) {
        let value = std::str::from_utf8(&record.value).unwrap();
        let numbers = found.entry(record.key.parse().unwrap()).or_default();
        numbers.push(value.parse().unwrap());
    }
    let expected = (0..).zip(counts);
    let expected = expected.map(|(key, count)| (key, (0..*count).collect()));
    assert_eq!(found, expected.collect());
}

/// The changes are those of the commits, each once and in the order of its owner.
fn assert_changes(log: &dyn Log, partition: u32, last: &[u64]) {
    let mut reader = log.reader(partition, 0).unwrap();
    let mut found = vec![0; last.len()];
    while found != last {
        let records = reader.next(100_000, LONG).unwrap();
        assert!(
            !records.is_empty(),
            "changes end after {found:?} of {last:?}"
        );
        for record in records {
            let (owner, position) = record.key.split_once('-').unwrap();
            let found = found.get_mut(owner.parse::<usize>().unwrap()).unwrap();
            *found += 1;
            assert_eq!(*found, position.parse::<u64>().unwrap(), "of owner {owner}");
        }
    }
}

/// Waits until so much was acknowledged since it was last waited for.
fn wait_for_load(told: &std::sync::mpsc::Receiver<()>, count: usize) {
    while told.try_recv().is_ok() {}
    for _ in 0..count {
        told.recv_timeout(LONG).unwrap();
    }
}
