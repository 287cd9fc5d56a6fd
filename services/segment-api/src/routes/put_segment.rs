//! `PUT /api/segments/{id}`: a new version, published at once with `?publish=true`.

use std::sync::Arc;

use axum::extract::State as Shared;
use axum::http::HeaderMap;
use axum::response::Response;
use kit::clock::now;
use kit::http::{Json, Path, Problem, Query, if_match};
use serde::Deserialize;

use super::publish_segment::{check_unreferred, finished};
use crate::checking;
use crate::content::SegmentBody;
use crate::editing::Editing;
use crate::state::State;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PutQuery {
    publish: Option<bool>,
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
