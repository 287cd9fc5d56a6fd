//! The rules in force, for programs that read them beside the platform: a record a segment.

use std::sync::Arc;

use aerospike::{Bin, Bins, Expiration, ResultCode, Value, WritePolicy};
use async_trait::async_trait;
use kit::clock::now;
use rulelang::time::format_timestamp;
use stores::{CachedRule, RuleCache, StoreError};

use super::batch::{self, Row};
use super::connection::{self, Connection};
use super::failure::{corrupt, failure};
use super::user::as_int;

const MARK: &str = "mark";
/// How long a record stays that is not written again, in seconds: a day.
const EXPIRES_S: u32 = 24 * 3_600;
/// Bytes of a record beside its texts, about.
const BYTES: usize = 256;

/// The rules in force.
#[derive(Debug)]
pub struct AerospikeRuleCache {
    connection: Arc<Connection>,
}

impl AerospikeRuleCache {
    pub(super) fn new(connection: Arc<Connection>) -> Self {
        Self { connection }
    }

    fn row(&self, rule: &CachedRule, now: i64) -> Result<Row, StoreError> {
        let (json, text) = (rule.json.to_string(), Value::String);
        let bytes = BYTES + rule.expression.len() + json.len();
        Ok(Row {
            key: self.connection.cache.rule(&rule.segment_id)?,
            bins: vec![
                Bin::new("segmentId", text(rule.segment_id.clone())),
                Bin::new("version", Value::Int(rule.version.into())),
                Bin::new("expression", text(rule.expression.clone())),
                Bin::new("json", text(json)),
                Bin::new("fingerprint", text(rule.fingerprint())),
                Bin::new("updated", text(format_timestamp(rule.updated_at))),
                Bin::new("lastUsed", text(format_timestamp(now))),
            ],
            first: None,
            bytes,
            guard: None,
            is_whole: true,
            expiration: Expiration::Seconds(EXPIRES_S),
        })
    }
}

#[async_trait]
impl RuleCache for AerospikeRuleCache {
    async fn put(&self, rules: Vec<CachedRule>) -> Result<(), StoreError> {
        let now = now();
        let rows = rules.iter().map(|rule| self.row(rule, now));
        let rows: Vec<Row> = rows.collect::<Result<_, _>>()?;
        batch::write(&self.connection, &rows).await.map(drop)
    }

    async fn remove(&self, segment_ids: Vec<String>) -> Result<(), StoreError> {
        let policy = WritePolicy {
            base_policy: connection::write(),
            ..WritePolicy::default()
        };
        for id in segment_ids {
            let key = self.connection.cache.rule(&id)?;
            let removed = self.connection.client.delete(&policy, &key).await;
            removed.map_err(|error| failure(&error))?;
        }
        Ok(())
    }

    async fn marked(&self) -> Result<Option<u64>, StoreError> {
        let key = self.connection.cache.rules_mark()?;
        let policy = connection::read();
        match self.connection.client.get(&policy, &key, Bins::All).await {
            Ok(record) => {
                let mark = record.bins.get(MARK).and_then(as_int);
                let mark = mark.ok_or_else(|| corrupt("the mark of the rules"))?;
                Ok(Some(mark.cast_unsigned()))
            }
            Err(error) if error.matches(&[ResultCode::KeyNotFoundError]) => Ok(None),
            Err(error) => Err(failure(&error)),
        }
    }

    async fn mark(&self, mark: u64) -> Result<(), StoreError> {
        let row = Row {
            key: self.connection.cache.rules_mark()?,
            bins: vec![Bin::new(MARK, Value::Int(mark.cast_signed()))],
            first: None,
            bytes: BYTES,
            guard: None,
            is_whole: true,
            expiration: Expiration::Never,
        };
        batch::write(&self.connection, &[row]).await.map(drop)
    }
}
