//! Sessions that all processes tell of: a record a session, which goes some time after its last access.
//!
//! INVARIANT: a write may be repeated: what began a session stays, and an older access replaces nothing.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use aerospike::expressions::{Expression, bin_exists, ge, int_bin, int_val, not, or};
use aerospike::{Bin, Bins, Expiration, Record, ResultCode, Value};
use async_trait::async_trait;
use kit::clock::now;
use rulelang::time::{format_timestamp, parse_timestamp};
use stores::{Access, Session, Sessions, StoreError};

use super::batch::{self, Row};
use super::connection::{self, Connection};
use super::failure::{corrupt, failure};
use super::user::as_text;

const USER_ID: &str = "userId";
const CREATED: &str = "created";
const LAST_ACCESS: &str = "lastAccess";
/// The same in milliseconds.
const LAST_ACCESS_MS: &str = "lastAccessMs";
/// Bytes of a record, about.
const BYTES: usize = 192;

/// Sessions of users.
#[derive(Debug)]
pub struct AerospikeSessions {
    connection: Arc<Connection>,
    ttl: Duration,
}

impl AerospikeSessions {
    pub(super) fn new(connection: Arc<Connection>, ttl: Duration) -> Self {
        Self { connection, ttl }
    }

    fn row(&self, id: &str, access: &Access, now: i64) -> Result<Row, StoreError> {
        let last_at = Value::String(format_timestamp(access.last_at));
        Ok(Row {
            key: self.connection.cache.session(id)?,
            bins: vec![
                Bin::new(USER_ID, Value::String(access.user_id.clone())),
                Bin::new(LAST_ACCESS, last_at),
                Bin::new(LAST_ACCESS_MS, Value::Int(access.last_at)),
            ],
            first: Some((CREATED, format_timestamp(access.first_at))),
            bytes: BYTES + access.user_id.len(),
            guard: Some(is_not_newer_than(access)),
            is_whole: false,
            expiration: self.expiration(access, now),
        })
    }

    /// Some time after the last access, which was before now.
    fn expiration(&self, access: &Access, now: i64) -> Expiration {
        let passed =
            Duration::from_millis(now.saturating_sub(access.last_at).max(0).cast_unsigned());
        let left = self.ttl.saturating_sub(passed).as_millis().div_ceil(1_000);
        Expiration::Seconds(u32::try_from(left.max(1)).unwrap_or(u32::MAX))
    }
}

#[async_trait]
impl Sessions for AerospikeSessions {
    async fn note(&self, accesses: &BTreeMap<String, Access>) -> Result<(), StoreError> {
        let now = now();
        let rows = accesses
            .iter()
            .map(|(id, access)| self.row(id, access, now));
        let rows: Vec<Row> = rows.collect::<Result<_, _>>()?;
        batch::write(&self.connection, &rows).await.map(drop)
    }

    async fn session(&self, id: &str) -> Result<Option<Session>, StoreError> {
        let key = self.connection.cache.session(id)?;
        let policy = connection::read();
        match self.connection.client.get(&policy, &key, Bins::All).await {
            Ok(record) => decode(&record).map(Some),
            Err(error) if error.matches(&[ResultCode::KeyNotFoundError]) => Ok(None),
            Err(error) => Err(failure(&error)),
        }
    }
}

/// Whether the accesses may replace the one that is there.
fn is_not_newer_than(access: &Access) -> Expression {
    let is_later = ge(int_val(access.last_at), int_bin(LAST_ACCESS_MS));
    or(vec![not(bin_exists(LAST_ACCESS_MS)), is_later])
}

fn decode(record: &Record) -> Result<Session, StoreError> {
    let text = |bin: &str| record.bins.get(bin).and_then(as_text);
    let instant = |bin: &str| text(bin).and_then(parse_timestamp);
    let parse = || {
        Some(Session {
            user_id: text(USER_ID)?.to_owned(),
            created: instant(CREATED)?,
            last_access: instant(LAST_ACCESS)?,
        })
    };
    parse().ok_or_else(|| corrupt("a session"))
}
