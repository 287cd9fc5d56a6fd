//! What every log keeps to.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use bytestring::ByteString;
use stores::{Log, NewRecord, Record, StoreError};

/// Longer than any test takes: a reader that is not woken shows as a test that hangs.
pub const LONG: Duration = Duration::from_mins(10);

/// A record without headers.
pub fn record(partition: u32, key: &str, value: impl Into<Bytes>) -> NewRecord {
    NewRecord {
        partition,
        key: key.to_owned(),
        value: value.into(),
        headers: Vec::new(),
    }
}

/// Whether the records of one call stay adjacent in their partition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Calls {
    /// They do.
    Adjacent,
    /// They stay in order, but those of another call may come between them.
    Interleaved,
}

/// Everything in a partition from an offset on, up to its end now.
pub fn read_all(log: &dyn Log, partition: u32, from: u64) -> Vec<Record> {
    let end = log.end(partition).unwrap();
    let mut reader = log.reader(partition, from).unwrap();
    let mut all = Vec::<Record>::new();
    while all.last().map_or(from, |last| last.offset + 1) < end {
        all.extend(reader.next(100_000, LONG).unwrap());
    }
    all
}

/// The next records of a partition from an offset on, so many of them.
pub fn read_count(log: &dyn Log, partition: u32, from: u64, count: usize) -> Vec<Record> {
    let mut reader = log.reader(partition, from).unwrap();
    let mut some = Vec::new();
    while some.len() < count {
        some.extend(reader.next(1, LONG).unwrap());
    }
    some
}

/// Holds a log to its invariant.
pub async fn offsets_are_contiguous_and_stamps_never_fall(log: Arc<dyn Log>) {
    for call in 0..20 {
        let records = (0..call).map(|i| record(i % 2, &format!("{call}-{i}"), "value"));
        log.append(records.collect()).await.unwrap();
    }
    for partition in 0..2 {
        let records = read_all(&*log, partition, 0);
        assert_eq!(records.len() as u64, log.end(partition).unwrap());
        for (index, record) in records.iter().enumerate() {
            assert_eq!(record.offset, index as u64);
        }
        assert!(records.is_sorted_by_key(|record| record.stamp));
    }
}

/// Key, value and headers come back.
pub async fn a_record_comes_back_as_it_was(log: Arc<dyn Log>) {
    let mut long = record(0, "ключ", vec![7; 300_000]);
    long.headers = vec![
        ("ce_id".into(), "1".into()),
        (ByteString::new(), ByteString::new()),
    ];
    let appended = vec![record(0, "", ""), long, record(0, "after", "x")];
    log.append(appended.clone()).await.unwrap();
    let read = read_all(&*log, 0, 0).into_iter().map(|record| NewRecord {
        partition: 0,
        key: record.key,
        value: record.value,
        headers: record.headers,
    });
    assert_eq!(read.collect::<Vec<_>>(), appended);
}

/// Callers at once do not mix their calls, or at least not within one.
pub async fn records_of_one_call_stay_adjacent(log: Arc<dyn Log>, calls: Calls) {
    let callers = (0..8).map(|caller| {
        let log = Arc::clone(&log);
        tokio::spawn(async move {
            for call in 0..20 {
                let key = format!("{caller}-{call}");
                let records = (0..30).map(|i| record(i % 2, &key, i.to_string()));
                log.append(records.collect()).await.unwrap();
            }
        })
    });
    for caller in callers.collect::<Vec<_>>() {
        caller.await.unwrap();
    }
    for partition in 0..2 {
        let records = read_all(&*log, partition, 0);
        assert_eq!(records.len(), 8 * 20 * 15);
        let mut records = records;
        if calls == Calls::Interleaved {
            // Stable: within a call the order stays.
            records.sort_by(|a, b| a.key.cmp(&b.key));
        }
        for call in records.chunks(15) {
            for (index, record) in call.iter().enumerate() {
                assert_eq!(record.key, call[0].key);
                assert_eq!(record.value, (2 * index + partition as usize).to_string());
            }
        }
    }
}

/// A reader that waits hears of an append.
pub async fn an_append_wakes_a_reader(log: Arc<dyn Log>) {
    let mut reader = log.reader(1, 0).unwrap();
    let reading = std::thread::spawn(move || reader.next(1, LONG).unwrap());
    log.append(vec![record(1, "user", "fact")]).await.unwrap();
    assert_eq!(reading.join().unwrap()[0].value, "fact");
}

/// At the end, and beyond it, there is nothing.
pub async fn a_reader_without_news_returns_nothing(log: Arc<dyn Log>) {
    log.append(vec![record(0, "user", "fact")]).await.unwrap();
    let mut reader = log.reader(0, 1).unwrap();
    assert_eq!(reader.next(1, Duration::ZERO).unwrap(), []);
    let mut ahead = log.reader(0, 5).unwrap();
    assert_eq!(ahead.next(1, Duration::ZERO).unwrap(), []);
}

/// Also within what was appended together.
pub async fn a_reader_starts_at_any_offset(log: Arc<dyn Log>) {
    for call in 0..5 {
        let records = (0..10).map(|i| record(0, &format!("{}", call * 10 + i), vec![0; 20_000]));
        log.append(records.collect()).await.unwrap();
    }
    for from in 0..50 {
        let records = read_all(&*log, 0, from);
        assert_eq!(records.len() as u64, 50 - from);
        assert_eq!(records[0].key, from.to_string());
    }
}

/// At least one record, and no more than asked for.
pub async fn a_read_ends_where_it_has_its_bytes(log: Arc<dyn Log>) {
    let records = (0..1_000).map(|_| record(0, "", vec![0; 1_000]));
    log.append(records.collect()).await.unwrap();
    let mut reader = log.reader(0, 0).unwrap();
    assert_eq!(reader.next(1, LONG).unwrap().len(), 1);
    assert_eq!(reader.next(10_000, LONG).unwrap().len(), 10);
    assert_eq!(reader.next(0, LONG).unwrap()[0].offset, 11);
}

/// And nothing of the call is appended.
pub async fn a_partition_that_is_not_there_is_refused(log: Arc<dyn Log>) {
    assert_eq!(log.partitions(), 2);
    let appended = log
        .append(vec![record(0, "a", "1"), record(2, "b", "2")])
        .await;
    assert!(matches!(appended, Err(StoreError::Conflict(_))));
    assert_eq!(log.end(0).unwrap(), 0);
    assert!(matches!(log.end(2), Err(StoreError::Conflict(_))));
    assert!(matches!(log.reader(2, 0), Err(StoreError::Conflict(_))));
}
