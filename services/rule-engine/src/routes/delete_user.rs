//! `DELETE /api/users/{id}`: everything known of a user goes.

use std::sync::Arc;

use axum::extract::State as Shared;
use axum::http::StatusCode;
use kit::http::{Json, Operation, Path, Problem, Route};
use kit::scope::Scope;
use serde_json::json;

use crate::reserved_facts::{Accepted, append};
use crate::state::State;

pub(super) fn route() -> Route<Arc<State>> {
    Operation::new("deleteUser", Scope::Admin)
        .summary("Everything known of a user goes")
        .answers::<Accepted>(202, "It is durable, and about to be acted on")
        .handled_by(handle)
}

pub(super) async fn handle(
    Shared(state): Shared<Arc<State>>,
    Path(id): Path<String>,
) -> Result<(StatusCode, Json<Accepted>), Problem> {
    let accepted = append(&*state.parts.events, id, "$delete", json!({})).await?;
    Ok((StatusCode::ACCEPTED, accepted))
}
