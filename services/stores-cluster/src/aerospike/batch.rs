//! Writes of many records, each of which may be written again.
//!
//! A batch may answer Ok while rows of it failed, so every row is looked at. INVARIANT: only a row that
//! a server answered counts as written; what is in doubt is written again.

use std::time::Duration;

use aerospike::{
    BatchOperation, BatchWritePolicy, Bin, Error, Expiration, Key, RecordExistsAction, ResultCode,
    expressions::{Expression, string_val},
    operations::{
        self, Operation,
        exp::{ExpWriteFlags, write_exp},
    },
};
use stores::StoreError;

use super::connection::{self, Connection};
use super::failure::failure;

/// Rows in one call.
const ROWS_MAX: usize = 256;
/// Bytes in one call, about.
const BYTES_MAX: usize = 4 * 1024 * 1024;
/// Calls until a row that fails is given up.
const ATTEMPTS: u32 = 3;
/// Before the second call; twice as long before each further one.
const PAUSE: Duration = Duration::from_millis(50);

/// A record to write.
#[derive(Debug, Clone)]
pub(super) struct Row {
    pub(super) key: Key,
    pub(super) bins: Vec<Bin>,
    /// A bin, and the text that goes into it where it is not there.
    pub(super) first: Option<(&'static str, String)>,
    /// Bytes of the bins, about.
    pub(super) bytes: usize,
    /// What must hold of the record that is there; one that is not there is written in any case.
    pub(super) guard: Option<Expression>,
    /// Whether bins that are not named go.
    pub(super) is_whole: bool,
    /// When it goes by itself.
    pub(super) expiration: Expiration,
}

/// Writes records. Returns the places of those that are too large for the servers.
pub(super) async fn write(connection: &Connection, rows: &[Row]) -> Result<Vec<usize>, StoreError> {
    let mut too_large = vec![];
    let mut first = 0;
    while first < rows.len() {
        let chunk = chunk(rows.get(first..).unwrap_or_default());
        for place in write_chunk(connection, chunk).await? {
            too_large.push(first + place);
        }
        first += chunk.len().max(1);
    }
    Ok(too_large)
}

/// As many rows as go into one call.
fn chunk(rows: &[Row]) -> &[Row] {
    let mut bytes = 0;
    let fits = |row: &&Row| {
        bytes += row.bytes;
        bytes <= BYTES_MAX
    };
    let count = rows.iter().take(ROWS_MAX).take_while(fits).count();
    rows.get(..count.max(1)).unwrap_or(rows)
}

async fn write_chunk(connection: &Connection, rows: &[Row]) -> Result<Vec<usize>, StoreError> {
    let mut waiting: Vec<usize> = (0..rows.len()).collect();
    let (mut too_large, mut pause) = (vec![], PAUSE);
    for attempt in 1.. {
        let mut operations: Vec<_> = waiting
            .iter()
            .filter_map(|place| rows.get(*place).map(operation))
            .collect();
        let policy = connection::batch_write();
        let outcome = connection.client.batch(&policy, &mut operations).await;
        let mut failed = vec![];
        for (place, operation) in waiting.iter().zip(&operations) {
            match operation.result_code() {
                Some(ResultCode::Ok | ResultCode::FilteredOut) => {}
                Some(ResultCode::RecordTooBig) => too_large.push(*place),
                _ => failed.push(*place),
            }
        }
        if failed.is_empty() {
            return Ok(too_large);
        }
        if attempt == ATTEMPTS {
            let of_rows = operations.iter().filter_map(BatchOperation::error);
            let error = of_rows
                .chain(outcome.as_ref().err())
                .find(|it| !is_fine(it));
            let unanswered = || StoreError::Unavailable("Aerospike did not answer".to_owned());
            return Err(error.map_or_else(unanswered, failure));
        }
        waiting = failed;
        tokio::time::sleep(pause).await;
        pause *= 2;
    }
    Ok(too_large)
}

/// Whether a row's error is none: the guard's, and one that the caller deals with.
fn is_fine(error: &Error) -> bool {
    error.matches(&[ResultCode::FilteredOut, ResultCode::RecordTooBig])
}

fn operation(row: &Row) -> BatchOperation {
    let policy = BatchWritePolicy {
        record_exists_action: if row.is_whole {
            RecordExistsAction::Replace
        } else {
            RecordExistsAction::Update
        },
        expiration: row.expiration,
        filter_expression: row.guard.clone(),
        ..BatchWritePolicy::default()
    };
    let first = row.first.iter().map(put_first);
    let puts = row.bins.iter().map(operations::put);
    let operations: Vec<_> = puts.chain(first).collect();
    BatchOperation::write(&policy, row.key.clone(), operations)
}

fn put_first((bin, text): &(&'static str, String)) -> Operation {
    let flags = ExpWriteFlags::CREATE_ONLY | ExpWriteFlags::POLICY_NO_FAIL;
    write_exp(*bin, string_val(text), flags)
}
