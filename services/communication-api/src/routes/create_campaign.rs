//! `POST /api/campaigns`: a draft, or, with `scheduledAt` or `every`, a campaign to be sent.

use axum::extract::State as Shared;
use axum::http::header::{ETAG, LOCATION};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use kit::http::{Body, Json, Operation, Problem, RequestKey, Route, etag, parse_json};
use kit::schema::Timestamp;
use kit::scope::Scope;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json, to_value};
use stores::catalog::{StoredAnswer, answered_before};
use stores::{Campaign, CampaignStatus, RunEdit};
use uuid::Uuid;

use crate::answer::CampaignAnswer;
use crate::content::{Content, refuse};
use crate::fields::{Fields, Schedule};
use crate::limits::{CAMPAIGNS_MAX, ID_MAX, NAME_MAX};
use crate::state::State;

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(rename = "CreateCampaignRequest")]
pub(super) struct Request {
    /// One is made where absent.
    #[schemars(length(min = 1, max = ID_MAX), regex(pattern = "^[a-z0-9_-]+$"))]
    id: Option<String>,
    #[schemars(length(min = 1, max = NAME_MAX))]
    name: String,
    segment_id: String,
    /// `email`, `sms` or `push`.
    #[serde(rename = "type")]
    channel: String,
    content: Content,
    #[schemars(with = "Option<Timestamp>")]
    scheduled_at: Option<String>,
    /// `12h`, `7d`; once where absent.
    every: Option<String>,
}

pub(super) fn route() -> Route<State> {
    let example = json!({
        "id": "welcome",
        "name": "Welcome",
        "segmentId": "vip",
        "type": "email",
        "content": {"template": "welcome_high_value", "personalization": ["firstName"]},
    });
    Operation::new("createCampaign", Scope::CampaignsWrite)
        .summary("A draft, or, with `scheduledAt` or `every`, a campaign to be sent")
        .idempotent()
        .body::<Request>(example)
        .answers::<CampaignAnswer>(201, "The campaign")
        .tagged()
        .refuses(409, "The id is taken, or there are too many campaigns")
        .handled_by(handle)
}

pub(super) async fn handle(
    Shared(state): Shared<State>,
    headers: HeaderMap,
    Body(bytes): Body,
) -> Result<Response, Problem> {
    let now = state.now();
    let key = RequestKey::read(&headers, "POST /api/campaigns", &bytes)?;
    if let Some(stored) = answered_before(&*state.parts.catalog, key.as_ref(), now).await? {
        let status = StatusCode::from_u16(stored.status).map_err(Problem::internal)?;
        return Ok((status, Json(stored.body)).into_response());
    }
    let campaign = campaign(&state, parse_json(&bytes)?, now).await?;
    if state.parts.campaigns.campaign_count().await? >= CAMPAIGNS_MAX {
        let detail = format!("there are {CAMPAIGNS_MAX} campaigns already; delete one first");
        return Err(Problem::conflict(detail));
    }
    let location = format!("/api/campaigns/{}", campaign.id);
    let answer = to_value(CampaignAnswer::new(campaign.clone())).map_err(Problem::internal)?;
    let stored = key.map(|key| {
        let status = StatusCode::CREATED.as_u16();
        StoredAnswer::new(key, status, answer.clone(), now)
    });
    let campaigns = &state.parts.campaigns;
    let revision = campaigns.save(&campaign, RunEdit::Keep, stored).await?;
    state.changed.notify_one();
    let location = HeaderValue::try_from(location).map_err(Problem::internal)?;
    let headers = [(LOCATION, location), (ETAG, etag(&revision.to_string())?)];
    Ok((StatusCode::CREATED, headers, Json(answer)).into_response())
}

/// The campaign that a request asks for.
async fn campaign(state: &State, request: Request, now: i64) -> Result<Campaign, Problem> {
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
    fields.check(state).await?;
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
    Ok(campaign)
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
