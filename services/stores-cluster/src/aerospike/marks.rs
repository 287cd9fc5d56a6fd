//! The marks of partitions: one record in each place, so that either's loss is told.

use aerospike::{BatchOperation, BatchReadPolicy, Bin, Bins, Expiration, ResultCode, Value};
use stores::{Holding, StoreError};

use super::batch::{self, Row};
use super::connection::{self, Connection};
use super::failure::{corrupt, failure};
use super::user::as_int;

const MARK: &str = "mark";
/// Bytes of a record of one, about.
const BYTES: usize = 64;

/// What is there of a partition.
pub(super) async fn holding(
    connection: &Connection,
    partition: u32,
) -> Result<Holding, StoreError> {
    // First: a server that dies in between is told by the next look.
    let life = connection.life().await?;
    let policy = BatchReadPolicy::default();
    let mut reads = vec![];
    for place in [&connection.user_profiles, &connection.analytics] {
        let (key, bins) = (place.mark(partition)?, Bins::from([MARK]));
        reads.push(BatchOperation::read(&policy, key, bins));
    }
    let policy = connection::batch_read();
    let outcome = connection.client.batch(&policy, &mut reads);
    outcome.await.map_err(|error| failure(&error))?;
    let mut marks = vec![];
    for read in &reads {
        marks.push(mark_of(read)?);
    }
    let is_same = marks.windows(2).all(|two| matches!(two, [a, b] if a == b));
    let mark = marks.first().copied().flatten().filter(|_| is_same);
    Ok(Holding { mark, life })
}

fn mark_of(read: &BatchOperation) -> Result<Option<u64>, StoreError> {
    match read.result_code() {
        Some(ResultCode::KeyNotFoundError) => return Ok(None),
        Some(ResultCode::Ok) => {}
        _ => {
            let unanswered = || StoreError::Unavailable("Aerospike did not answer".to_owned());
            return Err(read.error().map_or_else(unanswered, failure));
        }
    }
    let mark = read.record().and_then(|record| record.bins.get(MARK));
    let mark = mark.and_then(as_int).map(i64::cast_unsigned);
    mark.map(Some).ok_or_else(|| corrupt("a partition's mark"))
}

/// Marks a partition.
pub(super) async fn mark(
    connection: &Connection,
    partition: u32,
    mark: u64,
) -> Result<(), StoreError> {
    let mut rows = vec![];
    for place in [&connection.user_profiles, &connection.analytics] {
        rows.push(Row {
            key: place.mark(partition)?,
            bins: vec![Bin::new(MARK, Value::Int(mark.cast_signed()))],
            bytes: BYTES,
            first: None,
            guard: None,
            is_whole: true,
            expiration: Expiration::Never,
        });
    }
    batch::write(connection, &rows).await.map(drop)
}
