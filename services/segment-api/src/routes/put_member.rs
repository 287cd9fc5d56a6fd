//! `PUT /api/segments/{id}/members/{userId}`: puts a user in, or out, by hand.

use std::sync::Arc;

use axum::extract::State as Shared;
use axum::http::StatusCode;
use bytes::Bytes;
use kit::http::{Body, Json, Path, Problem, parse_json};
use kit::wire::ID_BYTES_MAX;
use rulelang::time::format_timestamp;
use serde::{Deserialize, Serialize};
use serde_json::json;
use stores::{NewRecord, partition_of};
use uuid::Uuid;

use crate::state::{State, now};

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct MemberBody {
    #[serde(default)]
    action: Action,
}

#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Action {
    #[default]
    Include,
    Exclude,
}

/// What is answered when the fact is durable and its owner has yet to act on it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct MemberAccepted {
    segment_id: String,
    user_id: String,
    action: &'static str,
    event_id: String,
}

pub(super) async fn handle(
    Shared(state): Shared<Arc<State>>,
    Path((id, user_id)): Path<(String, String)>,
    Body(bytes): Body,
) -> Result<(StatusCode, Json<MemberAccepted>), Problem> {
    let body = if bytes.trim_ascii().is_empty() {
        MemberBody::default()
    } else {
        parse_json(&bytes)?
    };
    let action = match body.action {
        Action::Include => "include",
        Action::Exclude => "exclude",
    };
    append(&state, id, user_id, action).await
}

/// Appends a `$member` fact about a user; it is durable when this returns.
pub(super) async fn append(
    state: &State,
    segment_id: String,
    user_id: String,
    action: &'static str,
) -> Result<(StatusCode, Json<MemberAccepted>), Problem> {
    if user_id.is_empty() || user_id.len() > ID_BYTES_MAX {
        let detail = format!("a user id has 1 to {ID_BYTES_MAX} bytes");
        return Err(Problem::bad_request(detail));
    }
    state.segment(&segment_id).await?;
    let event_id = Uuid::now_v7().to_string();
    let timestamp = format_timestamp(now());
    let message = json!({
        "eventId": event_id,
        "userId": user_id,
        "eventType": "$member",
        "timestamp": timestamp,
        "properties": {"segmentId": segment_id, "action": action},
    });
    let headers = [
        ("ce_specversion", "1.0"),
        ("ce_id", &event_id),
        ("ce_source", "segment-api"),
        ("ce_type", "$member"),
        ("ce_time", &timestamp),
    ];
    let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let events = &state.parts.events;
    let record = NewRecord {
        partition: partition_of(&user_id, events.partitions()),
        key: user_id.clone(),
        value: Bytes::from(message.to_string()),
        headers: headers.to_vec(),
    };
    events.append(vec![record]).await?;
    let accepted = MemberAccepted {
        segment_id,
        user_id,
        action,
        event_id,
    };
    Ok((StatusCode::ACCEPTED, Json(accepted)))
}
