//! Campaigns and their runs as they are answered.

use axum::http::header::ETAG;
use axum::response::{AppendHeaders, IntoResponse, Response};
use kit::http::{Json, Problem, etag};
use kit::schema::Timestamp;
use rulelang::time::format_timestamp;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;
use stores::{Campaign, CampaignRun, CampaignStatus, RunStatus};

use crate::content::Content;
use crate::interval;

/// A campaign.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Campaign")]
pub(crate) struct CampaignAnswer {
    id: String,
    name: String,
    segment_id: String,
    /// `email`, `sms` or `push`.
    #[serde(rename = "type")]
    channel: String,
    #[schemars(with = "Content")]
    content: Value,
    /// `draft`, `scheduled`, `running`, `paused`, `done` or `cancelled`.
    status: &'static str,
    #[schemars(with = "Option<Timestamp>")]
    scheduled_at: Option<String>,
    /// Null for a campaign that runs once.
    every: Option<String>,
    #[schemars(with = "Timestamp")]
    created_at: String,
    #[schemars(with = "Timestamp")]
    updated_at: String,
    /// The newest first; where one campaign is asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    runs: Option<Vec<RunAnswer>>,
}

/// A run, with how many users came to what.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "CampaignRun")]
struct RunAnswer {
    id: String,
    /// `draft`, `scheduled`, `running`, `paused`, `done` or `cancelled`.
    status: &'static str,
    #[schemars(with = "Timestamp")]
    started_at: String,
    #[schemars(with = "Option<Timestamp>")]
    finished_at: Option<String>,
    sent: u64,
    left_segment: u64,
    no_consent: u64,
}

impl CampaignAnswer {
    /// Without its runs.
    pub(crate) fn new(campaign: Campaign) -> Self {
        Self {
            id: campaign.id,
            name: campaign.name,
            segment_id: campaign.segment_id,
            channel: campaign.channel,
            content: campaign.content,
            status: campaign.status.name(),
            scheduled_at: campaign.scheduled_at.map(format_timestamp),
            every: campaign.every_ms.map(interval::format),
            created_at: format_timestamp(campaign.created_at),
            updated_at: format_timestamp(campaign.updated_at),
            runs: None,
        }
    }

    /// With its runs.
    pub(crate) fn with_runs(campaign: Campaign, runs: Vec<CampaignRun>) -> Self {
        let status = campaign.status;
        let runs = runs.into_iter().map(|run| RunAnswer::new(run, status));
        Self {
            runs: Some(runs.collect()),
            ..Self::new(campaign)
        }
    }
}

impl RunAnswer {
    /// An open run moves and stands still with its campaign.
    fn new(run: CampaignRun, campaign: CampaignStatus) -> Self {
        Self {
            id: run.id,
            status: match run.status {
                RunStatus::Open => campaign.name(),
                ended => ended.name(),
            },
            started_at: format_timestamp(run.started_at),
            finished_at: run.finished_at.map(format_timestamp),
            sent: run.progress.sent,
            left_segment: run.progress.left_segment,
            no_consent: run.progress.no_consent,
        }
    }
}

/// A campaign with the `ETag` of its revision.
pub(crate) fn tagged(revision: u64, answer: CampaignAnswer) -> Result<Response, Problem> {
    let tag = etag(&revision.to_string())?;
    Ok((AppendHeaders([(ETAG, tag)]), Json(answer)).into_response())
}
