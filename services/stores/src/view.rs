//! The port of the serving view: what others ask of users and segments.
//!
//! It trails the journal and may lose everything; its owner writes it again. A record never
//! replaces a newer one: (epoch, rev) decide.

use std::collections::BTreeMap;
use std::fmt::Debug;

use async_trait::async_trait;
use bytestring::ByteString;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::StoreError;

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

/// The serving view.
#[async_trait]
pub trait View: Debug + Send + Sync {
    /// Writes users; a record that is not newer than the one there is left out.
    async fn write(&self, users: Vec<UserView>) -> Result<(), StoreError>;

    /// Writes the sizes of all segments in one partition; a segment not named has none there.
    async fn write_counts(
        &self,
        partition: u32,
        counts: BTreeMap<String, u64>,
    ) -> Result<(), StoreError>;

    /// A user; `None` of somebody never heard of.
    async fn user(&self, user_id: &str) -> Result<Option<UserView>, StoreError>;

    /// Up to `limit` members of a segment with ids greater than `after`, ascending by bytes.
    async fn members(
        &self,
        segment_id: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<Member>, StoreError>;

    /// The sizes of all segments that have members.
    async fn counts(&self) -> Result<BTreeMap<String, u64>, StoreError>;
}
