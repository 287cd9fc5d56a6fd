//! `DELETE /api/segments/{id}/members/{userId}`: takes back what was put in or out by hand.

use std::sync::Arc;

use axum::extract::State as Shared;
use axum::http::StatusCode;
use kit::http::{Json, Path, Problem};

use super::put_member::{MemberAccepted, append};
use crate::state::State;

pub(super) async fn handle(
    Shared(state): Shared<Arc<State>>,
    Path((id, user_id)): Path<(String, String)>,
) -> Result<(StatusCode, Json<MemberAccepted>), Problem> {
    append(&state, id, user_id, "clear").await
}
