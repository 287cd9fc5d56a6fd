//! `GET /api/segments/{id}`: a segment with its size now and what there is to warn of.

use std::sync::Arc;

use axum::extract::State as Shared;
use axum::http::header::ETAG;
use axum::response::{IntoResponse, Response};
use kit::http::{Fault, Json, Operation, Path, Problem, Route, etag};
use kit::scope::Scope;

use crate::answer::{Live, SegmentAnswer, lookalikes};
use crate::checking;
use crate::state::State;

pub(super) fn route() -> Route<Arc<State>> {
    Operation::new("getSegment", Scope::SegmentsRead)
        .summary("A segment with its size now and what there is to warn of")
        .answers::<SegmentAnswer>(200, "The segment")
        .tagged()
        .refuses(404, "There is no such segment")
        .handled_by(handle)
}

pub(super) async fn handle(
    Shared(state): Shared<Arc<State>>,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let segment = state.segment(&id).await?;
    let tag = etag(&segment.revision.to_string())?;
    let mut warnings = match checking::check(state.catalog(), &id, &segment.rules).await {
        Ok(checked) => checked.warnings,
        // A draft may not fit what was published after it.
        Err(problem) => vec![Fault::new(problem.detail()).at("/rules")],
    };
    warnings.extend(lookalikes(state.catalog(), &segment).await?);
    let live = Live::read(&state).await?;
    let answer = live.answer(segment).with_warnings(warnings);
    Ok(([(ETAG, tag)], Json(answer)).into_response())
}
