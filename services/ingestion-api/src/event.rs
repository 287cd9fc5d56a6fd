//! Events as our own API takes them.

use kit::http::{Fault, read_json};
use kit::schema::{Properties, Timestamp};
use kit::wire::{EVENT_BYTES_MAX, ID_BYTES_MAX};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::value::RawValue;
use uuid::Uuid;

use crate::record::{Message, check_id, too_long};
use crate::sessions::{InSession, in_session};
use crate::timestamp::Now;
use crate::verdict::Refusal;

/// A record to append, and whose event it is.
#[derive(Debug)]
pub(crate) struct Fact {
    pub(crate) user_id: String,
    pub(crate) value: bytes::Bytes,
}

/// An event that is taken: one record, or two where a call says two things.
#[derive(Debug)]
pub(crate) struct Reading {
    pub(crate) event_id: String,
    pub(crate) fact: Fact,
    pub(crate) further: Option<Fact>,
    pub(crate) in_session: Option<InSession>,
}

/// An event as our own API takes it.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[schemars(rename = "Event")]
pub(crate) struct ApiEvent<'a> {
    /// Makes a retry harmless for 24 hours; one is made where absent.
    #[schemars(length(max = ID_BYTES_MAX))]
    event_id: Option<String>,
    #[schemars(required, length(max = ID_BYTES_MAX))]
    user_id: Option<String>,
    /// What happened; `$…` is reserved.
    #[schemars(required, length(max = ID_BYTES_MAX))]
    event_type: Option<String>,
    /// When it happened; now where absent.
    #[schemars(with = "Option<Timestamp>")]
    timestamp: Option<String>,
    #[serde(borrow)]
    #[schemars(with = "Option<Properties>")]
    properties: Option<&'a RawValue>,
    #[serde(borrow)]
    #[schemars(with = "Option<Properties>")]
    context: Option<&'a RawValue>,
}

/// What is read of an event that cannot be read.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct IdOnly {
    #[serde(alias = "messageId")]
    event_id: Option<String>,
}

/// Reads an event of our own API.
pub(crate) fn read_event(text: &str, now: Now) -> Result<Reading, Refusal> {
    let event: ApiEvent = read_object(text)?;
    let event_id = event.event_id.unwrap_or_else(new_id);
    let refuse = |fault| Refusal::new(Some(&event_id), fault);
    let user_id = event
        .user_id
        .ok_or_else(|| refuse(missing("userId", "whose event it is")))?;
    let event_type = event
        .event_type
        .ok_or_else(|| refuse(missing("eventType", "what happened")))?;
    check_event_type(&event_type).map_err(refuse)?;
    let timestamp = now.instant(event.timestamp.as_deref()).map_err(refuse)?;
    let context = event.context.map(RawValue::get);
    let message = Message {
        event_id: &event_id,
        user_id: &user_id,
        event_type: &event_type,
        timestamp,
        properties: event.properties.map(RawValue::get),
        context,
    };
    let value = message.write().map_err(refuse)?;
    Ok(Reading {
        event_id,
        in_session: in_session(context, &user_id, timestamp),
        fact: Fact { user_id, value },
        further: None,
    })
}

/// Reads the JSON of an event or a call.
pub(crate) fn read_object<'a, T: Deserialize<'a>>(text: &'a str) -> Result<T, Refusal> {
    let id = || {
        let read: Option<IdOnly> = serde_json::from_str(text).ok();
        read.and_then(|it| it.event_id)
    };
    if text.len() > EVENT_BYTES_MAX {
        return Err(Refusal::malformed(id(), too_long(text.len())));
    }
    // An array would be read as the fields in order.
    if !text.trim_start().starts_with('{') {
        let fault = Fault::new("an event is a JSON object");
        return Err(Refusal::malformed(None, fault));
    }
    read_json(text).map_err(|fault| Refusal::malformed(id(), fault))
}

/// An id for an event without one: unique, and in the order of time.
pub(crate) fn new_id() -> String {
    Uuid::now_v7().to_string()
}

/// Checks the name that a client gives to what happened.
pub(crate) fn check_event_type(event_type: &str) -> Result<(), Fault> {
    check_id(event_type, "eventType")?;
    if !event_type.starts_with('$') {
        return Ok(());
    }
    let detail = format!("the reserved event type `{event_type}` cannot be used here");
    let fault = Fault::new(detail).at("/eventType");
    Err(fault.suggestion("names of your own events do not start with `$`"))
}

/// A key that must be there and is not.
pub(crate) fn missing(key: &str, meaning: &str) -> Fault {
    let fault = Fault::new(format!("the key `{key}` is missing"));
    fault.suggestion(format!("add `\"{key}\": \"…\"`: {meaning}"))
}
