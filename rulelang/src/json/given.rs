//! What a rule only names, in the JSON form: `{"param": "p"}`, lists kept elsewhere, and the values
//! that a rule brings for its parameters.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Map, Value as Json, json};

use crate::ast::{Expr, ExprKind, Name, NamedList};
use crate::diagnostic::Diagnostics;
use crate::limits::{LIST_ITEMS_MAX, STRING_BYTES_MAX};
use crate::value::Value;
use crate::words::is_identifier;

use super::operators::Operator;
use super::read::{Reader, escaped, node};

impl Reader {
    /// The parameter that a value names.
    pub(super) fn parameter(&mut self, map: &Map<String, Json>, at: &str) -> Option<Expr> {
        self.only_keys(map, &["param"], at)?;
        let name = map.get("param").and_then(Json::as_str).unwrap_or_default();
        if is_identifier(name) {
            return Some(node(ExprKind::Parameter(name.to_owned())));
        }
        let help = "write letters, digits and `_`, as in {\"param\": \"min_spent\"}";
        self.shape(&format!("{at}/param"), "this names no parameter", help)
    }

    /// `x IN :p`
    pub(super) fn in_parameter(
        &mut self,
        operand: Box<Expr>,
        json: &Json,
        negated: bool,
        at: &str,
    ) -> Option<ExprKind> {
        let ExprKind::Parameter(name) = self.value(json, at)?.kind else {
            return None;
        };
        Some(ExprKind::InNamed {
            operand,
            list: NamedList::Parameter(named(&name)),
            negated,
        })
    }

    /// `x IN LIST 'l'`
    pub(super) fn in_list(
        &mut self,
        operand: Box<Expr>,
        json: &Json,
        negated: bool,
        at: &str,
    ) -> Option<ExprKind> {
        let Json::String(list) = json else {
            return self.shape(at, "a list is named by a string", "write its name");
        };
        Some(ExprKind::InNamed {
            operand,
            list: NamedList::Stored(named(list)),
            negated,
        })
    }

    /// Values by name, where `at` stands in the JSON; `read` is `None` of what is no such value.
    fn values_by_name<T>(
        &mut self,
        json: &Json,
        at: &str,
        [shape, value]: [(&str, &str); 2],
        read: impl Fn(&Json) -> Option<T>,
    ) -> Option<BTreeMap<String, T>> {
        let Json::Object(map) = json else {
            return self.shape(at, shape.0, shape.1);
        };
        let mut values = BTreeMap::new();
        for (name, json) in map {
            let Some(read) = read(json) else {
                let at = format!("{at}/{}", escaped(name));
                return self.shape(&at, value.0, value.1);
            };
            values.insert(name.clone(), read);
        }
        Some(values)
    }

    /// `"parameters": {"min": 100, "countries": ["DE", "AT"]}` beside a rule.
    pub(super) fn parameters(&mut self, json: &Json, at: &str) -> Option<BTreeMap<String, Value>> {
        let shape = (
            "parameters are a JSON object of values",
            "write {\"min\": 100, \"countries\": [\"DE\", \"AT\"]}",
        );
        let value = (
            "this is no value of a parameter",
            "write a string, a number, true or false, or a list of these",
        );
        self.values_by_name(json, at, [shape, value], given)
    }

    fn lists(&mut self, json: &Json, at: &str) -> Option<BTreeMap<String, Arc<[Value]>>> {
        let shape = (
            "lists are a JSON object of arrays",
            "write {\"blocked_skus\": [\"A-1\", \"B-7\"]}",
        );
        let help = format!("write at most {LIST_ITEMS_MAX} strings, or as many numbers");
        let value = ("this is no list of strings or of numbers", help.as_str());
        self.values_by_name(json, at, [shape, value], list)
    }
}

/// Values of parameters by their names, without the colon: `{"min": 100, "countries": ["DE", "AT"]}`.
///
/// # Errors
/// Anything but a string, a number, TRUE, FALSE or a list of these, and what is beyond the limits of
/// strings and lists; each with its pointer.
pub fn parameters(json: &Json) -> Result<BTreeMap<String, Value>, Diagnostics> {
    let mut reader = Reader::default();
    let read = reader.parameters(json, "");
    read.ok_or(reader.errors)
}

/// Lists by their names: `{"blocked_skus": ["A-1", "B-7"]}`.
///
/// # Errors
/// What is no list of strings or of numbers, and what is beyond the limits of strings and lists; each
/// with its pointer.
pub fn lists(json: &Json) -> Result<BTreeMap<String, Arc<[Value]>>, Diagnostics> {
    let mut reader = Reader::default();
    let read = reader.lists(json, "");
    read.ok_or(reader.errors)
}

/// The items of a list: all strings, or all numbers.
fn list(json: &Json) -> Option<Arc<[Value]>> {
    let Value::List(items) = given(json)? else {
        return None;
    };
    let is_text = |item: &Value| matches!(item, Value::String(_));
    let is_number = |item: &Value| matches!(item, Value::Int(_) | Value::Float(_));
    (items.iter().all(is_text) || items.iter().all(is_number)).then_some(items)
}

/// Whether a value is `{"param": "p"}`.
pub(super) fn names_parameter(json: &Json) -> bool {
    json.get("param").is_some()
}

/// A parameter's value from JSON: a scalar or a list of scalars, but no NULL; `None` of anything
/// else, and beyond the limits of strings and lists.
fn given(json: &Json) -> Option<Value> {
    match json {
        Json::Array(items) if items.len() <= LIST_ITEMS_MAX => {
            let items: Option<Vec<Value>> = items.iter().map(scalar).collect();
            Some(Value::List(items?.into()))
        }
        scalar_json => scalar(scalar_json),
    }
}

fn scalar(json: &Json) -> Option<Value> {
    match json {
        Json::Bool(value) => Some(Value::Bool(*value)),
        Json::Number(number) => match number.as_i64() {
            Some(int) => Some(Value::Int(int)),
            None => number.as_f64().map(Value::float).filter(|it| !it.is_null()),
        },
        Json::String(text) if text.len() <= STRING_BYTES_MAX => Some(Value::string(text)),
        _ => None,
    }
}

fn named(text: &str) -> Name {
    Name {
        text: text.to_owned(),
        span: crate::Span::default(),
    }
}

/// Operator and value of a test against a list that is only named.
pub(super) fn named_json(list: &NamedList, negated: bool) -> (Operator, Json) {
    match list {
        NamedList::Parameter(name) => (Operator::In { negated }, json!({ "param": name.text })),
        NamedList::Stored(name) => (Operator::InList { negated }, json!(name.text)),
    }
}
