//! Segments as they are handed in: the body of `POST /api/segments`, or a file with an array of
//! them, checked in order against one schema.
//!
//! A type that one segment's rule infers is a declaration for the segments after it, so that
//! whoever disagrees is shown both.

use std::fmt;
use std::sync::Arc;

use rule_runtime::Segment;
use rulelang::{Diagnostics, Expected, Rule, Schema, Type};
use serde_json::{Map, Value as Json};

use crate::rules::RuleSource;

const KEYS: &[&str] = &[
    "active",
    "description",
    "draft",
    "id",
    "name",
    "rules",
    "type",
];

/// What a file of segments has where it is no array.
const FILE_KEYS: &[&str] = &["lists", "segments"];

/// Characters of a segment's id.
pub const SEGMENT_ID_MAX: usize = 50;

/// A segment as handed in, its rule checked.
#[derive(Debug, Clone)]
pub struct Definition {
    /// Its id.
    pub id: Arc<str>,
    /// Its name for people; the id where none was given.
    pub name: String,
    /// The rule as handed in.
    pub source: RuleSource,
    /// The checked rule.
    pub rule: Rule,
    /// Warnings of the check.
    pub warnings: Diagnostics,
}

impl Definition {
    /// What the runtime needs of it.
    pub fn segment(&self) -> Segment {
        Segment {
            id: Arc::clone(&self.id),
            rule: self.rule.clone(),
        }
    }
}

/// What is wrong with a file of segments, at one place of it.
#[derive(Debug, Clone)]
pub struct DefinitionError {
    /// JSON pointer into the file.
    pub pointer: String,
    /// What is wrong.
    pub problem: Problem,
}

/// A mistake in a segment.
#[derive(Debug, Clone)]
pub enum Problem {
    /// Of its JSON, with what to do about it.
    Shape {
        /// One line.
        message: String,
        /// What to do.
        fix: String,
    },
    /// Of its rule.
    Rule(Box<WrongRule>),
}

/// A segment's rule that cannot be used.
#[derive(Debug, Clone)]
pub struct WrongRule {
    /// The segment.
    pub segment: String,
    /// The rule.
    pub source: RuleSource,
    /// The findings.
    pub diagnostics: Diagnostics,
}

impl fmt::Display for DefinitionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.problem {
            Problem::Shape { message, .. } => write!(f, "{}: {message}", self.pointer),
            Problem::Rule(wrong) => write!(f, "{}: {}", self.pointer, wrong.diagnostics),
        }
    }
}

/// Reads and checks an array of segments, or `{"segments": […], "lists": {…}}`, whose lists are those
/// that the rules name. Those with `"active": false` or `"draft": true` are
/// left out. On success the types that their rules inferred are declared in `schema`.
///
/// # Errors
/// Everything that is wrong, in the order of the file; at least one.
pub fn read_definitions(
    json: &Json,
    schema: &mut Schema,
) -> Result<Vec<Definition>, Vec<DefinitionError>> {
    let (items, at) = unpacked(json, schema).map_err(|error| vec![error])?;
    let mut errors = vec![];
    let mut drafts: Vec<Draft<'_>> = vec![];
    for (index, item) in items.iter().enumerate() {
        match Draft::read(item, format!("{at}/{index}")) {
            Ok(draft) if drafts.iter().any(|earlier| earlier.id == draft.id) => {
                let message = format!("a second segment has the id `{}`", draft.id);
                let place = format!("{}/id", draft.at);
                errors.push(shape(&place, &message, "give it another id"));
            }
            Ok(draft) => drafts.push(draft),
            Err(error) => errors.push(error),
        }
    }
    drafts.retain(|draft| draft.is_active);
    schema.segments = Some(drafts.iter().map(|draft| draft.id.to_owned()).collect());
    let mut definitions = vec![];
    for draft in &drafts {
        match draft.check(schema) {
            Ok(definition) => {
                declare_types(&definition.rule, &definition.id, schema);
                definitions.push(definition);
            }
            Err(error) => errors.push(error),
        }
    }
    if errors.is_empty() {
        Ok(definitions)
    } else {
        Err(errors)
    }
}

/// The segments of a file and where in it they stand; its lists are declared in `schema`.
fn unpacked<'a>(
    json: &'a Json,
    schema: &mut Schema,
) -> Result<(&'a [Json], &'static str), DefinitionError> {
    let fix = "write `[{\"id\": \"vip\", \"name\": \"VIP\", \"rules\": {…}}]`";
    let message = "the file is not a JSON array of segments";
    let Some(object) = json.as_object() else {
        let items = json.as_array().ok_or_else(|| shape("", message, fix))?;
        return Ok((items, ""));
    };
    if let Some(unknown) = object.keys().find(|key| !FILE_KEYS.contains(&key.as_str())) {
        let message = format!("`{unknown}` is not a key of a file of segments");
        let fix = "a file is an array of segments, or has `segments` and `lists`";
        return Err(shape(&format!("/{unknown}"), &message, fix));
    }
    if let Some(lists) = object.get("lists") {
        schema.lists = rulelang::json::lists(lists).map_err(|found| {
            let first = found.iter().next();
            let inner = first.and_then(|found| found.pointer.as_deref());
            let message = first.map_or("", |found| found.message.as_str());
            let help = first.and_then(|found| found.help.as_deref());
            let place = format!("/lists{}", inner.unwrap_or_default());
            shape(&place, message, help.unwrap_or_default())
        })?;
    }
    let items = object.get("segments").and_then(Json::as_array);
    let items = items.ok_or_else(|| shape("/segments", message, fix))?;
    Ok((items, "/segments"))
}

