//! `POST /api/campaigns/{id}:schedule`: to be sent at an instant, now or again and again. A campaign
//! that was paused goes on where it was if the body says nothing else.

use axum::response::Response;
use kit::http::{Operation, Problem};
use kit::scope::Scope;
use serde_json::json;
use stores::{Campaign, CampaignStatus, RunEdit};

use super::{has_open_run, save, wrong_status};
use crate::answer::CampaignAnswer;
use crate::fields::Schedule;
use crate::state::State;

pub(super) fn operation() -> Operation {
    Operation::new("scheduleCampaign", Scope::CampaignsWrite)
        .summary("A campaign is sent at an instant, now, or again and again")
        .conditional()
        .optional_body::<Schedule>(json!({"at": "2030-01-31T10:00:00Z", "every": "7d"}))
        .answers::<CampaignAnswer>(200, "The campaign")
        .tagged()
        .refuses(404, "There is no such campaign")
        .refuses(409, "It is running or cancelled")
}

pub(super) async fn act(
    state: &State,
    mut campaign: Campaign,
    schedule: &Schedule,
) -> Result<Response, Problem> {
    if matches!(
        campaign.status,
        CampaignStatus::Running | CampaignStatus::Cancelled
    ) {
        return Err(wrong_status(&campaign, "scheduled"));
    }
    let says_nothing = schedule.at.is_none() && schedule.every.is_none();
    if has_open_run(state, &campaign.id).await? {
        if !says_nothing {
            let action = "scheduled anew within a run; go on without a time, or cancel it";
            return Err(wrong_status(&campaign, action));
        }
        campaign.status = CampaignStatus::Running;
    } else if campaign.status == CampaignStatus::Paused && says_nothing {
        campaign.status = CampaignStatus::Scheduled;
    } else {
        let (at, every_ms) = schedule.read(state.now())?;
        campaign.status = CampaignStatus::Scheduled;
        campaign.scheduled_at = Some(at);
        campaign.every_ms = every_ms;
    }
    save(state, campaign, RunEdit::Keep).await
}
