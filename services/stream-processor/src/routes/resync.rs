//! `POST /api/processing/resync`: everything of the serving view is written again.

use std::sync::Arc;

use axum::extract;
use axum::http::StatusCode;
use kit::http::{Json, Operation, Problem, Route};
use kit::scope::Scope;
use schemars::JsonSchema;
use serde::Serialize;

use super::State;

#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Resync")]
pub(super) struct Answer {
    /// The partitions all of whose users are written: those whose owners answered. `GET /api/processing`
    /// tells how far that is.
    partitions: Vec<u32>,
}

pub(super) fn route() -> Route<Arc<State>> {
    Operation::new("resync", Scope::Admin)
        .summary("Everything of the serving view is written again")
        .details("What is newer in the view stays.")
        .answers::<Answer>(202, "It begins")
        .handled_by(handle)
}

async fn handle(
    extract::State(state): extract::State<Arc<State>>,
) -> Result<(StatusCode, Json<Answer>), Problem> {
    let partitions = state.owners.resync().await?;
    Ok((StatusCode::ACCEPTED, Json(Answer { partitions })))
}
