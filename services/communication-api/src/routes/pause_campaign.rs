//! `POST /api/campaigns/{id}:pause`: nothing is sent until it is scheduled again. A run under way
//! stops after the page of members that it is at.

use axum::response::Response;
use kit::http::Problem;
use stores::{Campaign, CampaignStatus, RunEdit};

use super::{save, wrong_status};
use crate::state::State;

pub(super) async fn act(state: &State, mut campaign: Campaign) -> Result<Response, Problem> {
    if !matches!(
        campaign.status,
        CampaignStatus::Running | CampaignStatus::Scheduled
    ) {
        return Err(wrong_status(&campaign, "paused"));
    }
    campaign.status = CampaignStatus::Paused;
    save(state, campaign, RunEdit::Keep).await
}
