//! How often callers called, counted by all processes together: a record a caller, which goes some time
//! after its window.
//!
//! A caller whose clock is behind counts in the window that is there: what others begin anew stays begun.

use std::sync::Arc;

use aerospike::expressions::{Expression, int_bin, int_val, lt, not};
use aerospike::{
    Bin, Error, Expiration, Record, RecordExistsAction, ResultCode, Value, WritePolicy, operations,
};
use async_trait::async_trait;
use rulelang::time::format_timestamp;
use stores::{RateLimits, Window};

use super::connection::{self, Connection};
use super::failure::failure;
use super::user::as_int;

const COUNT: &str = "count";
/// The window's begin, for people.
const WINDOW: &str = "window";
/// The same in milliseconds.
const START: &str = "startMs";
/// How often to try: others may begin a window at the same moment, and a record that many write at once
/// refuses some.
const ATTEMPTS: usize = 10;

/// Counts of callers' requests.
#[derive(Debug)]
pub struct AerospikeRateLimits {
    connection: Arc<Connection>,
}

impl AerospikeRateLimits {
    pub(super) fn new(connection: Arc<Connection>) -> Self {
        Self { connection }
    }

    /// Counts one more in the window that is there, unless that is an older one.
    async fn go_on(&self, who: &str, window: Window) -> Result<Record, Error> {
        let mut policy = policy(window, RecordExistsAction::UpdateOnly);
        policy.base_policy.filter_expression = Some(not(is_older(window)));
        let more = Bin::new(COUNT, Value::Int(1));
        let operations = [operations::add(&more), operations::get_bin(COUNT)];
        let key = self.connection.cache.rate_limit(who)?;
        self.connection
            .client
            .operate(&policy, &key, &operations)
            .await
    }

    /// Begins a window with a count of one: where there is no record, or in place of an older one.
    async fn begin(&self, who: &str, window: Window, is_new: bool) -> Result<(), Error> {
        let action = if is_new {
            RecordExistsAction::CreateOnly
        } else {
            RecordExistsAction::ReplaceOnly
        };
        let mut policy = policy(window, action);
        policy.base_policy.filter_expression = (!is_new).then(|| is_older(window));
        let bins = [
            Bin::new(COUNT, Value::Int(1)),
            Bin::new(WINDOW, Value::String(format_timestamp(window.start_ms))),
            Bin::new(START, Value::Int(window.start_ms)),
        ];
        let key = self.connection.cache.rate_limit(who)?;
        self.connection.client.put(&policy, &key, &bins).await
    }

    async fn attempt(&self, who: &str, window: Window) -> Result<u64, Error> {
        let is_new = match self.go_on(who, window).await {
            Ok(record) => {
                let count = record.bins.get(COUNT).and_then(count_of);
                return Ok(count.unwrap_or_default().max(0).cast_unsigned());
            }
            Err(error) if error.matches(&[ResultCode::KeyNotFoundError]) => true,
            Err(error) if error.matches(&[ResultCode::FilteredOut]) => false,
            Err(error) => return Err(error),
        };
        self.begin(who, window, is_new).await.map(|()| 1)
    }
}

#[async_trait]
impl RateLimits for AerospikeRateLimits {
    async fn count(&self, who: &str, window: Window) -> Result<u64, String> {
        let mut attempts = 1;
        loop {
            match self.attempt(who, window).await {
                Ok(count) => return Ok(count),
                Err(error) if attempts < ATTEMPTS && is_race(&error) => attempts += 1,
                Err(error) => return Err(failure(&error).to_string()),
            }
        }
    }
}

/// What was read of the count after it was added to: the last of the operations' answers.
fn count_of(answer: &Value) -> Option<i64> {
    match answer {
        Value::MultiResult(answers) => answers.last().and_then(as_int),
        answer => as_int(answer),
    }
}

/// Whether the window that is there is over.
fn is_older(window: Window) -> Expression {
    lt(int_bin(START), int_val(window.start_ms))
}

/// Kept for another window after its own, for callers whose clocks are behind.
fn policy(window: Window, action: RecordExistsAction) -> WritePolicy {
    let seconds = (2 * window.length_ms).div_euclid(1_000) + 1;
    let seconds = u32::try_from(seconds).unwrap_or(u32::MAX);
    WritePolicy {
        base_policy: connection::write(),
        record_exists_action: action,
        expiration: Expiration::Seconds(seconds),
        send_key: true,
        ..WritePolicy::default()
    }
}

/// Another process began the window, or is writing it right now: nothing was counted.
fn is_race(error: &Error) -> bool {
    error.matches(&[
        ResultCode::KeyExistsError,
        ResultCode::KeyNotFoundError,
        ResultCode::FilteredOut,
        ResultCode::KeyBusy,
    ])
}
