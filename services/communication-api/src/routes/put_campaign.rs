//! `PUT /api/campaigns/{id}`: what a campaign is, apart from its schedule. Not within a run: all who
//! are sent to within one run are sent the same.

use axum::extract::State as Shared;
use axum::http::HeaderMap;
use axum::response::Response;
use kit::http::{Json, Path, Problem};
use serde::Deserialize;
use stores::{CampaignStatus, RunEdit};

use super::{campaign, has_open_run, save, wrong_status};
use crate::content::Content;
use crate::fields::Fields;
use crate::state::State;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Request {
    name: String,
    segment_id: String,
    #[serde(rename = "type")]
    channel: String,
    content: Content,
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
