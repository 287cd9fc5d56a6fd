//! Kleene's three-valued logic, the tests that see through NULL, and choices.
//!
//! A truth value is an `Option<bool>` here; `None` is unknown.

use super::Scope;
use super::comparisons::equal;
use crate::rule::{Node, NodeKind};
use crate::value::Value;

impl Scope<'_> {
    /// Connectives and the tests of NULL and truth.
    pub(super) fn logic(self, kind: &NodeKind) -> Value {
        match kind {
            NodeKind::Not(operand) => boolean(not(self.truth(operand), true)),
            NodeKind::And(terms) => boolean(all(terms.iter().map(|term| self.truth(term)))),
            NodeKind::Or(terms) => boolean(any(terms.iter().map(|term| self.truth(term)))),
            NodeKind::IsNull { operand, negated } => {
                Value::Bool(self.value(operand).is_null() != *negated)
            }
            NodeKind::IsTruth {
                operand,
                truth,
                negated,
            } => Value::Bool((self.truth(operand) == Some(*truth)) != *negated),
            _ => Value::Null,
        }
    }

    /// COALESCE, NULLIF and CASE.
    pub(super) fn choice(self, kind: &NodeKind) -> Value {
        match kind {
            NodeKind::Coalesce(arguments) => arguments
                .iter()
                .map(|argument| self.value(argument))
                .find(|value| !value.is_null())
                .unwrap_or_default(),
            NodeKind::NullIf(first, second) => {
                let first = self.value(first);
                if equal(&first, &self.value(second)) == Some(true) {
                    Value::Null
                } else {
                    first
                }
            }
            NodeKind::Case {
                branches,
                otherwise,
            } => {
                let chosen = branches
                    .iter()
                    .find(|(condition, _)| self.truth(condition) == Some(true))
                    .map_or(&**otherwise, |(_, value)| value);
                self.value(chosen)
            }
            _ => Value::Null,
        }
    }

    fn truth(self, node: &Node) -> Option<bool> {
        match self.value(node) {
            Value::Bool(truth) => Some(truth),
            _ => None,
        }
    }
}

/// A truth value as a value.
pub(super) fn boolean(truth: Option<bool>) -> Value {
    truth.map_or(Value::Null, Value::Bool)
}

/// Kleene's NOT where `negated`, the same value otherwise.
pub(super) fn not(truth: Option<bool>, negated: bool) -> Option<bool> {
    truth.map(|truth| truth != negated)
}

/// Kleene's AND: FALSE where any is FALSE, else unknown where any is unknown; of nothing TRUE.
pub(super) fn all(truths: impl IntoIterator<Item = Option<bool>>) -> Option<bool> {
    not(any(truths.into_iter().map(|truth| not(truth, true))), true)
}

/// Kleene's OR: TRUE where any is TRUE, else unknown where any is unknown; of nothing FALSE.
pub(super) fn any(truths: impl IntoIterator<Item = Option<bool>>) -> Option<bool> {
    let truths: Vec<Option<bool>> = truths.into_iter().collect();
    if truths.contains(&Some(true)) {
        Some(true)
    } else if truths.contains(&None) {
        None
    } else {
        Some(false)
    }
}
