//! A schema written down as JSON:
//!
//! ```json
//! {"fields": {"age": "int"}, "properties": {"purchase": {"amount": "float"}},
//!  "traits": {"spentLastMonth": "SUM(purchase.amount WITHIN LAST 30 DAYS)"}, "closed": false,
//!  "lists": {"blocked_skus": ["A-1", "B-7"]}}
//! ```
//!
//! Every key may be left out. `traits` are added to the default computed traits; `lists` are what `IN
//! LIST` may name.

use std::collections::BTreeMap;

use rulelang::{Schema, Type};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;
use thiserror::Error;

use crate::distinct_keys::{Repeated, check_keys};
use crate::json_pointer::reference_token;

/// Why a schema file cannot be used.
#[derive(Debug, Error)]
pub enum SchemaFileError {
    /// Not the documented JSON.
    #[error("malformed schema: {0}")]
    Malformed(#[from] serde_json::Error),
    /// A type that the language does not have.
    #[error("`{name}` at `{pointer}` is not a type")]
    UnknownType {
        /// The type as written.
        name: String,
        /// Where it stands.
        pointer: String,
    },
    /// What is no list of strings or of numbers, or a name given twice.
    #[error("{message}, at `{pointer}`")]
    Wrong {
        /// What is wrong.
        message: String,
        /// Where it stands.
        pointer: String,
    },
}

/// Types by name, and computed traits by the text of their rules.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SchemaFile {
    /// Types of profile fields.
    #[serde(default)]
    fields: BTreeMap<String, String>,
    /// Types of events' properties, by event type.
    #[serde(default)]
    properties: BTreeMap<String, BTreeMap<String, String>>,
    #[serde(default)]
    traits: BTreeMap<String, String>,
    /// Whether names that are not declared are refused.
    #[serde(default)]
    closed: bool,
    /// Lists of strings or of numbers, by name.
    #[serde(default)]
    #[schemars(with = "Option<BTreeMap<String, Vec<Value>>>")]
    lists: Option<Value>,
}

/// Reads a schema from its JSON text.
pub fn read_schema(text: &str) -> Result<Schema, SchemaFileError> {
    let file: SchemaFile = serde_json::from_str(text)?;
    check_keys(text)
        .map_err(|Repeated { message, pointer }| SchemaFileError::Wrong { message, pointer })?;
    let mut schema = Schema {
        open: !file.closed,
        ..Schema::default()
    };
    for (name, ty) in &file.fields {
        let ty = type_at(ty, || format!("/fields/{}", reference_token(name)))?;
        schema.declare_field(name, ty, "the schema");
    }
    for (event, properties) in &file.properties {
        for (name, ty) in properties {
            let ty = type_at(ty, || {
                format!(
                    "/properties/{}/{}",
                    reference_token(event),
                    reference_token(name)
                )
            })?;
            schema.declare_property(event, name, ty, "the schema");
        }
    }
    schema.traits.extend(file.traits);
    if let Some(lists) = &file.lists {
        schema.lists = rulelang::json::lists(lists).map_err(|found| {
            let first = found.iter().next();
            let pointer = first.and_then(|found| found.pointer.as_deref());
            SchemaFileError::Wrong {
                message: first.map_or_else(String::new, |found| found.message.clone()),
                pointer: format!("/lists{}", pointer.unwrap_or_default()),
            }
        })?;
    }
    Ok(schema)
}

fn type_at(name: &str, pointer: impl FnOnce() -> String) -> Result<Type, SchemaFileError> {
    Type::from_name(name).ok_or_else(|| SchemaFileError::UnknownType {
        name: name.to_owned(),
        pointer: pointer(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_schema_declares_and_keeps_the_default_traits() {
        let schema = read_schema(r#"{"fields":{"age":"int"},"traits":{"x":"COUNT(*)"}}"#).unwrap();
        assert_eq!(schema.fields["age"].ty, Type::Int);
        assert!(schema.open && schema.traits.contains_key("totalSpent"));
    }

    #[test]
    fn lists_are_read_and_their_mistakes_named() {
        let schema = read_schema(r#"{"lists":{"blocked":["a","b"]}}"#).unwrap();
        assert_eq!(schema.lists["blocked"].len(), 2);
        let error = read_schema(r#"{"lists":{"blocked":["a",1]}}"#).unwrap_err();
        let expected = "this is no list of strings or of numbers, at `/lists/blocked`";
        assert_eq!(error.to_string(), expected);
    }

    #[test]
    fn a_name_given_twice_is_an_error() {
        let error = read_schema(r#"{"fields":{"age":"int","age":"string"}}"#).unwrap_err();
        assert_eq!(error.to_string(), "`age` is given twice, at `/fields`");
    }

    #[test]
    fn an_unknown_type_is_named_with_its_place() {
        let error = read_schema(r#"{"properties":{"buy":{"n":"number"}}}"#).unwrap_err();
        assert_eq!(
            error.to_string(),
            "`number` at `/properties/buy/n` is not a type"
        );
    }
}
