//! `GET /api/campaigns/{id}`: a campaign with its runs.

use axum::extract::State as Shared;
use axum::http::HeaderMap;
use axum::response::Response;
use kit::http::{Path, Problem};

use super::campaign;
use crate::answer::{CampaignAnswer, tagged};
use crate::limits::RUNS_SHOWN_MAX;
use crate::state::State;

pub(super) async fn handle(
    Shared(state): Shared<State>,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let campaign = campaign(&state, &HeaderMap::new(), &id).await?;
    let runs = state.parts.campaigns.runs(&id, RUNS_SHOWN_MAX).await?;
    let revision = campaign.revision;
    tagged(revision, CampaignAnswer::with_runs(campaign, runs))
}
