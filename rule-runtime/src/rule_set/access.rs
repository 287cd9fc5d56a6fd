//! Chooses each conjunction's access condition: the one that fewest users are likely to meet.

use std::sync::Arc;

use rulelang::rule::{CompareOp, Node, NodeKind};
use rulelang::{Type, Value};

use super::leaves::{InputSlots, cuts};
use super::matcher::{Access, Interval};

/// A condition that must be TRUE for its rule to be, and is a matter of one slot.
#[derive(Debug)]
pub(crate) struct Conjunct {
    pub(crate) slot: u32,
    pub(crate) access: Access,
    /// The share of users that are thought to meet it; a guess.
    share: f64,
}

/// The rule's access; `None` for a rule that is not a conjunction of something simple.
pub(crate) fn choose(root: &Node, slots: &InputSlots) -> Option<Conjunct> {
    let mut conjuncts = vec![];
    collect(root, slots, &mut conjuncts);
    conjuncts
        .into_iter()
        .min_by(|a, b| a.share.total_cmp(&b.share))
}

fn collect(node: &Node, slots: &InputSlots, found: &mut Vec<Conjunct>) {
    match &node.kind {
        NodeKind::And(terms) => terms.iter().for_each(|term| collect(term, slots, found)),
        NodeKind::Trait { body, .. } => collect(body, slots, found),
        _ => found.extend(simple(node, slots)),
    }
}

fn simple(node: &Node, slots: &InputSlots) -> Option<Conjunct> {
    match &node.kind {
        NodeKind::Compare { op, left, right } => {
            compared(*op, left, right, slots).or_else(|| compared(op.flipped(), right, left, slots))
        }
        NodeKind::Between {
            operand,
            low,
            high,
            negated: false,
        } => {
            let low = compared(CompareOp::GreaterOrEqual, operand, low, slots)?;
            let high = compared(CompareOp::LessOrEqual, operand, high, slots)?;
            let (Access::Number(from), Access::Number(to)) = (&low.access, &high.access) else {
                return None;
            };
            let access = Access::Number(Interval {
                from: from.from,
                to: to.to,
            });
            Some(Conjunct {
                slot: low.slot,
                access,
                share: low.share.min(high.share),
            })
        }
        NodeKind::In {
            operand,
            items,
            negated: false,
        } => one_of(operand, items, slots),
        _ => None,
    }
}

fn compared(
    op: CompareOp,
    operand: &Node,
    constant: &Node,
    slots: &InputSlots,
) -> Option<Conjunct> {
    let slot = input(operand, slots)?;
    let NodeKind::Literal(value) = &constant.kind else {
        return None;
    };
    if let (Value::String(text), CompareOp::Equal) = (value, op) {
        return Some(Conjunct {
            slot,
            access: Access::Strings(vec![text.clone()]),
            share: 0.1,
        });
    }
    let interval = interval(op, operand.ty, value)?;
    let share = share(op, value, is_aggregate(operand));
    Some(Conjunct {
        slot,
        access: Access::Number(interval),
        share,
    })
}

fn one_of(operand: &Node, items: &[Node], slots: &InputSlots) -> Option<Conjunct> {
    let slot = input(operand, slots)?;
    let text = |item: &Node| match &item.kind {
        NodeKind::Literal(Value::String(text)) => Some(text.clone()),
        _ => None,
    };
    let strings: Vec<Arc<str>> = items.iter().map(text).collect::<Option<_>>()?;
    let share = (0.1 * strings.len() as f64).min(0.9);
    Some(Conjunct {
        slot,
        access: Access::Strings(strings),
        share,
    })
}

/// The slot of a field or an aggregate. (A segment's flips wake by another way.)
fn input(node: &Node, slots: &InputSlots) -> Option<u32> {
    match &node.kind {
        NodeKind::Trait { body, .. } => input(body, slots),
        NodeKind::Field(_) | NodeKind::Aggregate(_) => slots.slot(node),
        _ => None,
    }
}

fn interval(op: CompareOp, ty: Type, value: &Value) -> Option<Interval> {
    let cuts = cuts(op, ty, value)?;
    match (op, &cuts[..]) {
        (CompareOp::Equal, [from, to]) => Some(Interval {
            from: Some(*from),
            to: Some(*to),
        }),
        (CompareOp::Greater | CompareOp::GreaterOrEqual, [from]) => Some(Interval {
            from: Some(*from),
            to: None,
        }),
        (CompareOp::Less | CompareOp::LessOrEqual, [to]) => Some(Interval {
            from: None,
            to: Some(*to),
        }),
        _ => None,
    }
}

/// A guess of how many users meet a comparison. Counts and sums thin out about as one over their
/// size (most users have few events), and to be below a bound or at zero is common.
fn share(op: CompareOp, value: &Value, is_aggregate: bool) -> f64 {
    let size = match value {
        Value::Int(int) => (*int as f64).max(0.0),
        Value::Float(float) => float.max(0.0),
        _ => 1.0,
    };
    match op {
        CompareOp::Equal if size == 0.0 => 0.5,
        CompareOp::Equal => 0.05,
        CompareOp::Greater | CompareOp::GreaterOrEqual if is_aggregate => 1.0 / (1.0 + size),
        CompareOp::Greater | CompareOp::GreaterOrEqual => 0.3,
        _ => 0.6,
    }
}

fn is_aggregate(node: &Node) -> bool {
    match &node.kind {
        NodeKind::Trait { body, .. } => is_aggregate(body),
        kind => matches!(kind, NodeKind::Aggregate(_)),
    }
}
