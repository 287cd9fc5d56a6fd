//! `GET /api/segments`: all segments by id, with their sizes now.

use std::sync::Arc;

use axum::extract::State as Shared;
use kit::http::{Json, Operation, Page, PageQuery, Problem, Query, Route};
use kit::scope::Scope;

use crate::answer::{Live, SegmentAnswer};
use crate::state::State;

pub(super) fn route() -> Route<Arc<State>> {
    Operation::new("listSegments", Scope::SegmentsRead)
        .summary("All segments by id, with their sizes now")
        .query::<PageQuery>()
        .answers::<Page<SegmentAnswer>>(200, "A page of segments")
        .handled_by(handle)
}

pub(super) async fn handle(
    Shared(state): Shared<Arc<State>>,
    Query(query): Query<PageQuery>,
) -> Result<Json<Page<SegmentAnswer>>, Problem> {
    let (limit, after) = (query.limit()?, query.after()?);
    let segments = state.catalog().segments(after.as_deref(), limit + 1);
    let segments = segments.await?;
    let live = Live::read(&state).await?;
    let answers = segments.into_iter().map(|segment| live.answer(segment));
    let page = Page::of(answers.collect(), limit, SegmentAnswer::id);
    Ok(Json(page))
}
