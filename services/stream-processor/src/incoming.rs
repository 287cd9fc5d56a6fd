//! Records of the log as what they say about a user.

use std::sync::Arc;

use kit::wire::{Body, Decoder, Message, Missing, WireError};
use rule_runtime::{Event, Fact, Override, OverrideEffect, RuleSet, Traits};
use rulelang::{Value, facts};
use stores::Record;

use crate::profile::Origin;

/// A record about a user, read.
#[derive(Debug)]
pub(crate) struct Incoming {
    /// Its id, by which copies are told.
    pub(crate) id: Arc<str>,
    /// When it was said, in milliseconds; the stamp where it does not say.
    pub(crate) timestamp: i64,
    /// What it says.
    pub(crate) kind: Kind,
    /// Its properties or traits; nested ones by their dotted names, in order.
    pub(crate) values: Vec<(String, Value)>,
}

/// What a record says.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Kind {
    /// An event of a type; whether its properties become fields.
    Event(Arc<str>, bool),
    /// Traits.
    Identify,
    /// A manual include or exclude.
    Member(Arc<str>, OverrideEffect),
    /// The user belongs to a group: that is profile only.
    Group,
    /// The user is the same person as another, who goes on.
    Alias(String),
    /// What the user agrees to.
    Consent,
    /// The user is to be forgotten.
    Delete,
}

impl Incoming {
    /// Reads a record about the user `record.key`.
    pub(crate) fn read(record: &Record) -> Result<Self, WireError> {
        let read = Self::parse(&record.value, record.stamp, record.offset)?;
        let (user, incoming) = read;
        if user == record.key {
            return Ok(incoming);
        }
        let message = format!("the record is keyed by `{}` but about `{user}`", record.key);
        Err(WireError::new(message, "key records by their userId"))
    }

    /// Reads a message of the history, kept under its timestamp and id.
    pub(crate) fn recall(value: &[u8], timestamp: i64, id: &str) -> Result<Self, WireError> {
        let (_, mut incoming) = Self::parse(value, timestamp, 0)?;
        incoming.timestamp = timestamp;
        if *incoming.id != *id {
            incoming.id = id.into();
        }
        Ok(incoming)
    }

    /// The fact of a message of the history, of which only what `rules` read is kept; `None` of what
    /// is no event and no traits. For whoever reads many: [`Self::recall`] keeps everything.
    pub(crate) fn recall_fact(
        value: &[u8],
        timestamp: i64,
        id: &str,
        rules: &RuleSet,
    ) -> Result<Option<Fact>, WireError> {
        let missing = Missing {
            timestamp: Some(timestamp),
            user_optional: false,
        };
        let message = Decoder::new(Body::Record, missing).message(value, 0, rules)?;
        let id = id.into();
        Ok(match message.event_type.as_ref() {
            "$identify" => Some(Fact::Traits(Traits {
                id,
                timestamp: Some(timestamp),
                values: message.properties,
            })),
            reserved if reserved.starts_with('$') => None,
            event_type => Some(Fact::Event(Event {
                id,
                event_type: rules.event_type(event_type),
                timestamp,
                updates_fields: message.updates_fields(),
                properties: message.properties,
            })),
        })
    }

    fn parse(value: &[u8], stamp: i64, number: u64) -> Result<(String, Self), WireError> {
        let missing = Missing {
            timestamp: Some(stamp),
            user_optional: false,
        };
        let mut decoder = Decoder::new(Body::Record, missing);
        let message = decoder.message(value, number, &kit::wire::EveryName)?;
        let incoming = Self {
            id: message.id.as_ref().into(),
            timestamp: message.timestamp.unwrap_or(stamp),
            kind: kind(&message)?,
            values: message.properties,
        };
        Ok((message.user.into_owned(), incoming))
    }

