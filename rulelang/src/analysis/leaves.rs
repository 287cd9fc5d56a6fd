//! What single conditions are: the values of which they are TRUE, and those of which they are FALSE.

use super::operands::{Measure, Operands, body};
use super::set::Set;
use crate::rule::{CompareOp, Node, NodeKind, TimeTest};
use crate::time::DAY_MS;
use crate::types::Type;
use crate::value::Value;

/// When a condition about one value is TRUE, and when it is FALSE.
#[derive(Debug, Clone)]
pub(super) struct Domain {
    /// The number of the value; `None` of what is the same whatever is known.
    pub(super) operand: Option<usize>,
    pub(super) truth: Set,
    pub(super) falsity: Set,
}

impl Domain {
    /// TRUE, FALSE or NULL for everybody.
    pub(super) fn constant(value: Option<bool>) -> Self {
        let all_where = |holds: bool| if holds { Set::all() } else { Set::empty() };
        Self {
            operand: None,
            truth: all_where(value == Some(true)),
            falsity: all_where(value == Some(false)),
        }
    }

    /// Of a value that is a truth value itself.
    pub(super) fn of_truth<'a>(node: &'a Node, operands: &mut Operands<'a>) -> Self {
        let operand = operands.number(node, Measure::Itself);
        Self {
            operand: Some(operand),
            truth: Set::point(&Value::Bool(true)),
            falsity: Set::point(&Value::Bool(false)),
        }
    }

    /// TRUE in `truth`, otherwise FALSE, but NULL of NULL.
    fn strict(operand: usize, truth: &Set, universe: &Set) -> Self {
        let truth = truth.and(universe);
        Self {
            operand: Some(operand),
            falsity: universe.without(&truth).without(&Set::null()),
            truth,
        }
    }

    /// TRUE in `truth`, otherwise FALSE.
    pub(super) fn total(operand: Option<usize>, truth: &Set, universe: &Set) -> Self {
        let truth = truth.and(universe);
        Self {
            operand,
            falsity: universe.without(&truth),
            truth,
        }
    }

    /// Kleene's NOT.
    pub(super) fn opposite(self) -> Self {
        Self {
            operand: self.operand,
            truth: self.falsity,
            falsity: self.truth,
        }
    }

    fn opposite_if(self, negated: bool) -> Self {
        if negated { self.opposite() } else { self }
    }
}

/// A condition that is not made of others.
pub(super) fn leaf<'a>(node: &'a Node, operands: &mut Operands<'a>) -> Domain {
    match &node.kind {
        NodeKind::Literal(Value::Bool(value)) => Domain::constant(Some(*value)),
        NodeKind::Literal(_) => Domain::constant(None),
        // FALSE even of NULL.
        NodeKind::In { items, negated, .. } if items.is_empty() => Domain::constant(Some(*negated)),
        _ => about_constants(node, operands).unwrap_or_else(|| Domain::of_truth(node, operands)),
    }
}

/// A condition that compares a value with constants; `None` of others.
fn about_constants<'a>(node: &'a Node, operands: &mut Operands<'a>) -> Option<Domain> {
    match &node.kind {
        NodeKind::Compare { op, left, right } => {
            if let Some(value) = constant(right, left.ty) {
                return compared(left, &compared_set(*op, value), operands);
            }
            let value = constant(left, right.ty)?;
            compared(right, &compared_set(op.flipped(), value), operands)
        }
        NodeKind::Between {
            operand,
            low,
            high,
            negated,
        } => {
            let low = Set::above(constant(low, operand.ty)?, true);
            let high = Set::below(constant(high, operand.ty)?, true);
            Some(compared(operand, &low.and(&high), operands)?.opposite_if(*negated))
        }
        NodeKind::In {
            operand,
            items,
            negated,
        } => {
            let items = items.iter().map(|item| constant(item, operand.ty));
            let items = Set::points(items.collect::<Option<Vec<_>>>()?);
            Some(compared(operand, &items, operands)?.opposite_if(*negated))
        }
        NodeKind::Distinct {
            left,
            right,
            negated,
        } => {
            let same = Set::point(&constant(right, left.ty)?);
            let (operand, universe) = numbered(left, Measure::Itself, operands)?;
            let same = Domain::total(Some(operand), &same, &universe);
            Some(same.opposite_if(!*negated))
        }
        NodeKind::IsNull { operand, negated } => {
            let (operand, universe) = numbered(operand, Measure::Itself, operands)?;
            let absent = Domain::total(Some(operand), &Set::null(), &universe);
            Some(absent.opposite_if(*negated))
        }
        NodeKind::Time {
            test,
            operand,
            negated,
        } => Some(timed(*test, operand, operands)?.opposite_if(*negated)),
        _ => None,
    }
}

