//! Quantifiers: a condition asked of each item of a list.

use super::logic::{all, any, boolean, not};
use super::{Inputs, Scope, evaluate_node};
use crate::rule::{Quantified, Quantity};
use crate::value::Value;

impl Scope<'_> {
    /// ANY, ALL, NONE and COUNT_IF; NULL of no list.
    pub(super) fn quantified(self, quantified: &Quantified) -> Value {
        let Value::List(items) = self.value(&quantified.list) else {
            return Value::Null;
        };
        let answers = items.iter().map(|item| {
            let inputs = OfItem {
                around: self.inputs,
                quantified,
                item,
            };
            match evaluate_node(&quantified.condition, &inputs) {
                Value::Bool(truth) => Some(truth),
                _ => None,
            }
        });
        match quantified.quantity {
            Quantity::Any => boolean(any(answers)),
            Quantity::All => boolean(all(answers)),
            Quantity::None => boolean(not(any(answers), true)),
            Quantity::CountIf => {
                Value::Int(answers.filter(|truth| *truth == Some(true)).count() as i64)
            }
        }
    }
}

/// The inputs of a quantifier's condition: the item at hand, and what is known around it.
struct OfItem<'a> {
    around: &'a dyn Inputs,
    quantified: &'a Quantified,
    item: &'a Value,
}

impl Inputs for OfItem<'_> {
    fn item(&self, depth: usize, member: usize) -> Value {
        if depth != self.quantified.depth {
            return self.around.item(depth, member);
        }
        let member = self.quantified.members.get(member);
        member.map_or(Value::Null, |member| member.of(self.item))
    }

    fn field(&self, index: usize) -> Value {
        self.around.field(index)
    }

    fn property(&self, index: usize) -> Value {
        self.around.property(index)
    }

    fn aggregate(&self, index: usize) -> Value {
        self.around.aggregate(index)
    }

    fn in_segment(&self, index: usize) -> bool {
        self.around.in_segment(index)
    }

    fn now(&self) -> i64 {
        self.around.now()
    }
}
