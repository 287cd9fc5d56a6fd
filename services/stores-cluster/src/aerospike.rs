//! The serving view on Aerospike, which all processes of a platform share.
//!
//! | record | in | holds |
//! |---|---|---|
//! | `user:<id>` | `user_profiles` | a user, with memberships |
//! | `segment:<id>:count` | `analytics` | a segment's size, one bin a partition |
//! | `segment:<id>:daily_growth`, `event:<type>:hourly` | `analytics` | what is counted by the day and by the hour, likewise; go by themselves |
//! | `view:<partition>` | both | the partition's mark |
//! | `rule:<segment id>` | `cache` | the segment's rule in force, for others; goes by itself |
//! | `view:rules` | `cache` | the mark of those |
//! | `session:<id>` | `cache` | a session; goes by itself |
//! | `ratelimit:api:<who>` | `cache` | how often a caller called; goes by itself |
//!
//! INVARIANT: every write of the view may be repeated: a user's is guarded by (epoch, rev), the others are absolute.
//! So a write in doubt is one to write again, and what the guard then answers is what became of it.

mod batch;
mod connection;
mod counters;
mod counts;
mod failure;
mod indexes;
mod marks;
mod members;
mod options;
mod places;
mod rate_limits;
mod rule_cache;
mod sessions;
mod user;
mod users;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use stores::{Counted, Counter, Holding, Member, StoreError, UserView, View, ViewStore};

pub use self::options::{AerospikeOptions, Place};
pub use self::rate_limits::AerospikeRateLimits;
pub use self::rule_cache::AerospikeRuleCache;
pub use self::sessions::AerospikeSessions;

use self::connection::Connection;
use self::members::Spans;

/// How long Aerospike may keep what it acknowledged in memory alone: the Community Edition writes its
/// buffers once a second (`flush-max-ms`), and twice that is well beyond it.
const SETTLES_IN: Duration = Duration::from_secs(2);

/// The serving view on Aerospike.
#[derive(Debug)]
pub struct AerospikeView {
    connection: Arc<Connection>,
    spans: Spans,
}

impl AerospikeView {
    /// Connects, and makes the indexes where they are missing.
    ///
    /// # Errors
    ///
    /// `Unavailable` when no server answers, `Conflict` when there is no such namespace.
    pub async fn open(options: &AerospikeOptions) -> Result<Self, StoreError> {
        let connection = Arc::new(Connection::open(options).await?);
        indexes::make(&connection).await?;
        Ok(Self {
            connection,
            spans: Spans::default(),
        })
    }

    /// Counts of callers' requests on the same servers.
    pub fn rate_limits(&self) -> AerospikeRateLimits {
        AerospikeRateLimits::new(Arc::clone(&self.connection))
    }

    /// The rules in force on the same servers.
    pub fn rule_cache(&self) -> AerospikeRuleCache {
        AerospikeRuleCache::new(Arc::clone(&self.connection))
    }

    /// Users' sessions on the same servers, which end so long after their last access.
    pub fn sessions(&self, ttl: Duration) -> AerospikeSessions {
        AerospikeSessions::new(Arc::clone(&self.connection), ttl)
    }

    /// Whether the servers answer, for the process's health.
    ///
    /// # Errors
    ///
    /// `Unavailable`, with why not.
    pub async fn check(&self) -> Result<(), StoreError> {
        marks::holding(&self.connection, 0).await.map(drop)
    }
}

#[async_trait]
impl View for AerospikeView {
    async fn user(&self, user_id: &str) -> Result<Option<UserView>, StoreError> {
        users::read(&self.connection, user_id).await
    }

    async fn members(
        &self,
        segment_id: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<Member>, StoreError> {
        members::page(&self.connection, &self.spans, segment_id, after, limit).await
    }

    async fn counts(&self) -> Result<BTreeMap<String, u64>, StoreError> {
        counts::sum(&self.connection).await
    }

    async fn counted(
        &self,
        counter: Counter,
        begins_at: i64,
    ) -> Result<BTreeMap<String, i64>, StoreError> {
        counters::sum(&self.connection, counter, begins_at).await
    }
}

#[async_trait]
impl ViewStore for AerospikeView {
    async fn write(&self, users: Vec<UserView>) -> Result<(), StoreError> {
        users::write(&self.connection, users).await
    }

    async fn write_counts(
        &self,
        partition: u32,
        counts: BTreeMap<String, u64>,
    ) -> Result<(), StoreError> {
        counts::write(&self.connection, partition, &counts).await
    }

    async fn write_counted(&self, partition: u32, counted: Counted) -> Result<(), StoreError> {
        counters::write(&self.connection, partition, &counted).await
    }

    async fn holding(&self, partition: u32) -> Result<Holding, StoreError> {
        marks::holding(&self.connection, partition).await
    }

    async fn mark(&self, partition: u32, mark: u64) -> Result<(), StoreError> {
        marks::mark(&self.connection, partition, mark).await
    }

    fn settles_in(&self) -> Duration {
        SETTLES_IN
    }
}
