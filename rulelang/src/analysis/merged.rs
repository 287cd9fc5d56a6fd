//! Two rules over one table of names, so that their parts compare.

use crate::Rule;
use crate::rule::{Aggregate, Field, Node, NodeKind, Sequence};

/// The names of a rule, and those that others have beside them.
pub(super) struct Merged {
    fields: Vec<Field>,
    aggregates: Vec<Aggregate>,
    segments: Vec<String>,
    sequences: Vec<Sequence>,
}

impl Merged {
    /// Begins with the names of a rule, whose tree stays as it is.
    pub(super) fn new(rule: &Rule) -> Self {
        Self {
            fields: rule.fields.clone(),
            aggregates: rule.aggregates.clone(),
            segments: rule.segments.clone(),
            sequences: rule.sequences.clone(),
        }
    }

    pub(super) fn aggregates(&self) -> &[Aggregate] {
        &self.aggregates
    }

    /// The tree of another rule over these names.
    pub(super) fn root_of(&mut self, rule: &Rule) -> Node {
        let mut root = rule.root.clone();
        self.rename(&mut root, rule);
        root
    }

    fn rename(&mut self, node: &mut Node, from: &Rule) {
        match &mut node.kind {
            NodeKind::Field(index) => place(&mut self.fields, &from.fields, index),
            NodeKind::Aggregate(index) => place(&mut self.aggregates, &from.aggregates, index),
            NodeKind::InSegment(index) => place(&mut self.segments, &from.segments, index),
            NodeKind::Sequence(index) => place(&mut self.sequences, &from.sequences, index),
            _ => {}
        }
        for child in children_mut(node) {
            self.rename(child, from);
        }
    }
}

/// Makes an index into `from` one into `names`, where the name may be new.
fn place<T: PartialEq + Clone>(names: &mut Vec<T>, from: &[T], index: &mut usize) {
    let Some(name) = from.get(*index) else {
        return;
    };
    let known = names.iter().position(|known| known == name);
    *index = known.unwrap_or_else(|| {
        names.push(name.clone());
        names.len() - 1
    });
}

/// As [`Node::children`].
fn children_mut(node: &mut Node) -> Vec<&mut Node> {
    match &mut node.kind {
        NodeKind::Literal(_)
        | NodeKind::Field(_)
        | NodeKind::Property(_)
        | NodeKind::Aggregate(_)
        | NodeKind::InSegment(_)
        | NodeKind::Sequence(_)
        | NodeKind::Item { .. }
        | NodeKind::Now => vec![],
        NodeKind::Trait { body: operand, .. }
        | NodeKind::Negate(operand)
        | NodeKind::Not(operand)
        | NodeKind::IsNull { operand, .. }
        | NodeKind::IsTruth { operand, .. }
        | NodeKind::IsEmpty { operand, .. }
        | NodeKind::Time { operand, .. } => vec![operand],
        NodeKind::Arithmetic { left, right, .. }
        | NodeKind::Compare { left, right, .. }
        | NodeKind::Distinct { left, right, .. }
        | NodeKind::NullIf(left, right)
        | NodeKind::Text {
            operand: left,
            pattern: right,
            ..
        } => vec![left, right],
        NodeKind::And(nodes)
        | NodeKind::Or(nodes)
        | NodeKind::Coalesce(nodes)
        | NodeKind::List(nodes)
        | NodeKind::Call {
            arguments: nodes, ..
        } => nodes.iter_mut().collect(),
        NodeKind::In { operand, items, .. } | NodeKind::ContainsItems { operand, items, .. } => {
            std::iter::once(&mut **operand).chain(items).collect()
        }
        NodeKind::Between {
            operand, low, high, ..
        } => vec![operand, low, high],
        NodeKind::Case {
            branches,
            otherwise,
        } => {
            let pairs = branches.iter_mut();
            let pairs = pairs.flat_map(|(condition, value)| [condition, value]);
            pairs.chain([&mut **otherwise]).collect()
        }
        NodeKind::Quantified(it) => vec![&mut it.list, &mut it.condition],
    }
}
