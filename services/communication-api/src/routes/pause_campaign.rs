//! `POST /api/campaigns/{id}:pause`: nothing is sent until it is scheduled again. A run under way
//! stops after the page of members that it is at.

use axum::response::Response;
use kit::http::{Operation, Problem};
use kit::scope::Scope;
use stores::{Campaign, CampaignStatus, RunEdit};

use super::{save, wrong_status};
use crate::answer::CampaignAnswer;
use crate::state::State;

pub(super) fn operation() -> Operation {
    Operation::new("pauseCampaign", Scope::CampaignsWrite)
        .summary("Nothing is sent until the campaign is scheduled again")
        .conditional()
        .answers::<CampaignAnswer>(200, "The campaign")
        .tagged()
        .refuses(404, "There is no such campaign")
        .refuses(409, "It is neither running nor scheduled")
}

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