    /// The fact that rules are told of; `None` of what is none.
    pub(crate) fn fact(&self, rules: &RuleSet) -> Option<Fact> {
        let id = Arc::clone(&self.id);
        let timestamp = self.timestamp;
        Some(match &self.kind {
            Kind::Event(event_type, updates_fields) => Fact::Event(Event {
                id,
                event_type: rules.event_type(event_type),
                timestamp,
                properties: self.named(rules),
                updates_fields: *updates_fields,
            }),
            Kind::Identify => Fact::Traits(Traits {
                id,
                timestamp: Some(timestamp),
                values: self.named(rules),
            }),
            Kind::Member(segment, effect) => Fact::Override(Override {
                id,
                timestamp,
                segment: Arc::clone(segment),
                effect: *effect,
            }),
            Kind::Group | Kind::Alias(_) | Kind::Consent | Kind::Delete => return None,
        })
    }

    /// Adds it to everything known of a user, for the reference interpreter.
    pub(crate) fn add_to(self, facts: &mut facts::Facts) {
        let Self {
            id,
            timestamp,
            kind,
            values,
        } = self;
        let properties = values.into_iter().collect();
        match kind {
            Kind::Event(event_type, updates_fields) => facts.events.push(facts::Event {
                id,
                event_type,
                timestamp,
                properties,
                updates_fields,
            }),
            Kind::Identify => facts.traits.push(facts::Traits {
                id,
                timestamp: Some(timestamp),
                values: properties,
            }),
            _ => {}
        }
    }

    /// Where its values go in the profile; `None` for nowhere.
    pub(crate) fn origin(&self) -> Option<Origin> {
        match self.kind {
            Kind::Event(_, true) => Some(Origin::Properties),
            Kind::Identify | Kind::Group => Some(Origin::Traits),
            _ => None,
        }
    }

    /// Whether the profile says anything of it.
    pub(crate) fn is_profile(&self) -> bool {
        self.kind == Kind::Consent || self.origin().is_some()
    }

    /// What rules read of its values: each name once, of two the last.
    fn named(&self, rules: &RuleSet) -> Vec<(rule_runtime::NameId, Value)> {
        let mut named: Vec<(rule_runtime::NameId, Value)> = vec![];
        for (name, value) in &self.values {
            let Some(id) = rules.name(name) else { continue };
            match named.iter_mut().find(|(known, _)| *known == id) {
                Some((_, last)) => *last = value.clone(),
                None => named.push((id, value.clone())),
            }
        }
        named
    }
}

fn kind(message: &Message<'_, String>) -> Result<Kind, WireError> {
    let text = |wanted: &str| {
        let mut last = message.properties.iter().rev();
        match last.find(|(name, _)| name == wanted) {
            Some((_, Value::String(text))) if !text.is_empty() => Some(Arc::clone(text)),
            _ => None,
        }
    };
    Ok(match message.event_type.as_ref() {
        "$identify" => Kind::Identify,
        "$group" => Kind::Group,
        "$consent" => Kind::Consent,
        "$delete" => Kind::Delete,
        "$member" => {
            let effect = match text("action").as_deref() {
                Some("include") => OverrideEffect::Include,
                Some("exclude") => OverrideEffect::Exclude,
                Some("clear") => OverrideEffect::Clear,
                _ => return Err(needs("$member", "an `action`: include, exclude or clear")),
            };
            let segment = text("segmentId").ok_or_else(|| needs("$member", "a `segmentId`"))?;
            Kind::Member(segment, effect)
        }
        "$alias" => {
            let to = text("to").filter(|to| to.len() <= kit::wire::ID_BYTES_MAX);
            let to = to.ok_or_else(|| needs("$alias", "a user id as `to`"))?;
            Kind::Alias(to.to_string())
        }
        unknown if unknown.starts_with('$') => {
            let message = format!("`{unknown}` is not a reserved event type");
            return Err(WireError::new(message, "a newer program may know it"));
        }
        event_type => Kind::Event(event_type.into(), message.updates_fields()),
    })
}

fn needs(event_type: &str, what: &str) -> WireError {
    let message = format!("a `{event_type}` record needs {what} in its properties");
    WireError::new(message, "complete the record")
}
