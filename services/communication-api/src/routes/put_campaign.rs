//! `PUT /api/campaigns/{id}`: what a campaign is, apart from its schedule. Not within a run: all who
//! are sent to within one run are sent the same.

use axum::extract::State as Shared;
use axum::http::HeaderMap;
use axum::response::Response;
use kit::http::{Json, Operation, Path, Problem, Route};
use kit::scope::Scope;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;
use stores::{CampaignStatus, RunEdit};

use super::{campaign, has_open_run, save, wrong_status};
use crate::answer::CampaignAnswer;
use crate::content::Content;
use crate::fields::Fields;
use crate::limits::NAME_MAX;
use crate::state::State;

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(rename = "PutCampaignRequest")]
pub(super) struct Request {
    #[schemars(length(min = 1, max = NAME_MAX))]
    name: String,
    segment_id: String,
    /// `email`, `sms` or `push`.
    #[serde(rename = "type")]
    channel: String,
    content: Content,
}

pub(super) fn route() -> Route<State> {
    let example = json!({
        "name": "Welcome",
        "segmentId": "vip",
        "type": "sms",
        "content": {"template": "welcome_high_value"},
    });
    Operation::new("putCampaign", Scope::CampaignsWrite)
        .summary("What a campaign is, apart from its schedule; not within a run")
        .conditional()
        .body::<Request>(example)
        .answers::<CampaignAnswer>(200, "The campaign")
        .tagged()
        .refuses(404, "There is no such campaign")
        .refuses(409, "A run is under way, or it is cancelled")
        .handled_by(handle)
}

pub(super) async fn handle(
    Shared(state): Shared<State>,
    Path(id): Path<String>,
    headers: HeaderMap,
    Json(request): Json<Request>,
) -> Result<Response, Problem> {
    let mut campaign = campaign(&state, &headers, &id).await?;
    let is_over = campaign.status == CampaignStatus::Cancelled;
    if is_over || has_open_run(&state, &id).await? {
        return Err(wrong_status(&campaign, "changed"));
    }
    let fields = Fields {
        name: request.name,
        segment_id: request.segment_id,
        channel: request.channel,
        content: request.content,
    };
    fields.check(&state).await?;
    fields.apply(&mut campaign)?;
    save(&state, campaign, RunEdit::Keep).await
}
