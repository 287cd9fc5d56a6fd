//! Groups: JSON to a tree that remembers where each part came from.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde_json::{Map, Value as Json};

use crate::ast::{Expr, ExprKind};
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::limits::{JSON_BYTES_MAX, NESTING_DEPTH_MAX, NODES_MAX};
use crate::value::Value;
use crate::{Code, Span};

/// A part of the JSON form and where it stands there.
#[derive(Debug)]
pub(super) struct Part {
    pub(super) pointer: String,
    pub(super) kind: PartKind,
}

#[derive(Debug)]
pub(super) enum PartKind {
    All(Vec<Part>),
    Any(Vec<Part>),
    Not(Box<Part>),
    /// An `expression`.
    Text(Expr),
    /// A leaf and the `where` of its aggregate.
    Leaf(Expr, Option<Box<Part>>),
    /// A sequence and the `where` of each of its steps.
    Sequence(Expr, Vec<Option<Part>>),
}

/// The keys that make an object a group.
const GROUPS: [&str; 7] = [
    "conditions",
    "all",
    "any",
    "none",
    "not",
    "expression",
    "sequence",
];
/// The keys that a leaf may have.
pub(super) const LEAF_KEYS: [&str; 8] = [
    "field",
    "operator",
    "value",
    "missing",
    "window",
    "aggregate",
    "where",
    "event",
];

/// Reads a whole rule, and what it gives for its parameters.
pub(super) fn read(json: &Json) -> Result<(Part, BTreeMap<String, Value>), Diagnostics> {
    let mut reader = Reader::default();
    let Some(bytes) = measure(json, 0) else {
        let message = too_deep();
        return Err(error(Code::NestingTooDeep, "", message).into());
    };
    if bytes > JSON_BYTES_MAX {
        let message = format!("the JSON form has {bytes} bytes; the limit is {JSON_BYTES_MAX}");
        return Err(error(Code::TooLarge, "", message).into());
    }
    let mut parameters = Some(BTreeMap::new());
    let mut json = Cow::Borrowed(json);
    if json.get("parameters").is_some()
        && let Json::Object(map) = json.to_mut()
        && let Some(given) = map.remove("parameters")
    {
        parameters = reader.parameters(&given, "/parameters");
    }
    let part = reader.part(&json, String::new(), 0);
    match part.zip(parameters) {
        Some(read) if reader.errors.is_empty() => Ok(read),
        _ => Err(reader.errors),
    }
}

/// The expression that a part stands for; its spans mean nothing.
pub(super) fn to_expr(part: &Part) -> Expr {
    match &part.kind {
        PartKind::All(parts) | PartKind::Any(parts) => match parts.as_slice() {
            [only] => to_expr(only),
            parts => {
                let terms = parts.iter().map(to_expr).collect();
                node(match part.kind {
                    PartKind::All(_) => ExprKind::And(terms),
                    _ => ExprKind::Or(terms),
                })
            }
        },
        PartKind::Not(part) => node(ExprKind::Not(Box::new(to_expr(part)))),
        PartKind::Text(expr) | PartKind::Leaf(expr, _) | PartKind::Sequence(expr, _) => {
            expr.clone()
        }
    }
}

/// An expression without a place.
pub(super) fn node(kind: ExprKind) -> Expr {
    let span = Span::default();
    Expr { kind, span }
}

/// A key as a JSON pointer has it.
pub(super) fn escaped(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}

/// How many bytes a value takes as compact JSON, an escaped character counted as itself; `None` where it
/// nests too deeply. A group is two levels of JSON, its object and its list.
fn measure(json: &Json, depth: usize) -> Option<usize> {
    if depth > 2 * NESTING_DEPTH_MAX {
        return None;
    }
    let within = |sizes: &mut dyn Iterator<Item = Option<usize>>, items: usize| {
        let bytes: Option<usize> = sizes.sum();
        Some(bytes? + 2 + items.saturating_sub(1))
    };
    match json {
        Json::Null | Json::Bool(true) => Some(4),
        Json::Bool(false) => Some(5),
        Json::Number(number) => Some(number.to_string().len()),
        Json::String(text) => Some(text.len() + 2),
        Json::Array(items) => {
            let mut sizes = items.iter().map(|item| measure(item, depth + 1));
            within(&mut sizes, items.len())
        }
        Json::Object(map) => {
            let size =
                |(key, value): (&String, &Json)| Some(key.len() + 3 + measure(value, depth + 1)?);
            within(&mut map.iter().map(size), map.len())
        }
    }
}

fn too_deep() -> String {
    format!("groups nest deeper than {NESTING_DEPTH_MAX} levels, the limit")
}

/// An error at a place of the JSON form.
fn error(code: Code, pointer: &str, message: impl Into<String>) -> Diagnostic {
    let mut found = Diagnostic::error(code, Span::default(), message);
    found.pointer = Some(pointer.to_owned());
    found
}

/// Collects the errors while reading.
#[derive(Debug, Default)]
pub(super) struct Reader {
    pub(super) errors: Diagnostics,
    parts: usize,
}

impl Reader {
    /// Reports an error and stands in for what it spoilt.
    pub(super) fn fail<T>(
        &mut self,
        code: Code,
        pointer: &str,
        message: impl Into<String>,
    ) -> Option<T> {
        let found = error(code, pointer, message);
        self.errors.push(found);
        None
    }

    /// As [`Reader::fail`], for a shape that is not the documented one, with what to do.
    pub(super) fn shape<T>(&mut self, pointer: &str, message: &str, help: &str) -> Option<T> {
        let found = error(Code::JsonShape, pointer, message);
        self.errors.push(found.with_help(help));
        None
    }

