//! The port to the owners of partitions: what needs a user's state or history to answer.

mod peer;
mod progress;

use std::collections::BTreeMap;
use std::fmt::Debug;

use async_trait::async_trait;
use kit::http::Problem;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use thiserror::Error;

pub use peer::{Elsewhere, Peer, Question, Reply};
pub use progress::{BuildUsers, PartitionProgress};

use crate::StoreError;

/// Why owners did not answer.
#[derive(Debug, Error)]
pub enum OwnersError {
    /// There is no such user, or no such active segment.
    #[error("{0}")]
    NotFound(String),
    /// The rule cannot be used; `kit::rules` tells the same as a diagnostic.
    #[error("{0}")]
    Rule(String),
    /// Owners in other processes would know.
    #[error("the owner is in another process")]
    Elsewhere(Elsewhere),
    /// A store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<OwnersError> for Problem {
    fn from(error: OwnersError) -> Self {
        match error {
            OwnersError::NotFound(detail) => Self::not_found(detail),
            OwnersError::Rule(detail) => Self::bad_request(detail),
            OwnersError::Elsewhere(_) => {
                Self::unavailable("the owner is in another process; try again", &error)
            }
            OwnersError::Store(error) => error.into(),
        }
    }
}

/// A rule to try on everybody, without saving it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PreviewRequest {
    /// The `rules` of a segment, in any of its forms.
    pub rules: Value,
    /// The types and traits to check it against, as in a schema file.
    pub schema: Value,
    /// How many matching users to name.
    pub sample: usize,
}

/// What a preview came to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Preview {
    /// How many users match.
    pub count: u64,
    /// How many users were looked at: all there are, if it is complete.
    pub users: u64,
    /// Some of those who match.
    pub sample: Vec<String>,
    /// The instant of the answer, in milliseconds.
    pub as_of: i64,
    /// Whether everybody was looked at; else `count` and `users` are of those whom the time allowed
    /// for, which is no random choice.
    pub is_complete: bool,
}

/// What needs a user's state or history to answer.
#[async_trait]
pub trait Owners: Debug + Send + Sync {
    /// Why a user is in a segment or not, as JSON: what `audience explain --format json` prints.
    async fn explain(&self, user_id: &str, segment_id: &str) -> Result<Value, OwnersError>;

    /// When each of a user's memberships ends by itself, in milliseconds, by segment; those that
    /// time alone never ends are left out. Nothing of somebody never heard of.
    async fn next_changes(&self, user_id: &str) -> Result<BTreeMap<String, i64>, OwnersError>;

    /// The value of a rule for users by their histories, as JSON, in order; `rules` and `schema`
    /// as in [`PreviewRequest`], `now` in milliseconds (the present where there is none). A user
    /// never heard of is evaluated as somebody of whom nothing is known.
    async fn evaluate(
        &self,
        rules: &Value,
        schema: &Value,
        user_ids: &[String],
        now: Option<i64>,
    ) -> Result<Vec<Value>, OwnersError>;

    /// Tries a rule on everybody.
    async fn preview(&self, request: PreviewRequest) -> Result<Preview, OwnersError>;

    /// How far the owner of each partition is, by partition. Of one that does not answer only why.
    async fn progress(&self) -> Result<Vec<PartitionProgress>, OwnersError>;

    /// Has everything of the serving view written again, and says of which partitions: of all whose
    /// owners answer.
    async fn resync(&self) -> Result<Vec<u32>, OwnersError>;
}
