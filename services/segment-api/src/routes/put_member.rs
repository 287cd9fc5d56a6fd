//! `PUT /api/segments/{id}/members/{userId}`: puts a user in, or out, by hand.

use std::sync::Arc;

use axum::extract::State as Shared;
use axum::http::StatusCode;
use kit::http::{Body, Json, Operation, Path, Problem, Route, parse_json};
use kit::scope::Scope;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use stores::{NewFact, append_fact, check_user_id};

use crate::state::State;

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct MemberBody {
    /// Whatever the rule says.
    #[serde(default)]
    action: Action,
}

#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(rename = "MemberAction")]
enum Action {
    #[default]
    Include,
    Exclude,
}

/// What is answered when the fact is durable and its owner has yet to act on it.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct MemberAccepted {
    segment_id: String,
    user_id: String,
    /// `include`, `exclude` or `clear`.
    action: &'static str,
    event_id: String,
}

pub(super) fn route() -> Route<Arc<State>> {
    Operation::new("putMember", Scope::SegmentsWrite)
        .summary("Puts a user into a segment, or keeps them out, by hand")
        .optional_body::<MemberBody>(json!({"action": "include"}))
        .answers::<MemberAccepted>(202, "It is durable, and about to be acted on")
        .refuses(404, "There is no such segment")
        .handled_by(handle)
}

pub(super) async fn handle(
    Shared(state): Shared<Arc<State>>,
    Path((id, user_id)): Path<(String, String)>,
    Body(bytes): Body,
) -> Result<(StatusCode, Json<MemberAccepted>), Problem> {
    let body = if bytes.trim_ascii().is_empty() {
        MemberBody::default()
    } else {
        parse_json(&bytes)?
    };
    let action = match body.action {
        Action::Include => "include",
        Action::Exclude => "exclude",
    };
    append(&state, id, user_id, action).await
}

/// Appends a `$member` fact about a user; it is durable when this returns.
pub(super) async fn append(
    state: &State,
    segment_id: String,
    user_id: String,
    action: &'static str,
) -> Result<(StatusCode, Json<MemberAccepted>), Problem> {
    check_user_id(&user_id)?;
    state.segment(&segment_id).await?;
    let fact = NewFact {
        source: "segment-api",
        user_id: &user_id,
        event_type: "$member",
        properties: json!({"segmentId": segment_id, "action": action}),
    };
    let event_id = append_fact(&*state.parts.events, fact).await?;
    let accepted = MemberAccepted {
        segment_id,
        user_id,
        action,
        event_id,
    };
    Ok((StatusCode::ACCEPTED, Json(accepted)))
}
