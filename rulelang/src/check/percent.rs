//! `PERCENT(n, 'salt')`: two constants, about the user and nothing else.

use std::sync::Arc;

use crate::ast::{Expr, ExprKind, Literal};
use crate::rule::{NodeKind, Percent};
use crate::{Code, Diagnostic, Type};

use super::context::{Checker, Ty, Typed};

impl Checker<'_> {
    pub(super) fn percent(&mut self, [share, salt]: [&Expr; 2], expr: &Expr) -> Typed {
        if self.event.is_some() {
            let message = "a share of users cannot stand in a WHERE, which asks about one event";
            return self.fail(Diagnostic::error(Code::Misplaced, expr.span, message));
        }
        if !self.quantifiers.is_empty() {
            return self.not_of_an_item("a share of users", expr.span);
        }
        // Whatever else stands there reads nothing: a name in it needs no type.
        let (share, salt) = (self.share(share), self.salt(salt));
        let place = self.place(expr.span);
        let (Some(hundredths), Some(salt)) = (share, salt) else {
            return Typed::error(place);
        };
        if self.is_learning() {
            return Typed::placeholder(Ty::Known(Type::Bool), place);
        }
        let percent = Percent { hundredths, salt };
        let known = self.percents.iter().position(|known| *known == percent);
        let index = known.unwrap_or_else(|| {
            self.percents.push(percent);
            self.percents.len() - 1
        });
        self.boolean(NodeKind::Percent(index), expr)
    }

    /// Hundredths of a percent.
    fn share(&mut self, written: &Expr) -> Option<u16> {
        let message = match &written.kind {
            ExprKind::Literal(Literal::Int(int)) => match u16::try_from(*int) {
                Ok(percent @ ..=100) => return Some(percent * 100),
                _ => "a share is from 0 to 100 percent",
            },
            ExprKind::Literal(Literal::Float(float)) if !(0.0..=100.0).contains(float) => {
                "a share is from 0 to 100 percent"
            }
            ExprKind::Literal(Literal::Float(float)) => match hundredths(*float) {
                Some(hundredths) => return Some(hundredths),
                None => "a share has at most two decimals",
            },
            _ => "a share must be a constant number",
        };
        self.report(
            Diagnostic::error(Code::NotConstant, written.span, message).with_help(
                "as in `PERCENT(12.5, 'june')`; where the share is not constant, \
             `BUCKET(id, 'june', 10000) < share` asks it of a field that holds an id",
            ),
        );
        None
    }

    fn salt(&mut self, written: &Expr) -> Option<Arc<str>> {
        if let ExprKind::Literal(Literal::String(text)) = &written.kind {
            return Some(text.as_str().into());
        }
        let message = "a salt must be a constant string";
        let found = Diagnostic::error(Code::NotConstant, written.span, message);
        self.report(found.with_help("any name for the draw, as in `PERCENT(10, 'june')`"));
        None
    }
}

/// A percentage from 0 to 100 in hundredths; `None` where it has more than two decimals.
fn hundredths(percent: f64) -> Option<u16> {
    let rounded = (percent * 100.0).round();
    // The cast keeps the value: `rounded` is whole and at most 10,000.
    (rounded / 100.0 == percent).then_some(rounded as u16)
}