    /// Reports an operator, function or key that does not exist.
    pub(super) fn unknown<T>(
        &mut self,
        code: Code,
        pointer: &str,
        message: String,
        nearest: Option<&str>,
    ) -> Option<T> {
        let mut found = error(code, pointer, message);
        if let Some(nearest) = nearest {
            found = found.with_help(format!("did you mean `{nearest}`?"));
        }
        self.errors.push(found);
        None
    }

    /// Reads a group or a leaf.
    pub(super) fn part(&mut self, json: &Json, pointer: String, depth: usize) -> Option<Part> {
        self.parts += 1;
        if self.parts > NODES_MAX {
            let message = format!("a rule has at most {NODES_MAX} conditions and groups");
            return self.fail(Code::TooLarge, &pointer, message);
        }
        if depth > NESTING_DEPTH_MAX {
            return self.fail(Code::NestingTooDeep, &pointer, too_deep());
        }
        let Json::Object(map) = json else {
            let help =
                "a group such as {\"all\": […]}, or {\"field\": …, \"operator\": …, \"value\": …}";
            return self.shape(&pointer, "a condition is a JSON object", help);
        };
        let mut groups = GROUPS.into_iter().filter(|group| map.contains_key(*group));
        match (groups.next(), groups.next()) {
            (None, _) if map.contains_key("combinator") => self.shape(
                &pointer,
                "a combinator needs `conditions`",
                "add `conditions`",
            ),
            (None, _) => self.leaf(map, pointer, depth),
            (Some(group), None) => self.group(group, map, pointer, depth),
            (Some(one), Some(other)) => {
                let message = format!("an object is one group, not both `{one}` and `{other}`");
                self.shape(
                    &pointer,
                    &message,
                    "put the two into an outer {\"all\": […]}",
                )
            }
        }
    }

    fn group(
        &mut self,
        group: &str,
        map: &Map<String, Json>,
        pointer: String,
        depth: usize,
    ) -> Option<Part> {
        let inner = format!("{pointer}/{group}");
        let json = map.get(group)?;
        let keys: &[&str] = match group {
            "conditions" => &["conditions", "combinator"],
            _ => std::slice::from_ref(&group),
        };
        self.only_keys(map, keys, &pointer)?;
        let kind = match group {
            "not" => PartKind::Not(Box::new(self.part(json, inner, depth + 1)?)),
            "expression" => PartKind::Text(self.expression(json, &inner)?),
            "sequence" => self.sequence(json, &inner, depth)?,
            "any" => PartKind::Any(self.parts(json, &inner, depth)?),
            "none" => {
                let any = PartKind::Any(self.parts(json, &inner, depth)?);
                let kind = any;
                PartKind::Not(Box::new(Part {
                    pointer: inner,
                    kind,
                }))
            }
            "conditions" => {
                let is_or = self.is_or(map, &pointer);
                let parts = self.parts(json, &inner, depth);
                if is_or? {
                    PartKind::Any(parts?)
                } else {
                    PartKind::All(parts?)
                }
            }
            _ => PartKind::All(self.parts(json, &inner, depth)?),
        };
        Some(Part { pointer, kind })
    }

    fn is_or(&mut self, map: &Map<String, Json>, pointer: &str) -> Option<bool> {
        let Some(combinator) = map.get("combinator") else {
            return Some(false);
        };
        match combinator.as_str().map(str::to_lowercase).as_deref() {
            Some("and") => Some(false),
            Some("or") => Some(true),
            _ => self.shape(
                &format!("{pointer}/combinator"),
                "a combinator is \"and\" or \"or\"",
                "write \"and\" or \"or\"",
            ),
        }
    }

    fn parts(&mut self, json: &Json, pointer: &str, depth: usize) -> Option<Vec<Part>> {
        let Json::Array(items) = json else {
            return self.shape(pointer, "a group is a list of conditions", "write […]");
        };
        if items.is_empty() {
            let help = "add one, such as {\"field\": \"totalSpent\", \"operator\": \"gt\", \"value\": 1000}";
            return self.shape(
                pointer,
                "a rule needs a condition, and this group has none",
                help,
            );
        }
        // Every item is read before giving up, so that all mistakes are told at once.
        let parts: Vec<_> = items
            .iter()
            .enumerate()
            .map(|(index, item)| self.part(item, format!("{pointer}/{index}"), depth + 1))
            .collect();
        parts.into_iter().collect()
    }

    fn expression(&mut self, json: &Json, pointer: &str) -> Option<Expr> {
        let Json::String(text) = json else {
            return self.shape(
                pointer,
                "an expression is a string",
                "write the rule's text",
            );
        };
        match crate::parse(text) {
            Ok(expr) => Some(expr),
            Err(found) => {
                for diagnostic in &found {
                    let mut diagnostic = diagnostic.clone();
                    diagnostic.pointer = Some(pointer.to_owned());
                    self.errors.push(diagnostic);
                }
                None
            }
        }
    }

    /// Reports keys that do not belong.
    pub(super) fn only_keys(
        &mut self,
        map: &Map<String, Json>,
        keys: &[&str],
        pointer: &str,
    ) -> Option<()> {
        let mut all_known = Some(());
        for key in map.keys().filter(|key| !keys.contains(&key.as_str())) {
            let nearest = crate::check::nearest(key, keys.iter().copied());
            let message = format!("there is no key `{key}` here");
            let pointer = format!("{pointer}/{}", escaped(key));
            all_known = self.unknown(Code::JsonShape, &pointer, message, nearest);
        }
        all_known
    }
}
