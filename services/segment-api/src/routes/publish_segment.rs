//! `POST /api/segments/{id}:publish`: the newest version comes into force.

use axum::http::header::ETAG;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use kit::clock::now;
use kit::http::{Fault, Json, Operation, Problem, RequestKey, etag, if_match};
use kit::scope::Scope;
use serde_json::to_value;
use stores::catalog::{Dependent, Segment, Status, StoredAnswer};

use crate::answer::{Live, SegmentAnswer, lookalikes};
use crate::checking;
use crate::content::Content;
use crate::editing::{Edited, Editing};
use crate::limits::DEPENDENTS_SHOWN_MAX;
use crate::related::related;
use crate::repeated::answered_before;
use crate::state::State;

pub(super) fn operation() -> Operation {
    Operation::new("publishSegment", Scope::SegmentsWrite)
        .summary("The newest version of a segment comes into force")
        .idempotent()
        .conditional()
        .answers::<SegmentAnswer>(200, "The segment")
        .tagged()
        .refuses(404, "There is no such segment")
        .refuses(409, "There is no draft, or others refer to it")
}

pub(super) async fn act(
    state: &State,
    id: &str,
    headers: &HeaderMap,
    key: Option<RequestKey>,
) -> Result<Response, Problem> {
    let _editing = state.editing().await;
    if let Some(answer) = answered_before(state, key.as_ref()).await? {
        return Ok(answer);
    }
    let before = state.segment(id).await?;
    if_match(headers, &before.revision.to_string())?;
    let newest = before.newest_version;
    let is_published = !matches!(before.status, Status::Draft | Status::Failed);
    if newest == before.version && is_published {
        let detail = format!("version {newest} is published, and there is no draft after it");
        return Err(Problem::conflict(detail));
    }
    let content = version(state, id, newest).await?;
    publish(state, &before, content, Some(newest), key).await
}

/// Publishes contents: those of the draft `number`, or as a new version where there is none.
pub(super) async fn publish(
    state: &State,
    before: &Segment,
    content: Content,
    number: Option<u32>,
    key: Option<RequestKey>,
) -> Result<Response, Problem> {
    let id = before.id.as_str();
    let checked = checking::check(state.catalog(), id, &content.rules).await?;
    let warnings = checked.warnings.clone();
    if !content.is_active {
        check_unreferred(state, id, "deactivated").await?;
    }
    let editing = Editing {
        id,
        before: Some(before),
        now: now(),
    };
    let edited = editing.publish(content, checked, number);
    finished(state, edited, warnings, key).await
}

/// The contents of a version, or 404.
pub(super) async fn version(state: &State, id: &str, number: u32) -> Result<Content, Problem> {
    let below = number.saturating_add(1);
    let versions = state.catalog().versions(id, Some(below), 1).await?;
    let found = versions.into_iter().find(|it| it.version == number);
    let found = found
        .ok_or_else(|| Problem::not_found(format!("the segment `{id}` has no version {number}")))?;
    Ok(found.into())
}

/// Commits an edit and answers the segment.
pub(super) async fn finished(
    state: &State,
    mut edited: Edited,
    mut warnings: Vec<Fault>,
    key: Option<RequestKey>,
) -> Result<Response, Problem> {
    warnings.extend(lookalikes(state.catalog(), &edited.segment).await?);
    warnings.extend(related(state.catalog(), &edited.segment).await?);
    let tag = etag(&edited.segment.revision.to_string())?;
    let updated_at = edited.segment.updated_at;
    let live = Live::read(state).await?;
    let answer = live.answer(edited.segment).with_warnings(warnings);
    let answer = to_value(&answer).map_err(Problem::internal)?;
    edited.edit.answer = key.map(|key| {
        let status = StatusCode::OK.as_u16();
        StoredAnswer::new(key, status, answer.clone(), updated_at)
    });
    state.catalog().commit(edited.edit).await?;
    Ok(([(ETAG, tag)], Json(answer)).into_response())
}

/// 409 where somebody refers to a segment, listing who.
pub(super) async fn check_unreferred(state: &State, id: &str, what: &str) -> Result<(), Problem> {
    let dependents = state.catalog().dependents(id).await?;
    if dependents.is_empty() {
        return Ok(());
    }
    let count = dependents.len();
    let noun = if count == 1 {
        "reference"
    } else {
        "references"
    };
    let detail = format!("the segment `{id}` cannot be {what}: there is {count} {noun} to it");
    let shown = dependents.into_iter().take(DEPENDENTS_SHOWN_MAX);
    Err(Problem::conflict(detail).faults(shown.map(|dependent| {
        Fault::new(match dependent {
            Dependent::Segment(other) => format!("the segment `{other}` refers to it"),
            Dependent::Campaign(other) => format!("the campaign `{other}` refers to it"),
        })
    })))
}
