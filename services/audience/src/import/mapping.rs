//! What foreign records are as facts.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value, json};
use xxhash_rust::xxh3::xxh3_128;

use super::source::Source;
use crate::failure::Failure;
use crate::input::Input;

/// Mappings that are ready, by their names.
const READY: [(&str, &str); 3] = [
    ("segment", include_str!("../../data/mappings/segment.json")),
    (
        "rudderstack",
        include_str!("../../data/mappings/rudderstack.json"),
    ),
    (
        "cloudevents",
        include_str!("../../data/mappings/cloudevents.json"),
    ),
];

/// What foreign records are as facts. Of several rules that fit the first counts.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Mapping {
    facts: Vec<FactRule>,
    /// Records that are left out.
    #[serde(default)]
    ignore: Vec<When>,
    /// A hash of its text.
    #[serde(skip)]
    fingerprint: String,
}

/// What a record must have, by JSON pointer; nothing fits every record.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(transparent)]
struct When(BTreeMap<String, Value>);

/// A kind of fact, as a call of Segment's HTTP API, and where its parts are.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct FactRule {
    #[serde(default)]
    when: When,
    fact: Kind,
    event_id: Option<Source>,
    user_id: Option<Source>,
    anonymous_id: Option<Source>,
    previous_id: Option<Source>,
    group_id: Option<Source>,
    timestamp: Option<Source>,
    event_type: Option<Source>,
    name: Option<Source>,
    properties: Option<Source>,
    traits: Option<Source>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Kind {
    Track,
    Identify,
    Page,
    Screen,
    Group,
    Alias,
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Self::Track => "track",
            Self::Identify => "identify",
            Self::Page => "page",
            Self::Screen => "screen",
            Self::Group => "group",
            Self::Alias => "alias",
        }
    }
}

/// What a record comes to.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Mapped {
    /// A call for ingestion.
    Call(Value),
    /// It is left out, as the mapping says.
    Ignored,
    /// No rule fits.
    Unknown,
}

impl Mapping {
    /// A ready one by its name, or the one in a file.
    pub(crate) fn read(name: &str) -> Result<Self, Failure> {
        if let Some((_, text)) = READY.iter().find(|(ready, _)| *ready == name) {
            return Self::parse(text).map_err(|reason| wrong(name, &reason));
        }
        if !std::path::Path::new(name).exists() && name != "-" {
            let ready = READY.map(|(ready, _)| ready).join(", ");
            return Err(Failure::new(
                format!("there is no mapping `{name}`"),
                format!("name a file, or one that is ready: {ready}"),
            ));
        }
        let input = Input::read(name)?;
        Self::parse(input.text()?).map_err(|reason| wrong(&input.name, &reason))
    }

    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let mut deserializer = serde_json::Deserializer::from_str(text);
        let read: Result<Self, _> = serde_path_to_error::deserialize(&mut deserializer);
        let mut mapping = read.map_err(|error| {
            let path = error.path().to_string();
            let reason = error.into_inner();
            format!("`{path}`: {reason}")
        })?;
        deserializer.end().map_err(|error| error.to_string())?;
        if mapping.facts.is_empty() {
            return Err("`facts`: there is no rule".to_owned());
        }
        mapping.fingerprint = format!("{:032x}", xxh3_128(text.as_bytes()));
        Ok(mapping)
    }

    /// Tells mappings apart.
    pub(super) fn fingerprint(&self) -> &str {
        &self.fingerprint
    }

    /// What a record comes to. `own_id` is its event id if it has none.
    pub(super) fn map(&self, record: &Value, own_id: &str) -> Mapped {
        if self.ignore.iter().any(|when| when.fits(record)) {
            return Mapped::Ignored;
        }
        match self.facts.iter().find(|rule| rule.when.fits(record)) {
            Some(rule) => Mapped::Call(rule.call(record, own_id)),
            None => Mapped::Unknown,
        }
    }
}

impl When {
    fn fits(&self, record: &Value) -> bool {
        let mut wanted = self.0.iter();
        wanted.all(|(pointer, value)| record.pointer(pointer) == Some(value))
    }
}

impl FactRule {
    fn call(&self, record: &Value, own_id: &str) -> Value {
        let mut call = Map::new();
        call.insert("type".to_owned(), json!(self.fact.name()));
        let texts = [
            ("messageId", &self.event_id),
            ("userId", &self.user_id),
            ("anonymousId", &self.anonymous_id),
            ("previousId", &self.previous_id),
            ("groupId", &self.group_id),
            ("timestamp", &self.timestamp),
            ("event", &self.event_type),
            ("name", &self.name),
        ];
        for (key, source) in texts {
            let found = source.as_ref().and_then(|source| source.find_text(record));
            if let Some(text) = found {
                call.insert(key.to_owned(), Value::String(text));
            }
        }
        for (key, source) in [("properties", &self.properties), ("traits", &self.traits)] {
            let found = source.as_ref().and_then(|source| source.find(record));
            if let Some(object) = found {
                call.insert(key.to_owned(), object);
            }
        }
        call.entry("messageId").or_insert_with(|| json!(own_id));
        Value::Object(call)
    }
}

fn wrong(name: &str, reason: &str) -> Failure {
    Failure::new(
        format!("{name}: the mapping is wrong: {reason}"),
        "docs/import.md shows every form",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ready_mappings_are_right() {
        for (name, _) in READY {
            Mapping::read(name).unwrap();
        }
    }

    #[test]
    fn of_several_rules_the_first_that_fits_counts_and_some_records_are_ignored() {
        let text = r#"{"facts": [
            {"when": {"/kind": "sale"}, "fact": "track", "userId": "/who",
             "eventType": {"value": "purchase"}, "properties": {"fields": {"amount": "/sum"}}},
            {"when": {"/kind": "person"}, "fact": "identify", "userId": "/who", "traits": "/about"}],
            "ignore": [{"/kind": "sale", "/test": true}]}"#;
        let mapping = Mapping::parse(text).unwrap();
        let map = |record| mapping.map(&record, "own");
        let sale = map(json!({"kind": "sale", "who": 7, "sum": 2.5}));
        let call = json!({"type": "track", "userId": "7", "event": "purchase",
            "properties": {"amount": 2.5}, "messageId": "own"});
        assert_eq!(sale, Mapped::Call(call));
        let test = map(json!({"kind": "sale", "test": true}));
        assert_eq!(test, Mapped::Ignored);
        assert_eq!(map(json!({"kind": "visit"})), Mapped::Unknown);
    }

    #[test]
    fn a_wrong_mapping_is_refused_at_its_place() {
        let refused = |text: &str| Mapping::parse(text).unwrap_err();
        let source = r#"{"facts": [{"fact": "track", "userId": "who"}]}"#;
        assert!(refused(source).starts_with("`facts[0].userId`: `who` is no JSON pointer"));
        let key = refused(r#"{"facts": [{"fact": "track", "user": "/who"}]}"#);
        assert!(key.starts_with("`facts[0].user`: unknown field"), "{key}");
        let kind = refused(r#"{"facts": [{"fact": "visit"}]}"#);
        assert!(
            kind.starts_with("`facts[0].fact`: unknown variant"),
            "{kind}"
        );
        assert!(refused(r#"{"facts": []}"#).contains("there is no rule"));
    }
}
