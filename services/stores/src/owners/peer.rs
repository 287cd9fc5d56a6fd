//! The port to one process's owners: what it is asked on behalf of another.

use std::collections::BTreeMap;
use std::fmt::Debug;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{OwnersError, PreviewRequest};
use crate::Counter;

/// A question to the owners of one process. Those that name a user go to the owner of the user's
/// partition; the others name the partitions that they are about.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "ask", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Question {
    /// [`Owners::explain`](super::Owners::explain).
    Explain {
        /// The user.
        user_id: String,
        /// The segment.
        segment_id: String,
    },
    /// [`Owners::next_changes`](super::Owners::next_changes).
    NextChanges {
        /// The user.
        user_id: String,
    },
    /// [`Owners::evaluate`](super::Owners::evaluate).
    Evaluate {
        /// The `rules` of a segment, in any of its forms.
        rules: Value,
        /// The types and traits to check it against.
        schema: Value,
        /// The users, all of this process.
        user_ids: Vec<String>,
        /// The instant, in milliseconds; the present where there is none.
        now: Option<i64>,
    },
    /// [`Owners::preview`](super::Owners::preview), on the users of some partitions.
    Preview {
        /// What to try.
        request: PreviewRequest,
        /// Of whom.
        partitions: Vec<u32>,
    },
    /// [`Owners::progress`](super::Owners::progress), of some partitions.
    Progress {
        /// Of whom.
        partitions: Vec<u32>,
    },
    /// [`Owners::resync`](super::Owners::resync), of some partitions.
    Resync {
        /// Of which.
        partitions: Vec<u32>,
    },
    /// [`View::user`](crate::View::user), of the view that this process writes.
    User {
        /// The user.
        user_id: String,
    },
    /// [`View::members`](crate::View::members), of those in some partitions.
    Members {
        /// The segment.
        segment_id: String,
        /// The last user of the page before.
        after: Option<String>,
        /// How many at most.
        limit: usize,
        /// Of whom.
        partitions: Vec<u32>,
    },
    /// [`View::counts`](crate::View::counts), of those in some partitions.
    Counts {
        /// Of whom.
        partitions: Vec<u32>,
    },
    /// [`View::counted`](crate::View::counted), of those in some partitions.
    Counted {
        /// What.
        counter: Counter,
        /// When the span began, in milliseconds.
        begins_at: i64,
        /// Of whom.
        partitions: Vec<u32>,
    },
}

/// What a process says to a [`Question`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Reply {
    /// The answer, in the JSON of what the port's method gives.
    Answer(Value),
    /// Other processes own what was asked for.
    Elsewhere(Elsewhere),
}

/// That other processes own what was asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Elsewhere {
    /// By the user who was asked for, whom to ask for instead: the same user, or whoever they were
    /// merged into. Empty where partitions were asked for.
    pub users: BTreeMap<String, String>,
}

/// The owners of one process, this or another.
#[async_trait]
pub trait Peer: Debug + Send + Sync {
    /// Asks them.
    ///
    /// # Errors
    /// As the methods of [`Owners`](super::Owners) and [`View`](crate::View); a process that cannot be
    /// reached is [`StoreError::Unavailable`](crate::StoreError::Unavailable).
    async fn ask(&self, question: &Question) -> Result<Reply, OwnersError>;
}
