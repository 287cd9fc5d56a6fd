//! Topics: made once, and held to their partitions.

use rdkafka::admin::{AdminClient, AdminOptions, ResourceSpecifier};
use rdkafka::client::DefaultClientContext;
use stores::{StoreError, Topic};
use stores_cluster::kafka::topics::{TopicOptions, check, create};
use stores_cluster::kafka::{KafkaGroup, KafkaJournal, KafkaLog, LogOptions};

use crate::world::{LONG, World, block_on, store, tempdir};

#[test]
fn topics_are_made_once() {
    let Some(world) = World::without_topics() else {
        return;
    };
    let options = TopicOptions::default();
    let missing = block_on(check(&world.connection, &options)).unwrap_err();
    assert!(
        missing
            .to_string()
            .contains("`audience topics create` makes it"),
        "{missing}"
    );
    let made = block_on(create(&world.connection, &options)).unwrap();
    assert_eq!(made.len(), 9);
    assert!(made.iter().all(|one| one.is_new));
    let again = block_on(create(&world.connection, &options)).unwrap();
    assert!(again.iter().all(|one| !one.is_new));
    block_on(check(&world.connection, &options)).unwrap();
}

#[test]
fn another_number_of_partitions_is_refused() {
    let Some(world) = World::new() else { return };
    let more = TopicOptions {
        partitions: 3,
        ..TopicOptions::default()
    };
    for refused in [
        block_on(check(&world.connection, &more)).unwrap_err(),
        block_on(create(&world.connection, &more)).unwrap_err(),
    ] {
        assert!(matches!(refused, StoreError::Conflict(_)), "{refused}");
        assert!(
            refused.to_string().contains("has 2 partitions, not 3"),
            "{refused}"
        );
    }
    let dir = tempdir();
    let local = store(dir.path()).journal();
    let opened = KafkaJournal::open(&world.connection, "owners", None, local, 3);
    let refused = opened.unwrap_err().to_string();
    assert!(refused.contains("has 2 partitions, not 3"), "{refused}");
}

#[test]
fn what_needs_a_topic_that_is_missing_says_how_to_make_it() {
    let Some(world) = World::without_topics() else {
        return;
    };
    let dir = tempdir();
    let local = store(dir.path()).journal();
    let log = KafkaLog::open(&world.connection, Topic::UserEvents, LogOptions::default());
    let journal = KafkaJournal::open(&world.connection, "owners", None, local, 2);
    let group = KafkaGroup::join(&world.connection, "owners", LONG);
    for refused in [log.unwrap_err(), journal.unwrap_err(), group.unwrap_err()] {
        assert!(matches!(refused, StoreError::Conflict(_)), "{refused}");
        let reason = refused.to_string();
        assert!(
            reason.contains("`audience topics create` makes it"),
            "{reason}"
        );
    }
}

#[test]
fn facts_are_stamped_by_the_broker_and_the_changelog_is_compacted() {
    let Some(world) = World::new() else { return };
    let admin: AdminClient<DefaultClientContext> = world.config().create().unwrap();
    let (events, changelog) = (
        world.connection.topic(Topic::UserEvents),
        world.connection.changelog(),
    );
    let setting = |topic: &str, name: &str| {
        let topic = ResourceSpecifier::Topic(topic);
        let found = block_on(admin.describe_configs([&topic], &AdminOptions::new())).unwrap();
        let found = found[0].as_ref().unwrap();
        found.get(name).unwrap().value.clone().unwrap()
    };
    assert_eq!(setting(&events, "message.timestamp.type"), "LogAppendTime");
    assert_eq!(setting(&events, "cleanup.policy"), "delete");
    assert_eq!(setting(&events, "retention.ms"), "604800000");
    assert_eq!(setting(&changelog, "cleanup.policy"), "compact");
    assert_eq!(setting(&changelog, "delete.retention.ms"), "604800000");
}
