//! `GET /api/users/{id}/explain?segment=`: why a user is in a segment or not, with evidence.

use std::sync::Arc;

use axum::extract::State as Shared;
use kit::explanation::ExplainedUser;
use kit::http::{Json, Operation, Path, Problem, Query, Route};
use kit::scope::Scope;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use crate::state::State;

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Request {
    /// The segment's id.
    #[schemars(example = &"vip")]
    segment: String,
}

pub(super) fn route() -> Route<Arc<State>> {
    Operation::new("explainUser", Scope::ProfilesRead)
        .summary("Why a user is in a segment or not, with evidence")
        .query::<Request>()
        .answers::<ExplainedUser>(200, "The membership, condition by condition")
        .refuses(404, "There is no such user, or no such active segment")
        .handled_by(handle)
}

pub(super) async fn handle(
    Shared(state): Shared<Arc<State>>,
    Path(id): Path<String>,
    Query(request): Query<Request>,
) -> Result<Json<Value>, Problem> {
    let explained = state.parts.owners.explain(&id, &request.segment).await?;
    Ok(Json(explained))
}
