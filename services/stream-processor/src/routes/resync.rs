//! `POST /api/processing/resync`: everything of the serving view is written again.

use std::sync::Arc;

use axum::extract;
use axum::http::StatusCode;
use kit::http::{Json, Operation, Route};
use schemars::JsonSchema;
use serde::Serialize;

use super::State;

#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Resync")]
pub(super) struct Answer {
    /// The partitions of this process, all of whose users are written; `GET /api/processing` tells how
    /// far that is.
    partitions: Vec<u32>,
}

pub(super) fn route() -> Route<Arc<State>> {
    Operation::new("resync")
        .summary("Everything of the serving view is written again")
        .details("Of the partitions of this process. What is newer in the view stays.")
        .answers::<Answer>(202, "It begins")
        .handled_by(handle)
}

async fn handle(extract::State(state): extract::State<Arc<State>>) -> (StatusCode, Json<Answer>) {
    let assigned = state.assigned.borrow().clone();
    let partitions = assigned.into_iter().filter(|partition| {
        let status = state.statuses.get(*partition as usize);
        status.inspect(|status| status.ask_restore()).is_some()
    });
    let partitions = partitions.collect();
    (StatusCode::ACCEPTED, Json(Answer { partitions }))
}
