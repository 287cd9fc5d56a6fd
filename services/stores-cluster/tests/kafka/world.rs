//! Topics of a test's own on the shared broker, and local stores.

use std::collections::BTreeMap;
use std::future::Future;
use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use bytes::Bytes;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::{ClientConfig, Offset, TopicPartitionList};
use store_contracts::broker;
use store_contracts::journal::put;
use stores::embedded::{Options, Store};
use stores::{
    Entry, Journal, Log, NewRecord, PartitionJournal, Space, StateReader, Topic, WriteSet,
};
use stores_cluster::kafka::topics::{self, TopicOptions};
use stores_cluster::kafka::{Connection, KafkaJournal, KafkaLog, LogOptions};
use tempfile::TempDir;

/// The group of every test: its topics are its own.
pub(crate) const GROUP: &str = "owners";
/// Longer than anything takes on a busy machine.
pub(crate) const LONG: Duration = Duration::from_mins(2);

pub(crate) const SPACES: [Space; 8] = [
    Space::State,
    Space::Profile,
    Space::History,
    Space::Deadline,
    Space::Shadow,
    Space::Meta,
    Space::Outgoing,
    Space::Unseen,
];

/// Waits for something to come.
pub(crate) fn block_on<T>(future: impl Future<Output = T>) -> T {
    static RUNTIME: LazyLock<tokio::runtime::Runtime> =
        LazyLock::new(|| tokio::runtime::Runtime::new().unwrap());
    RUNTIME.block_on(future)
}

/// Topics of a test's own.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) address: String,
    pub(crate) connection: Connection,
    /// The group that owns them; its transactions are its own too.
    pub(crate) group: String,
}

impl World {
    /// Makes topics with 2 partitions; `None` where there is no broker.
    pub(crate) fn new() -> Option<Self> {
        Self::with_partitions(2)
    }

    pub(crate) fn with_partitions(partitions: u32) -> Option<Self> {
        let world = Self::without_topics()?;
        let options = TopicOptions {
            partitions,
            ..TopicOptions::default()
        };
        block_on(topics::create(&world.connection, &options)).unwrap();
        Some(world)
    }

    pub(crate) fn without_topics() -> Option<Self> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let address = broker::shared()?.address();
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        Some(Self::named(address, &format!("t{number}-")))
    }

    pub(crate) fn named(address: &str, prefix: &str) -> Self {
        Self {
            address: address.to_owned(),
            connection: Connection::new(address).with_prefix(prefix),
            group: format!("{prefix}{GROUP}"),
        }
    }

    pub(crate) fn log(&self, topic: Topic) -> Arc<dyn Log> {
        Arc::new(KafkaLog::open(&self.connection, topic, LogOptions::default()).unwrap())
    }

    /// The journal over a local store in a folder.
    pub(crate) fn journal(&self, dir: &Path) -> KafkaJournal {
        self.journal_over(store(dir).journal())
    }

    pub(crate) fn journal_over(&self, local: Arc<dyn Journal>) -> KafkaJournal {
        KafkaJournal::open(&self.connection, &self.group, None, local, 2).unwrap()
    }

    pub(crate) fn config(&self) -> ClientConfig {
        let mut config = ClientConfig::new();
        config.set("bootstrap.servers", &self.address);
        config
    }

    /// What the group has committed of a partition.
    pub(crate) fn committed(&self, partition: u32) -> Option<u64> {
        let consumer: BaseConsumer = self
            .config()
            .set("group.id", &self.group)
            .set("isolation.level", "read_committed")
            .create()
            .unwrap();
        let mut list = TopicPartitionList::new();
        list.add_partition(&self.connection.topic(Topic::UserEvents), partition as i32);
        let list = consumer.committed_offsets(list, LONG).unwrap();
        match list.elements()[0].offset() {
            Offset::Offset(offset) => Some(offset as u64),
            _ => None,
        }
    }
}

/// A local store in a folder.
pub(crate) fn store(dir: &Path) -> Store {
    let options = Options {
        reserve_bytes: 0,
        ..Options::default()
    };
    Store::open(dir, options).unwrap()
}

pub(crate) fn tempdir() -> TempDir {
    tempfile::tempdir().unwrap()
}

/// A write set that moves the position, writes `commit` under some keys, and publishes a change.
pub(crate) fn set(position: u64) -> WriteSet {
    let text = position.to_string();
    let keys = [
        format!("a-{}", position % 5),
        format!("b-{}", position % 3),
        "last".into(),
    ];
    let entries = keys.iter().map(|key| put(Space::State, key, &text));
    let mut entries: Vec<Entry> = entries.collect();
    entries.push(put(Space::History, &format!("{position:08}"), ""));
    entries.push(put(Space::Meta, "partition", &text));
    if position > 3 {
        entries.push(Entry {
            space: Space::History,
            key: format!("{:08}", position - 3).into_bytes(),
            value: None,
        });
    }
    WriteSet {
        position,
        entries,
        changes: vec![change(position)],
        dead: vec![],
    }
}

pub(crate) fn change(position: u64) -> NewRecord {
    NewRecord {
        partition: 1,
        key: position.to_string(),
        value: Bytes::from_static(b"added"),
        headers: vec![("seq".into(), position.to_string().into())],
    }
}

/// Commits [`set`]s up to a position.
pub(crate) fn commit_up_to(owner: &mut dyn PartitionJournal, position: u64) {
    while owner.position() < position {
        let next = owner.position() + 1;
        owner.commit(set(next)).unwrap();
    }
}

/// All entries of a partition.
pub(crate) fn dump(reader: &dyn StateReader) -> BTreeMap<(Space, Vec<u8>), Vec<u8>> {
    let mut all = BTreeMap::new();
    for space in SPACES {
        for (key, value) in reader.scan(space, b"", None, 100_000).unwrap() {
            all.insert((space, key.to_vec()), value.to_vec());
        }
    }
    all
}

/// What [`set`]s up to a position come to.
pub(crate) fn expected(position: u64) -> BTreeMap<(Space, Vec<u8>), Vec<u8>> {
    let mut all = BTreeMap::new();
    for entry in (1..=position).flat_map(|position| set(position).entries) {
        match entry.value {
            Some(value) => all.insert((entry.space, entry.key), value.to_vec()),
            None => all.remove(&(entry.space, entry.key)),
        };
    }
    all
}

/// Holds that the changes which are to be seen are those up to a position, each once and in order.
pub(crate) fn assert_published(world: &World, position: u64) {
    let mut reader = world.log(Topic::UserSegments).reader(1, 0).unwrap();
    let mut keys: Vec<u64> = vec![];
    while (keys.len() as u64) < position {
        let records = reader.next(100_000, LONG).unwrap();
        assert!(!records.is_empty(), "changes end after {keys:?}");
        keys.extend(records.iter().map(|it| it.key.parse::<u64>().unwrap()));
    }
    let beyond = reader.next(100_000, Duration::from_secs(1)).unwrap();
    assert!(beyond.is_empty(), "{beyond:?}");
    assert!(keys.iter().copied().eq(1..=position), "{keys:?}");
}
