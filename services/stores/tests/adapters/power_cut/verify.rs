//! What has to be there after a power cut.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use stores::embedded::Store;
use stores::{Record, Space, StateReader, Topic};

use super::child::{SEGMENTS, new_record};
use super::{Call, options};
use store_contracts::log::read_all;

/// `seen`: how many records of each partition were read before the power cut, after a kill.
pub(super) fn verify(dir: &Path, acknowledged: &[Call], seen: [u64; 2]) {
    let store = Store::open(dir, options()).unwrap();
    let events = store.log(Topic::UserEvents);
    let partitions = [0, 1].map(|partition| read_all(&*events, partition, 0));
    verify_log(&partitions, acknowledged);
    for (records, seen) in partitions.iter().zip(seen) {
        assert!(records.len() as u64 >= seen, "what was read is lost");
    }
    for (partition, records) in (0..).zip(&partitions) {
        let position = store.journal().open(partition).unwrap().position();
        assert!(position <= records.len() as u64, "the journal is ahead");
        let records = &records[..position as usize];
        verify_journal(&*store.journal().reader(partition).unwrap(), records);
        let changes = read_all(&*store.log(Topic::UserSegments), partition, 0);
        assert_eq!(
            changes.len(),
            records.len(),
            "changes of partition {partition}"
        );
        for (change, record) in changes.iter().zip(records) {
            assert_eq!(change.key, record.key);
            assert_eq!(*change.value, record.offset.to_be_bytes());
        }
        verify_view(&store, partition, records);
    }
}

/// Every record is one that was written, whole; a call is there as a whole, adjacent and in order,
/// or not at all; and every acknowledged one is there.
fn verify_log(partitions: &[Vec<Record>; 2], acknowledged: &[Call]) {
    let mut found = HashMap::<(u64, u64), u64>::new();
    for (partition, records) in (0..).zip(partitions) {
        let mut newest = HashMap::<u64, u64>::new();
        let mut last = None;
        for record in records {
            let [caller, number, index] = words(record);
            let written = new_record(caller, number, index);
            assert_eq!(
                (partition, &record.key, &record.value),
                (written.partition, &written.key, &written.value)
            );
            if last != Some((caller, number)) {
                let older = newest.insert(caller, number);
                assert!(older < Some(number), "call {number} of {caller} is split");
                last = Some((caller, number));
            }
            *found.entry((caller, number)).or_default() += 1;
        }
        assert!(records.is_sorted_by_key(|record| record.stamp));
    }
    for call in acknowledged {
        let found = found.get(&(call.caller, call.number));
        assert_eq!(found, Some(&call.records), "{call:?}");
    }
}

/// The caller, the number of the call and the index of a record in it.
fn words(record: &Record) -> [u64; 3] {
    let words = record.value.split(|byte| *byte == b';').next().unwrap();
    let words = std::str::from_utf8(words).unwrap().split(' ');
    let numbers = words.map(|word| word.parse().unwrap());
    numbers.collect::<Vec<_>>().try_into().unwrap()
}

/// The entries are exactly those of the records before the position.
fn verify_journal(reader: &dyn StateReader, records: &[Record]) {
    let history = reader.scan(Space::History, b"", None, 1_000_000).unwrap();
    let found: BTreeMap<_, _> = history
        .iter()
        .map(|(key, value)| (number(key), value))
        .collect();
    let wanted: BTreeMap<_, _> = records
        .iter()
        .map(|record| (record.offset, &record.value))
        .collect();
    let differing: Vec<_> = found
        .keys()
        .chain(wanted.keys())
        .filter(|at| found.get(at) != wanted.get(at))
        .collect();
    assert!(
        differing.is_empty(),
        "history of {} records, position {}: {differing:?}",
        found.len(),
        wanted.len()
    );
    let state = reader.get(Space::State, b"newest").unwrap();
    let written = records.last();
    let written = written.map(|last| [&last.offset.to_be_bytes()[..], &last.value].concat());
    assert_eq!(state.as_deref(), written.as_deref());
    let newest = records.last().map(|record| record.offset.to_be_bytes());
    let deadlines = reader.scan(Space::Deadline, b"", None, 10).unwrap();
    let deadlines: Vec<_> = deadlines.iter().map(|(key, _)| &**key).collect();
    let wanted: Vec<_> = newest.iter().map(|offset| &offset[..]).collect();
    assert_eq!(deadlines, wanted);
}

/// The offset that a key is.
fn number(key: &[u8]) -> u64 {
    u64::from_be_bytes(key.try_into().unwrap())
}

/// The view is not ahead of the journal, and its index says what its records say.
fn verify_view(store: &Store, partition: u32, records: &[Record]) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    let view = store.view();
    let mut indexed = BTreeMap::new();
    for segment_id in SEGMENTS {
        let members = runtime.block_on(view.members(segment_id, None, 1_000));
        for member in members.unwrap() {
            if member.user_id.ends_with(&format!("-{partition}")) {
                let other = indexed.insert(member.user_id, (segment_id, member.since));
                assert_eq!(other, None, "a member of two segments");
            }
        }
    }
    for record in records {
        let user_id = format!("{}-{partition}", record.key);
        let user = runtime.block_on(view.user(&user_id)).unwrap();
        let membership = user.map(|user| {
            assert!(user.rev <= records.len() as u64, "the view is ahead");
            let since = user.segments[0].since;
            (SEGMENTS[(user.rev % 3) as usize], since)
        });
        assert_eq!(indexed.get(&user_id), membership.as_ref());
    }
    assert!(
        indexed
            .values()
            .all(|(_, since)| *since <= records.len() as i64)
    );
}