fn compared<'a>(node: &'a Node, truth: &Set, operands: &mut Operands<'a>) -> Option<Domain> {
    let (operand, universe) = numbered(node, Measure::Itself, operands)?;
    Some(Domain::strict(operand, truth, &universe))
}

/// The number of a value and all that it can be; `None` of a constant, which has no use for them.
fn numbered<'a>(
    node: &'a Node,
    measure: Measure,
    operands: &mut Operands<'a>,
) -> Option<(usize, Set)> {
    if matches!(body(node).kind, NodeKind::Literal(_)) {
        return None;
    }
    let operand = operands.number(node, measure);
    Some((operand, operands.universe(operand)))
}

fn compared_set(op: CompareOp, value: Value) -> Set {
    match op {
        CompareOp::Equal => Set::point(&value),
        CompareOp::NotEqual => Set::known().without(&Set::point(&value)),
        CompareOp::Less => Set::below(value, false),
        CompareOp::LessOrEqual => Set::below(value, true),
        CompareOp::Greater => Set::above(value, false),
        CompareOp::GreaterOrEqual => Set::above(value, true),
    }
}

/// A constant that values of type `ty` compare with. Days are their midnights, which keeps their
/// order among themselves and beside instants.
fn constant(node: &Node, ty: Type) -> Option<Value> {
    let NodeKind::Literal(value) = &node.kind else {
        return None;
    };
    let fits = matches!(
        (value, ty),
        (Value::Int(_) | Value::Float(_), Type::Int | Type::Float)
            | (Value::String(_), Type::String)
            | (Value::Bool(_), Type::Bool)
            | (Value::Duration(_), Type::Duration)
            | (
                Value::Timestamp(_) | Value::Date(_),
                Type::Timestamp | Type::Date
            )
    );
    fits.then(|| match value {
        Value::Date(days) => Value::Timestamp(i64::from(*days) * DAY_MS),
        other => other.clone(),
    })
}

/// A test against now; `None` of calendars, whose windows move in steps.
fn timed<'a>(test: TimeTest, node: &'a Node, operands: &mut Operands<'a>) -> Option<Domain> {
    let ago = |span: i64| span.checked_neg().map(Value::Duration);
    let now = Value::Duration(0);
    let (measure, truth) = match test {
        TimeTest::WithinLast(last) => {
            let since = Set::above(ago(last)?, false);
            (Measure::FromNow, since.and(&Set::below(now, true)))
        }
        TimeTest::WithinNext(next) => {
            let until = Set::below(Value::Duration(next), true);
            (Measure::FromNow, until.and(&Set::above(now, false)))
        }
        TimeTest::OlderThan(age) => (Measure::FromNow, Set::below(ago(age)?, true)),
        TimeTest::FromToAgo { from, to } => {
            let until = Set::below(ago(to)?, true);
            (Measure::FromNow, until.and(&Set::above(ago(from)?, false)))
        }
        TimeTest::During { start, end } => {
            let until = Set::below(Value::Timestamp(end), false);
            let since = Set::above(Value::Timestamp(start), true);
            (Measure::Itself, until.and(&since))
        }
        TimeTest::WithinLastCalendar(_) | TimeTest::Anniversary(_) => return None,
    };
    let (operand, universe) = numbered(node, measure, operands)?;
    Some(Domain::strict(operand, &truth, &universe))
}
