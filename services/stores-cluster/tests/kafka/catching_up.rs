//! Local stores that lack something, or have what the changelog does not.

use std::collections::BTreeMap;

use rdkafka::admin::{AdminClient, AdminOptions};
use rdkafka::client::DefaultClientContext;
use store_contracts::journal::{commit, put};
use stores::{Journal, PartitionJournal, Space, StoreError};
use stores_cluster::kafka::KafkaJournal;
use stores_cluster::kafka::topics::{self, TopicOptions};

use crate::world::{World, block_on, commit_up_to, dump, expected, store, tempdir};

#[test]
fn an_empty_disk_catches_up() {
    let Some(world) = World::new() else { return };
    let (one, two) = (tempdir(), tempdir());
    let first = world.journal(one.path());
    commit_up_to(&mut *first.open(0).unwrap(), 20);
    commit_up_to(&mut *first.open(1).unwrap(), 3);
    let second = world.journal(two.path());
    for (partition, position) in [(0, 20), (1, 3)] {
        assert_eq!(second.open(partition).unwrap().position(), position);
        let found = dump(&*second.reader(partition).unwrap());
        assert_eq!(found, expected(position));
        assert_eq!(found, dump(&*first.reader(partition).unwrap()));
    }
}

#[test]
fn a_disk_that_was_away_catches_up_with_commits_that_moved_no_position() {
    let Some(world) = World::new() else { return };
    let (one, two) = (tempdir(), tempdir());
    let (first, second) = (world.journal(one.path()), world.journal(two.path()));
    commit_up_to(&mut *first.open(0).unwrap(), 4);
    let mut owner = second.open(0).unwrap();
    commit_up_to(&mut *owner, 6);
    // Work between two records: the position stays, and the last commit counts all the same.
    commit(&mut *owner, 6, vec![put(Space::Shadow, "one", "1")]);
    commit(&mut *owner, 6, vec![put(Space::Shadow, "two", "2")]);
    let owner = first.open(0).unwrap();
    assert_eq!(owner.position(), 6);
    let found = dump(&*first.reader(0).unwrap());
    assert_eq!(found.get(&(Space::Shadow, b"two".to_vec())).unwrap(), b"2");
    assert_eq!(found, dump(&*second.reader(0).unwrap()));
}

#[test]
fn what_an_interrupted_clearing_left_is_removed() {
    let Some(world) = World::new() else { return };
    let dir = tempdir();
    let local = store(dir.path()).journal();
    // Entries without a place: nobody knows what they are from.
    commit(
        &mut *local.open(0).unwrap(),
        9,
        vec![put(Space::State, "x", "stray")],
    );
    let journal = world.journal_over(local);
    let mut owner = journal.open(0).unwrap();
    assert_eq!(owner.position(), 0);
    assert_eq!(dump(&*journal.reader(0).unwrap()), BTreeMap::new());
    commit_up_to(&mut *owner, 2);
    assert_eq!(dump(&*journal.reader(0).unwrap()), expected(2));
}

#[test]
fn a_group_that_the_brokers_forgot_goes_on_from_the_changelog() {
    let Some(world) = World::new() else { return };
    let (one, two) = (tempdir(), tempdir());
    let journal = world.journal(one.path());
    commit_up_to(&mut *journal.open(0).unwrap(), 5);
    forget(&world);
    assert_eq!(world.committed(0), None);
    let mut owner = journal.open(0).unwrap();
    assert_eq!(owner.position(), 5);
    commit_up_to(&mut *owner, 6);
    assert_eq!(world.committed(0), Some(6));
    drop(owner);
    forget(&world);
    let elsewhere = world.journal(two.path());
    assert_eq!(elsewhere.open(0).unwrap().position(), 6);
    assert_eq!(dump(&*elsewhere.reader(0).unwrap()), expected(6));
}

#[test]
fn a_local_store_of_another_changelog_is_refused() {
    let Some(world) = World::new() else { return };
    let (one, two) = (tempdir(), tempdir());
    let journal = world.journal(one.path());
    commit_up_to(&mut *journal.open(0).unwrap(), 3);
    make_anew(&world);
    assert_refused(&journal, "empty the folder of the local store");
    // Another life of the topic, longer than the old one.
    forget(&world);
    commit_up_to(&mut *world.journal(two.path()).open(0).unwrap(), 20);
    assert_refused(&journal, "empty the folder of the local store");
}

#[test]
fn a_changelog_that_lacks_the_groups_last_commit_is_refused() {
    let Some(world) = World::new() else { return };
    let (one, two) = (tempdir(), tempdir());
    commit_up_to(&mut *world.journal(one.path()).open(0).unwrap(), 3);
    make_anew(&world);
    assert_refused(
        &world.journal(two.path()),
        "it ends before the group's last commit",
    );
}

#[test]
fn the_changelog_of_another_group_is_refused() {
    let Some(mut world) = World::new() else {
        return;
    };
    let (one, two) = (tempdir(), tempdir());
    commit_up_to(&mut *world.journal(one.path()).open(0).unwrap(), 3);
    world.group.push_str("-renamed");
    assert_refused(&world.journal(two.path()), "is that of group");
}

fn assert_refused(journal: &KafkaJournal, reason: &str) {
    let opened: Result<Box<dyn PartitionJournal>, StoreError> = journal.open(0);
    let refused = opened.unwrap_err();
    assert!(matches!(refused, StoreError::Conflict(_)), "{refused}");
    assert!(refused.to_string().contains(reason), "{refused}");
}

fn admin(world: &World) -> AdminClient<DefaultClientContext> {
    world.config().create().unwrap()
}

/// What brokers do with a group that had no member for a week.
fn forget(world: &World) {
    let groups = [world.group.as_str()];
    let admin = admin(world);
    block_on(admin.delete_groups(&groups, &AdminOptions::new())).unwrap();
}

/// Makes the changelog anew, empty.
fn make_anew(world: &World) {
    let name = world.connection.changelog();
    let admin = admin(world);
    block_on(admin.delete_topics(&[&name], &AdminOptions::new())).unwrap();
    let options = TopicOptions::default();
    while block_on(topics::check(&world.connection, &options)).is_ok() {
        std::thread::yield_now();
    }
    let made = block_on(topics::create(&world.connection, &options)).unwrap();
    assert_eq!(made.iter().filter(|made| made.is_new).count(), 1);
}
