//! One line of `user-events`, or of a file of traits.
//!
//! Keys of the message that nobody needs (`context`, …) are skipped; unknown ones are ignored, as
//! Segment does. A message never half-applies: it is read whole or refused.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use rule_runtime::{Event, Fact, Override, OverrideEffect, RuleSet, Traits};
use rulelang::Value;
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, Visitor};

use super::names::{EveryName, Names, NoName};
use super::properties::Object;
use super::text::Text;
use super::walk::{Note, Numbers, Reading, Walk};
use super::{ID_BYTES_MAX, LOGGED_BYTES_MAX, WireError};

/// What a message is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Body {
    /// A message of `user-events`: facts under `properties`.
    Event,
    /// A line of a traits file: `{"userId","traits":{…},"timestamp"?}`.
    Traits,
    /// A record of the log: as [`Body::Event`], and also the reserved types that only our services
    /// write (`$alias`, `$consent`, …). [`Decoder::message`] reads them; they are no facts.
    Record,
}

/// What may be absent, and what stands in for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Missing {
    /// The timestamp of a message without one; `None` refuses it. Traits may always lack one.
    pub timestamp: Option<i64>,
    /// Whether a message needs a user id; without one it is the empty id.
    pub user_optional: bool,
}

impl Missing {
    /// Replay's: user and timestamp must be there.
    pub const REFUSED: Self = Self {
        timestamp: None,
        user_optional: false,
    };
}

/// A message read, its kept properties as `Id`.
#[derive(Debug, Clone, PartialEq)]
pub struct Message<'a, Id> {
    /// Its id; one that is missing is `line:<number>` (`traits:<number>` in a traits file).
    pub id: Cow<'a, str>,
    /// Whose it is.
    pub user: Cow<'a, str>,
    /// The event type; `$identify` for traits.
    pub event_type: Cow<'a, str>,
    /// When, in milliseconds; `None` only for traits.
    pub timestamp: Option<i64>,
    /// What was kept of its properties or traits.
    pub properties: Vec<(Id, Value)>,
}

/// What sorting a file needs to know of a message.
pub type Header<'a> = Message<'a, std::convert::Infallible>;

/// Reads messages. It holds the buffers that reading needs, so keep one per thread.
#[derive(Debug)]
pub struct Decoder {
    path: String,
    body: Body,
    missing: Missing,
}

impl Decoder {
    /// A decoder of one kind of message.
    pub fn new(body: Body, missing: Missing) -> Self {
        let path = String::new();
        Self {
            path,
            body,
            missing,
        }
    }

