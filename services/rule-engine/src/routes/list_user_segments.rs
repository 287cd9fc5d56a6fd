//! `GET /api/users/{id}/segments`: the segments that a user is in; none of nobody.

use std::sync::Arc;

use axum::extract::State as Shared;
use kit::http::{Json, Operation, Path, Problem, Route};
use kit::schema::Timestamp;
use kit::scope::Scope;
use rulelang::time::format_timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use super::existing_user;
use crate::state::State;

#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "UserSegments")]
pub(super) struct Answer {
    /// Another than was asked for where that one was merged.
    user_id: String,
    segments: Vec<Membership>,
}

#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Membership {
    segment_id: String,
    name: String,
    #[schemars(with = "Timestamp")]
    since: String,
    /// When it ends by itself; null if time alone never ends it.
    #[schemars(with = "Option<Timestamp>")]
    next_change_at: Option<String>,
    /// `rule_evaluation`, `manual`.
    reason: String,
}

pub(super) fn route() -> Route<Arc<State>> {
    Operation::new("listUserSegments", Scope::ProfilesRead)
        .summary("The segments that a user is in; none of nobody")
        .answers::<Answer>(200, "All of them")
        .handled_by(handle)
}

pub(super) async fn handle(
    Shared(state): Shared<Arc<State>>,
    Path(id): Path<String>,
) -> Result<Json<Answer>, Problem> {
    let Some(user) = existing_user(&*state.parts.view, &id).await? else {
        let segments = vec![];
        return Ok(Json(Answer {
            user_id: id,
            segments,
        }));
    };
    let definitions = state.definitions().await?;
    let next_changes = state.parts.owners.next_changes(&user.user_id).await;
    let next_changes = next_changes?;
    let segments = user.segments.into_iter().map(|membership| Membership {
        name: definitions.name(&membership.segment_id).to_owned(),
        next_change_at: next_changes
            .get(&*membership.segment_id)
            .map(|at| format_timestamp(*at)),
        segment_id: membership.segment_id.to_string(),
        since: format_timestamp(membership.since),
        reason: membership.reason.to_string(),
    });
    Ok(Json(Answer {
        user_id: user.user_id,
        segments: segments.collect(),
    }))
}
