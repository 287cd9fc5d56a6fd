//! The changelog's records, written and read again, with and without compaction.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use proptest::collection::vec;
use proptest::prelude::*;
use stores::{Entry, Space};

use super::changelog::{ChangelogRecord, Long, Mark, Said, records_of};
use super::gathered::Gathered;

/// Bytes of a part, so that short values are long ones.
const PART: usize = 4;

type Model = BTreeMap<Vec<u8>, Bytes>;

fn mark(commit: u64) -> Mark {
    Mark {
        position: commit * 10,
        commit,
        identity: 7,
        group: "owners".to_owned(),
    }
}

fn entry(key: &str, value: Option<&str>) -> Entry {
    Entry {
        space: Space::State,
        key: key.as_bytes().to_vec(),
        value: value.map(|value| Bytes::copy_from_slice(value.as_bytes())),
    }
}

fn grow(long: &mut Long, grown: Long) {
    for (name, parts) in grown {
        if parts == 0 {
            long.remove(&name);
        } else {
            long.insert(name, parts);
        }
    }
}

/// The records of commits, each with its mark.
fn written(commits: &[Vec<Entry>]) -> Vec<ChangelogRecord> {
    let mut long = Long::new();
    let mut all = vec![];
    for (commit, entries) in (1..).zip(commits) {
        let (records, grown) = records_of(entries, commit, &long, PART);
        grow(&mut long, grown);
        all.extend(records);
        all.push(mark(commit).record());
    }
    all
}

/// What the records come to, and the long values.
fn read(records: Vec<ChangelogRecord>) -> (Model, Long, Option<Mark>) {
    let (mut model, mut long, mut last) = (Model::new(), Long::new(), None);
    let mut gathered = Gathered::default();
    for record in records {
        let Some(mark) = gathered.take(record).unwrap() else {
            continue;
        };
        last = Some(mark);
        let (entries, grown) = gathered.take_entries();
        grow(&mut long, grown);
        for entry in entries {
            match entry.value {
                Some(value) => model.insert(entry.key, value),
                None => model.remove(&entry.key),
            };
        }
    }
    gathered.check_whole().unwrap();
    (model, long, last)
}

/// What compaction leaves: records from `clean` on, and of those before only the last of each key,
/// without removals where they are forgotten too.
fn compacted(records: &[ChangelogRecord], clean: usize, forgets: bool) -> Vec<ChangelogRecord> {
    let clean = clean.min(records.len());
    let mut seen = BTreeSet::new();
    let mut left: Vec<_> = records[clean..].iter().rev().cloned().collect();
    for record in records[..clean].iter().rev() {
        let is_last = seen.insert(record.key.clone());
        if is_last && !(forgets && record.value.is_none()) {
            left.push(record.clone());
        }
    }
    left.reverse();
    left
}

#[test]
fn a_mark_comes_back_as_it_was() {
    let record = mark(3).record();
    assert_eq!(record.read().unwrap(), Said::Mark(mark(3)));
}

#[test]
fn a_long_value_is_cut_and_joined() {
    let commits = [vec![
        entry("a", Some("0123456789")),
        entry("b", Some("0123")),
    ]];
    let records = written(&commits);
    // Three parts and their value, one short value, the mark.
    assert_eq!(records.len(), 6);
    assert!(
        records
            .iter()
            .all(|record| record.value.as_ref().unwrap().len() <= 60)
    );
    let (model, long, _) = read(records);
    assert_eq!(model[&b"a"[..]], "0123456789");
    assert_eq!(model[&b"b"[..]], "0123");
    assert_eq!(long.len(), 1);
}

#[test]
fn an_empty_value_is_not_a_removal() {
    let (model, ..) = read(written(&[vec![entry("a", Some(""))]]));
    assert_eq!(model[&b"a"[..]], "");
}

#[test]
fn what_a_longer_value_left_is_removed() {
    let commits = [
        vec![entry("a", Some("0123456789"))],
        vec![entry("a", Some("01234"))],
        vec![entry("a", None)],
    ];
    let records = written(&commits);
    let last: BTreeMap<_, _> = records.iter().map(|it| (&it.key, &it.value)).collect();
    let left = last.values().filter(|value| value.is_some()).count();
    assert_eq!(left, 1, "only the mark is left of a removed value");
    let (model, long, _) = read(records);
    assert!(model.is_empty() && long.is_empty());
}

#[test]
fn a_value_that_lacks_a_part_is_told() {
    let mut records = written(&[vec![entry("a", Some("0123456789"))]]);
    records.remove(0);
    let mut gathered = Gathered::default();
    for record in records {
        gathered.take(record).unwrap();
    }
    assert!(gathered.check_whole().is_err());
}

#[test]
fn what_is_malformed_is_told() {
    for key in [&b""[..], b"\x09a", b"\xff\x00", b"\x80abc"] {
        let record = ChangelogRecord {
            key: key.to_vec(),
            value: Some(Bytes::new()),
            parts: None,
        };
        assert!(record.read().is_err(), "{key:?}");
    }
}

proptest! {
    /// However much of the changelog is compacted, what is read is what a map would hold.
    #[test]
    fn what_compaction_leaves_comes_to_the_same(
        commits in vec(vec(("[a-c]", proptest::option::of("[x-z]{0,14}")), 0..5), 1..8),
        clean in 0..80_usize,
        forgets in any::<bool>(),
    ) {
        let commits: Vec<Vec<Entry>> = commits
            .iter()
            .map(|entries| entries.iter().map(|(key, value)| entry(key, value.as_deref())).collect())
            .collect();
        let mut model = Model::new();
        for entry in commits.iter().flatten() {
            match &entry.value {
                Some(value) => model.insert(entry.key.clone(), value.clone()),
                None => model.remove(&entry.key),
            };
        }
        let records = written(&commits);
        let (found, long, last) = read(compacted(&records, clean, forgets));
        prop_assert_eq!(&found, &model);
        let is_long = |(key, value): (&Vec<u8>, &Bytes)| (value.len() > PART).then(|| key.clone());
        let expected: BTreeSet<_> = model.iter().filter_map(is_long).collect();
        let known: BTreeSet<_> = long.into_keys().map(|(_, key)| key).collect();
        prop_assert_eq!(known, expected);
        prop_assert_eq!(last, Some(mark(commits.len() as u64)));
    }
}
