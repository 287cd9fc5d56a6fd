//! `POST /api/segments`: a new segment, published unless it says that it is a draft.

use std::sync::Arc;

use axum::extract::State as Shared;
use axum::http::header::{ETAG, LOCATION};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use kit::clock::now;
use kit::http::{Body, Json, Operation, Problem, RequestKey, Route, etag, parse_json};
use kit::scope::Scope;
use serde_json::{json, to_value};
use stores::catalog::{Segment, Status, StoredAnswer};
use uuid::Uuid;

use crate::answer::{SegmentAnswer, lookalikes};
use crate::checking;
use crate::content::{SegmentBody, check_id, slug};
use crate::editing::Editing;
use crate::related::related;
use crate::repeated::answered_before;
use crate::state::State;

pub(super) fn route() -> Route<Arc<State>> {
    let example = json!({
        "id": "vip",
        "name": "VIP",
        "type": "DYNAMIC",
        "rules": {"expression": "SUM(purchase.amount WITHIN LAST 30 DAYS) >= 200"},
    });
    Operation::new("createSegment", Scope::SegmentsWrite)
        .summary("A new segment, published unless it is a draft")
        .details("It is `building` until it is built from history, then `active`.")
        .idempotent()
        .body::<SegmentBody>(example)
        .answers::<SegmentAnswer>(201, "The segment")
        .tagged()
        .refuses(409, "The id is taken, or there are too many segments")
        .handled_by(handle)
}

pub(super) async fn handle(
    Shared(state): Shared<Arc<State>>,
    headers: HeaderMap,
    Body(bytes): Body,
) -> Result<Response, Problem> {
    let key = RequestKey::read(&headers, "POST /api/segments", &bytes)?;
    let _editing = state.editing().await;
    if let Some(answer) = answered_before(&state, key.as_ref()).await? {
        return Ok(answer);
    }
    let mut body: SegmentBody = parse_json(&bytes)?;
    check_room(&state).await?;
    let (wanted, is_draft) = (body.id.take(), body.draft.unwrap_or(false));
    let content = body.content()?;
    let (id, before) = free_id(&state, wanted, &content.name).await?;
    let checked = checking::check(state.catalog(), &id, &content.rules).await?;
    let mut warnings = checked.warnings.clone();
    let editing = Editing {
        id: &id,
        before: before.as_ref(),
        now: now(),
    };
    let mut edited = if is_draft {
        editing.draft(content, &checked)
    } else {
        editing.publish(content, checked, None)
    };
    warnings.extend(lookalikes(state.catalog(), &edited.segment).await?);
    warnings.extend(related(state.catalog(), &edited.segment).await?);
    let tag = etag(&edited.segment.revision.to_string())?;
    let answer = SegmentAnswer::new(edited.segment).with_warnings(warnings);
    let answer = to_value(&answer).map_err(Problem::internal)?;
    edited.edit.answer = key.map(|key| {
        let status = StatusCode::CREATED.as_u16();
        StoredAnswer::new(key, status, answer.clone(), editing.now)
    });
    state.catalog().commit(edited.edit).await?;
    let place = format!("/api/segments/{id}");
    let place = HeaderValue::try_from(place).map_err(Problem::internal)?;
    let headers = [(LOCATION, place), (ETAG, tag)];
    Ok((StatusCode::CREATED, headers, Json(answer)).into_response())
}

async fn check_room(state: &State) -> Result<(), Problem> {
    let count = state.catalog().segment_count().await?;
    if count < state.segments_max {
        return Ok(());
    }
    let detail = format!("there are {count} segments, as many as are allowed");
    Err(Problem::conflict(detail))
}

/// The id that is wanted, or one made of the name; and the deleted segment that had it before.
async fn free_id(
    state: &State,
    wanted: Option<String>,
    name: &str,
) -> Result<(String, Option<Segment>), Problem> {
    let slug = slug(name);
    let is_wanted = wanted.is_some();
    let mut id = match wanted {
        Some(id) => {
            check_id(&id)?;
            id
        }
        None => slug.clone(),
    };
    loop {
        match state.catalog().segment(&id).await? {
            None => return Ok((id, None)),
            Some(before) if before.status == Status::Deleted => return Ok((id, Some(before))),
            Some(_) if is_wanted => {
                return Err(Problem::conflict(format!("the id `{id}` is taken")));
            }
            Some(_) => {
                // The first digits of such an id are its time; the last are random.
                let digits = Uuid::now_v7().as_u128() as u32;
                id = format!("{slug}-{digits:08x}");
            }
        }
    }
}
