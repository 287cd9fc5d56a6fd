//! What every journal keeps to.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use proptest::collection::vec;
use proptest::prelude::*;
use stores::{
    Entry, Journal, Log, NewRecord, PartitionJournal, Space, StateReader, StoreError, WriteSet,
};

use super::log::{LONG, read_count, record};

/// Whether the offsets of what a journal publishes follow one another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Offsets {
    /// They do.
    Contiguous,
    /// The ends of commits take offsets too.
    Rising,
}

/// An entry to write.
pub fn put(space: Space, key: &str, value: &str) -> Entry {
    Entry {
        space,
        key: key.as_bytes().to_vec(),
        value: Some(Bytes::copy_from_slice(value.as_bytes())),
    }
}

/// An entry to remove.
pub fn remove(space: Space, key: &str) -> Entry {
    Entry {
        space,
        key: key.as_bytes().to_vec(),
        value: None,
    }
}

/// Commits entries without changes.
pub fn commit(journal: &mut dyn PartitionJournal, position: u64, entries: Vec<Entry>) {
    journal
        .commit(WriteSet {
            position,
            entries,
            ..WriteSet::default()
        })
        .unwrap();
}

fn text(reader: &dyn StateReader, space: Space, key: &str) -> Option<String> {
    let value = reader.get(space, key.as_bytes()).unwrap()?;
    Some(String::from_utf8(value.to_vec()).unwrap())
}

fn keys(reader: &dyn StateReader, prefix: &str, after: Option<&str>, limit: usize) -> Vec<String> {
    let after = after.map(str::as_bytes);
    let found = reader.scan(Space::History, prefix.as_bytes(), after, limit);
    let keys = found.unwrap().into_iter().map(|(key, _)| key);
    keys.map(|key| String::from_utf8(key.to_vec()).unwrap())
        .collect()
}

/// Also for whoever opens it next.
pub fn a_commit_moves_the_position_and_the_state(journal: &dyn Journal) {
    let mut owner = journal.open(0).unwrap();
    assert_eq!(owner.position(), 0);
    commit(&mut *owner, 7, vec![put(Space::State, "ann", "1")]);
    commit(
        &mut *owner,
        9,
        vec![put(Space::State, "bob", "2"), remove(Space::State, "ann")],
    );
    assert_eq!(owner.position(), 9);
    drop(owner);
    assert_eq!(journal.open(0).unwrap().position(), 9);
    let reader = journal.reader(0).unwrap();
    assert_eq!(text(&*reader, Space::State, "ann"), None);
    assert_eq!(text(&*reader, Space::State, "bob").as_deref(), Some("2"));
}

/// Puts and removes alike.
pub fn of_two_entries_with_one_key_the_later_counts(journal: &dyn Journal) {
    let mut owner = journal.open(0).unwrap();
    let entries = vec![
        put(Space::State, "a", "1"),
        put(Space::State, "a", "2"),
        put(Space::State, "b", "1"),
        remove(Space::State, "b"),
        remove(Space::State, "c"),
        put(Space::State, "c", "3"),
    ];
    commit(&mut *owner, 1, entries);
    let reader = journal.reader(0).unwrap();
    assert_eq!(text(&*reader, Space::State, "a").as_deref(), Some("2"));
    assert_eq!(text(&*reader, Space::State, "b"), None);
    assert_eq!(text(&*reader, Space::State, "c").as_deref(), Some("3"));
}

/// A key in one is none in another.
pub fn spaces_and_partitions_are_apart(journal: &dyn Journal) {
    let mut owner = journal.open(0).unwrap();
    let entry = put(Space::Profile, "a", "here");
    commit(&mut *owner, 5, vec![entry]);
    assert_eq!(journal.open(1).unwrap().position(), 0);
    let other = journal.reader(1).unwrap();
    assert_eq!(text(&*other, Space::Profile, "a"), None);
    assert_eq!(other.scan(Space::Profile, b"", None, 10).unwrap(), []);
    let reader = journal.reader(0).unwrap();
    assert_eq!(text(&*reader, Space::State, "a"), None);
    assert_eq!(reader.scan(Space::Profile, b"", None, 10).unwrap().len(), 1);
}

/// In the order of the bytes.
pub fn a_scan_pages_through_a_prefix(journal: &dyn Journal) {
    let mut owner = journal.open(0).unwrap();
    let names = ["a", "b", "b1", "b2", "b3", "b\u{10ffff}", "c"];
    let entries = names.iter().rev().map(|key| put(Space::History, key, key));
    commit(&mut *owner, 1, entries.collect());
    let reader = journal.reader(0).unwrap();
    assert_eq!(keys(&*reader, "", None, 10), names);
    assert_eq!(keys(&*reader, "b", None, 10), names[1..6]);
    assert_eq!(keys(&*reader, "b", None, 2), names[1..3]);
    assert_eq!(keys(&*reader, "b", Some("b1"), 2), names[3..5]);
    assert_eq!(keys(&*reader, "b", Some("a"), 1), ["b"]);
    assert_eq!(keys(&*reader, "b", Some("c"), 1), Vec::<String>::new());
    assert_eq!(keys(&*reader, "x", None, 1), Vec::<String>::new());
}

