//! `GET /api/events/hourly`: how many events of each type were taken in the present hour.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::Arc;

use axum::extract::State as Shared;
use kit::clock::now;
use kit::http::{Json, Operation, Page, PageInfo, PageQuery, Problem, Query, Route};
use kit::schema::Timestamp;
use kit::scope::Scope;
use rulelang::time::format_timestamp;
use schemars::JsonSchema;
use serde::Serialize;
use stores::Counter;

use crate::state::State;

#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "HourlyEvents")]
pub(super) struct HourlyAnswer {
    /// When the hour began, of UTC.
    #[schemars(with = "Timestamp")]
    since: String,
    data: Vec<EventCount>,
    page: PageInfo,
}

/// Events of a type.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct EventCount {
    /// `*` stands for the types beyond the first 1,000 of a partition and hour.
    event_type: String,
    /// Copies of one event are counted once.
    count: u64,
}

pub(super) fn route() -> Route<Arc<State>> {
    Operation::new("listHourlyEvents", Scope::SegmentsRead)
        .summary("How many events of each type were taken since the hour began, by type")
        .query::<PageQuery>()
        .answers::<HourlyAnswer>(200, "A page of event types")
        .handled_by(handle)
}

pub(super) async fn handle(
    Shared(state): Shared<Arc<State>>,
    Query(query): Query<PageQuery>,
) -> Result<Json<HourlyAnswer>, Problem> {
    let (limit, after) = (query.limit()?, query.after()?);
    let since = Counter::HourlyEvents.begin_of(now());
    let counts = state.parts.view.counted(Counter::HourlyEvents, since);
    let counts = page(&counts.await?, after, limit + 1);
    let Page { data, page } = Page::of(counts, limit, |it| it.event_type.clone());
    Ok(Json(HourlyAnswer {
        since: format_timestamp(since),
        data,
        page,
    }))
}

fn page(counts: &BTreeMap<String, i64>, after: Option<String>, limit: usize) -> Vec<EventCount> {
    let from = after.map_or(Bound::Unbounded, Bound::Excluded);
    let counts = counts.range((from, Bound::Unbounded)).take(limit);
    let counts = counts.map(|(event_type, count)| EventCount {
        event_type: event_type.clone(),
        count: count.max(&0).cast_unsigned(),
    });
    counts.collect()
}
