//! The sizes of segments: a record a segment, with a bin for each partition that has members of it.
//!
//! Sizes are absolute and each partition writes its own bins alone, so owners need not know of each
//! other; whoever reads adds them up. The records are found by a bin that all of them have.

use std::collections::BTreeMap;

use aerospike::query::Filter;
use aerospike::{Bin, Bins, Expiration, PartitionFilter, Record, Statement, Value};
use stores::StoreError;

use super::batch::{self, Row};
use super::connection::Connection;
use super::failure::corrupt;
use super::members::gather;
use super::user::{as_int, as_text};

/// The index of the records by [`KIND`], those of counters among them.
pub(super) const SIZE_INDEX: &str = "audience_sizes";
/// The bin that all of them have, and what is in it.
pub(super) const KIND: &str = "kind";
const SIZE: &str = "segment_size";
const SEGMENT_ID: &str = "segmentId";
/// Begins the names of the partitions' bins, before the number.
const PARTITION: char = 'p';
/// Bytes of what a write changes of a record, about.
const BYTES: usize = 128;

/// The bin of a partition.
pub(super) fn bin_of(partition: u32) -> String {
    format!("{PARTITION}{partition}")
}

/// Whether a bin is a partition's.
pub(super) fn is_of_partition(bin: &str) -> bool {
    let number = bin.strip_prefix(PARTITION);
    number.is_some_and(|number| number.parse::<u32>().is_ok())
}

/// Writes the sizes in one partition.
pub(super) async fn write(
    connection: &Connection,
    partition: u32,
    counts: &BTreeMap<String, u64>,
) -> Result<(), StoreError> {
    let bin = bin_of(partition);
    // Most sizes stay as they are from one write to the next.
    let mut old = BTreeMap::new();
    for record in read(connection, Bins::from([SEGMENT_ID, &bin])).await? {
        if let Some(count) = record.bins.get(&bin).and_then(as_int) {
            old.insert(segment_of(&record)?, count);
        }
    }
    let mut rows = vec![];
    for (segment_id, count) in counts.iter().filter(|(_, count)| **count > 0) {
        let count = i64::try_from(*count).unwrap_or(i64::MAX);
        if old.remove(segment_id) != Some(count) {
            rows.push(row(connection, segment_id, &bin, Value::Int(count))?);
        }
    }
    for segment_id in old.keys() {
        // A bin of nothing goes.
        rows.push(row(connection, segment_id, &bin, Value::Nil)?);
    }
    batch::write(connection, &rows).await.map(drop)
}

fn row(
    connection: &Connection,
    segment_id: &str,
    bin: &str,
    count: Value,
) -> Result<Row, StoreError> {
    Ok(Row {
        key: connection.analytics.count(segment_id)?,
        bins: vec![
            Bin::new(KIND, Value::String(SIZE.to_owned())),
            Bin::new(SEGMENT_ID, Value::String(segment_id.to_owned())),
            Bin::new(bin, count),
        ],
        bytes: BYTES,
        first: None,
        guard: None,
        is_whole: false,
        expiration: Expiration::Never,
    })
}

/// The sizes, over all partitions.
pub(super) async fn sum(connection: &Connection) -> Result<BTreeMap<String, u64>, StoreError> {
    let mut sums = BTreeMap::new();
    for record in read(connection, Bins::All).await? {
        let counts = record.bins.iter().filter(|(name, _)| is_of_partition(name));
        let counts = counts.filter_map(|(_, count)| as_int(count));
        let sum: u64 = counts.map(|count| count.max(0).cast_unsigned()).sum();
        if sum > 0 {
            sums.insert(segment_of(&record)?, sum);
        }
    }
    Ok(sums)
}

async fn read(connection: &Connection, bins: Bins) -> Result<Vec<Record>, StoreError> {
    let place = &connection.analytics;
    let mut statement = Statement::new(place.namespace.as_str(), place.set.as_str(), bins);
    statement.set_filter(Filter::equal(KIND, SIZE));
    let mut records = vec![];
    let everywhere = PartitionFilter::all();
    gather(connection, everywhere, statement, |record| {
        records.push(record);
    })
    .await?;
    Ok(records)
}

fn segment_of(record: &Record) -> Result<String, StoreError> {
    let id = record.bins.get(SEGMENT_ID).and_then(as_text);
    id.map(str::to_owned)
        .ok_or_else(|| corrupt("a segment's size"))
}
