//! Facts about users that only our services write, into `user-events`.

use bytes::Bytes;
use bytestring::ByteString;
use kit::http::Problem;
use kit::wire::ID_BYTES_MAX;
use rulelang::time::format_timestamp;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{Log, NewRecord, StoreError, append_traced, headers, partition_of};

/// A fact about a user that is to be written.
#[derive(Debug)]
pub struct NewFact<'a> {
    /// Who writes it: `ce_source`.
    pub source: &'a str,
    /// Whom it is about; see [`check_user_id`].
    pub user_id: &'a str,
    /// A reserved type, like `$member`.
    pub event_type: &'a str,
    /// What it says.
    pub properties: Value,
}

/// 400 for a user id that no fact can be about.
pub fn check_user_id(user_id: &str) -> Result<(), Problem> {
    if (1..=ID_BYTES_MAX).contains(&user_id.len()) {
        return Ok(());
    }
    let detail = format!("a user id has 1 to {ID_BYTES_MAX} bytes");
    Err(Problem::bad_request(detail))
}

/// Appends a fact to `events`, which is [`crate::Topic::UserEvents`], as of now. It is durable when
/// this returns its event id.
///
/// # Errors
/// What the log answers.
pub async fn append_fact(events: &dyn Log, fact: NewFact<'_>) -> Result<String, StoreError> {
    let NewFact {
        source,
        user_id,
        event_type,
        properties,
    } = fact;
    let event_id = Uuid::now_v7().to_string();
    let timestamp = format_timestamp(kit::clock::now());
    let message = json!({
        "eventId": event_id, "userId": user_id, "eventType": event_type,
        "timestamp": timestamp, "properties": properties,
    });
    let named = [
        ("ce_specversion", ByteString::from_static("1.0")),
        ("ce_id", event_id.as_str().into()),
        ("ce_source", source.into()),
        ("ce_type", event_type.into()),
        ("ce_time", timestamp.into()),
    ];
    let record = NewRecord {
        partition: partition_of(user_id, events.partitions()),
        key: user_id.to_owned(),
        value: Bytes::from(message.to_string()),
        headers: headers(named),
    };
    append_traced(events, vec![record]).await?;
    Ok(event_id)
}
