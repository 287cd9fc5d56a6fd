//! The port of campaigns: what is to be sent to whom and when, and how far each run has come.
//!
//! INVARIANT: a run's position and counts move together, after what they tell of was appended, so
//! a run that is taken up again repeats nobody before its position.

use std::fmt::Debug;

use async_trait::async_trait;
use serde_json::Value;

use crate::StoreError;
use crate::catalog::StoredAnswer;

/// A campaign: a message for the members of a segment.
#[derive(Debug, Clone, PartialEq)]
pub struct Campaign {
    /// Its id: 1 to 41 characters of a-z, 0-9, `_` and `-`.
    pub id: String,
    /// Its name for people; not unique.
    pub name: String,
    /// Whom it is for.
    pub segment_id: String,
    /// The channel: `email`, `sms` or `push`.
    pub channel: String,
    /// What to send: the template's name, and the fields that it is personalised with.
    pub content: Value,
    /// Where it stands.
    pub status: CampaignStatus,
    /// When it is, or was last, to start, in milliseconds; `None` where nobody said.
    pub scheduled_at: Option<i64>,
    /// The time from one start to the next, in milliseconds; `None` for one that runs once.
    pub every_ms: Option<i64>,
    /// Counts its changes up from 1; 0 of one that is not saved yet.
    pub revision: u64,
    /// Milliseconds.
    pub created_at: i64,
    /// Milliseconds.
    pub updated_at: i64,
}

/// Where a campaign stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CampaignStatus {
    /// Not to be sent yet.
    Draft,
    /// To start at its instant.
    Scheduled,
    /// Being sent.
    Running,
    /// Stopped, before or within a run, until it is scheduled again.
    Paused,
    /// Sent.
    Done,
    /// Given up.
    Cancelled,
}

impl CampaignStatus {
    /// Its name, in the tables and on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Scheduled => "scheduled",
            Self::Running => "running",
            Self::Paused => "paused",
            Self::Done => "done",
            Self::Cancelled => "cancelled",
        }
    }

    /// The status of a name.
    pub fn from_name(name: &str) -> Option<Self> {
        let all = [
            Self::Draft,
            Self::Scheduled,
            Self::Running,
            Self::Paused,
            Self::Done,
            Self::Cancelled,
        ];
        all.into_iter().find(|status| status.name() == name)
    }
}

/// One sending of a campaign to the members of its segment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CampaignRun {
    /// Its id: the campaign's and a number that counts up from 1.
    pub id: String,
    /// Whose it is.
    pub campaign_id: String,
    /// Where it stands.
    pub status: RunStatus,
    /// Milliseconds.
    pub started_at: i64,
    /// Milliseconds; `None` of one that is open.
    pub finished_at: Option<i64>,
    /// How far it has come.
    pub progress: RunProgress,
}

/// How far a run has come.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RunProgress {
    /// The last user who was dealt with; empty at first.
    pub position: String,
    /// How many users were sent to.
    pub sent: u64,
    /// How many were members when listed, but no longer when their turn came.
    pub left_segment: u64,
    /// How many had not agreed to the channel.
    pub no_consent: u64,
    /// Where the partitions of `notification-requests` ended when this was noted: what the run
    /// appended after it lies from there on.
    pub log_ends: Vec<u64>,
}

/// Where a run stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RunStatus {
    /// Not finished; it moves while its campaign is running.
    Open,
    /// Finished.
    Done,
    /// Given up.
    Cancelled,
}

impl RunStatus {
    /// Its name in the tables.
    pub fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Done => "done",
            Self::Cancelled => "cancelled",
        }
    }

    /// The status of a name.
    pub fn from_name(name: &str) -> Option<Self> {
        let all = [Self::Open, Self::Done, Self::Cancelled];
        all.into_iter().find(|status| status.name() == name)
    }
}

/// What becomes of a campaign's open run when the campaign is saved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RunEdit {
    /// It stays as it is, or there is none.
    Keep,
    /// A new one begins; there is no open one.
    Start(CampaignRun),
    /// It ends now.
    End(RunStatus),
}

/// Campaigns and their runs.
#[async_trait]
pub trait Campaigns: Debug + Send + Sync {
    /// A campaign; `None` where there is none.
    async fn campaign(&self, id: &str) -> Result<Option<Campaign>, StoreError>;

    /// Up to `limit` campaigns with ids greater than `after`, ascending by bytes.
    async fn campaigns(
        &self,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<Campaign>, StoreError>;

    /// How many campaigns there are.
    async fn campaign_count(&self) -> Result<u64, StoreError>;

    /// Up to `limit` runs of a campaign, newest first.
    async fn runs(&self, campaign_id: &str, limit: usize) -> Result<Vec<CampaignRun>, StoreError>;

    /// Up to `limit` campaigns that are running, or scheduled for `now` (milliseconds) or earlier,
    /// the longest due first.
    async fn due(&self, now: i64, limit: usize) -> Result<Vec<Campaign>, StoreError>;

    /// The first instant after `now` for which a campaign is scheduled; both in milliseconds.
    async fn next_due(&self, now: i64) -> Result<Option<i64>, StoreError>;

    /// Saves a campaign and what becomes of its run, together: a new campaign where its revision
    /// is 0, else in place of that revision. `answer` is what a repeated request gets. Gives back
    /// the new revision.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] if the campaign was changed meanwhile, or the id is taken.
    async fn save(
        &self,
        campaign: &Campaign,
        run: RunEdit,
        answer: Option<StoredAnswer>,
    ) -> Result<u64, StoreError>;

    /// Notes how far a run has come.
    async fn advance(&self, run_id: &str, progress: &RunProgress) -> Result<(), StoreError>;

    /// Removes a campaign and its runs.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] if it is of another revision.
    async fn delete(&self, id: &str, revision: u64) -> Result<(), StoreError>;
}
