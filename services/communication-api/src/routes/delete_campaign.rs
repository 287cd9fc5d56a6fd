//! `DELETE /api/campaigns/{id}`: a campaign and the memory of its runs go.

use axum::extract::State as Shared;
use axum::http::{HeaderMap, StatusCode};
use kit::http::{Path, Problem};
use stores::CampaignStatus;

use super::{campaign, wrong_status};
use crate::state::State;

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
