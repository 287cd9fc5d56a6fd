//! What names a rule may use and what types they have.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::types::Type;
use crate::value::Value;

/// The declared fields, event properties and computed traits.
///
/// An *open* schema lets a rule use names that nobody declared: their types are inferred from
/// their uses. A *closed* one refuses them with a suggestion.
#[derive(Debug, Clone, PartialEq)]
pub struct Schema {
    /// Whether undeclared names are inferred rather than refused.
    pub open: bool,
    /// Profile fields by name (`address.city` is one name).
    pub fields: BTreeMap<String, Declared>,
    /// Event properties by (event type, property name).
    pub properties: BTreeMap<(String, String), Declared>,
    /// Computed traits: name to rule text. They win over fields of the same name.
    pub traits: BTreeMap<String, String>,
    /// The segments that `IN SEGMENT` may name; `None` accepts any, for whoever checks it later.
    pub segments: Option<Vec<String>>,
    /// What a field becomes that no use in the rule types.
    pub untyped: Untyped,
    /// The values of parameters by their names, without the colon. A string stands for the instant
    /// that it names beside an instant or a duration, and in tests of time.
    pub parameters: BTreeMap<String, Value>,
    /// The lists that `IN LIST` may name, each of strings or of numbers.
    pub lists: BTreeMap<String, Arc<[Value]>>,
}

/// A declared type and who declared it, for the message when a use disagrees.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Declared {
    /// The type.
    pub ty: Type,
    /// ``segment `vip` ``, `the schema`, …: completes "declared float by …".
    pub by: String,
}

/// What happens to a field that neither a declaration nor a use types (`EXISTS plan` alone).
#[derive(Debug, Clone, PartialEq)]
pub enum Untyped {
    /// An error that asks for a declaration. Whatever is saved or run live uses this.
    Refused,
    /// The type of its binding; a field with no binding is NULL. For `rule eval`.
    FromBindings(BTreeMap<String, Type>),
}

impl Default for Schema {
    /// An open schema with the three default computed traits and no segment list.
    fn default() -> Self {
        let traits = [
            ("totalSpent", "SUM(purchase.amount)"),
            ("eventCount", "COUNT(*)"),
            ("lastActivity", "LAST(*.timestamp)"),
        ];
        Self {
            open: true,
            fields: BTreeMap::new(),
            properties: BTreeMap::new(),
            traits: traits
                .map(|(name, text)| (name.to_owned(), text.to_owned()))
                .into(),
            segments: None,
            untyped: Untyped::Refused,
            parameters: BTreeMap::new(),
            lists: BTreeMap::new(),
        }
    }
}

impl Schema {
    /// Declares a profile field, replacing an earlier declaration.
    pub fn declare_field(&mut self, name: &str, ty: Type, by: &str) {
        self.fields.insert(
            name.to_owned(),
            Declared {
                ty,
                by: by.to_owned(),
            },
        );
    }

    /// Declares a property of one event type, replacing an earlier declaration.
    pub fn declare_property(&mut self, event: &str, name: &str, ty: Type, by: &str) {
        let key = (event.to_owned(), name.to_owned());
        self.properties.insert(
            key,
            Declared {
                ty,
                by: by.to_owned(),
            },
        );
    }
}
