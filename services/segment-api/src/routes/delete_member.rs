//! `DELETE /api/segments/{id}/members/{userId}`: takes back what was put in or out by hand.

use std::sync::Arc;

use axum::extract::State as Shared;
use axum::http::StatusCode;
use kit::http::{Json, Operation, Path, Problem, Route};
use kit::scope::Scope;

use super::put_member::{MemberAccepted, append};
use crate::state::State;

pub(super) fn route() -> Route<Arc<State>> {
    Operation::new("deleteMember", Scope::SegmentsWrite)
        .summary("Takes back what was put by hand: the rule decides again")
        .answers::<MemberAccepted>(202, "It is durable, and about to be acted on")
        .refuses(404, "There is no such segment")
        .handled_by(handle)
}

pub(super) async fn handle(
    Shared(state): Shared<Arc<State>>,
    Path((id, user_id)): Path<(String, String)>,
) -> Result<(StatusCode, Json<MemberAccepted>), Problem> {
    append(&state, id, user_id, "clear").await
}
