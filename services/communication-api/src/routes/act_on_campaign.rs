//! `POST /api/campaigns/{id}:{action}`.

use axum::extract::State as Shared;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use kit::http::{Body, Fault, Path, Problem, parse_json};

use super::{campaign, cancel_campaign, dry_run_campaign, pause_campaign, schedule_campaign};
use crate::fields::Schedule;
use crate::state::State;

const ACTIONS: [&str; 4] = ["schedule", "pause", "cancel", "dry-run"];

pub(super) async fn handle(
    Shared(state): Shared<State>,
    Path(id): Path<String>,
    headers: HeaderMap,
    Body(body): Body,
) -> Result<Response, Problem> {
    let (id, action) = id.split_once(':').unwrap_or((&id, ""));
    if !ACTIONS.contains(&action) {
        return Err(unknown_action(action));
    }
    let campaign = campaign(&state, &headers, id).await?;
    match action {
        "schedule" => {
            let is_empty = body.trim_ascii().is_empty();
            let schedule = if is_empty {
                Schedule::default()
            } else {
                parse_json(&body)?
            };
            schedule_campaign::act(&state, campaign, &schedule).await
        }
        "pause" => pause_campaign::act(&state, campaign).await,
        "cancel" => cancel_campaign::act(&state, campaign).await,
        _ => Ok(dry_run_campaign::act(&state, campaign)
            .await?
            .into_response()),
    }
}

fn unknown_action(action: &str) -> Problem {
    let detail = format!("`{action}` is nothing that can be done to a campaign");
    let actions = ACTIONS.map(|action| format!("`:{action}`")).join(", ");
    let suggestion = match rulelang::nearest(action, ACTIONS) {
        Some(nearest) => format!("did you mean `:{nearest}`?"),
        None => format!("there are {actions}"),
    };
    let fault = Fault::new(detail.clone()).suggestion(suggestion);
    Problem::not_found(detail).fault(fault)
}
