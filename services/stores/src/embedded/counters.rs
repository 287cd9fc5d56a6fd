//! What partitions have counted, in the view: by partition, counter, begin of the span, and name. Those
//! of one span are together, so that those of earlier ones go with the first write of the next.

use std::collections::BTreeMap;

use fjall::Readable;

use crate::{Counted, Counter};

use super::database::OpenDatabase;
use super::engine::Fault;
use super::sizes::NO_ID;

/// Writes what a partition has counted, and removes what it counted in earlier spans.
pub(super) fn write(open: &OpenDatabase, partition: u32, counted: &Counted) -> Result<(), Fault> {
    let first = of_counter(partition, counted.counter);
    let span = of_span(partition, counted.counter, counted.begins_at);
    let mut batch = open.database.batch();
    for entry in open
        .database
        .snapshot()
        .range(&open.counts, first..span.clone())
    {
        batch.remove(&open.counts, entry.key()?);
    }
    for (name, count) in &counted.counts {
        let key = [&span, name.as_bytes()].concat();
        batch.insert(&open.counts, key, count.to_be_bytes());
    }
    Ok(batch.commit()?)
}

/// What was counted in a span, over that many partitions.
pub(super) fn sum(
    open: &OpenDatabase,
    partitions: u32,
    counter: Counter,
    begins_at: i64,
) -> Result<BTreeMap<String, i64>, Fault> {
    let mut sums = BTreeMap::new();
    let snapshot = open.database.snapshot();
    for partition in 0..partitions {
        let span = of_span(partition, counter, begins_at);
        for entry in snapshot.prefix(&open.counts, &span) {
            let (key, value) = entry.into_inner()?;
            let name = key.strip_prefix(&*span).map(std::str::from_utf8);
            let count = (*value).try_into().map(i64::from_be_bytes);
            let (Some(Ok(name)), Ok(count)) = (name, count) else {
                return Err(Fault::corrupt("a count"));
            };
            *sums.entry(name.to_owned()).or_insert(0) += count;
        }
    }
    sums.retain(|_, sum| *sum != 0);
    Ok(sums)
}

fn of_counter(partition: u32, counter: Counter) -> Vec<u8> {
    let counter = match counter {
        Counter::DailyGrowth => 1,
        Counter::HourlyEvents => 2,
    };
    [&partition.to_be_bytes()[..], &[NO_ID, counter]].concat()
}

/// What the keys of one span begin with. Those of earlier spans come before them.
fn of_span(partition: u32, counter: Counter, begins_at: i64) -> Vec<u8> {
    let begins_at = (begins_at.cast_unsigned() ^ 1 << 63).to_be_bytes();
    [&*of_counter(partition, counter), &begins_at].concat()
}
