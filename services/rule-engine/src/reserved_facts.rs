//! Facts about users that only our services write: deletions and consent.

use bytes::Bytes;
use kit::http::{Json, Problem};
use kit::wire::ID_BYTES_MAX;
use rulelang::time::format_timestamp;
use serde::Serialize;
use serde_json::{Value, json};
use stores::{Log, NewRecord, partition_of};
use uuid::Uuid;

use crate::state::now;

/// What is answered when a fact is durable and its owner has yet to act on it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Accepted {
    user_id: String,
    event_id: String,
}

/// Appends a fact about a user to `user-events`; it is durable when this returns.
pub(crate) async fn append(
    events: &dyn Log,
    user_id: String,
    event_type: &str,
    properties: Value,
) -> Result<Json<Accepted>, Problem> {
    if user_id.is_empty() || user_id.len() > ID_BYTES_MAX {
        let detail = format!("a user id has 1 to {ID_BYTES_MAX} bytes");
        return Err(Problem::bad_request(detail));
    }
    let event_id = Uuid::now_v7().to_string();
    let timestamp = format_timestamp(now());
    let message = json!({
        "eventId": event_id, "userId": user_id, "eventType": event_type,
        "timestamp": timestamp, "properties": properties,
    });
    let headers = [
        ("ce_specversion", "1.0"),
        ("ce_id", &event_id),
        ("ce_source", "/rule-engine"),
        ("ce_type", event_type),
        ("ce_time", &timestamp),
    ];
    let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let record = NewRecord {
        partition: partition_of(&user_id, events.partitions()),
        key: user_id.clone(),
        value: Bytes::from(message.to_string()),
        headers: headers.to_vec(),
    };
    events.append(vec![record]).await?;
    Ok(Json(Accepted { user_id, event_id }))
}
