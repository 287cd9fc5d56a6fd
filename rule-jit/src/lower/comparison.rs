//! Comparisons of values: by order, by equality with a constant, of int with float, DISTINCT.

use std::cmp::Ordering;

use rulelang::rule::Node;
use rulelang::value::{compare_int_float, exact_float, exact_int};
use rulelang::{Span, Type};

use super::Lowering;
use super::time::days_to_millis;
use crate::error::NotCompiled;
use crate::shape::{Op, Order, Sort};
use crate::term::Term;

impl Lowering<'_> {
    /// Whether two operands compare so (`negated`: are both present and do not).
    pub(super) fn comparison(
        &mut self,
        order: Order,
        left: &Node,
        right: &Node,
        negated: bool,
    ) -> Result<Term, NotCompiled> {
        let order = if negated { order.opposite() } else { order };
        match (left.ty, right.ty) {
            (Type::Bool, _) | (_, Type::Bool) => self.compare_truths(order, left, right),
            _ => {
                let value = self.value(left)?;
                self.compare_with(order, value, left.ty, right)
            }
        }
    }

    /// Whether a value of type `ty` and an operand are present and in that order; a date that
    /// meets a timestamp is its midnight.
    pub(super) fn compare_with(
        &mut self,
        order: Order,
        value: Term,
        ty: Type,
        right: &Node,
    ) -> Result<Term, NotCompiled> {
        let (mut a, mut b) = (value, self.value(right)?);
        if (ty, right.ty) == (Type::Date, Type::Timestamp) {
            a = days_to_millis(a);
        }
        if (ty, right.ty) == (Type::Timestamp, Type::Date) {
            b = days_to_millis(b);
        }
        compare(order, a, b, right.span)
    }

    /// `IS NOT DISTINCT FROM` if `same`, else `IS DISTINCT FROM`: never NULL, so the other's
    /// opposite bit.
    pub(super) fn distinct(
        &mut self,
        left: &Node,
        right: &Node,
        same: bool,
    ) -> Result<Term, NotCompiled> {
        let equal = self.comparison(Order::Equal, left, right, false)?;
        let (left, right) = (self.is_known(left)?, self.is_known(right)?);
        let same_value = Term::or([equal, Term::and([left.not(), right.not()])]);
        Ok(if same { same_value } else { same_value.not() })
    }

    /// `low <= operand AND operand <= high`, or by De Morgan its negation.
    pub(super) fn between(
        &mut self,
        operand: &Node,
        low: &Node,
        high: &Node,
        negated: bool,
    ) -> Result<Term, NotCompiled> {
        let above = self.comparison(Order::GreaterOrEqual, operand, low, negated)?;
        let below = self.comparison(Order::LessOrEqual, operand, high, negated)?;
        Ok(if negated {
            Term::or([above, below])
        } else {
            Term::and([above, below])
        })
    }
}

/// Whether two values are present and in that order.
pub(super) fn compare(order: Order, a: Term, b: Term, span: Span) -> Result<Term, NotCompiled> {
    let (Some(left), Some(right)) = (a.sort(), b.sort()) else {
        return Ok(Term::bit(false));
    };
    match (left, right) {
        (Sort::Word, Sort::Float) => Ok(compare_mixed(order, a, b)),
        (Sort::Float, Sort::Word) => Ok(compare_mixed(order.mirrored(), b, a)),
        (Sort::Any, Sort::Any) if matches!(order, Order::Equal | Order::NotEqual) => {
            let negated = order == Order::NotEqual;
            Ok(Term::new(Op::SameList { negated }, Vec::new(), vec![a, b]))
        }
        (left, right) if left == right && left != Sort::Any => Ok(compare_same(order, a, b, left)),
        _ => Err(NotCompiled {
            span,
            what: "a comparison of unlike values",
        }),
    }
}

/// Of one sort. Equality with a constant is a set of one, which further ones may join.
fn compare_same(order: Order, a: Term, b: Term, sort: Sort) -> Term {
    if a.as_key().is_some() && b.as_key().is_none() {
        return compare_same(order.mirrored(), b, a, sort);
    }
    match (order, b.as_key()) {
        (Order::Equal, Some(key)) => Term::is_in(a, sort, vec![key], false),
        (Order::NotEqual, Some(key)) => Term::is_in(a, sort, vec![key], true),
        _ => Term::new(Op::Compare(order, sort), Vec::new(), vec![a, b]),
    }
}

/// An int with a float, exactly: with a constant, in the other's own type.
fn compare_mixed(order: Order, int: Term, float: Term) -> Term {
    if let Some(constant) = float.as_constant() {
        return compare_int_with(order, int, f64::from_bits(constant));
    }
    if let Some(constant) = int.as_constant() {
        return compare_float_with(order.mirrored(), float, constant as i64);
    }
    Term::new(Op::CompareMixed(order), Vec::new(), vec![int, float])
}

/// `int order constant`, as a comparison of ints.
fn compare_int_with(order: Order, int: Term, constant: f64) -> Term {
    let with = |order, bound: i64| {
        let bound = Term::constant(Sort::Word, bound as u64);
        compare_same(order, int.clone(), bound, Sort::Word)
    };
    if let Some(exact) = exact_int(constant) {
        return with(order, exact);
    }
    // The greatest int below the constant; the cast saturates, which is right at both ends:
    // nothing is above i64::MAX, and below −2^63 nothing is at most the constant.
    let below = constant.floor() as i64;
    let under_all = compare_int_float(i64::MIN, constant) == Ordering::Greater;
    match order {
        Order::Equal => Term::bit(false),
        Order::NotEqual => int.presence(),
        Order::Less | Order::LessOrEqual if under_all => Term::bit(false),
        Order::Greater | Order::GreaterOrEqual if under_all => int.presence(),
        Order::Less | Order::LessOrEqual => with(Order::LessOrEqual, below),
        Order::Greater | Order::GreaterOrEqual => with(Order::Greater, below),
    }
}

/// `float order constant`, as a comparison of floats.
fn compare_float_with(order: Order, float: Term, constant: i64) -> Term {
    let rounded = constant as f64;
    let bound = Term::constant(Sort::Float, (rounded + 0.0).to_bits());
    if exact_float(constant).is_some() {
        return compare_same(order, float, bound, Sort::Float);
    }
    // The constant lies strictly between `rounded` and one of its neighbours, where no float is.
    let rounded_up = compare_int_float(constant, rounded) == Ordering::Less;
    let order = match (order, rounded_up) {
        (Order::Equal, _) => return Term::bit(false),
        (Order::NotEqual, _) => return float.presence(),
        (Order::Less | Order::LessOrEqual, true) => Order::Less,
        (Order::Less | Order::LessOrEqual, false) => Order::LessOrEqual,
        (Order::Greater | Order::GreaterOrEqual, true) => Order::GreaterOrEqual,
        (Order::Greater | Order::GreaterOrEqual, false) => Order::Greater,
    };
    compare_same(order, float, bound, Sort::Float)
}