    /// Reads and validates the whole of a message, and keeps its header.
    pub fn header<'a>(&mut self, line: &'a [u8], number: u64) -> Result<Header<'a>, WireError> {
        let header = self.message(line, number, &NoName)?;
        if header.event_type == "$member" {
            self.override_effect(line, number)?;
        }
        Ok(header)
    }

    /// Reads a message as the user's id and the fact; `number` is the line's.
    pub fn fact<'a>(
        &mut self,
        line: &'a [u8],
        number: u64,
        rules: &RuleSet,
    ) -> Result<(Cow<'a, str>, Fact), WireError> {
        let message = self.message(line, number, rules)?;
        let id: Arc<str> = message.id.as_ref().into();
        let fact = match message.event_type.as_ref() {
            "$identify" => Fact::Traits(Traits {
                id,
                timestamp: message.timestamp,
                values: message.properties,
            }),
            "$member" => {
                let (segment, effect) = self.override_effect(line, number)?;
                Fact::Override(Override {
                    id,
                    timestamp: message.timestamp.unwrap_or_default(),
                    segment,
                    effect,
                })
            }
            event_type => Fact::Event(Event {
                id,
                event_type: rules.event_type(event_type),
                timestamp: message.timestamp.unwrap_or_default(),
                properties: message.properties,
                updates_fields: updates_fields(event_type),
            }),
        };
        Ok((message.user, fact))
    }

    /// Reads a message, keeping the properties that `names` keeps.
    pub fn message<'a, N: Names>(
        &mut self,
        line: &'a [u8],
        number: u64,
        names: &N,
    ) -> Result<Message<'a, N::Id>, WireError> {
        if line.len() > LOGGED_BYTES_MAX {
            let message = format!(
                "an event of {} bytes is longer than the {LOGGED_BYTES_MAX} bytes allowed",
                line.len()
            );
            return Err(WireError::new(message, "send less in one event"));
        }
        let text = str::from_utf8(line).map_err(|error| WireError {
            column: error.valid_up_to() + 1,
            ..WireError::new("the line is not UTF-8 text", "save the file as UTF-8")
        })?;
        let raw = self.read(text, names)?;
        self.complete(raw, number)
    }

    fn read<'a, N: Names>(
        &mut self,
        text: &'a str,
        names: &N,
    ) -> Result<Raw<'a, N::Id>, WireError> {
        let mut numbers = Numbers::Fast;
        loop {
            let (mut out, mut reading) = (vec![], Reading::new(numbers));
            self.path.clear();
            let mut walk = Walk {
                names,
                path: &mut self.path,
                out: &mut out,
                reading: &mut reading,
            };
            let top = Top {
                walk: &mut walk,
                body: self.body,
            };
            let mut deserializer = serde_json::Deserializer::from_str(text);
            let read = top
                .deserialize(&mut deserializer)
                .and_then(|raw| deserializer.end().map(|()| raw));
            match (read, reading.note) {
                (Ok(raw), _) => {
                    return Ok(Raw {
                        properties: out,
                        ..raw
                    });
                }
                (Err(_), Some(Note::Rounded)) => numbers = Numbers::Exact,
                (Err(error), Some(Note::Problem(problem))) => {
                    return Err(WireError::from_json(&error, Some(problem)));
                }
                (Err(error), None) => return Err(WireError::from_json(&error, None)),
            }
        }
    }

    fn complete<'a, Id>(
        &self,
        raw: Raw<'a, Id>,
        number: u64,
    ) -> Result<Message<'a, Id>, WireError> {
        let is_event = self.body != Body::Traits;
        let user = match raw.user {
            None if self.missing.user_optional => Cow::Borrowed(""),
            user => required(user, "userId", r#"add `"userId": "…"`: whose event it is"#)?,
        };
        let event_type = if is_event {
            required(raw.event_type, "eventType", r#"add `"eventType": "…"`"#)?
        } else {
            Cow::Borrowed("$identify")
        };
        if self.body != Body::Record {
            check_reserved(&event_type)?;
        }
        let id = match raw.id {
            Some(id) => required(
                Some(id),
                "eventId",
                r#"leave `"eventId"` out to have one made"#,
            )?,
            None if is_event => Cow::Owned(format!("line:{number}")),
            None => Cow::Owned(format!("traits:{number}")),
        };
        let timestamp = match raw.timestamp {
            Some(text) => Some(parse_timestamp(&text)?),
            None => self.missing.timestamp,
        };
        if timestamp.is_none() && is_event {
            let fix = r#"add `"timestamp": "2026-01-31T10:00:00Z"`: when it happened"#;
            return Err(WireError::new("the key `timestamp` is missing", fix));
        }
        Ok(Message {
            id,
            user,
            event_type,
            timestamp,
            properties: raw.properties,
        })
    }

    fn override_effect(
        &mut self,
        line: &[u8],
        number: u64,
    ) -> Result<(Arc<str>, OverrideEffect), WireError> {
        let message = self.message(line, number, &EveryName)?;
        let find = |wanted: &str| {
            let mut last = message.properties.iter().rev();
            match last.find(|(name, _)| name == wanted) {
                Some((_, Value::String(text))) => Some(Arc::clone(text)),
                _ => None,
            }
        };
        let fix = r#"write `"properties": {"segmentId": "…", "action": "include"}`"#;
        let segment = find("segmentId")
            .ok_or_else(|| WireError::new("a `$member` message needs a `segmentId`", fix))?;
        let effect = match find("action").as_deref() {
            Some("include") => OverrideEffect::Include,
            Some("exclude") => OverrideEffect::Exclude,
            Some("clear") => OverrideEffect::Clear,
            _ => {
                let message = "the `action` of a `$member` message is include, exclude or clear";
                return Err(WireError::new(message, fix));
            }
        };
        Ok((segment, effect))
    }
}

