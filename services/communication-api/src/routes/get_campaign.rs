//! `GET /api/campaigns/{id}`: a campaign with its runs.

use axum::extract::State as Shared;
use axum::http::HeaderMap;
use axum::response::Response;
use kit::http::{Operation, Path, Problem, Route};
use kit::scope::Scope;

use super::campaign;
use crate::answer::{CampaignAnswer, tagged};
use crate::limits::RUNS_SHOWN_MAX;
use crate::state::State;

pub(super) fn route() -> Route<State> {
    Operation::new("getCampaign", Scope::CampaignsWrite)
        .summary("A campaign with its runs")
        .answers::<CampaignAnswer>(200, "The campaign")
        .tagged()
        .refuses(404, "There is no such campaign")
        .handled_by(handle)
}

pub(super) async fn handle(
    Shared(state): Shared<State>,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let campaign = campaign(&state, &HeaderMap::new(), &id).await?;
    let runs = state.parts.campaigns.runs(&id, RUNS_SHOWN_MAX).await?;
    let revision = campaign.revision;
    tagged(revision, CampaignAnswer::with_runs(campaign, runs))
}
