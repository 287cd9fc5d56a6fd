//! The values that conditions are about, equal ones once.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::mem::discriminant;

use super::set::Set;
use crate::rule::{Aggregate, AggregateFunction, Node, NodeKind};
use crate::types::Type;
use crate::value::Value;

/// How a value is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Measure {
    /// As it is.
    Itself,
    /// An instant as its distance from now: a duration, negative in the past.
    FromNow,
}

/// Values that conditions are about, by number.
pub(super) struct Operands<'a> {
    aggregates: &'a [Aggregate],
    known: Vec<(&'a Node, Measure)>,
    /// By what [`fingerprint`] says of them; equality decides.
    by_fingerprint: HashMap<u64, Vec<usize>>,
}

impl<'a> Operands<'a> {
    pub(super) fn new(aggregates: &'a [Aggregate]) -> Self {
        Self {
            aggregates,
            known: vec![],
            by_fingerprint: HashMap::new(),
        }
    }

    /// The number of a value; a computed trait is its body.
    pub(super) fn number(&mut self, node: &'a Node, measure: Measure) -> usize {
        let alike = self
            .by_fingerprint
            .entry(fingerprint(node, measure))
            .or_default();
        let operand = (node, measure);
        let is_same = |number: &&usize| {
            let known = self.known.get(**number);
            known.is_some_and(|(node, measure)| {
                *measure == operand.1 && body(node) == body(operand.0)
            })
        };
        if let Some(number) = alike.iter().find(is_same) {
            return *number;
        }
        let number = self.known.len();
        alike.push(number);
        self.known.push(operand);
        number
    }

    /// The value of that number.
    pub(super) fn node(&self, number: usize) -> Option<&'a Node> {
        self.known.get(number).map(|(node, _)| *node)
    }

    /// All that a value can be.
    pub(super) fn universe(&self, number: usize) -> Set {
        use AggregateFunction::{Count, CountDistinct};
        let Some((node, _)) = self.known.get(number) else {
            return Set::all();
        };
        let node = body(node);
        let is_count = |index: usize| {
            let aggregate = self.aggregates.get(index);
            aggregate.is_some_and(|it| matches!(it.function, Count | CountDistinct))
        };
        match &node.kind {
            NodeKind::Aggregate(index) if is_count(*index) => Set::above(Value::Int(0), true),
            NodeKind::InSegment(_) | NodeKind::Sequence(_) => truths(),
            _ if node.ty == Type::Bool => truths().or(&Set::null()),
            _ => Set::all(),
        }
    }
}

/// TRUE and FALSE.
fn truths() -> Set {
    Set::points(vec![Value::Bool(false), Value::Bool(true)])
}

/// What a computed trait stands for.
pub(super) fn body(node: &Node) -> &Node {
    match &node.kind {
        NodeKind::Trait { body: inner, .. } => body(inner),
        _ => node,
    }
}

/// Equal for equal values, and mostly different for others.
fn fingerprint(node: &Node, measure: Measure) -> u64 {
    let mut hasher = DefaultHasher::new();
    measure.hash(&mut hasher);
    body(node).walk(&mut |node| {
        discriminant(&node.kind).hash(&mut hasher);
        match &node.kind {
            NodeKind::Literal(value) => format!("{value:?}").hash(&mut hasher),
            NodeKind::Field(index)
            | NodeKind::Property(index)
            | NodeKind::Aggregate(index)
            | NodeKind::InSegment(index)
            | NodeKind::Sequence(index) => index.hash(&mut hasher),
            NodeKind::Arithmetic { op, .. } => discriminant(op).hash(&mut hasher),
            NodeKind::Compare { op, .. } => op.hash(&mut hasher),
            NodeKind::Call { builtin, .. } => builtin.name.hash(&mut hasher),
            NodeKind::Time { test, .. } => test.hash(&mut hasher),
            NodeKind::Quantified(it) => it.quantity.hash(&mut hasher),
            _ => {}
        }
    });
    hasher.finish()
}
