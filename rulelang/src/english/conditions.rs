//! Conditions: what must be so for them to be TRUE, or FALSE.

use super::Teller;
use super::layout::Told;
use crate::rule::{AggregateFunction, Node, NodeKind};
use crate::value::Value;

impl Teller<'_> {
    /// When a condition is TRUE (`holds`), or when it is FALSE.
    pub(super) fn condition(self, node: &Node, holds: bool) -> Told {
        match &node.kind {
            NodeKind::Not(operand) => self.condition(operand, !holds),
            NodeKind::And(terms) => self.group(holds, terms, holds),
            NodeKind::Or(terms) => self.group(!holds, terms, holds),
            NodeKind::IsTruth {
                operand,
                truth,
                negated,
            } => self.truth(operand, *truth, holds != *negated),
            NodeKind::Literal(Value::Bool(value)) => Told::constant(*value == holds),
            NodeKind::Literal(_) => Told::constant(false),
            NodeKind::InSegment(index) => self.segment(*index, holds),
            NodeKind::IsNull { operand, negated } => self.absence(operand, holds != *negated),
            NodeKind::Compare { op, left, right } => self.compare(*op, left, right, holds),
            NodeKind::Distinct {
                left,
                right,
                negated,
            } => self.distinct(left, right, holds != *negated),
            NodeKind::Between {
                operand,
                low,
                high,
                negated,
            } => self.between(operand, [low, high], holds != *negated),
            NodeKind::Time {
                test,
                operand,
                negated,
            } => self.instant_test(*test, operand, holds != *negated),
            NodeKind::Sequence(index) => self.sequence(*index, holds),
            _ => self.membership(node, holds),
        }
    }

    /// The tests of strings and lists; what is left is a truth value by itself.
    fn membership(self, node: &Node, holds: bool) -> Told {
        match &node.kind {
            NodeKind::In {
                operand,
                items,
                negated,
            } => self.one_of(operand, items, holds != *negated),
            NodeKind::ContainsItems {
                quantifier,
                operand,
                items,
                negated,
            } => self.includes(*quantifier, operand, items, holds != *negated),
            NodeKind::Text {
                test,
                operand,
                pattern,
                negated,
            } => self.text(test, operand, pattern, holds != *negated),
            NodeKind::Quantified(quantified) => self.quantified(quantified, holds),
            NodeKind::IsEmpty { operand, negated } => self.emptiness(operand, holds != *negated),
            NodeKind::Call { builtin, arguments } => self
                .called_condition(builtin, arguments, holds)
                .unwrap_or_else(|| self.flag(node, holds)),
            _ => self.flag(node, holds),
        }
    }

    fn group(self, is_all: bool, terms: &[Node], holds: bool) -> Told {
        Told::group(is_all, terms.iter().map(|term| self.condition(term, holds)))
    }

    fn flag(self, node: &Node, holds: bool) -> Told {
        Told::Plain(format!("{} is {holds}", self.value(node)))
    }

    fn segment(self, index: usize, holds: bool) -> Told {
        let segment = self.rule.segments.get(index);
        let segment = super::values::quoted(segment.map_or("", String::as_str));
        let not = if holds { "" } else { "not " };
        Told::Plain(format!("{not}in the segment {segment}"))
    }

    /// `IS TRUE` and its family: that a condition has that truth value, or that it has not.
    fn truth(self, operand: &Node, truth: bool, holds: bool) -> Told {
        let other = self.condition(operand, holds == truth);
        if holds || !self.may_lack(operand) {
            return other;
        }
        match &operand.kind {
            NodeKind::Field(_) | NodeKind::Property(_) | NodeKind::Trait { .. } => {
                Told::Compound(format!("{} or unknown", other.within()))
            }
            _ => Told::Compound(format!("{} or that is unknown", other.within())),
        }
    }

    fn absence(self, operand: &Node, is_absent: bool) -> Told {
        let known = if is_absent { "unknown" } else { "known" };
        Told::Plain(if super::values::is_condition(operand) {
            let whether = self.condition(operand, true).within();
            format!("it is {known} whether {whether}")
        } else {
            format!("{} is {known}", self.value(operand))
        })
    }

    /// Whether a value may be absent, so that a negation has to say that it is known.
    pub(super) fn may_lack(self, node: &Node) -> bool {
        use AggregateFunction::{Count, CountDistinct, Sum};
        match &node.kind {
            NodeKind::Literal(value) => value.is_null(),
            NodeKind::Now
            | NodeKind::InSegment(_)
            | NodeKind::Sequence(_)
            | NodeKind::IsNull { .. }
            | NodeKind::IsTruth { .. }
            | NodeKind::Distinct { .. } => false,
            NodeKind::Aggregate(index) => {
                let aggregate = self.rule.aggregates.get(*index);
                !aggregate.is_some_and(|it| matches!(it.function, Count | CountDistinct | Sum))
            }
            NodeKind::Trait { body, .. } => self.may_lack(body),
            NodeKind::Compare { left, right, .. } => self.may_lack(left) || self.may_lack(right),
            NodeKind::Not(operand) => self.may_lack(operand),
            NodeKind::And(terms) | NodeKind::Or(terms) => {
                terms.iter().any(|term| self.may_lack(term))
            }
            _ => true,
        }
    }

    /// "known and " before what a negation says of a value that may be absent.
    pub(super) fn known_and(self, operand: &Node) -> &'static str {
        if self.may_lack(operand) {
            "known and "
        } else {
            ""
        }
    }
}
