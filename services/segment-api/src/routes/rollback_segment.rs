//! `POST /api/segments/{id}:rollback`: an earlier version's contents, published again as a new one.

use axum::http::HeaderMap;
use axum::response::Response;
use kit::http::{Operation, Problem, RequestKey, if_match};
use kit::scope::Scope;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use super::publish_segment::{publish, version};
use crate::answer::SegmentAnswer;
use crate::repeated::answered_before;
use crate::state::State;

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RollbackBody {
    /// The last one published before the present where absent.
    version: Option<u32>,
}

/// How many versions are looked through for the last one that was published.
const VERSIONS_SEARCHED_MAX: usize = 1_000;

pub(super) fn operation() -> Operation {
    Operation::new("rollbackSegment", Scope::SegmentsWrite)
        .summary("An earlier version, published again as a new one")
        .idempotent()
        .conditional()
        .optional_body::<RollbackBody>(json!({"version": 1}))
        .answers::<SegmentAnswer>(200, "The segment")
        .tagged()
        .refuses(404, "There is no such segment or version")
        .refuses(409, "No version was published before")
}

pub(super) async fn act(
    state: &State,
    id: &str,
    headers: &HeaderMap,
    body: &RollbackBody,
    key: Option<RequestKey>,
) -> Result<Response, Problem> {
    let _editing = state.editing().await;
    if let Some(answer) = answered_before(state, key.as_ref()).await? {
        return Ok(answer);
    }
    let before = state.segment(id).await?;
    if_match(headers, &before.revision.to_string())?;
    let number = match body.version {
        Some(number) => number,
        None => published_before(state, id, before.version).await?,
    };
    let content = version(state, id, number).await?;
    publish(state, &before, content, None, key).await
}

async fn published_before(state: &State, id: &str, version: u32) -> Result<u32, Problem> {
    let catalog = state.catalog();
    let earlier = catalog.versions(id, Some(version), VERSIONS_SEARCHED_MAX);
    let earlier = earlier.await?;
    let published = earlier
        .iter()
        .find(|it| it.published_at.is_some() && it.failure.is_none());
    published.map(|it| it.version).ok_or_else(|| {
        let detail = format!("no version of the segment `{id}` was published before {version}");
        Problem::conflict(detail)
    })
}
