//! The sizes of segments in the view, by partition and segment, and the marks of partitions.

use std::collections::BTreeMap;

use fjall::{Readable, Slice};

use super::database::OpenDatabase;
use super::engine::Fault;

/// Stands for a segment's id in the key of a partition's mark, which is among the sizes: a keyspace
/// that older folders lack would have to be made durably in them. No id is empty.
const MARK: &str = "";
/// Stands in the place of a segment's id in front of whatever else is among the sizes for that reason.
/// No id begins with it.
pub(super) const NO_ID: u8 = 0;

/// Writes the sizes in one partition.
pub(super) fn write(
    open: &OpenDatabase,
    partition: u32,
    counts: &BTreeMap<String, u64>,
) -> Result<(), Fault> {
    let mut old = BTreeMap::new();
    for entry in open
        .database
        .snapshot()
        .prefix(&open.counts, partition.to_be_bytes())
    {
        let (key, value) = entry.into_inner()?;
        if let Some((segment_id, count)) = size_of(&key, &value)? {
            old.insert(segment_id, count);
        }
    }
    let key = |segment_id: &str| key(partition, segment_id);
    let mut batch = open.database.batch();
    for (segment_id, count) in counts {
        // Most sizes stay as they are from one write to the next.
        if old.remove(segment_id) != Some(*count) {
            batch.insert(&open.counts, key(segment_id), count.to_be_bytes());
        }
    }
    for segment_id in old.keys() {
        batch.remove(&open.counts, key(segment_id));
    }
    Ok(batch.commit()?)
}

/// The sizes, over all partitions.
pub(super) fn sum(open: &OpenDatabase) -> Result<BTreeMap<String, u64>, Fault> {
    let mut sums = BTreeMap::new();
    for entry in open.database.snapshot().iter(&open.counts) {
        let (key, value) = entry.into_inner()?;
        if let Some((segment_id, count)) = size_of(&key, &value)?.filter(|(_, count)| *count > 0) {
            *sums.entry(segment_id).or_insert(0) += count;
        }
    }
    Ok(sums)
}

/// A partition's mark; `None` before there is one.
pub(super) fn mark(open: &OpenDatabase, partition: u32) -> Result<Option<u64>, Fault> {
    let found = open
        .database
        .snapshot()
        .get(&open.counts, key(partition, MARK))?;
    found.map(|value| number(&value)).transpose()
}

/// Marks a partition.
pub(super) fn write_mark(open: &OpenDatabase, partition: u32, mark: u64) -> Result<(), Fault> {
    let mut batch = open.database.batch();
    batch.insert(&open.counts, key(partition, MARK), mark.to_be_bytes());
    Ok(batch.commit()?)
}

fn key(partition: u32, segment_id: &str) -> Vec<u8> {
    [&partition.to_be_bytes(), segment_id.as_bytes()].concat()
}

/// A segment and its size in the entry's partition; `None` of what is no size.
fn size_of(key: &[u8], value: &Slice) -> Result<Option<(String, u64)>, Fault> {
    let (_, id) = key.split_first_chunk::<4>().ok_or_else(malformed)?;
    if id.first().is_none_or(|first| *first == NO_ID) {
        return Ok(None);
    }
    let id = std::str::from_utf8(id).map_err(|_| malformed())?;
    Ok(Some((id.to_owned(), number(value)?)))
}

fn number(value: &Slice) -> Result<u64, Fault> {
    let number = (**value).try_into().map(u64::from_be_bytes);
    number.map_err(|_| malformed())
}

fn malformed() -> Fault {
    Fault::corrupt("a size of a segment")
}
