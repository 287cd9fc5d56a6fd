//! Values that no broker takes as one record.

use std::collections::BTreeMap;

use bytes::Bytes;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::KafkaError;
use rdkafka::message::Message;
use rdkafka::{Offset, TopicPartitionList};
use stores::{Entry, Journal, PartitionJournal, Space, WriteSet};

use crate::world::{LONG, World, dump, tempdir};

/// What does not compress.
fn noise(bytes: usize, mut state: u64) -> Bytes {
    let next = |_| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (state >> 56) as u8
    };
    (0..bytes).map(next).collect()
}

fn write(owner: &mut dyn PartitionJournal, values: &[(&str, Option<Bytes>)]) {
    let entries = values.iter().map(|(key, value)| Entry {
        space: Space::State,
        key: key.as_bytes().to_vec(),
        value: value.clone(),
    });
    let set = WriteSet {
        position: owner.position() + 1,
        entries: entries.collect(),
        ..WriteSet::default()
    };
    owner.commit(set).unwrap();
}

#[test]
fn values_of_megabytes_come_back_also_on_an_empty_disk() {
    let Some(world) = World::new() else { return };
    let (one, two) = (tempdir(), tempdir());
    let journal = world.journal(one.path());
    let mut owner = journal.open(0).unwrap();
    let (large, small) = (noise(3_000_000, 1), noise(600_000, 2));
    write(
        &mut *owner,
        &[
            ("a", Some(large.clone())),
            ("b", Some(noise(20_000_000, 3))),
        ],
    );
    write(
        &mut *owner,
        &[("b", Some(small.clone())), ("c", Some(large.clone()))],
    );
    let (a, c) = (noise(3_100_000, 4), Some(Bytes::from_static(b"short")));
    write(&mut *owner, &[("a", Some(a.clone())), ("c", c)]);
    drop(owner);
    let elsewhere = world.journal(two.path());
    assert_eq!(elsewhere.open(0).unwrap().position(), 3);
    for journal in [&journal, &elsewhere] {
        let found = dump(&*journal.reader(0).unwrap());
        assert_eq!(found.len(), 3);
        assert!(found[&(Space::State, b"a".to_vec())] == a);
        assert!(found[&(Space::State, b"b".to_vec())] == small);
        assert_eq!(found[&(Space::State, b"c".to_vec())], b"short");
    }
}

#[test]
fn nothing_is_left_of_a_long_value_that_was_removed() {
    let Some(world) = World::new() else { return };
    let (one, two) = (tempdir(), tempdir());
    let journal = world.journal(one.path());
    write(
        &mut *journal.open(0).unwrap(),
        &[("a", Some(noise(1_500_000, 1)))],
    );
    // Whoever opens it next knows of it too, on this disk and on another.
    let mut owner = journal.open(0).unwrap();
    write(&mut *owner, &[("b", Some(noise(1_500_000, 2)))]);
    write(&mut *owner, &[("a", None)]);
    drop(owner);
    let elsewhere = world.journal(two.path());
    write(&mut *elsewhere.open(0).unwrap(), &[("b", None)]);
    let left = last_values(&world);
    let left: Vec<_> = left.values().flatten().collect();
    assert_eq!(left.len(), 1, "only the mark is left");
    assert!(left[0].len() < 100);
}

/// The last value of each key in partition 0 of the changelog, as compaction would leave it.
fn last_values(world: &World) -> BTreeMap<Vec<u8>, Option<Vec<u8>>> {
    let consumer: BaseConsumer = world
        .config()
        .set("group.id", "test")
        .set("isolation.level", "read_committed")
        .set("enable.partition.eof", "true")
        .create()
        .unwrap();
    let mut list = TopicPartitionList::new();
    list.add_partition_offset(&world.connection.changelog(), 0, Offset::Beginning)
        .unwrap();
    consumer.assign(&list).unwrap();
    let mut last = BTreeMap::new();
    loop {
        match consumer.poll(LONG).unwrap() {
            Ok(message) => {
                let key = message.key().unwrap().to_vec();
                last.insert(key, message.payload().map(<[u8]>::to_vec));
            }
            Err(KafkaError::PartitionEOF(_)) => return last,
            // The client library tries again.
            Err(_) => {}
        }
    }
}
