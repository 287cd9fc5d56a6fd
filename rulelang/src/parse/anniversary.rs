//! `ANNIVERSARY(t) WITHIN NEXT d IN 'zone'`, and where a window has a time zone.

use super::build::{Builder, span_of};
use super::{Pair, Rule};
use crate::ast::{Expr, ExprKind, TimeOp};
use crate::calendar::Zone;
use crate::{Code, Diagnostic};

impl Builder<'_> {
    /// `WITHIN LAST` or `WITHIN NEXT` after an operand. What looks like a call of ANNIVERSARY names
    /// what the test is of.
    pub(super) fn within(
        &mut self,
        operand: Box<Expr>,
        test: Pair,
        negated: bool,
        depth: usize,
    ) -> Option<ExprKind> {
        let operand = match anniversary_of(operand) {
            Ok(operand) => operand,
            Err(operand) => {
                return Some(ExprKind::Time {
                    test: self.time(test, depth)?,
                    operand,
                    negated,
                });
            }
        };
        let zone = zone_of(&test);
        let within = self.moving(test.clone())?;
        let zone = match (&within, zone) {
            (TimeOp::WithinLastCalendar(calendar), None) => calendar.zone,
            (TimeOp::WithinLastCalendar(calendar), Some(_)) => {
                self.refuse_zone(&test);
                calendar.zone
            }
            (_, zone) => zone.map_or_else(Zone::utc, |zone| self.zone(&zone)),
        };
        let within = Box::new(within);
        Some(ExprKind::Time {
            test: TimeOp::Anniversary { within, zone },
            operand,
            negated,
        })
    }

    /// Reports the time zone of a window that has none, or has another already.
    pub(super) fn refuse_zone(&mut self, within: &Pair) {
        if let Some(zone) = zone_of(within) {
            let message = "this window has no time zone of its own";
            let found = Diagnostic::error(Code::Syntax, span_of(&zone), message);
            let help = "zones go with a calendar, as in `WITHIN LAST 30 CALENDAR DAYS IN 'Europe/Berlin'`, and with `ANNIVERSARY(…)`";
            self.errors.push(found.with_help(help));
        }
    }
}

/// The argument of what looks like a call of ANNIVERSARY; anything else as it came.
fn anniversary_of(mut operand: Box<Expr>) -> Result<Box<Expr>, Box<Expr>> {
    if let ExprKind::Call {
        function,
        arguments,
    } = &mut operand.kind
        && function.text == "ANNIVERSARY"
        && arguments.len() == 1
        && let Some(of) = arguments.pop()
    {
        return Ok(Box::new(of));
    }
    Err(operand)
}

/// The name of the zone after the length of a window.
fn zone_of<'s>(within: &Pair<'s>) -> Option<Pair<'s>> {
    let mut parts = within.clone().into_inner();
    let zone = parts.find(|part| part.as_rule() == Rule::zone)?;
    zone.into_inner().next_back()
}
