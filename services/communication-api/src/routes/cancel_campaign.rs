//! `POST /api/campaigns/{id}:cancel`: given up for good. A run under way stops after the page of
//! members that it is at.

use axum::response::Response;
use kit::http::Problem;
use stores::{Campaign, CampaignStatus, RunEdit, RunStatus};

use super::{save, wrong_status};
use crate::state::State;

pub(super) async fn act(state: &State, mut campaign: Campaign) -> Result<Response, Problem> {
    if matches!(
        campaign.status,
        CampaignStatus::Done | CampaignStatus::Cancelled
    ) {
        return Err(wrong_status(&campaign, "cancelled"));
    }
    campaign.status = CampaignStatus::Cancelled;
    save(state, campaign, RunEdit::End(RunStatus::Cancelled)).await
}
