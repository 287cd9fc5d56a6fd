//! `== != < <= > >=`, `IS DISTINCT FROM`, `IN`, `BETWEEN`.

use crate::ast::{CompareOp, Expr, ExprKind, Literal};
use crate::rule::{Node, NodeKind};
use crate::{Code, Diagnostic, Span, Type};

use super::align::Aligned;
use super::context::{Checker, Ty, Typed, text_of};
use super::quantifiers::about_items;

impl Checker<'_> {
    pub(super) fn compare(
        &mut self,
        op: CompareOp,
        left: &Expr,
        right: &Expr,
        expr: &Expr,
    ) -> Typed {
        if is_null_literal(left) || is_null_literal(right) {
            return self.compare_with_null(op, left, right, expr);
        }
        let is_equality = matches!(op, CompareOp::Equal | CompareOp::NotEqual);
        match self.pair(left, right, is_equality, expr) {
            Some((left, right)) => {
                let (left, right) = (Box::new(left), Box::new(right));
                self.boolean(NodeKind::Compare { op, left, right }, expr)
            }
            None => Typed::error(self.place(expr.span)),
        }
    }

    pub(super) fn distinct(&mut self, expr: &Expr) -> Typed {
        let ExprKind::Distinct {
            left,
            right,
            negated,
        } = &expr.kind
        else {
            return Typed::error(self.place(expr.span));
        };
        match self.pair(left, right, true, expr) {
            Some((left, right)) => {
                let kind = NodeKind::Distinct {
                    left: Box::new(left),
                    right: Box::new(right),
                    negated: *negated,
                };
                self.boolean(kind, expr)
            }
            None => Typed::error(self.place(expr.span)),
        }
    }

    /// Two operands that compare, lists for equality alone; `None` after a mistake.
    fn pair(
        &mut self,
        left: &Expr,
        right: &Expr,
        is_equality: bool,
        expr: &Expr,
    ) -> Option<(Node, Node)> {
        let operands = self.comparables([left, right], is_equality, expr)?;
        let mut nodes = operands.into_iter();
        Some((nodes.next()?, nodes.next()?))
    }

    /// Operands that compare with each other; `None` after a mistake.
    fn comparables<'e>(
        &mut self,
        exprs: impl IntoIterator<Item = &'e Expr>,
        takes_lists: bool,
        expr: &Expr,
    ) -> Option<Vec<Node>> {
        let mut operands: Vec<Typed> = exprs.into_iter().map(|expr| self.expr(expr)).collect();
        match self.align(&mut operands) {
            Aligned::Clash(a, b) => {
                self.clash(operands.get(a)?, operands.get(b)?, expr.span);
                None
            }
            Aligned::As(Ty::Error) => None,
            Aligned::As(Ty::Known(ty @ (Type::List(_) | Type::Objects | Type::Any)))
                if !(takes_lists && matches!(ty, Type::List(_))) =>
            {
                let message = format!("values of type {ty} do not compare");
                let help = match ty {
                    Type::Objects => about_items("items"),
                    _ => "ask what a list holds: `x CONTAINS ANY ('a', 'b')`".to_owned(),
                };
                self.report(
                    Diagnostic::error(Code::TypeMismatch, expr.span, message).with_help(help),
                );
                None
            }
            Aligned::As(_) => Some(operands.into_iter().map(|operand| operand.node).collect()),
        }
    }

    fn compare_with_null(
        &mut self,
        op: CompareOp,
        left: &Expr,
        right: &Expr,
        expr: &Expr,
    ) -> Typed {
        for side in [left, right] {
            let typed = self.expr(side);
            self.excuse(&typed);
        }
        let test = match op {
            CompareOp::NotEqual => "IS NOT NULL",
            _ => "IS NULL",
        };
        let operand = if is_null_literal(right) { left } else { right };
        let message = "a comparison with NULL is never true";
        let mut found = Diagnostic::error(Code::CompareWithNull, expr.span, message)
            .with_help(format!("write `{} {test}`", text_of(operand)));
        if matches!(op, CompareOp::Equal | CompareOp::NotEqual)
            && is_null_literal(right)
            && let Some(span) = self.operator_span(left, right, &["==", "!=", "<>", "="])
            && self.is_blank(span.end, right.span.start)
        {
            found = found.with_fix(span.to(right.span), test);
        }
        self.fail(found)
    }

    /// Where the operator between two operands stands; `None` where a comment or anything else
    /// beside brackets is between them.
    pub(super) fn operator_span(
        &self,
        left: &Expr,
        right: &Expr,
        operators: &[&str],
    ) -> Option<Span> {
        operator_span(self.source, left.span, right.span, operators)
    }

    fn is_blank(&self, start: u32, end: u32) -> bool {
        let between = self.source.get(start as usize..end as usize);
        between.is_some_and(|text| text.trim().is_empty())
    }

    pub(super) fn in_list(&mut self, expr: &Expr) -> Typed {
        let ExprKind::In {
            operand,
            items,
            negated,
        } = &expr.kind
        else {
            return Typed::error(self.place(expr.span));
        };
        if self.null_items(items, operand, *negated) {
            self.excuse_all(std::iter::once(&**operand).chain(items));
            return Typed::error(self.place(expr.span));
        }
        let exprs = std::iter::once(&**operand).chain(items);
        let Some(mut nodes) = self.comparables(exprs, false, expr) else {
            return Typed::error(self.place(expr.span));
        };
        if nodes.is_empty() {
            return Typed::error(self.place(expr.span));
        }
        let operand = Box::new(nodes.remove(0));
        let kind = NodeKind::In {
            operand,
            items: nodes,
            negated: *negated,
        };
        self.boolean(kind, expr)
    }

    /// Reports literal NULLs among the items of a list.
    pub(super) fn null_items(&mut self, items: &[Expr], operand: &Expr, negated: bool) -> bool {
        let mut found = false;
        for item in items.iter().filter(|item| is_null_literal(item)) {
            let operand = text_of(operand);
            let help = if negated {
                format!("leave it out: who has no `{operand}` is not named anyway")
            } else {
                format!("add `OR {operand} IS NULL`")
            };
            let message = "a literal NULL in a list equals nothing";
            let diagnostic =
                Diagnostic::error(Code::CompareWithNull, item.span, message).with_help(help);
            self.report(diagnostic);
            found = true;
        }
        found
    }

    pub(super) fn between(&mut self, expr: &Expr) -> Typed {
        let ExprKind::Between {
            operand,
            low,
            high,
            negated,
        } = &expr.kind
        else {
            return Typed::error(self.place(expr.span));
        };
        if let Some(bound) = [low, high].into_iter().find(|bound| is_null_literal(bound)) {
            let typed = self.expr(operand);
            self.excuse(&typed);
            let message = "a comparison with NULL is never true";
            return self.fail(Diagnostic::error(
                Code::CompareWithNull,
                bound.span,
                message,
            ));
        }
        let nodes = self.comparables([&**operand, low, high], false, expr);
        let Some([operand, low, high]) = nodes.and_then(|nodes| <[Node; 3]>::try_from(nodes).ok())
        else {
            return Typed::error(self.place(expr.span));
        };
        let kind = NodeKind::Between {
            operand: Box::new(operand),
            low: Box::new(low),
            high: Box::new(high),
            negated: *negated,
        };
        self.boolean(kind, expr)
    }
}

pub(super) fn is_null_literal(expr: &Expr) -> bool {
    matches!(expr.kind, ExprKind::Literal(Literal::Null))
}

/// See [`Checker::operator_span`].
pub(super) fn operator_span(
    source: &str,
    left: Span,
    right: Span,
    operators: &[&str],
) -> Option<Span> {
    let start = left.end as usize;
    let between = source.get(start..right.start as usize)?;
    let operator = between.trim_matches(|c: char| c.is_whitespace() || c == '(' || c == ')');
    if !operators.contains(&operator) {
        return None;
    }
    let at = start + between.find(operator)?;
    Some(Span::new(at, at + operator.len()))
}
