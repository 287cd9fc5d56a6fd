//! How two rules stand to each other, as to the users of whom they are TRUE.
//!
//! One is contained in the other where it cannot be TRUE beside a term of which the other is not TRUE.
//! That is asked of disjunctions part by part on the left, of conjunctions on the right, and each question
//! is whether some terms are never TRUE together.

use super::judge::{Verdict, judge};
use super::merged::Merged;
use super::operands::{Operands, body};
use crate::Rule;
use crate::rule::{Aggregate, Node, NodeKind};
use crate::types::Type;

/// So many nodes are looked at in all; what would take more is not known.
const NODES_SEEN_MAX: usize = 200_000;

/// How the users of one rule stand to those of another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Relation {
    /// Both are TRUE of the same users.
    Equal,
    /// The first is TRUE of all users that the second is TRUE of.
    Contains,
    /// The second is TRUE of all users that the first is TRUE of.
    ContainedIn,
    /// They are TRUE of no common user.
    Disjoint,
    /// None of these, or it cannot be told.
    Unknown,
}

/// How the users of `first` stand to those of `second`, whatever is known of them and at any instant.
///
/// What it says is so; it says [`Relation::Unknown`] where it cannot tell, and of expressions that are
/// no conditions. A rule that is TRUE of nobody is contained in every other.
pub fn relation(first: &Rule, second: &Rule) -> Relation {
    if first.root.ty != Type::Bool || second.root.ty != Type::Bool {
        return Relation::Unknown;
    }
    let mut merged = Merged::new(first);
    let second = normal(&merged.root_of(second), false);
    let first = normal(&first.root, false);
    let mut question = Question {
        aggregates: merged.aggregates(),
        nodes_left: NODES_SEEN_MAX,
    };
    match (
        question.is_within(&first, &second),
        question.is_within(&second, &first),
    ) {
        (true, true) => Relation::Equal,
        (true, false) => Relation::ContainedIn,
        (false, true) => Relation::Contains,
        (false, false) if question.are_disjoint(&first, &second) => Relation::Disjoint,
        (false, false) => Relation::Unknown,
    }
}

struct Question<'a> {
    aggregates: &'a [Aggregate],
    nodes_left: usize,
}

impl Question<'_> {
    /// Whether `inner` is surely TRUE only where `outer` is.
    fn is_within(&mut self, inner: &Node, outer: &Node) -> bool {
        if let NodeKind::Or(parts) = &inner.kind {
            return parts.iter().all(|part| self.is_within(part, outer));
        }
        if let NodeKind::And(terms) = &outer.kind {
            return terms.iter().all(|term| self.is_within(inner, term));
        }
        let fails = NodeKind::IsTruth {
            operand: Box::new(outer.clone()),
            truth: true,
            negated: true,
        };
        let fails = Node {
            kind: fails,
            ..outer.clone()
        };
        if self.is_never(&[inner, &fails]) {
            return true;
        }
        match &outer.kind {
            NodeKind::Or(parts) => parts.iter().any(|part| self.is_within(inner, part)),
            _ => false,
        }
    }

    fn are_disjoint(&mut self, first: &Node, second: &Node) -> bool {
        if let NodeKind::Or(parts) = &first.kind {
            return parts.iter().all(|part| self.are_disjoint(part, second));
        }
        if let NodeKind::Or(parts) = &second.kind {
            return parts.iter().all(|part| self.are_disjoint(first, part));
        }
        self.is_never(&[first, second])
    }

    /// Whether these are surely never TRUE together.
    fn is_never(&mut self, conditions: &[&Node]) -> bool {
        let mut nodes = 0;
        for condition in conditions {
            condition.walk(&mut |_| nodes += 1);
        }
        let Some(left) = self.nodes_left.checked_sub(nodes) else {
            return false;
        };
        self.nodes_left = left;
        let mut terms = vec![];
        for condition in conditions {
            flatten(condition, &mut terms);
        }
        let Some(first) = terms.first() else {
            return false;
        };
        let together = Node {
            kind: NodeKind::And(terms.clone()),
            ..first.clone()
        };
        let mut operands = Operands::new(self.aggregates);
        judge(&together, &mut operands).verdict == Some(Verdict::Never)
    }
}

/// The terms of a conjunction, those of conjunctions in it too.
fn flatten(node: &Node, terms: &mut Vec<Node>) {
    match &node.kind {
        NodeKind::And(inner) => inner.iter().for_each(|term| flatten(term, terms)),
        _ => terms.push(node.clone()),
    }
}

/// The same condition, or its opposite, with NOT at the leaves alone and computed traits replaced by
/// their bodies.
fn normal(node: &Node, negated: bool) -> Node {
    let node = body(node);
    let all = |terms: &[Node]| terms.iter().map(|term| normal(term, negated)).collect();
    let kind = match &node.kind {
        NodeKind::Not(operand) => return normal(operand, !negated),
        NodeKind::And(terms) if negated => NodeKind::Or(all(terms)),
        NodeKind::Or(terms) if negated => NodeKind::And(all(terms)),
        NodeKind::And(terms) => NodeKind::And(all(terms)),
        NodeKind::Or(terms) => NodeKind::Or(all(terms)),
        _ if negated => NodeKind::Not(Box::new(node.clone())),
        _ => return node.clone(),
    };
    Node {
        kind,
        ..node.clone()
    }
}
