//! A user's open profile: every scalar property and every trait, whether or not a rule reads it,
//! and what the user agreed to.
//!
//! A field is the last value by (timestamp, event id), a trait before a property; so the order of
//! arrival does not matter.

use std::collections::BTreeMap;

use kit::wire::value_to_json;
use rulelang::Value;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};
use stores::StoreError;

use crate::incoming::{Incoming, Kind};

/// Fields of one user; those of later names are left out and counted.
pub(crate) const FIELDS_MAX: usize = 500;
/// Bytes of one field's JSON; a larger value is left out and counted.
pub(crate) const FIELD_BYTES_MAX: usize = 8 * 1024;

/// A user's open profile. Its stored form is its JSON.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Profile {
    #[serde(rename = "f", default, skip_serializing_if = "BTreeMap::is_empty")]
    fields: BTreeMap<String, Field>,
    #[serde(rename = "c", default, skip_serializing_if = "BTreeMap::is_empty")]
    consent: BTreeMap<String, Said>,
    /// (timestamp, id, message) of facts whose instant has not come.
    #[serde(rename = "w", default, skip_serializing_if = "Vec::is_empty")]
    waiting: Vec<(i64, String, String)>,
    /// Values left out.
    #[serde(rename = "o", default, skip_serializing_if = "is_zero")]
    overflowed: u64,
}

/// What is known for one field.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
struct Field {
    /// The last trait said; null unsets it.
    #[serde(rename = "t", default, skip_serializing_if = "Option::is_none")]
    said: Option<Said>,
    /// The last property seen.
    #[serde(rename = "p", default, skip_serializing_if = "Option::is_none")]
    seen: Option<Said>,
}

/// A value, and the fact that it comes from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Said(i64, String, Json);

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "the signature that serde asks for"
)]
fn is_zero(count: &u64) -> bool {
    *count == 0
}

/// Where values come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Origin {
    /// An event's properties: scalars become fields.
    Properties,
    /// Traits: lists too, and an explicit null unsets.
    Traits,
}

impl Profile {
    /// Reads a stored profile.
    pub(crate) fn decode(stored: &[u8]) -> Result<Self, StoreError> {
        serde_json::from_slice(stored)
            .map_err(|error| StoreError::Corrupt(format!("a profile is malformed: {error}")))
    }

    /// The stored form.
    pub(crate) fn encode(&self) -> Result<Vec<u8>, StoreError> {
        serde_json::to_vec(self).map_err(|error| StoreError::Corrupt(error.to_string()))
    }

    /// Takes a fact. How many of its values were left out for want of room.
    pub(crate) fn take_incoming(&mut self, incoming: &Incoming) -> u64 {
        let at = (incoming.timestamp, &*incoming.id);
        if incoming.kind == Kind::Consent {
            for (purpose, agreed) in &incoming.values {
                if let Value::Bool(agreed) = agreed {
                    self.consent(at, purpose, *agreed);
                }
            }
        }
        let origin = incoming.origin();
        origin.map_or(0, |origin| self.take(origin, at, &incoming.values))
    }

    /// Takes the values of one fact. How many were left out for want of room.
    fn take(
        &mut self,
        origin: Origin,
        (timestamp, id): (i64, &str),
        values: &[(String, Value)],
    ) -> u64 {
        let before = self.overflowed;
        for (name, value) in values {
            let unfit = matches!(value, Value::Null | Value::List(_));
            if origin == Origin::Traits || !unfit {
                self.put(origin, (timestamp, id), name, value);
            }
        }
        self.overflowed - before
    }

    fn put(&mut self, origin: Origin, (timestamp, id): (i64, &str), name: &str, value: &Value) {
        if value_bytes(value) > FIELD_BYTES_MAX {
            self.overflowed += 1;
            return;
        }
        if !self.fields.contains_key(name) {
            if self.fields.len() >= FIELDS_MAX {
                self.overflowed += 1;
                return;
            }
            self.fields.insert(name.to_owned(), Field::default());
        }
        let Some(field) = self.fields.get_mut(name) else {
            return;
        };
        let slot = match origin {
            Origin::Properties => &mut field.seen,
            Origin::Traits => &mut field.said,
        };
        // Of one fact's values for one name the last counts.
        if is_later_or_same(slot.as_ref(), timestamp, id) {
            *slot = Some(Said(timestamp, id.to_owned(), value_to_json(value)));
        }
    }

    fn consent(&mut self, (timestamp, id): (i64, &str), purpose: &str, agreed: bool) {
        let known = self.consent.get(purpose);
        let is_full = known.is_none() && self.consent.len() >= FIELDS_MAX;
        if !is_full && is_later_or_same(known, timestamp, id) {
            let said = Said(timestamp, id.to_owned(), Json::Bool(agreed));
            self.consent.insert(purpose.to_owned(), said);
        }
    }

    /// Notes a fact whose instant has not come.
    pub(crate) fn wait(&mut self, timestamp: i64, id: &str, message: &str) {
        self.waiting
            .push((timestamp, id.to_owned(), message.to_owned()));
    }

