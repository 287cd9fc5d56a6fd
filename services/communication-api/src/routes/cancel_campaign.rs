//! `POST /api/campaigns/{id}:cancel`: given up for good. A run under way stops after the page of
//! members that it is at.

use axum::response::Response;
use kit::http::{Operation, Problem};
use kit::scope::Scope;
use stores::{Campaign, CampaignStatus, RunEdit, RunStatus};

use super::{save, wrong_status};
use crate::answer::CampaignAnswer;
use crate::state::State;

pub(super) fn operation() -> Operation {
    Operation::new("cancelCampaign", Scope::CampaignsWrite)
        .summary("A campaign is given up for good")
        .conditional()
        .answers::<CampaignAnswer>(200, "The campaign")
        .tagged()
        .refuses(404, "There is no such campaign")
        .refuses(409, "It is done or cancelled")
}

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
