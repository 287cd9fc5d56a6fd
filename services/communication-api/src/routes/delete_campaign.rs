//! `DELETE /api/campaigns/{id}`: a campaign and the memory of its runs go.

use axum::extract::State as Shared;
use axum::http::{HeaderMap, StatusCode};
use kit::http::{Operation, Path, Problem, Route};
use kit::scope::Scope;
use stores::CampaignStatus;

use super::{campaign, wrong_status};
use crate::state::State;

pub(super) fn route() -> Route<State> {
    Operation::new("deleteCampaign", Scope::CampaignsWrite)
        .summary("A campaign and the memory of its runs go")
        .conditional()
        .answers_nothing(204, "It is deleted")
        .refuses(404, "There is no such campaign")
        .refuses(409, "It is running: cancel it first")
        .handled_by(handle)
}

pub(super) async fn handle(
    Shared(state): Shared<State>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<StatusCode, Problem> {
    let campaign = campaign(&state, &headers, &id).await?;
    if campaign.status == CampaignStatus::Running {
        return Err(wrong_status(&campaign, "deleted; cancel it first"));
    }
    state.parts.campaigns.delete(&id, campaign.revision).await?;
    Ok(StatusCode::NO_CONTENT)
}
