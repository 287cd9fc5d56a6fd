//! `GET /api/segments/{id}/versions`: newest first.

use std::sync::Arc;

use axum::extract::State as Shared;
use kit::http::{Json, Operation, Page, PageQuery, Path, Problem, Query, Route};
use kit::schema::{Rules, Timestamp};
use kit::scope::Scope;
use rulelang::time::format_timestamp;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;
use stores::catalog::{Status, Version};

use crate::state::State;

#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Version")]
pub(super) struct VersionAnswer {
    version: u32,
    name: String,
    description: String,
    #[schemars(with = "Rules")]
    rules: Value,
    expression: String,
    active: bool,
    /// Whether it is the one that the segment shows.
    current: bool,
    #[schemars(with = "Timestamp")]
    created_at: String,
    /// Null for a draft.
    #[schemars(with = "Option<Timestamp>")]
    published_at: Option<String>,
    /// Why it could not be brought into force when it was published last.
    #[serde(skip_serializing_if = "Option::is_none")]
    failure: Option<String>,
}

impl VersionAnswer {
    fn new(version: Version, current: Option<u32>) -> Self {
        Self {
            version: version.version,
            name: version.name,
            description: version.description,
            rules: version.rules,
            expression: version.expression,
            active: version.is_active,
            current: current == Some(version.version),
            created_at: format_timestamp(version.created_at),
            published_at: version.published_at.map(format_timestamp),
            failure: version.failure,
        }
    }
}

pub(super) fn route() -> Route<Arc<State>> {
    Operation::new("listVersions", Scope::SegmentsRead)
        .summary("The versions of a segment, newest first")
        .query::<PageQuery>()
        .answers::<Page<VersionAnswer>>(200, "A page of versions")
        .refuses(404, "There is no such segment")
        .handled_by(handle)
}

pub(super) async fn handle(
    Shared(state): Shared<Arc<State>>,
    Path(id): Path<String>,
    Query(query): Query<PageQuery>,
) -> Result<Json<Page<VersionAnswer>>, Problem> {
    let (limit, after) = (query.limit()?, query.after()?);
    let before = match after {
        Some(text) => Some(text.parse().map_err(|_| {
            Problem::bad_request("this cursor is of another list; take it from `page.next`")
        })?),
        None => None,
    };
    let segment = state.segment(&id).await?;
    let current = (segment.status != Status::Draft).then_some(segment.version);
    let versions = state.catalog().versions(&id, before, limit + 1).await?;
    let answers = versions.into_iter();
    let answers = answers.map(|version| VersionAnswer::new(version, current));
    let page = Page::of(answers.collect(), limit, |it| it.version.to_string());
    Ok(Json(page))
}
