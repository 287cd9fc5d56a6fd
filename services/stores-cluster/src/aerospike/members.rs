//! The members of a segment, in the order of Aerospike's partitions and, in each, of the records'
//! digests: both follow from a user's id, which so is all that the next page needs to know.
//!
//! A page is found by queries of the index, each of a span of the 4,096 partitions. How many partitions
//! to ask follows from how many members the last ones had, so that a page costs as many records as it
//! has, about, however large the segment is.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, PoisonError};

use aerospike::query::Filter;
use aerospike::{Bins, CollectionIndexType, Key, PartitionFilter, Record, Recordset, Statement};
use stores::{Member, StoreError};
use tokio_stream::StreamExt;

use super::connection::{self, Connection};
use super::failure::failure;
use super::indexes;
use super::user::{MEMBERSHIPS, SEGMENTS, USER_ID, member};

/// Partitions that Aerospike has, always.
const PARTITIONS: usize = 4096;
/// Partitions to ask first in a segment that nothing is known of.
const SPAN_FIRST: usize = 16;
/// How many times as many to ask next where there was nobody.
const SPAN_GROWTH: usize = 16;
/// Segments of which it is remembered how many members a partition has.
const SEGMENTS_MAX: usize = 4096;

/// Where a record is: its partition and its digest.
type Place = (usize, [u8; 20]);

/// How many partitions to ask for how many members, by segment, as they were found last. It may be
/// wrong: then a page takes another query, or reads more than it needs.
#[derive(Debug, Default)]
pub(super) struct Spans(Mutex<HashMap<String, f64>>);

impl Spans {
    /// Members in a partition; `None` where nothing is known.
    fn density(&self, segment_id: &str) -> Option<f64> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.get(segment_id).copied()
    }

    fn learn(&self, segment_id: &str, density: f64) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= SEGMENTS_MAX && !known.contains_key(segment_id) {
            known.clear();
        }
        known.insert(segment_id.to_owned(), density);
    }
}

/// A page of members.
pub(super) async fn page(
    connection: &Connection,
    spans: &Spans,
    segment_id: &str,
    after: Option<&str>,
    limit: usize,
) -> Result<Vec<Member>, StoreError> {
    let after = after.map(|user_id| connection.user_profiles.user(user_id));
    let after = after.transpose()?.as_ref().map(place_of);
    let mut from = after.map_or(0, |(partition, _)| partition);
    let mut span = match spans.density(segment_id) {
        Some(density) => span_for(limit, density),
        None => SPAN_FIRST,
    };
    let mut page = Page {
        after,
        limit,
        members: BTreeMap::new(),
    };
    while from < PARTITIONS && page.members.len() < limit {
        let count = span.clamp(1, PARTITIONS - from);
        let asked = PartitionFilter::by_range(from, count);
        let mut found = 0_u32;
        let statement = statement(connection, segment_id);
        let take = |record: Record| {
            found += 1;
            page.take(&record, segment_id);
        };
        gather(connection, asked, statement, take).await?;
        from += count;
        if found == 0 {
            span = count.saturating_mul(SPAN_GROWTH);
            continue;
        }
        let density = f64::from(found) / count as f64;
        spans.learn(segment_id, density);
        span = span_for(limit - page.members.len(), density);
    }
    Ok(page.members.into_values().collect())
}

/// Partitions that have so many members, likely.
fn span_for(members: usize, density: f64) -> usize {
    // A fifth more than the mean, so that one query will do as a rule.
    let span = members as f64 * 1.2 / density;
    span.clamp(1.0, PARTITIONS as f64) as usize
}

/// The first members after a place, of those that were taken.
struct Page {
    after: Option<Place>,
    limit: usize,
    members: BTreeMap<Place, Member>,
}

impl Page {
    fn take(&mut self, record: &Record, segment_id: &str) {
        let Some(place) = record.key.as_ref().map(place_of) else {
            return;
        };
        if self.after.is_some_and(|after| place <= after) {
            return;
        }
        // Records may come twice when partitions move from one server to another.
        if let Some(member) = member(record, segment_id) {
            self.members.insert(place, member);
        }
        if self.members.len() > self.limit {
            self.members.pop_last();
        }
    }
}

fn place_of(key: &Key) -> Place {
    (key.partition_id(), key.digest())
}

fn statement(connection: &Connection, segment_id: &str) -> Statement {
    let place = &connection.user_profiles;
    let (namespace, set) = (place.namespace.as_str(), place.set.as_str());
    let mut statement = Statement::new(namespace, set, Bins::from([USER_ID, MEMBERSHIPS]));
    let list = CollectionIndexType::List;
    statement.set_filter(Filter::contains(SEGMENTS, segment_id, list));
    statement
}

/// Runs a query to its end. An index that is gone is made again for who asks next.
pub(super) async fn gather(
    connection: &Connection,
    asked: PartitionFilter,
    statement: Statement,
    mut take: impl FnMut(Record),
) -> Result<(), StoreError> {
    let policy = connection::query();
    let started = connection.client.query(&policy, asked, statement).await;
    let mut records = started.map_err(|error| failure(&error))?.into_stream();
    while let Some(record) = records.next().await {
        match record {
            Ok(record) => take(record),
            Err(error) if indexes::is_missing(&error) => {
                indexes::make(connection).await?;
                return Err(failure(&error));
            }
            Err(error) => return Err(failure(&error)),
        }
    }
    if is_whole(records.as_ref()) {
        return Ok(());
    }
    let reason = "Aerospike did not answer for all of its partitions";
    Err(StoreError::Unavailable(reason.to_owned()))
}

/// Whether every partition that was asked has answered.
fn is_whole(records: &Recordset) -> bool {
    let end = records.partition_filter();
    end.is_some_and(|end| end.done())
}
