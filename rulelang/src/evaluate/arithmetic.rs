//! Arithmetic: what has no answer (overflow, division by zero) is NULL.

use super::{Scope, midnight};
use crate::rule::{ArithmeticOp, NodeKind};
use crate::value::Value;

impl Scope<'_> {
    /// Negation and the binary operators.
    pub(super) fn arithmetic(self, kind: &NodeKind) -> Value {
        match kind {
            NodeKind::Negate(operand) => negated(&self.value(operand)),
            NodeKind::Arithmetic { op, left, right } => {
                computed(*op, &self.value(left), &self.value(right))
            }
            _ => Value::Null,
        }
    }
}

fn negated(value: &Value) -> Value {
    match value {
        Value::Int(int) => int.checked_neg().map_or(Value::Null, Value::Int),
        Value::Float(float) => Value::float(-float),
        Value::Duration(span) => span.checked_neg().map_or(Value::Null, Value::Duration),
        _ => Value::Null,
    }
}

fn computed(op: ArithmeticOp, left: &Value, right: &Value) -> Value {
    use Value::{Date, Duration, Float, Int, Timestamp};
    match (left, right) {
        (Int(left), Int(right)) => of_ints(op, *left, *right),
        (Float(left), Float(right)) => of_floats(op, *left, *right),
        (Int(left), Float(right)) => of_floats(op, *left as f64, *right),
        (Float(left), Int(right)) => of_floats(op, *left, *right as f64),
        (Duration(left), Duration(right)) => moved(op, *left, *right).map_or(Value::Null, Duration),
        (Duration(span), Int(times)) | (Int(times), Duration(span)) => {
            repeated(op, *span, *times).map_or(Value::Null, Duration)
        }
        (Timestamp(_) | Date(_), Duration(span)) => instant(left)
            .and_then(|left| moved(op, left, *span))
            .map_or(Value::Null, Timestamp),
        (Duration(span), Timestamp(_) | Date(_)) if op == ArithmeticOp::Add => instant(right)
            .and_then(|right| moved(op, right, *span))
            .map_or(Value::Null, Timestamp),
        (Timestamp(_) | Date(_), Timestamp(_) | Date(_)) if op == ArithmeticOp::Subtract => {
            let span = instant(left).zip(instant(right));
            span.and_then(|(left, right)| left.checked_sub(right))
                .map_or(Value::Null, Duration)
        }
        _ => Value::Null,
    }
}

/// Checked, except that `/` is fractional.
fn of_ints(op: ArithmeticOp, left: i64, right: i64) -> Value {
    let result = match op {
        ArithmeticOp::Add => left.checked_add(right),
        ArithmeticOp::Subtract => left.checked_sub(right),
        ArithmeticOp::Multiply => left.checked_mul(right),
        ArithmeticOp::Divide => return of_floats(op, left as f64, right as f64),
        ArithmeticOp::IntDivide => left.checked_div(right),
        // The remainder by −1 is 0 for every int, the smallest one too, as in PostgreSQL.
        ArithmeticOp::Remainder if right == -1 => Some(0),
        ArithmeticOp::Remainder => left.checked_rem(right),
    };
    result.map_or(Value::Null, Value::Int)
}

/// A division by zero is an infinity or NaN, and [`Value::float`] makes those NULL.
fn of_floats(op: ArithmeticOp, left: f64, right: f64) -> Value {
    Value::float(match op {
        ArithmeticOp::Add => left + right,
        ArithmeticOp::Subtract => left - right,
        ArithmeticOp::Multiply => left * right,
        ArithmeticOp::Divide => left / right,
        ArithmeticOp::IntDivide => (left / right).trunc(),
        ArithmeticOp::Remainder => left % right,
    })
}

/// An instant or a duration, moved by a duration.
fn moved(op: ArithmeticOp, from: i64, span: i64) -> Option<i64> {
    match op {
        ArithmeticOp::Add => from.checked_add(span),
        ArithmeticOp::Subtract => from.checked_sub(span),
        _ => None,
    }
}

fn repeated(op: ArithmeticOp, span: i64, times: i64) -> Option<i64> {
    match op {
        ArithmeticOp::Multiply => span.checked_mul(times),
        _ => None,
    }
}

/// The instant of a timestamp or of a date, which is its midnight.
pub(super) fn instant(value: &Value) -> Option<i64> {
    match value {
        Value::Timestamp(timestamp) => Some(*timestamp),
        Value::Date(days) => Some(midnight(*days)),
        _ => None,
    }
}
