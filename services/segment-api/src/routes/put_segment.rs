//! `PUT /api/segments/{id}`: a new version, published at once with `?publish=true`.

use std::sync::Arc;

use axum::extract::State as Shared;
use axum::http::HeaderMap;
use axum::response::Response;
use kit::clock::now;
use kit::http::{Json, Operation, Path, Problem, Query, Route, if_match};
use kit::scope::Scope;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use super::publish_segment::{check_unreferred, finished};
use crate::answer::SegmentAnswer;
use crate::checking;
use crate::content::SegmentBody;
use crate::editing::Editing;
use crate::state::State;

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct PutQuery {
    /// Whether to publish at once, in place of a draft.
    publish: Option<bool>,
}

pub(super) fn route() -> Route<Arc<State>> {
    let example = json!({
        "name": "VIP",
        "rules": {"expression": "SUM(purchase.amount WITHIN LAST 30 DAYS) >= 300"},
    });
    Operation::new("putSegment", Scope::SegmentsWrite)
        .summary("A new version of a segment: a draft, or published at once")
        .query::<PutQuery>()
        .conditional()
        .body::<SegmentBody>(example)
        .answers::<SegmentAnswer>(200, "The segment")
        .tagged()
        .refuses(404, "There is no such segment")
        .refuses(409, "Others refer to it, and it would not be active")
        .handled_by(handle)
}

pub(super) async fn handle(
    Shared(state): Shared<Arc<State>>,
    Path(id): Path<String>,
    Query(query): Query<PutQuery>,
    headers: HeaderMap,
    Json(body): Json<SegmentBody>,
) -> Result<Response, Problem> {
    if body.id.as_ref().is_some_and(|other| *other != id) {
        return Err(Problem::bad_request(
            "the id of a segment cannot be changed",
        ));
    }
    let is_published = query.publish.unwrap_or(false);
    if is_published && body.draft == Some(true) {
        let detail = "`draft` and `?publish=true` exclude one another";
        return Err(Problem::bad_request(detail));
    }
    let content = body.content()?;
    let _editing = state.editing().await;
    let before = state.segment(&id).await?;
    if_match(&headers, &before.revision.to_string())?;
    let checked = checking::check(state.catalog(), &id, &content.rules).await?;
    let warnings = checked.warnings.clone();
    let editing = Editing {
        id: &id,
        before: Some(&before),
        now: now(),
    };
    let edited = if is_published {
        if !content.is_active {
            check_unreferred(&state, &id, "deactivated").await?;
        }
        editing.publish(content, checked, None)
    } else {
        editing.draft(content, &checked)
    };
    finished(&state, edited, warnings, None).await
}
