//! Instants against now, and the windows of aggregates: durations and instants in milliseconds.

use crate::ast::{self, CompareOp, Duration, Expr, TimeOp};
use crate::calendar::{Anniversary, Reach};
use crate::rule::{ArithmeticOp, Node, NodeKind, TimeTest, Window};
use crate::time::DAY_MS;
use crate::{Code, Diagnostic, Span, Type, Value};

use super::compare::is_null_literal;
use super::context::{Checker, Ty, Typed};

impl Checker<'_> {
    /// The length of a duration literal; reports one that does not fit.
    pub(super) fn milliseconds(&mut self, duration: Duration, span: Span) -> Option<i64> {
        let millis = duration.milliseconds();
        if millis.is_none() {
            let message = "the duration does not fit 64 bits of milliseconds";
            self.report(Diagnostic::error(Code::BadLiteral, span, message));
        }
        millis
    }

    pub(super) fn time(
        &mut self,
        test: &TimeOp,
        operand: &Expr,
        negated: bool,
        expr: &Expr,
    ) -> Typed {
        if let TimeOp::Before(instant) | TimeOp::After(instant) = test {
            let op = if matches!(test, TimeOp::Before(_)) {
                CompareOp::Less
            } else {
                CompareOp::Greater
            };
            return self.before_after(op, operand, instant, negated, expr);
        }
        if self.is_apart_from_now() && !matches!(test, TimeOp::During(..)) {
            return self.depends_on_now(expr.span);
        }
        let operand = self.expr(operand);
        let operand = match (test, operand.ty) {
            // Who returns every year is mostly born: a day, if nothing else says what it is.
            (TimeOp::Anniversary { .. }, Ty::Slot(slot)) => {
                self.slots.prefer(slot, Type::Date, operand.span());
                operand
            }
            _ => self.instant(operand),
        };
        let test = self.time_test(test, operand.node.ty, expr.span);
        match test {
            Some(test) if !operand.is_error() => {
                let operand = Box::new(operand.node);
                let kind = NodeKind::Time {
                    test,
                    operand,
                    negated,
                };
                self.boolean(kind, expr)
            }
            _ => Typed::error(self.place(expr.span)),
        }
    }

    /// Whether the present expression may not depend on now: in a WHERE or a quantifier.
    pub(super) fn is_apart_from_now(&self) -> bool {
        self.event.is_some() || !self.quantifiers.is_empty()
    }

    /// Refuses what depends on now inside a WHERE or a quantifier.
    pub(super) fn depends_on_now(&mut self, span: Span) -> Typed {
        if self.event.is_none() {
            return self.not_of_an_item("what depends on now", span);
        }
        let message = "a WHERE asks about the event alone and cannot depend on now";
        let help = "put the window before the WHERE: `COUNT(purchase WITHIN LAST 30 DAYS WHERE …)`";
        self.fail(Diagnostic::error(Code::Misplaced, span, message).with_help(help))
    }

    /// An operand that must be a timestamp or a date; an undeclared one is a timestamp unless
    /// another use makes it a date.
    fn instant(&mut self, mut operand: Typed) -> Typed {
        self.given_instant(&mut operand);
        match operand.ty {
            Ty::Slot(slot) => {
                self.slots.suppose(slot, Type::Timestamp, operand.span());
                operand
            }
            Ty::Known(Type::Date) => operand,
            _ => {
                if self.fits(&mut operand, Type::Timestamp) {
                    return operand;
                }
                self.wrong_operand(&operand, "a timestamp or a date", Type::Timestamp)
            }
        }
    }

    fn before_after(
        &mut self,
        op: CompareOp,
        operand: &Expr,
        instant: &Expr,
        negated: bool,
        expr: &Expr,
    ) -> Typed {
        if let Some(null) = [operand, instant].into_iter().find(|e| is_null_literal(e)) {
            let message = "a comparison with NULL is never true";
            return self.fail(Diagnostic::error(Code::CompareWithNull, null.span, message));
        }
        let typed = [self.expr(operand), self.expr(instant)];
        let typed = typed.map(|side| self.instant(side));
        if typed.iter().any(Typed::is_error) {
            return Typed::error(self.place(expr.span));
        }
        let [left, right] = typed.map(|side| Box::new(side.node));
        let compare = self.boolean(NodeKind::Compare { op, left, right }, expr);
        if negated {
            return self.boolean(NodeKind::Not(Box::new(compare.node)), expr);
        }
        compare
    }

    fn time_test(&mut self, test: &TimeOp, ty: Type, span: Span) -> Option<TimeTest> {
        Some(match test {
            TimeOp::WithinLast(d) => TimeTest::WithinLast(self.positive(*d, span)?),
            TimeOp::WithinLastCalendar(span) => TimeTest::WithinLastCalendar(*span),
            TimeOp::WithinNext(d) => TimeTest::WithinNext(self.positive(*d, span)?),
            TimeOp::OlderThan(d) => TimeTest::OlderThan(self.milliseconds(*d, span)?),
            TimeOp::FromToAgo(from, to) => {
                let (from, to) = self.older_younger(*from, *to, span)?;
                TimeTest::FromToAgo { from, to }
            }
            TimeOp::During(start, end) => {
                let (start, end) = self.during(start, end, span)?;
                TimeTest::During { start, end }
            }
            TimeOp::Before(_) | TimeOp::After(_) => return None,
            TimeOp::Anniversary { within, zone } => {
                let reach = self.reach(within, span)?;
                TimeTest::Anniversary(Anniversary {
                    reach,
                    zone: *zone,
                    of_date: ty == Type::Date,
                })
            }
        })
    }

    /// Where a yearly return has to lie.
    fn reach(&mut self, within: &TimeOp, span: Span) -> Option<Reach> {
        let (reach, is_a_year) = match within {
            TimeOp::WithinNext(ahead) => {
                let ahead = self.positive(*ahead, span)?;
                (Reach::Next(ahead), ahead <= 366 * DAY_MS)
            }
            TimeOp::WithinLast(back) => {
                let back = self.positive(*back, span)?;
                (Reach::Last(back), back <= 366 * DAY_MS)
            }
            TimeOp::WithinLastCalendar(calendar) => {
                (Reach::LastCalendar(*calendar), calendar.is_within_a_year())
            }
            _ => return None,
        };
        if is_a_year {
            return Some(reach);
        }
        let message = "an anniversary comes every year: its window is at most 366 days long";
        self.report(Diagnostic::error(Code::Misplaced, span, message));
        None
    }

    /// The window of an aggregate at `span`; `None` after a mistake.
    pub(super) fn window(&mut self, window: &ast::Window, span: Span) -> Option<Window> {
        Some(match window {
            ast::Window::AllTime => Window::AllTime,
            ast::Window::WithinLast(d) => Window::WithinLast(self.positive(*d, span)?),
            ast::Window::WithinLastCalendar(span) => Window::WithinLastCalendar(*span),
            ast::Window::FromToAgo(from, to) => {
                let (from, to) = self.older_younger(*from, *to, span)?;
                Window::FromToAgo { from, to }
            }
            ast::Window::During(start, end) => {
                let (start, end) = self.during(start, end, span)?;
                Window::During { start, end }
            }
        })
    }

    pub(super) fn positive(&mut self, duration: Duration, span: Span) -> Option<i64> {
        let millis = self.milliseconds(duration, span)?;
        if millis > 0 {
            return Some(millis);
        }
        let message = "a window of no length is never true";
        self.report(Diagnostic::error(Code::Misplaced, span, message));
        None
    }

    fn older_younger(&mut self, from: Duration, to: Duration, span: Span) -> Option<(i64, i64)> {
        let ends = (self.milliseconds(from, span)?, self.milliseconds(to, span)?);
        if ends.0 > ends.1 {
            return Some(ends);
        }
        let message = "`FROM a TO b AGO` begins at the older end: `a` must be longer than `b`";
        let found = Diagnostic::error(Code::Misplaced, span, message);
        self.report(found.with_help("exchange the two durations, as in `FROM 90d TO 30d AGO`"));
        None
    }

    fn during(&mut self, start: &Expr, end: &Expr, span: Span) -> Option<(i64, i64)> {
        let ends = (self.constant_instant(start), self.constant_instant(end));
        if self.is_learning() {
            return Some((0, 0));
        }
        let (start, end) = (ends.0?, ends.1?);
        if start < end {
            return Some((start, end));
        }
        let message = "`DURING t1 TO t2` ends before it begins";
        self.report(Diagnostic::error(Code::Misplaced, span, message));
        None
    }

    /// An instant that does not depend on the user or on now.
    fn constant_instant(&mut self, expr: &Expr) -> Option<i64> {
        let typed = self.expr(expr);
        let typed = self.instant(typed);
        if typed.is_error() {
            return None;
        }
        let value = constant(&typed.node);
        if value.is_none() {
            let message = "an instant must be constant here";
            let help = "write `TIMESTAMP '2026-01-31T10:00:00Z'`; windows that move with now are `WITHIN LAST` and `FROM a TO b AGO`";
            let found = Diagnostic::error(Code::NotConstant, expr.span, message);
            self.report(found.with_help(help));
        }
        value
    }
}

/// The instant that a node made of literals names, in milliseconds.
fn constant(node: &Node) -> Option<i64> {
    match &node.kind {
        NodeKind::Literal(Value::Timestamp(millis) | Value::Duration(millis)) => Some(*millis),
        NodeKind::Literal(Value::Date(days)) => i64::from(*days).checked_mul(DAY_MS),
        NodeKind::Negate(operand) => constant(operand)?.checked_neg(),
        NodeKind::Arithmetic { op, left, right } => match op {
            ArithmeticOp::Add => constant(left)?.checked_add(constant(right)?),
            ArithmeticOp::Subtract => constant(left)?.checked_sub(constant(right)?),
            _ => None,
        },
        _ => None,
    }
}