/// Until it is dropped; and there are no others than the 2.
pub fn a_partition_has_one_owner(journal: &dyn Journal) {
    let owner = journal.open(0).unwrap();
    assert!(matches!(journal.open(0), Err(StoreError::Conflict(_))));
    assert!(journal.open(1).is_ok());
    drop(owner);
    assert!(journal.open(0).is_ok());
    assert!(matches!(journal.open(2), Err(StoreError::Conflict(_))));
    assert!(matches!(journal.reader(2), Err(StoreError::Conflict(_))));
}

/// In order, to those who wait too. `log` is that of the changes.
pub fn changes_are_published_with_their_commit(
    journal: &dyn Journal,
    log: &dyn Log,
    offsets: Offsets,
) {
    let mut reader = log.reader(1, 0).unwrap();
    let reading = std::thread::spawn(move || reader.next(1, LONG).unwrap());
    let mut owner = journal.open(0).unwrap();
    for position in 1..4_u64 {
        let changes = (0..3).map(|i| record((i + 1) % 2, &format!("{position}-{i}"), "added"));
        let set = WriteSet {
            position,
            changes: changes.collect(),
            ..WriteSet::default()
        };
        owner.commit(set).unwrap();
    }
    assert_eq!(reading.join().unwrap()[0].key, "1-0");
    let published = read_count(log, 1, 0, 6);
    let keys: Vec<_> = published.iter().map(|record| &*record.key).collect();
    assert_eq!(keys, ["1-0", "1-2", "2-0", "2-2", "3-0", "3-2"]);
    assert!(published.is_sorted_by_key(|record| record.offset));
    assert!(published.is_sorted_by_key(|record| record.stamp));
    if offsets == Offsets::Contiguous {
        assert_eq!(published[5].offset, 5);
        assert_eq!(log.end(0).unwrap(), 3);
    }
}

/// Beside the changes, and as they are. `log` is that of dead letters.
pub fn dead_letters_are_published_with_their_commit(journal: &dyn Journal, log: &dyn Log) {
    let mut owner = journal.open(1).unwrap();
    let letter = NewRecord {
        headers: vec![("dlq_reason".into(), "malformed".into())],
        ..record(1, "ann", Bytes::from_static(b"\xff\x00{"))
    };
    let set = WriteSet {
        position: 1,
        changes: vec![record(0, "ann", "added"), record(1, "ann", "removed")],
        dead: vec![letter.clone(), record(1, "", "")],
        ..WriteSet::default()
    };
    owner.commit(set).unwrap();
    let found = read_count(log, 1, 0, 2);
    let same = (&found[0].key, &found[0].value, &found[0].headers);
    assert_eq!(same, (&letter.key, &letter.value, &letter.headers));
    assert_eq!((&*found[1].key, &*found[1].value), ("", &b""[..]));
    assert_eq!(found.len(), 2);
    assert_eq!(log.end(0).unwrap(), 0);
}

/// So many commits are made while a reader looks.
pub fn readers_see_whole_commits(journal: &dyn Journal, commits: u64) {
    let mut owner = journal.open(0).unwrap();
    let reader = journal.reader(0).unwrap();
    let owner = std::thread::spawn(move || {
        for position in 1..=commits {
            let entries = ["a", "m", "z"].map(|key| put(Space::State, key, &position.to_string()));
            commit(&mut *owner, position, entries.to_vec());
        }
    });
    let mut reads = 0;
    while !owner.is_finished() || reads == 0 {
        let found = reader.scan(Space::State, b"", None, 10).unwrap();
        assert!(found.iter().all(|(_, value)| *value == found[0].1));
        assert!(matches!(found.len(), 0 | 3));
        reads += 1;
    }
    owner.join().unwrap();
}

/// Any commits leave what the same puts and removes leave in a map: so many cases are tried.
pub fn commits_do_what_a_map_does(make: impl Fn() -> Arc<dyn Journal>, cases: u32) {
    let key = "[a-c]{0,3}";
    let value = proptest::option::of("[x-z]{0,40}");
    let commits = vec(vec((key, value), 0..12), 0..12);
    let cases = ProptestConfig::with_cases(cases);
    proptest!(cases, |(commits in commits)| {
        let journal = make();
        let mut owner = journal.open(1).unwrap();
        let mut model = BTreeMap::new();
        for (position, entries) in (1..).zip(commits) {
            for (key, value) in &entries {
                match value {
                    Some(value) => model.insert(key.clone(), value.clone()),
                    None => model.remove(key),
                };
            }
            let entries = entries.iter().map(|(key, value)| match value {
                Some(value) => put(Space::Meta, key, value),
                None => remove(Space::Meta, key),
            });
            commit(&mut *owner, position, entries.collect());
        }
        let found = journal.reader(1).unwrap().scan(Space::Meta, b"", None, 1_000).unwrap();
        let model = model.iter().map(|(key, value)| (key.as_bytes(), value.as_bytes()));
        prop_assert!(found.iter().map(|(key, value)| (&**key, &**value)).eq(model));
    });
}
