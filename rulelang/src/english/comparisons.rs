//! Comparisons of two values, in the words of what is compared.

use super::Teller;
use super::layout::Told;
use crate::rule::{CompareOp, Node, NodeKind};
use crate::types::Type;

/// The words for less, at most, more and at least.
struct Words {
    less: &'static str,
    at_most: &'static str,
    more: &'static str,
    at_least: &'static str,
}

const NUMBERS: Words = Words {
    less: "is less than",
    at_most: "is at most",
    more: "is more than",
    at_least: "is at least",
};
const INSTANTS: Words = Words {
    less: "is earlier than",
    at_most: "is no later than",
    more: "is later than",
    at_least: "is no earlier than",
};
const STRINGS: Words = Words {
    less: "sorts before",
    at_most: "is or sorts before",
    more: "sorts after",
    at_least: "is or sorts after",
};

fn words(ty: Type) -> &'static Words {
    match ty {
        Type::String => &STRINGS,
        Type::Timestamp | Type::Date => &INSTANTS,
        _ => &NUMBERS,
    }
}

impl Teller<'_> {
    /// That a comparison is TRUE, or that it is FALSE.
    pub(super) fn compare(self, op: CompareOp, left: &Node, right: &Node, holds: bool) -> Told {
        let op = if holds { op } else { op.opposite() };
        if is_literal(left) && !is_literal(right) {
            return self.compare(op.flipped(), right, left, true);
        }
        let told = self.counted(op, left, right);
        if let Some(told) = told.or_else(|| self.versions(op, left, right)) {
            return Told::Plain(told);
        }
        let (l, r) = (self.value(left), self.value(right));
        let words = words(left.ty);
        Told::Plain(match op {
            CompareOp::Equal if is_literal(right) => format!("{l} is {r}"),
            CompareOp::Equal => format!("{l} is the same as {r}"),
            CompareOp::NotEqual if is_literal(right) => {
                format!("{l} is {}not {r}", self.known_and(left))
            }
            CompareOp::NotEqual if self.may_lack(left) || self.may_lack(right) => {
                format!("{l} and {r} are known and differ")
            }
            CompareOp::NotEqual => format!("{l} differs from {r}"),
            CompareOp::Less => format!("{l} {} {r}", words.less),
            CompareOp::LessOrEqual => format!("{l} {} {r}", words.at_most),
            CompareOp::Greater => format!("{l} {} {r}", words.more),
            CompareOp::GreaterOrEqual => format!("{l} {} {r}", words.at_least),
        })
    }

    /// IS DISTINCT FROM and its opposite.
    pub(super) fn distinct(self, left: &Node, right: &Node, differ: bool) -> Told {
        if is_literal(left) && !is_literal(right) {
            return self.distinct(right, left, differ);
        }
        let (l, r) = (self.value(left), self.value(right));
        let is_constant = is_literal(right) && !self.may_lack(right);
        match (differ, is_constant) {
            (true, true) if !self.may_lack(left) => Told::Plain(format!("{l} is not {r}")),
            (true, true) => Told::Compound(format!("{l} is unknown or not {r}")),
            (true, false) => {
                Told::Compound(format!("{l} and {r} differ or just one of them is known"))
            }
            (false, true) => Told::Plain(format!("{l} is {r}")),
            (false, false) => {
                Told::Compound(format!("{l} and {r} are the same or both are unknown"))
            }
        }
    }

    /// BETWEEN, both ends included, and its opposite.
    pub(super) fn between(self, operand: &Node, [low, high]: [&Node; 2], holds: bool) -> Told {
        let (low, high) = (self.value(low), self.value(high));
        let words = words(operand.ty);
        let operand = self.value(operand);
        if holds {
            Told::Plain(format!(
                "{operand} is between {low} and {high} (both included)"
            ))
        } else {
            let more = words.more.strip_prefix("is ").unwrap_or(words.more);
            let less = words.less;
            Told::Compound(format!("{operand} {less} {low} or {more} {high}"))
        }
    }
}

fn is_literal(node: &Node) -> bool {
    matches!(node.kind, NodeKind::Literal(_))
}
