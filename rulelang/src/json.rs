//! The JSON form of rules, to text and back.
//!
//! A rule is a *group* or a *leaf*:
//!
//! - `{"conditions": […]}` and `{"all": […]}` are AND, `{"any": […]}` is OR, `{"none": […]}` is
//!   NOT of an OR, `{"not": {…}}` is NOT; `{"combinator": "and"|"or", "conditions": […]}`.
//! - `{"field": "country", "operator": "eq", "value": "US"}`; the value is a constant, a list
//!   where the operator takes one, or `{"field": "x"}`. `"missing": "match"` adds
//!   `OR country IS NULL`.
//! - Times: `before` and `after` read a string as a `TIMESTAMP` (or a `DATE`); `within_last`,
//!   `within_next` and `older_than` take `"30d"`, `"30 days"` or `{"days": 30}`.
//! - `within_last` also takes units of a calendar, `{"count": 30, "unit": "calendar_days", "zone":
//!   "Europe/Berlin"}` (UTC without a zone), and so does the `last` of a window;
//!   `anniversary_within_last` and `anniversary_within_next` take these, a duration, or one with a
//!   zone, `{"count": 7, "unit": "days", "zone": …}`. `during` takes `{"start": …, "end": …}`.
//! - `version_gte` and its family compare versions, as `VERSION_COMPARE` does.
//! - `{"operator": "in_segment", "value": "vip"}`; `in_list` names a list.
//! - `{"param": "min"}` in place of a constant, or of the list of `in`, is the parameter `:min`. The
//!   outermost object may have `"parameters": {"min": 100}` beside its group or leaf.
//! - An aggregate: `{"aggregate": "sum", "field": "purchase.amount", "window": {"last": "30d"},
//!   "where": {…group or leaf over the event's properties…}, "operator": "gt", "value": 100}`.
//!   `aggregate` is `count`, `sum`, `avg`, `min`, `max`, `first`, `last` or `count_distinct`;
//!   `field` is `event.property`, for `count` the event alone (`*` is any event). An event whose
//!   name has a dot goes into `"event"`, and `field` is then the property alone. `window` is
//!   `"30d"`, `{"last": "30d"}`, `{"from": "90d", "to": "30d"}` or `{"start": "2026-01-01T00:00:00Z",
//!   "end": …}`; without one it is all time.
//! - A sequence: `{"sequence": [{"event": "view", "window": "7d", "where": {…}}, {"event": "cart",
//!   "within": "1h"}, {"event": "purchase", "within": "24h", "not": true}]}`. A window stands in the
//!   first step only, `within` in the others, `not` in the last.
//! - A share of users: `{"percent": 12.5, "salt": "june"}`.
//! - `{"expression": "…"}` holds what no leaf can say, as text.
//!
//! The invariant: `from_json(to_json(e)).text` parses to `e` again.

mod given;
mod leaf;
mod locate;
mod operators;
mod percent;
mod read;
mod sequence;
mod spans;
#[cfg(test)]
mod tests;
mod values;
mod write;

use std::collections::BTreeMap;

use crate::ast::Expr;
use crate::diagnostic::Diagnostics;
use crate::value::Value;
use crate::{Code, Span};

pub use given::{lists, parameters};

/// A rule read from its JSON form.
#[derive(Debug, Clone)]
pub struct JsonRule {
    /// The canonical text that the JSON form stands for; parse and check this.
    pub text: String,
    /// What it gives for its parameters, by their names without the colon.
    pub parameters: BTreeMap<String, Value>,
    /// Which JSON pointer each range of `text` came from, innermost last.
    pub pointers: Vec<(Span, String)>,
}

impl JsonRule {
    /// The pointer to the innermost part of the JSON form that `span` of the text came from; the
    /// empty one, the root, where it came from several.
    pub fn pointer(&self, span: Span) -> &str {
        let covers = |range: &Span| range.start <= span.start && span.end <= range.end;
        let innermost = self.pointers.iter().rev();
        innermost
            .filter(|(range, _)| covers(range))
            .map(|(_, pointer)| pointer.as_str())
            .next()
            .unwrap_or("")
    }

    /// Says of each finding about the text where in the JSON form it is.
    #[must_use]
    pub fn locate(&self, found: &Diagnostics) -> Diagnostics {
        let mut located = Diagnostics::default();
        for diagnostic in found {
            let mut diagnostic = diagnostic.clone();
            let pointer = self.pointer(diagnostic.span);
            let is_left_out = diagnostic.code == Code::AbsentExcluded;
            if is_left_out && self.is_of_field(pointer) && !is_turned(pointer) {
                diagnostic.help = Some(r#"add `"missing": "match"` to keep them"#.to_owned());
            }
            diagnostic.pointer = Some(pointer.to_owned());
            located.push(diagnostic);
        }
        located
    }

    /// Whether a pointer is to a leaf about a field.
    fn is_of_field(&self, leaf: &str) -> bool {
        let mut pointers = self.pointers.iter();
        pointers.any(|(_, pointer)| pointer.strip_prefix(leaf) == Some("/field"))
    }
}

/// Whether a NOT stands over the leaf, so that what matches keeps nobody.
fn is_turned(leaf: &str) -> bool {
    let groups = leaf.rsplit('/').take_while(|key| *key != "where");
    groups.filter(|key| matches!(*key, "not" | "none")).count() % 2 == 1
}

/// Reads the JSON form: a group, a leaf, or `{"expression": "…"}`. Each error has its
/// [`pointer`](crate::Diagnostic::pointer); the text is not checked.
pub fn from_json(json: &serde_json::Value) -> Result<JsonRule, Diagnostics> {
    let (rule, parameters) = read::read(json)?;
    let expr = read::to_expr(&rule);
    let text = crate::format(&expr);
    let parsed = crate::parse(&text).map_err(|mut found| {
        found = JsonRule {
            text: text.clone(),
            parameters: BTreeMap::new(),
            pointers: vec![],
        }
        .locate(&found);
        found
    })?;
    let pointers = locate::ranges(&rule, &parsed);
    Ok(JsonRule {
        text,
        parameters,
        pointers,
    })
}

/// The JSON form of an expression; what no leaf can say is `{"expression": "…"}`.
pub fn to_json(expr: &Expr) -> serde_json::Value {
    write::condition(expr)
}
