//! Two owners of one partition, and transactions that end in nothing.

use bytes::Bytes;
use rdkafka::producer::{BaseProducer, BaseRecord, Producer};
use stores::{Journal, StoreError, Topic, WriteSet};

use crate::world::{LONG, World, assert_published, commit_up_to, dump, expected, set, tempdir};

#[test]
fn an_older_owner_is_fenced_at_its_next_commit() {
    let Some(world) = World::new() else { return };
    let (one, two) = (tempdir(), tempdir());
    let (older, newer) = (world.journal(one.path()), world.journal(two.path()));
    let mut old = older.open(0).unwrap();
    commit_up_to(&mut *old, 3);
    let mut new = newer.open(0).unwrap();
    assert_eq!(new.position(), 3);
    let refused = old.commit(set(4)).unwrap_err();
    assert!(matches!(refused, StoreError::Conflict(_)), "{refused}");
    let reason = refused.to_string();
    assert!(
        reason.contains("another owner took the partition over"),
        "{reason}"
    );
    // It knows that it must be opened anew, and has nothing of what was refused.
    assert!(old.commit(set(4)).is_err());
    assert_eq!(dump(&*older.reader(0).unwrap()), expected(3));
    commit_up_to(&mut *new, 6);
    assert_published(&world, 6);
    drop(old);
    let again = older.open(0).unwrap();
    assert_eq!(again.position(), 6);
    assert_eq!(dump(&*older.reader(0).unwrap()), expected(6));
    assert!(new.commit(set(7)).is_err());
}

#[test]
fn a_transaction_that_its_owner_left_open_is_aborted_and_not_seen() {
    let Some(world) = World::new() else { return };
    let dir = tempdir();
    let journal = world.journal(dir.path());
    commit_up_to(&mut *journal.open(0).unwrap(), 2);
    // An owner that has hung in the middle of a commit: it has the same transactional id.
    let zombie: BaseProducer = world
        .config()
        .set("transactional.id", format!("{}-0", world.group))
        .create()
        .unwrap();
    zombie.init_transactions(LONG).unwrap();
    zombie.begin_transaction().unwrap();
    let (changes, changelog) = (
        world.connection.topic(Topic::UserSegments),
        world.connection.changelog(),
    );
    for (topic, partition, key) in [(&changes, 1, "99"), (&changelog, 0, "\0last")] {
        let record = BaseRecord::to(topic)
            .partition(partition)
            .key(key)
            .payload("zombie");
        zombie.send(record).map_err(|(error, _)| error).unwrap();
    }
    zombie.flush(LONG).unwrap();
    let mut owner = journal.open(0).unwrap();
    commit_up_to(&mut *owner, 4);
    assert_published(&world, 4);
    assert!(zombie.commit_transaction(LONG).is_err());
    drop(owner);
    let empty = tempdir();
    let elsewhere = world.journal(empty.path());
    assert_eq!(elsewhere.open(0).unwrap().position(), 4);
    assert_eq!(dump(&*elsewhere.reader(0).unwrap()), expected(4));
    assert_published(&world, 4);
}

#[test]
fn a_commit_that_cannot_be_leaves_nothing_and_the_next_one_works() {
    let Some(world) = World::new() else { return };
    let dir = tempdir();
    let journal = world.journal(dir.path());
    let mut owner = journal.open(0).unwrap();
    commit_up_to(&mut *owner, 1);
    let mut too_large = set(2);
    too_large.changes[0].value = Bytes::from(vec![0; 17 * 1024 * 1024]);
    let mut nowhere = set(2);
    nowhere.changes[0].partition = 2;
    for refused in [too_large, nowhere] {
        let refused = owner.commit(refused).unwrap_err();
        assert!(matches!(refused, StoreError::Conflict(_)), "{refused}");
    }
    commit_up_to(&mut *owner, 2);
    assert_eq!(dump(&*journal.reader(0).unwrap()), expected(2));
    assert_published(&world, 2);
}

#[test]
fn the_groups_offset_is_the_position_of_the_last_commit() {
    let Some(world) = World::new() else { return };
    let dir = tempdir();
    let journal = world.journal(dir.path());
    let mut owner = journal.open(0).unwrap();
    assert_eq!(world.committed(0), None);
    for position in [1, 5, 5, 9] {
        owner
            .commit(WriteSet {
                position,
                ..set(position)
            })
            .unwrap();
        assert_eq!(world.committed(0), Some(position));
        assert_eq!(owner.position(), position);
    }
    assert_eq!(world.committed(1), None);
}
