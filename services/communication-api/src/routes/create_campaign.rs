//! `POST /api/campaigns`: a draft, or, with `scheduledAt` or `every`, a campaign to be sent.

use axum::extract::State as Shared;
use axum::http::StatusCode;
use axum::http::header::LOCATION;
use axum::response::{AppendHeaders, IntoResponse, Response};
use kit::http::{Json, Problem};
use serde::Deserialize;
use serde_json::Value;
use stores::{Campaign, CampaignStatus, RunEdit};
use uuid::Uuid;

use super::save;
use crate::content::{Content, refuse};
use crate::fields::{Fields, Schedule};
use crate::limits::{CAMPAIGNS_MAX, ID_MAX};
use crate::state::State;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Request {
    id: Option<String>,
    name: String,
    segment_id: String,
    #[serde(rename = "type")]
    channel: String,
    content: Content,
    scheduled_at: Option<String>,
    every: Option<String>,
}

pub(super) async fn handle(
    Shared(state): Shared<State>,
    Json(request): Json<Request>,
) -> Result<Response, Problem> {
    let now = state.now();
    let schedule = Schedule {
        at: request.scheduled_at,
        every: request.every,
    };
    let is_scheduled = schedule.at.is_some() || schedule.every.is_some();
    let (at, every_ms) = schedule.read(now)?;
    let fields = Fields {
        name: request.name,
        segment_id: request.segment_id,
        channel: request.channel,
        content: request.content,
    };
    fields.check(&state).await?;
    let mut campaign = Campaign {
        id: id(request.id)?,
        name: String::new(),
        segment_id: String::new(),
        channel: String::new(),
        content: Value::Null,
        status: if is_scheduled {
            CampaignStatus::Scheduled
        } else {
            CampaignStatus::Draft
        },
        scheduled_at: is_scheduled.then_some(at),
        every_ms,
        revision: 0,
        created_at: now,
        updated_at: now,
    };
    fields.apply(&mut campaign)?;
    if state.parts.campaigns.campaign_count().await? >= CAMPAIGNS_MAX {
        let detail = format!("there are {CAMPAIGNS_MAX} campaigns already; delete one first");
        return Err(Problem::conflict(detail));
    }
    let location = format!("/api/campaigns/{}", campaign.id);
    let answer = save(&state, campaign, RunEdit::Keep).await?;
    let location = AppendHeaders([(LOCATION, location)]);
    Ok((StatusCode::CREATED, location, answer).into_response())
}

/// The id that the caller names, or a new one.
fn id(wanted: Option<String>) -> Result<String, Problem> {
    let Some(id) = wanted else {
        return Ok(format!("campaign_{}", Uuid::now_v7().simple()));
    };
    let is_allowed = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_' | b'-');
    if (1..=ID_MAX).contains(&id.len()) && id.bytes().all(is_allowed) {
        return Ok(id);
    }
    let detail = format!("a campaign's id is 1 to {ID_MAX} characters of a-z, 0-9, `_` and `-`");
    Err(refuse("/id", &detail))
}
