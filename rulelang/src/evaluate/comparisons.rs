//! Comparisons and what is made of them: IN, BETWEEN, CONTAINS ANY, IS DISTINCT FROM.

use std::cmp::Ordering;

use super::arithmetic::instant;
use super::logic::{all, any, boolean, not};
use super::{Scope, Value};
use crate::rule::{CompareOp, NodeKind, Quantifier};

impl Scope<'_> {
    /// The operators that ask for the order or the equality of values.
    pub(super) fn comparison(self, kind: &NodeKind) -> Value {
        match kind {
            NodeKind::Compare { op, left, right } => {
                boolean(compares(*op, &self.value(left), &self.value(right)))
            }
            NodeKind::Distinct {
                left,
                right,
                negated,
            } => {
                let is_distinct = distinct(&self.value(left), &self.value(right));
                Value::Bool(is_distinct != *negated)
            }
            NodeKind::In {
                operand,
                items,
                negated,
            } => {
                let operand = self.value(operand);
                let found = any(items.iter().map(|item| equal(&operand, &self.value(item))));
                boolean(not(found, *negated))
            }
            NodeKind::Between {
                operand,
                low,
                high,
                negated,
            } => {
                let (low, high) = (self.value(low), self.value(high));
                let operand = self.value(operand);
                let inside = all([
                    compares(CompareOp::LessOrEqual, &low, &operand),
                    compares(CompareOp::LessOrEqual, &operand, &high),
                ]);
                boolean(not(inside, *negated))
            }
            NodeKind::ContainsItems {
                quantifier,
                operand,
                items,
                negated,
            } => {
                let items: Vec<Value> = items.iter().map(|item| self.value(item)).collect();
                let holds = contains_items(*quantifier, &self.value(operand), &items);
                boolean(not(holds, *negated))
            }
            _ => Value::Null,
        }
    }
}

/// A comparison; `None` where a side is NULL.
fn compares(op: CompareOp, left: &Value, right: &Value) -> Option<bool> {
    match op {
        CompareOp::Equal => equal(left, right),
        CompareOp::NotEqual => equal(left, right).map(|equal| !equal),
        CompareOp::Less => order(left, right).map(Ordering::is_lt),
        CompareOp::LessOrEqual => order(left, right).map(Ordering::is_le),
        CompareOp::Greater => order(left, right).map(Ordering::is_gt),
        CompareOp::GreaterOrEqual => order(left, right).map(Ordering::is_ge),
    }
}

/// The order of two values; a date stands for its midnight beside a timestamp.
fn order(left: &Value, right: &Value) -> Option<Ordering> {
    match (left, right) {
        (Value::Timestamp(_), Value::Date(_)) | (Value::Date(_), Value::Timestamp(_)) => {
            Some(instant(left)?.cmp(&instant(right)?))
        }
        _ => left.compare(right),
    }
}

/// Whether two values are equal; lists are where their items are, one by one.
pub(super) fn equal(left: &Value, right: &Value) -> Option<bool> {
    match (left, right) {
        (Value::Null, _) | (_, Value::Null) => None,
        (Value::List(left), Value::List(right)) => {
            let same_length = left.len() == right.len();
            let mut pairs = left.iter().zip(right.iter());
            Some(same_length && pairs.all(|(left, right)| equal(left, right) == Some(true)))
        }
        // Values of types that do not compare are different values.
        _ => Some(order(left, right) == Some(Ordering::Equal)),
    }
}

/// Whether two values differ, where NULL is a value like any other.
fn distinct(left: &Value, right: &Value) -> bool {
    match (left.is_null(), right.is_null()) {
        (true, true) => false,
        (false, false) => equal(left, right) != Some(true),
        _ => true,
    }
}

/// Whether a list holds any, all or none of the items. It holds an item where one of its own is
/// equal to it, so a NULL item is unknown, but of an empty list FALSE.
fn contains_items(quantifier: Quantifier, list: &Value, items: &[Value]) -> Option<bool> {
    let Value::List(list) = list else {
        return None;
    };
    let held = items
        .iter()
        .map(|wanted| any(list.iter().map(|item| equal(item, wanted))));
    match quantifier {
        Quantifier::Any => any(held),
        Quantifier::All => all(held),
        Quantifier::None => not(any(held), true),
    }
}
