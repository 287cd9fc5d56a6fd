//! The route table.

mod act_on_campaign;
mod cancel_campaign;
mod create_campaign;
mod delete_campaign;
mod dry_run_campaign;
mod get_campaign;
mod list_campaigns;
mod pause_campaign;
mod put_campaign;
mod schedule_campaign;

use axum::http::HeaderMap;
use axum::response::Response;
use kit::http::{Api, Problem, if_match};
use stores::{Campaign, RunEdit, RunStatus};

use crate::answer::{CampaignAnswer, tagged};
use crate::limits::ID_MAX;
use crate::state::State;

/// The routes under `/api`. `POST /api/campaigns/{id}:{action}` acts on a campaign.
pub fn api(state: State) -> Api {
    let id = format!("A campaign's id: 1 to {ID_MAX} characters of a-z, 0-9, `_` and `-`");
    Api::new("communication-api")
        .get("/api/campaigns", list_campaigns::route())
        .post("/api/campaigns", create_campaign::route())
        .get("/api/campaigns/{id}", get_campaign::route())
        .put("/api/campaigns/{id}", put_campaign::route())
        .delete("/api/campaigns/{id}", delete_campaign::route())
        .actions("/api/campaigns/{id}", act_on_campaign::handle)
        .action("/api/campaigns/{id}:dry-run", dry_run_campaign::operation())
        .action(
            "/api/campaigns/{id}:schedule",
            schedule_campaign::operation(),
        )
        .action("/api/campaigns/{id}:pause", pause_campaign::operation())
        .action("/api/campaigns/{id}:cancel", cancel_campaign::operation())
        .path_parameter("id", id, "welcome")
        .with_state(state)
}

/// The campaign to change, as the caller knows it.
async fn campaign(state: &State, headers: &HeaderMap, id: &str) -> Result<Campaign, Problem> {
    let campaign = state.parts.campaigns.campaign(id).await?;
    let campaign =
        campaign.ok_or_else(|| Problem::not_found(format!("there is no campaign `{id}`")))?;
    if_match(headers, &campaign.revision.to_string())?;
    Ok(campaign)
}

/// Saves a campaign, tells the scheduler, and answers with what it is now.
async fn save(state: &State, mut campaign: Campaign, run: RunEdit) -> Result<Response, Problem> {
    campaign.updated_at = state.now();
    let revision = state.parts.campaigns.save(&campaign, run, None).await?;
    state.changed.notify_one();
    tagged(revision, CampaignAnswer::new(campaign))
}

/// 409 of what cannot be done to a campaign where it stands.
fn wrong_status(campaign: &Campaign, action: &str) -> Problem {
    let (id, status) = (&campaign.id, campaign.status.name());
    Problem::conflict(format!(
        "campaign `{id}` is {status}: it cannot be {action}"
    ))
}

/// Whether a run has begun and not ended.
async fn has_open_run(state: &State, id: &str) -> Result<bool, Problem> {
    let newest = state.parts.campaigns.runs(id, 1).await?;
    Ok(newest.iter().any(|run| run.status == RunStatus::Open))
}