    /// The facts whose instant has come by `now`; they do not wait any more.
    pub(crate) fn due(&mut self, now: i64) -> Vec<(i64, String, String)> {
        if self.waiting.is_empty() {
            return vec![];
        }
        let waiting = std::mem::take(&mut self.waiting);
        let (due, waiting) = waiting.into_iter().partition(|(at, ..)| *at <= now);
        self.waiting = waiting;
        due
    }

    /// The fields that have a value.
    pub(crate) fn fields(&self) -> Map<String, Json> {
        let fields = self.fields.iter().filter_map(|(name, field)| {
            let said = field
                .said
                .as_ref()
                .filter(|Said(.., value)| !value.is_null());
            let Said(.., value) = said.or(field.seen.as_ref())?;
            Some((name.clone(), value.clone()))
        });
        fields.collect()
    }

    /// What the user agreed to, by purpose or channel.
    pub(crate) fn agreements(&self) -> BTreeMap<String, bool> {
        let said = self.consent.iter();
        said.map(|(purpose, Said(.., value))| (purpose.clone(), value == &Json::Bool(true)))
            .collect()
    }

    /// Whether nothing is in it.
    pub(crate) fn is_empty(&self) -> bool {
        self == &Self::default()
    }

    /// An estimate of its memory on the heap.
    pub(crate) fn memory_bytes(&self) -> usize {
        let said = |said: &Option<Said>| said.as_ref().map_or(0, Said::memory_bytes);
        let fields = self.fields.iter();
        let fields: usize = fields
            .map(|(name, field)| {
                name.len() + size_of::<(String, Field)>() + said(&field.said) + said(&field.seen)
            })
            .sum();
        let consent = self.consent.iter();
        let consent: usize = consent
            .map(|(purpose, said)| {
                purpose.len() + size_of::<(String, Said)>() + said.memory_bytes()
            })
            .sum();
        let waiting = self.waiting.iter();
        let waiting: usize = waiting
            .map(|(_, id, message)| 64 + id.len() + message.len())
            .sum();
        fields + consent + waiting
    }
}

impl Said {
    fn memory_bytes(&self) -> usize {
        self.1.len() + json_bytes(&self.2)
    }
}

fn is_later_or_same(known: Option<&Said>, timestamp: i64, id: &str) -> bool {
    known.is_none_or(|Said(at, of, _)| (timestamp, id) >= (*at, of.as_str()))
}

/// About the bytes of a value's JSON.
fn value_bytes(value: &Value) -> usize {
    match value {
        Value::String(text) => text.len() + 2,
        Value::List(items) => items.iter().map(|item| value_bytes(item) + 1).sum(),
        Value::Object(members) => {
            let members = members.iter();
            members
                .map(|(name, value)| name.len() + 4 + value_bytes(value))
                .sum()
        }
        _ => 8,
    }
}

fn json_bytes(value: &Json) -> usize {
    match value {
        Json::String(text) => text.len(),
        Json::Array(items) => items
            .iter()
            .map(|item| size_of::<Json>() + json_bytes(item))
            .sum(),
        Json::Object(members) => members
            .iter()
            .map(|(name, value)| size_of::<Json>() + name.len() + json_bytes(value))
            .sum(),
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn values(pairs: &[(&str, Value)]) -> Vec<(String, Value)> {
        let pairs = pairs.iter().cloned();
        pairs
            .map(|(name, value)| (name.to_owned(), value))
            .collect()
    }

    #[test]
    fn the_last_value_counts_and_a_trait_before_a_property() {
        let city = |name: &str| values(&[("city", Value::string(name))]);
        let mut profile = Profile::default();
        profile.take(Origin::Properties, (5, "b"), &city("later"));
        profile.take(Origin::Properties, (5, "a"), &city("earlier"));
        assert_eq!(profile.fields()["city"], "later");
        profile.take(Origin::Traits, (1, "t"), &city("said"));
        assert_eq!(profile.fields()["city"], "said");
        profile.take(Origin::Traits, (2, "u"), &values(&[("city", Value::Null)]));
        assert_eq!(profile.fields()["city"], "later");
        let read = Profile::decode(&profile.encode().unwrap()).unwrap();
        assert_eq!(read, profile);
    }

    #[test]
    fn fields_beyond_the_limits_are_left_out_and_counted() {
        let mut profile = Profile::default();
        let many = (0..=FIELDS_MAX).map(|at| (format!("f{at:03}"), Value::Int(1)));
        let many: Vec<_> = many.collect();
        assert_eq!(profile.take(Origin::Properties, (1, "a"), &many), 1);
        assert_eq!(profile.fields().len(), FIELDS_MAX);
        let long = values(&[("f000", Value::string(&"x".repeat(FIELD_BYTES_MAX)))]);
        assert_eq!(profile.take(Origin::Traits, (2, "b"), &long), 1);
        assert_eq!(profile.fields()["f000"], 1);
    }

    #[test]
    fn consent_is_what_was_said_last() {
        let mut profile = Profile::default();
        profile.consent((2, "b"), "email", false);
        profile.consent((1, "a"), "email", true);
        assert_eq!(json!(profile.agreements()), json!({"email": false}));
    }
}
