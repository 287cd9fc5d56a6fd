//! One arm per kind of expression; the work is in the family's module.

use crate::ast::{Expr, ExprKind, Literal};
use crate::format::format_string;
use crate::rule::NodeKind;
use crate::{Code, Diagnostic, Type, Value};

use super::context::{Checker, Ty, Typed};

impl Checker<'_> {
    pub(super) fn dispatch(&mut self, expr: &Expr) -> Typed {
        let span = expr.span;
        match &expr.kind {
            ExprKind::Literal(literal) => self.literal(literal, expr),
            ExprKind::Field(name) => self.name(name, span),
            ExprKind::Negate(operand) => self.negate(operand, expr),
            ExprKind::Arithmetic(op, left, right) => self.arithmetic(*op, left, right, expr),
            ExprKind::Compare(op, left, right) => self.compare(*op, left, right, expr),
            ExprKind::Distinct { .. } => self.distinct(expr),
            ExprKind::Not(operand) => {
                let operand = Box::new(self.condition(operand));
                self.boolean(NodeKind::Not(operand), expr)
            }
            ExprKind::And(terms) => {
                let terms = terms.iter().map(|term| self.condition(term)).collect();
                self.boolean(NodeKind::And(terms), expr)
            }
            ExprKind::Or(terms) => {
                let terms = terms.iter().map(|term| self.condition(term)).collect();
                self.boolean(NodeKind::Or(terms), expr)
            }
            ExprKind::In { .. } => self.in_list(expr),
            ExprKind::Between { .. } => self.between(expr),
            ExprKind::Text { .. } => self.text(expr),
            ExprKind::ContainsItems { .. } => self.contains_items(expr),
            ExprKind::IsNull { operand, negated } => self.is_null(operand, *negated, expr),
            ExprKind::Exists(operand) => self.is_null(operand, true, expr),
            ExprKind::IsTruth {
                operand,
                truth,
                negated,
            } => {
                let kind = NodeKind::IsTruth {
                    operand: Box::new(self.condition(operand)),
                    truth: *truth,
                    negated: *negated,
                };
                self.boolean(kind, expr)
            }
            ExprKind::IsEmpty { operand, negated } => self.is_empty(operand, *negated, expr),
            ExprKind::Time {
                test,
                operand,
                negated,
            } => self.time(test, operand, *negated, expr),
            ExprKind::InSegment { segment, negated } => self.in_segment(segment, *negated, expr),
            ExprKind::Aggregate(aggregate) => self.aggregate(aggregate, expr),
            ExprKind::Did {
                event,
                window,
                filter,
                negated,
            } => self.did(event, window, filter.as_deref(), *negated, expr),
            ExprKind::Call {
                function,
                arguments,
            } => self.call(function, arguments, expr),
            ExprKind::List(items) => self.list_literal(items, expr),
            ExprKind::Case {
                branches,
                otherwise,
            } => self.case(branches, otherwise.as_deref(), expr),
            ExprKind::Sequence(sequence) => self.sequence(sequence, expr),
            ExprKind::Quantified { .. } => self.quantified(expr),
            ExprKind::Parameter(_) => self.unbound(None, span),
            ExprKind::InNamed { operand, .. } => self.unbound(Some(operand), span),
        }
    }

    /// A boolean node in the place of `expr`.
    pub(super) fn boolean(&self, kind: NodeKind, expr: &Expr) -> Typed {
        Typed::new(kind, Type::Bool, self.place(expr.span))
    }

    fn literal(&mut self, literal: &Literal, expr: &Expr) -> Typed {
        let value = match literal {
            Literal::Null => Value::Null,
            Literal::Bool(value) => Value::Bool(*value),
            Literal::Int(value) => Value::Int(*value),
            Literal::Float(value) => Value::float(*value),
            Literal::String(text) => Value::string(text),
            Literal::Timestamp(millis) => Value::Timestamp(*millis),
            Literal::Date(days) => Value::Date(*days),
            Literal::Duration(duration) => match self.milliseconds(*duration, expr.span) {
                Some(millis) => Value::Duration(millis),
                None => return Typed::error(self.place(expr.span)),
            },
        };
        let ty = value.type_of();
        Typed::new(NodeKind::Literal(value), ty, self.place(expr.span))
    }

    fn is_null(&mut self, operand: &Expr, negated: bool, expr: &Expr) -> Typed {
        let operand = Box::new(self.expr(operand).node);
        self.boolean(NodeKind::IsNull { operand, negated }, expr)
    }

    fn in_segment(&mut self, segment: &crate::ast::Name, negated: bool, expr: &Expr) -> Typed {
        let name = &segment.text;
        if self.event.is_some() {
            let message = "`IN SEGMENT` asks about the user and cannot stand in a WHERE, which asks about one event";
            return self.fail(Diagnostic::error(Code::Misplaced, expr.span, message));
        }
        if !self.quantifiers.is_empty() {
            return self.not_of_an_item("`IN SEGMENT`", expr.span);
        }
        if let Some(known) = &self.schema.segments
            && !known.contains(name)
        {
            let nearest = super::nearest(name, known.iter().map(String::as_str));
            let message = format!("there is no segment `{name}`");
            let mut found = Diagnostic::error(Code::UnknownSegment, segment.span, message);
            if let Some(nearest) = nearest {
                found = found
                    .with_help(format!("did you mean `{nearest}`?"))
                    .with_fix(segment.span, format_string(nearest));
            }
            return self.fail(found);
        }
        if self.is_learning() {
            return Typed::placeholder(Ty::Known(Type::Bool), expr.span);
        }
        let position = self.segments.iter().position(|segment| segment == name);
        let index = position.unwrap_or_else(|| {
            self.segments.push(name.clone());
            self.segments.len() - 1
        });
        let is_member = self.boolean(NodeKind::InSegment(index), expr);
        if negated {
            return self.boolean(NodeKind::Not(Box::new(is_member.node)), expr);
        }
        is_member
    }
}
