//! What partitions have counted by the day and by the hour: a record a name, with a bin for each
//! partition: the begin of the span that it is in, in milliseconds, and the count in it.
//!
//! Partitions go from one span to the next each at its own time, so whoever reads adds up the bins of
//! the span that they ask for. A record goes by itself some time after the last write. Nothing is read
//! before a write: owners know what has changed.

use std::collections::BTreeMap;

use aerospike::query::Filter;
use aerospike::{Bin, Bins, Expiration, PartitionFilter, Record, Statement, Value};
use stores::{Counted, Counter, StoreError};

use super::batch::{self, Row};
use super::connection::Connection;
use super::counts::{KIND, bin_of, is_of_partition};
use super::failure::corrupt;
use super::members::gather;
use super::user::{as_int, as_text};

/// Bytes of a record, about.
const BYTES: usize = 128;
const HOUR_S: u32 = 3_600;

/// What the records of a counter have in common.
struct Form {
    /// In the bin [`KIND`].
    kind: &'static str,
    /// The bin of the name.
    name: &'static str,
    /// How long after its last write a record goes: well after its span.
    seconds: u32,
}

fn form(counter: Counter) -> Form {
    match counter {
        Counter::DailyGrowth => Form {
            kind: "segment_growth",
            name: "segmentId",
            seconds: 72 * HOUR_S,
        },
        Counter::HourlyEvents => Form {
            kind: "event_count",
            name: "eventType",
            seconds: 3 * HOUR_S,
        },
    }
}

/// Writes what a partition has counted.
pub(super) async fn write(
    connection: &Connection,
    partition: u32,
    counted: &Counted,
) -> Result<(), StoreError> {
    let (form, bin) = (form(counted.counter), bin_of(partition));
    let rows = counted.counts.iter().map(|(name, count)| {
        let in_span = vec![Value::Int(counted.begins_at), Value::Int(*count)];
        Ok(Row {
            key: connection.analytics.counter(counted.counter, name)?,
            bins: vec![
                Bin::new(KIND, Value::String(form.kind.to_owned())),
                Bin::new(form.name, Value::String(name.clone())),
                Bin::new(&bin, Value::List(in_span)),
            ],
            bytes: BYTES + name.len(),
            first: None,
            guard: None,
            is_whole: false,
            expiration: Expiration::Seconds(form.seconds),
        })
    });
    let rows: Vec<Row> = rows.collect::<Result<_, StoreError>>()?;
    batch::write(connection, &rows).await.map(drop)
}

/// What was counted in a span, over all partitions.
pub(super) async fn sum(
    connection: &Connection,
    counter: Counter,
    begins_at: i64,
) -> Result<BTreeMap<String, i64>, StoreError> {
    let (form, place) = (form(counter), &connection.analytics);
    let mut statement = Statement::new(place.namespace.as_str(), place.set.as_str(), Bins::All);
    statement.set_filter(Filter::equal(KIND, form.kind));
    // Records may come twice when partitions move from one server to another.
    let mut sums = BTreeMap::new();
    let mut is_corrupt = false;
    gather(
        connection,
        PartitionFilter::all(),
        statement,
        |record| match record.bins.get(form.name).and_then(as_text) {
            Some(name) => drop(sums.insert(name.to_owned(), sum_of(&record, begins_at))),
            None => is_corrupt = true,
        },
    )
    .await?;
    if is_corrupt {
        return Err(corrupt("a count"));
    }
    sums.retain(|_, sum| *sum != 0);
    Ok(sums)
}

fn sum_of(record: &Record, begins_at: i64) -> i64 {
    let bins = record.bins.iter().filter(|(name, _)| is_of_partition(name));
    let counts = bins.filter_map(|(_, in_span)| match in_span {
        Value::List(in_span) => match in_span.as_slice() {
            [began, count] if as_int(began) == Some(begins_at) => as_int(count),
            _ => None,
        },
        _ => None,
    });
    counts.sum()
}
