//! What every adapter keeps to, on Kafka.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use rdkafka::admin::{AdminClient, AdminOptions};
use rdkafka::client::DefaultClientContext;
use rdkafka::{Offset, TopicPartitionList};
use store_contracts::journal::Offsets;
use store_contracts::log::{Calls, record};
use store_contracts::{journal, log};
use stores::{Journal, StoreError, Topic};

use crate::world::{LONG, World, block_on, tempdir};

macro_rules! log_keeps_to {
    ($($name:ident)*) => {$(
        #[test]
        fn $name() {
            let Some(world) = World::new() else { return };
            block_on(log::$name(world.log(Topic::UserEvents)));
        }
    )*};
}

log_keeps_to! {
    offsets_are_contiguous_and_stamps_never_fall
    a_record_comes_back_as_it_was
    an_append_wakes_a_reader
    a_reader_without_news_returns_nothing
    a_reader_starts_at_any_offset
    a_read_ends_where_it_has_its_bytes
    a_partition_that_is_not_there_is_refused
}

#[test]
fn records_of_one_call_stay_in_order() {
    let Some(world) = World::new() else { return };
    let events = world.log(Topic::UserEvents);
    block_on(log::records_of_one_call_stay_adjacent(
        events,
        Calls::Interleaved,
    ));
}

macro_rules! journal_keeps_to {
    ($($name:ident)*) => {$(
        #[test]
        fn $name() {
            let Some(world) = World::new() else { return };
            let dir = tempdir();
            journal::$name(&world.journal(dir.path()));
        }
    )*};
}

journal_keeps_to! {
    a_commit_moves_the_position_and_the_state
    of_two_entries_with_one_key_the_later_counts
    spaces_and_partitions_are_apart
    a_scan_pages_through_a_prefix
    a_partition_has_one_owner
}

#[test]
fn readers_see_whole_commits() {
    let Some(world) = World::new() else { return };
    let dir = tempdir();
    journal::readers_see_whole_commits(&world.journal(dir.path()), 100);
}

#[test]
fn changes_are_published_with_their_commit() {
    let Some(world) = World::new() else { return };
    let dir = tempdir();
    journal::changes_are_published_with_their_commit(
        &world.journal(dir.path()),
        &*world.log(Topic::UserSegments),
        Offsets::Rising,
    );
}

#[test]
fn dead_letters_are_published_with_their_commit() {
    let Some(world) = World::new() else { return };
    let dir = tempdir();
    let log = world.log(Topic::DeadEvents);
    journal::dead_letters_are_published_with_their_commit(&world.journal(dir.path()), &*log);
}

#[test]
fn commits_do_what_a_map_does() {
    if World::without_topics().is_none() {
        return;
    }
    let (dir, count) = (tempdir(), AtomicU32::new(0));
    let make = || -> Arc<dyn Journal> {
        let count = count.fetch_add(1, Ordering::Relaxed);
        let world = World::new().unwrap();
        Arc::new(world.journal(&dir.path().join(count.to_string())))
    };
    journal::commits_do_what_a_map_does(make, 4);
}

#[test]
fn only_the_journal_writes_changes() {
    let Some(world) = World::new() else { return };
    let log = world.log(Topic::UserSegments);
    let refused = block_on(log.append(vec![record(0, "a", "b")]));
    assert!(matches!(refused, Err(StoreError::Conflict(_))));
}

#[test]
fn a_record_of_megabytes_passes_and_a_longer_one_is_refused_with_the_limit() {
    let Some(world) = World::new() else { return };
    let events = world.log(Topic::UserEvents);
    block_on(events.append(vec![record(0, "a", vec![7; 3_000_000])])).unwrap();
    let read = log::read_all(&*events, 0, 0);
    assert_eq!(read[0].value.len(), 3_000_000);
    let refused = block_on(events.append(vec![record(0, "a", vec![7; 16 * 1024 * 1024])]));
    let refused = refused.unwrap_err();
    assert!(matches!(refused, StoreError::Conflict(_)));
    assert!(refused.to_string().contains("16777216 bytes"), "{refused}");
    assert_eq!(events.end(0).unwrap(), 1);
}

#[test]
fn what_was_read_is_durable() {
    let Some(world) = World::new() else { return };
    let events = world.log(Topic::UserEvents);
    assert_eq!(events.durable_end(0).unwrap(), 0);
    let mut reader = events.reader(0, 0).unwrap();
    for end in 1..4 {
        block_on(events.append(vec![record(0, "a", "b")])).unwrap();
        assert_eq!(reader.next(1, LONG).unwrap()[0].offset + 1, end);
        assert_eq!(events.durable_end(0).unwrap(), end);
    }
}

#[test]
fn what_retention_took_is_never_skipped() {
    let Some(world) = World::new() else { return };
    let events = world.log(Topic::UserEvents);
    let records = (0..10).map(|i| record(0, "a", i.to_string()));
    block_on(events.append(records.collect())).unwrap();
    let admin: AdminClient<DefaultClientContext> = world.config().create().unwrap();
    let mut before = TopicPartitionList::new();
    let topic = world.connection.topic(Topic::UserEvents);
    before
        .add_partition_offset(&topic, 0, Offset::Offset(6))
        .unwrap();
    block_on(admin.delete_records(&before, &AdminOptions::new())).unwrap();
    let refused = events.reader(0, 5).unwrap().next(1, LONG).unwrap_err();
    let reason = refused.to_string();
    assert!(
        reason.contains("begins at 6: retention took offset 5"),
        "{reason}"
    );
    let read = events.reader(0, 6).unwrap().next(1, LONG).unwrap();
    assert_eq!(read[0].value, "6");
}
