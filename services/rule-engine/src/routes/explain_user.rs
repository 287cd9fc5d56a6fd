//! `GET /api/users/{id}/explain?segment=`: why a user is in a segment or not, with evidence.

use std::sync::Arc;

use axum::extract::State as Shared;
use kit::http::{Json, Path, Problem, Query};
use serde::Deserialize;
use serde_json::Value;

use crate::state::State;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Request {
    segment: String,
}

pub(super) async fn handle(
    Shared(state): Shared<Arc<State>>,
    Path(id): Path<String>,
    Query(request): Query<Request>,
) -> Result<Json<Value>, Problem> {
    let explained = state.parts.owners.explain(&id, &request.segment).await?;
    Ok(Json(explained))
}
