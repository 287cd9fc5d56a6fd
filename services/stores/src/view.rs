//! The port of the serving view: what others ask of users and segments.
//!
//! It trails the journal and may lose everything; its owner writes it again. A record never
//! replaces a newer one: (epoch, rev) decide. INVARIANT: a partition's mark goes with what was
//! written of it: where the mark is there, all of that is there, but for what a server that died
//! took with it, which [`Holding::life`] tells.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::time::Duration;

use async_trait::async_trait;
use bytestring::ByteString;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{Counted, Counter, StoreError};

/// One user as others see them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct UserView {
    /// The user.
    pub user_id: String,
    /// Rises when a deleted user returns.
    pub epoch: u32,
    /// The position in the log that it tells of; with the epoch, which of two records is newer.
    pub rev: u64,
    /// Whether the user exists; otherwise this record only guards against older ones.
    pub exists: bool,
    /// Profile fields, computed traits among them, as JSON.
    pub fields: Map<String, Value>,
    /// Effective memberships, by segment.
    pub segments: Vec<ViewMembership>,
    /// What the user agreed to, by purpose or channel.
    pub consent: BTreeMap<String, bool>,
    /// Who the user was merged into.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub merged_into: Option<String>,
    /// The instant of the last step, in milliseconds.
    pub updated_at: i64,
}

/// An effective membership as others see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ViewMembership {
    /// The segment.
    pub segment_id: ByteString,
    /// When it began, in milliseconds.
    pub since: i64,
    /// Why it began: `rule_evaluation`, `manual` or `expired`.
    pub reason: ByteString,
}

/// A member of a segment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Member {
    /// The user.
    pub user_id: String,
    /// When the membership began, in milliseconds.
    pub since: i64,
    /// Why it began.
    pub reason: String,
}

/// What a view still has of a partition.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Holding {
    /// As [`ViewStore::mark`] wrote it last; `None` where the view has lost what it had, or never had any.
    pub mark: Option<u64>,
    /// Another number after each death of a server that may have taken with it what was acknowledged
    /// within [`ViewStore::settles_in`] before.
    pub life: u64,
}

/// The serving view, as those read it who answer for users.
#[async_trait]
pub trait View: Debug + Send + Sync {
    /// A user; `None` of somebody never heard of.
    async fn user(&self, user_id: &str) -> Result<Option<UserView>, StoreError>;

    /// Up to `limit` members of a segment, in an order of the view's own, in which they come after the
    /// user `after`, who need not be a member any more. While nothing changes, pages of which each
    /// begins after the last of the one before have every member once.
    async fn members(
        &self,
        segment_id: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<Member>, StoreError>;

    /// The sizes of all segments that have members.
    async fn counts(&self) -> Result<BTreeMap<String, u64>, StoreError>;

    /// What a counter has by name in the span that began at `begins_at`, in milliseconds, over all
    /// partitions; a name that is not there has 0. Of a span that has passed it may have nothing left.
    async fn counted(
        &self,
        counter: Counter,
        begins_at: i64,
    ) -> Result<BTreeMap<String, i64>, StoreError>;
}

/// Where the serving view is kept, as owners write it.
#[async_trait]
pub trait ViewStore: View {
    /// Writes users; a record that is not newer than the one there is left out.
    async fn write(&self, users: Vec<UserView>) -> Result<(), StoreError>;

    /// Writes the sizes of all segments in one partition; a segment not named has none there.
    async fn write_counts(
        &self,
        partition: u32,
        counts: BTreeMap<String, u64>,
    ) -> Result<(), StoreError>;

    /// Writes what a partition has counted: by these names, as absolute numbers; others keep theirs.
    async fn write_counted(&self, partition: u32, counted: Counted) -> Result<(), StoreError>;

    /// What the view has of a partition.
    async fn holding(&self, partition: u32) -> Result<Holding, StoreError>;

    /// Marks a partition of which everything was written.
    async fn mark(&self, partition: u32, mark: u64) -> Result<(), StoreError>;

    /// How long what was acknowledged may still be lost with a server; zero where that is never.
    fn settles_in(&self) -> Duration {
        Duration::ZERO
    }
}