/// Makes the types that a rule inferred declarations by its segment; earlier ones stay.
pub fn declare_types(rule: &Rule, segment: &str, schema: &mut Schema) {
    let by = format!("segment `{segment}`");
    let is_known = |ty: Type| !matches!(ty, Type::Null | Type::Any);
    for field in rule.fields.iter().filter(|field| is_known(field.ty)) {
        if !schema.fields.contains_key(&*field.name) {
            schema.declare_field(&field.name, field.ty, &by);
        }
    }
    for aggregate in rule.events() {
        let event = aggregate.event.as_deref().unwrap_or("*");
        for property in &aggregate.properties {
            let key = (event.to_owned(), property.name.to_string());
            let is_free = !schema.properties.contains_key(&key) && key.1 != "timestamp";
            if is_free && is_known(property.ty) {
                schema.declare_property(event, &property.name, property.ty, &by);
            }
        }
    }
}

struct Draft<'a> {
    /// Its place in the file, a JSON pointer.
    at: String,
    id: &'a str,
    name: &'a str,
    rules: &'a Json,
    is_active: bool,
}

impl<'a> Draft<'a> {
    fn read(item: &'a Json, place: String) -> Result<Self, DefinitionError> {
        let at = |key: &str| format!("{place}{key}");
        let Some(object) = item.as_object() else {
            let fix = "write `{\"id\": \"vip\", \"name\": \"VIP\", \"rules\": {…}}`";
            return Err(shape(&at(""), "a segment is a JSON object", fix));
        };
        check_keys(object, &place)?;
        let id = object.get("id").and_then(Json::as_str).ok_or_else(|| {
            let fix = "add an `id`, like `\"id\": \"demo-vip-users\"`";
            shape(&at(""), "the segment has no `id`", fix)
        })?;
        let is_allowed = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_' | b'-');
        if id.is_empty() || id.len() > SEGMENT_ID_MAX || !id.bytes().all(is_allowed) {
            let message = format!("`{id}` is not a segment id");
            let fix = "use 1 to 50 characters of a-z, 0-9, `_` and `-`";
            return Err(shape(&at("/id"), &message, fix));
        }
        let rules = object.get("rules").ok_or_else(|| {
            let fix = "add `\"rules\": {\"expression\": \"…\"}` or `{\"conditions\": […]}`";
            shape(&at(""), "the segment has no `rules`", fix)
        })?;
        let flag = |key: &str| object.get(key).and_then(Json::as_bool);
        Ok(Self {
            id,
            name: object.get("name").and_then(Json::as_str).unwrap_or(id),
            rules,
            is_active: flag("active").unwrap_or(true) && !flag("draft").unwrap_or(false),
            at: place,
        })
    }

    fn check(&self, schema: &Schema) -> Result<Definition, DefinitionError> {
        let mut source = RuleSource::default();
        let read = RuleSource::from_json(self.rules);
        let checked = read.and_then(|read| {
            source = read;
            source.check(schema, Expected::Condition)
        });
        match checked {
            Ok(checked) => Ok(Definition {
                id: self.id.into(),
                name: self.name.to_owned(),
                source,
                rule: checked.rule,
                warnings: checked.warnings,
            }),
            Err(diagnostics) => {
                let first = diagnostics.iter().next();
                let inner = first.and_then(|item| item.pointer.as_deref());
                let pointer = format!("{}/rules{}", self.at, inner.unwrap_or_default());
                let problem = Problem::Rule(Box::new(WrongRule {
                    segment: self.id.to_owned(),
                    source,
                    diagnostics,
                }));
                Err(DefinitionError { pointer, problem })
            }
        }
    }
}

fn check_keys(object: &Map<String, Json>, at: &str) -> Result<(), DefinitionError> {
    let Some(unknown) = object.keys().find(|key| !KEYS.contains(&key.as_str())) else {
        return Ok(());
    };
    let nearest = KEYS
        .iter()
        .min_by_key(|key| strsim::levenshtein(key, unknown));
    let fix = nearest.map_or_else(String::new, |key| format!("did you mean `{key}`?"));
    let message = format!("`{unknown}` is not a key of a segment");
    Err(shape(&format!("{at}/{unknown}"), &message, &fix))
}

fn shape(pointer: &str, message: &str, fix: &str) -> DefinitionError {
    DefinitionError {
        pointer: pointer.to_owned(),
        problem: Problem::Shape {
            message: message.to_owned(),
            fix: fix.to_owned(),
        },
    }
}
