//! Tests of strings, and emptiness.

use super::Scope;
use super::logic::{boolean, not};
use crate::rule::{NodeKind, TextTest};
use crate::value::Value;

impl Scope<'_> {
    /// LIKE, MATCHES, CONTAINS, STARTS WITH, ENDS WITH, IS EMPTY.
    pub(super) fn text(self, kind: &NodeKind) -> Value {
        match kind {
            NodeKind::Text {
                test,
                operand,
                pattern,
                negated,
            } => {
                let holds = matches(test, &self.value(operand), &self.value(pattern));
                boolean(not(holds, *negated))
            }
            NodeKind::IsEmpty { operand, negated } => {
                let is_empty = match self.value(operand) {
                    Value::String(text) => Some(text.is_empty()),
                    Value::List(items) => Some(items.is_empty()),
                    _ => None,
                };
                boolean(not(is_empty, *negated))
            }
            _ => Value::Null,
        }
    }
}

/// `None` where the text or the pattern is NULL.
fn matches(test: &TextTest, text: &Value, pattern: &Value) -> Option<bool> {
    let (Value::String(text), Value::String(pattern)) = (text, pattern) else {
        return None;
    };
    Some(match test {
        TextTest::Like(compiled) => compiled.is_match(text),
        TextTest::Matches(compiled) => compiled.is_match(text),
        TextTest::Contains => text.contains(&**pattern),
        TextTest::StartsWith => text.starts_with(&**pattern),
        TextTest::EndsWith => text.ends_with(&**pattern),
    })
}
