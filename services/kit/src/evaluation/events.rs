//! One user's events, as somebody hands them in.

use std::collections::BTreeSet;
use std::sync::Arc;

use rulelang::facts::{Event, Facts, Traits};
use serde_json::value::RawValue;

use crate::wire::{Body, Decoder, EveryName, Message, Missing, WireError};

/// Why events cannot be read as those of one user.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EventsError {
    /// One of them is malformed.
    #[error(transparent)]
    Malformed(#[from] WireError),
    /// They have the ids of several users, these two among them, and nobody said whose count.
    #[error("they are of several users, `{0}` and `{1}` among them")]
    SeveralUsers(String, String),
}

/// Reads the events of `user`: a JSON array, or one event a line. Those without a user id are the
/// user's; those of somebody else do not count. Where it is not known who the user is, all are taken
/// to be of one. An event without a timestamp happens at `now` (milliseconds). Of the user's events
/// with one id the first counts.
///
/// # Errors
/// A malformed event, whoever's it is; events of several users where `user` is not known.
pub fn events_from_text(text: &str, user: Option<&str>, now: i64) -> Result<Facts, EventsError> {
    let missing = Missing {
        timestamp: Some(now),
        user_optional: true,
    };
    let mut decoder = Decoder::new(Body::Event, missing);
    let mut facts = Facts::default();
    let (mut seen, mut whose) = (BTreeSet::new(), user.map(str::to_owned));
    for (text, number) in split(text)?.into_iter().zip(1..) {
        let message = decoder.message(text.trim().as_bytes(), number, &EveryName)?;
        if !message.user.is_empty() {
            let whose = whose.get_or_insert_with(|| message.user.to_string());
            match user {
                _ if message.user == *whose => {}
                Some(_) => continue,
                None => {
                    let (one, other) = (whose.clone(), message.user.into_owned());
                    return Err(EventsError::SeveralUsers(one, other));
                }
            }
        }
        if seen.insert(message.id.to_string()) {
            add(&mut facts, message);
        }
    }
    Ok(facts)
}

/// The text of each event.
fn split(text: &str) -> Result<Vec<&str>, WireError> {
    if !text.trim_start().starts_with('[') {
        let lines = text.lines().filter(|line| !line.trim().is_empty());
        return Ok(lines.collect());
    }
    let array: Vec<&RawValue> = serde_json::from_str(text).map_err(|error| {
        let fix = "write a JSON array of events";
        WireError::new(format!("malformed JSON: {error}"), fix)
    })?;
    Ok(array.into_iter().map(RawValue::get).collect())
}

/// Adds a message to what is known. An override says nothing of the facts.
pub fn add(facts: &mut Facts, message: Message<'_, String>) {
    let updates_fields = message.updates_fields();
    let id: Arc<str> = message.id.as_ref().into();
    let properties = message.properties.into_iter().collect();
    match message.event_type.as_ref() {
        "$identify" => facts.traits.push(Traits {
            id,
            timestamp: message.timestamp,
            values: properties,
        }),
        "$member" => {}
        event_type => facts.events.push(Event {
            id,
            event_type: event_type.into(),
            timestamp: message.timestamp.unwrap_or_default(),
            properties,
            updates_fields,
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EVENTS: &str = r#"{"eventId":"1","userId":"ann","eventType":"buy"}
{"eventId":"1","userId":"bob","eventType":"view"}

{"eventId":"2","eventType":"buy"}
{"eventId":"1","userId":"bob","eventType":"view"}"#;

    fn types(user: Option<&str>) -> Result<Vec<String>, EventsError> {
        let events = events_from_text(EVENTS, user, 0)?.events;
        let types = events.iter().map(|event| event.event_type.to_string());
        Ok(types.collect())
    }

    #[test]
    fn only_the_users_own_events_and_those_of_nobody_count() {
        assert_eq!(types(Some("ann")).unwrap(), ["buy", "buy"]);
        assert_eq!(types(Some("bob")).unwrap(), ["view", "buy"]);
        assert_eq!(types(Some("cyd")).unwrap(), ["buy"]);
    }

    #[test]
    fn events_of_several_users_are_nobodys() {
        let several = EventsError::SeveralUsers("ann".to_owned(), "bob".to_owned());
        assert_eq!(types(None).unwrap_err(), several);
        let one = r#"[{"userId":"ann","eventType":"buy"},{"eventType":"buy"}]"#;
        assert_eq!(events_from_text(one, None, 0).unwrap().events.len(), 2);
    }
}
