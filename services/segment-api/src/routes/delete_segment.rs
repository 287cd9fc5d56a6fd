//! `DELETE /api/segments/{id}`: the segment ends, and its members leave it.

use std::sync::Arc;

use axum::extract::State as Shared;
use axum::http::{HeaderMap, StatusCode};
use kit::clock::now;
use kit::http::{Operation, Path, Problem, Route, if_match};
use kit::scope::Scope;

use super::publish_segment::check_unreferred;
use crate::editing::Editing;
use crate::state::State;

pub(super) fn route() -> Route<Arc<State>> {
    Operation::new("deleteSegment", Scope::SegmentsWrite)
        .summary("A segment ends, and its members leave it")
        .conditional()
        .answers_nothing(204, "It is deleted")
        .refuses(404, "There is no such segment")
        .refuses(409, "Segments or open campaigns refer to it")
        .handled_by(handle)
}

pub(super) async fn handle(
    Shared(state): Shared<Arc<State>>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<StatusCode, Problem> {
    let _editing = state.editing().await;
    let segment = state.segment(&id).await?;
    if_match(&headers, &segment.revision.to_string())?;
    check_unreferred(&state, &id, "deleted").await?;
    let schema = state.catalog().schema(Some(&id)).await?;
    let editing = Editing {
        id: &id,
        before: Some(&segment),
        now: now(),
    };
    let edit = editing.delete(&segment, &schema);
    state.catalog().commit(edit).await?;
    Ok(StatusCode::NO_CONTENT)
}