/// Whether an event's scalar properties become profile fields: not those of page and screen calls.
pub(super) fn updates_fields(event_type: &str) -> bool {
    !matches!(event_type, "page" | "screen")
}

impl<Id> Message<'_, Id> {
    /// Whether its scalar properties become profile fields.
    pub fn updates_fields(&self) -> bool {
        updates_fields(&self.event_type)
    }
}

fn required<'a>(
    text: Option<Cow<'a, str>>,
    key: &str,
    fix: &str,
) -> Result<Cow<'a, str>, WireError> {
    match text {
        None => Err(WireError::new(format!("the key `{key}` is missing"), fix)),
        Some(text) if text.is_empty() => Err(WireError::new(format!("`{key}` is empty"), fix)),
        Some(text) if text.len() > ID_BYTES_MAX => {
            let message = format!("`{key}` is longer than {ID_BYTES_MAX} bytes");
            Err(WireError::new(message, "shorten it"))
        }
        Some(text) => Ok(text),
    }
}

fn check_reserved(event_type: &str) -> Result<(), WireError> {
    if !event_type.starts_with('$') || matches!(event_type, "$identify" | "$member") {
        return Ok(());
    }
    let message = format!("the reserved event type `{event_type}` cannot be used here");
    Err(WireError::new(
        message,
        "names of your own events do not start with `$`",
    ))
}

fn parse_timestamp(text: &str) -> Result<i64, WireError> {
    rulelang::time::parse_timestamp(text).ok_or_else(|| {
        let message = format!("`{text}` is not an RFC 3339 timestamp");
        WireError::new(
            message,
            "write it like `2026-01-31T10:00:00Z`, with its offset",
        )
    })
}

/// The message as it stands in the text; its properties are in [`Walk::out`] until it is read.
struct Raw<'a, Id> {
    id: Option<Cow<'a, str>>,
    user: Option<Cow<'a, str>>,
    event_type: Option<Cow<'a, str>>,
    timestamp: Option<Cow<'a, str>>,
    properties: Vec<(Id, Value)>,
}

struct Top<'a, 'w, N: Names> {
    walk: &'a mut Walk<'w, N>,
    body: Body,
}

impl<'de, N: Names> DeserializeSeed<'de> for Top<'_, '_, N> {
    type Value = Raw<'de, N::Id>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de, N: Names> Visitor<'de> for Top<'_, '_, N> {
    type Value = Raw<'de, N::Id>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut raw = Raw {
            id: None,
            user: None,
            event_type: None,
            timestamp: None,
            properties: vec![],
        };
        while let Some(key) = map.next_key_seed(KeySeed(self.body))? {
            match key {
                Key::EventId => raw.id = map.next_value_seed(Text("eventId"))?,
                Key::UserId => raw.user = map.next_value_seed(Text("userId"))?,
                Key::EventType => raw.event_type = map.next_value_seed(Text("eventType"))?,
                Key::Timestamp => raw.timestamp = map.next_value_seed(Text("timestamp"))?,
                Key::Properties => map.next_value_seed(Object {
                    walk: &mut *self.walk,
                    depth: 2,
                })?,
                Key::Ignored => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(raw)
    }
}

enum Key {
    EventId,
    UserId,
    EventType,
    Timestamp,
    Properties,
    Ignored,
}

struct KeySeed(Body);

impl<'de> DeserializeSeed<'de> for KeySeed {
    type Value = Key;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Key, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for KeySeed {
    type Value = Key;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E: Error>(self, key: &str) -> Result<Key, E> {
        Ok(match key {
            "eventId" => Key::EventId,
            "userId" => Key::UserId,
            "eventType" => Key::EventType,
            "timestamp" => Key::Timestamp,
            "properties" if self.0 != Body::Traits => Key::Properties,
            "traits" if self.0 == Body::Traits => Key::Properties,
            _ => Key::Ignored,
        })
    }
}

#[cfg(test)]
mod tests;
