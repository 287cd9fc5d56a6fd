//! Numbers: arithmetic on ints, floats, instants and durations.

use rulelang::Type;
use rulelang::rule::{ArithmeticOp, Node};

use super::Lowering;
use super::time::days_to_millis;
use crate::error::NotCompiled;
use crate::shape::{Arithmetic, Op, Sort};
use crate::term::Term;

impl Lowering<'_> {
    pub(super) fn arithmetic(
        &mut self,
        op: ArithmeticOp,
        left: &Node,
        right: &Node,
        ty: Type,
    ) -> Result<Term, NotCompiled> {
        let (mut a, mut b) = (self.value(left)?, self.value(right)?);
        let dates = left.ty == Type::Date || right.ty == Type::Date;
        if dates {
            // Days meet instants and durations as milliseconds.
            a = if left.ty == Type::Date {
                days_to_millis(a)
            } else {
                a
            };
            b = if right.ty == Type::Date {
                days_to_millis(b)
            } else {
                b
            };
        }
        let sort = if ty == Type::Float {
            (a, b) = (to_float(a), to_float(b));
            Sort::Float
        } else {
            Sort::Word
        };
        let op = match op {
            ArithmeticOp::Add => Arithmetic::Add,
            ArithmeticOp::Subtract => Arithmetic::Subtract,
            ArithmeticOp::Multiply => Arithmetic::Multiply,
            ArithmeticOp::Divide => Arithmetic::Divide,
            ArithmeticOp::IntDivide => Arithmetic::IntDivide,
            ArithmeticOp::Remainder => Arithmetic::Remainder,
        };
        if a.sort().is_none() || b.sort().is_none() {
            return Ok(Term::leaf(Op::Null(sort)));
        }
        Ok(Term::new(Op::Arithmetic(op, sort), Vec::new(), vec![a, b]))
    }

    pub(super) fn negate(&mut self, operand: &Node) -> Result<Term, NotCompiled> {
        let value = self.value(operand)?;
        let Some(sort) = value.sort() else {
            return Ok(value);
        };
        // A negative literal is a negation of a positive one.
        let folded = value.as_constant().and_then(|payload| match sort {
            Sort::Float => Some((-f64::from_bits(payload) + 0.0).to_bits()),
            _ => (payload as i64).checked_neg().map(|int| int as u64),
        });
        Ok(match folded {
            Some(payload) => Term::constant(sort, payload),
            None => Term::new(Op::Negate(sort), Vec::new(), vec![value]),
        })
    }
}

/// An int as the nearest float; other values as they are.
pub(super) fn to_float(value: Term) -> Term {
    match (value.sort(), value.as_constant()) {
        (Some(Sort::Word), Some(int)) => Term::constant(Sort::Float, (int as i64 as f64).to_bits()),
        (Some(Sort::Word), None) => Term::new(Op::ToFloat, Vec::new(), vec![value]),
        _ => value,
    }
}
