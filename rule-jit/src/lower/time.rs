//! Instants against now.

use std::sync::Arc;

use rulelang::rule::{Node, TimeTest};
use rulelang::time::DAY_MS;
use rulelang::{Span, Type};

use super::Lowering;
use super::comparison::compare;
use crate::constants::Object;
use crate::error::NotCompiled;
use crate::shape::{Op, Order, Sort};
use crate::term::{Term, Word};

impl Lowering<'_> {
    /// Whether an instant passes (`negated`: is present and fails).
    pub(super) fn time_test(
        &mut self,
        test: TimeTest,
        operand: &Node,
        negated: bool,
    ) -> Result<Term, NotCompiled> {
        let mut ts = self.value(operand)?;
        if ts.sort() != Some(Sort::Word) {
            return Ok(Term::bit(false));
        }
        if operand.ty == Type::Date {
            ts = days_to_millis(ts);
        }
        match test {
            // Ages are differences of i64s, so they need all 64 bits of a u64.
            TimeTest::WithinLast(d) => Ok(past(ts, 0, d, negated)),
            TimeTest::WithinLastCalendar(span) => {
                let calendar = Object::Calendar(Arc::new(span));
                let start = Term::new(Op::CalendarStart, vec![Word::Object(calendar)], Vec::new());
                within(
                    ts,
                    start,
                    Term::leaf(Op::Now),
                    Order::LessOrEqual,
                    negated,
                    operand.span,
                )
            }
            TimeTest::FromToAgo { from, to } => Ok(past(ts, to, from.saturating_sub(to), negated)),
            TimeTest::OlderThan(d) => Ok(past(ts, d, i64::MAX, negated)),
            TimeTest::WithinNext(d) => Ok(Term::new(
                Op::Future { negated },
                vec![Word::Bits(d.max(0) as u64)],
                vec![ts],
            )),
            TimeTest::During { start, end } => {
                let bound = |instant: i64| Term::constant(Sort::Word, instant as u64);
                within(
                    ts,
                    bound(start),
                    bound(end),
                    Order::Less,
                    negated,
                    operand.span,
                )
            }
            TimeTest::Anniversary(asked) => {
                let object = Word::Object(Object::Anniversary(Arc::new(asked)));
                Ok(Term::new(Op::Returns { negated }, vec![object], vec![ts]))
            }
        }
    }
}

/// `start <= ts`, and `ts` before `end`, or at it if the order says so.
fn within(
    ts: Term,
    start: Term,
    end: Term,
    to: Order,
    negated: bool,
    span: Span,
) -> Result<Term, NotCompiled> {
    let from = Order::GreaterOrEqual;
    if negated {
        let before = compare(from.opposite(), ts.clone(), start, span)?;
        let after = compare(to.opposite(), ts, end, span)?;
        return Ok(Term::or([before, after]));
    }
    let since = compare(from, ts.clone(), start, span)?;
    Ok(Term::and([since, compare(to, ts, end, span)?]))
}

/// `now − (low + width) < ts <= now − low`.
fn past(ts: Term, low: i64, width: i64, negated: bool) -> Term {
    let words = [low, width].map(|word| Word::Bits(word.max(0) as u64));
    Term::new(Op::Past { negated }, words.into(), vec![ts])
}

/// A date as its midnight UTC.
pub(super) fn days_to_millis(days: Term) -> Term {
    match (days.sort(), days.as_constant()) {
        (None, _) => days,
        (_, Some(payload)) => {
            Term::constant(Sort::Word, (payload as i64).wrapping_mul(DAY_MS) as u64)
        }
        (_, None) => Term::new(Op::DaysToMillis, Vec::new(), vec![days]),
    }
}
