//! `DELETE /api/users/{id}`: everything known of a user goes.

use std::sync::Arc;

use axum::extract::State as Shared;
use axum::http::StatusCode;
use kit::http::{Json, Path, Problem};
use serde_json::json;

use crate::reserved_facts::{Accepted, append};
use crate::state::State;

pub(super) async fn handle(
    Shared(state): Shared<Arc<State>>,
    Path(id): Path<String>,
) -> Result<(StatusCode, Json<Accepted>), Problem> {
    let accepted = append(&*state.parts.events, id, "$delete", json!({})).await?;
    Ok((StatusCode::ACCEPTED, accepted))
}
