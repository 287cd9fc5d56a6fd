//! Aggregates: event, property, window and WHERE, equal ones once.

use std::sync::Arc;

use crate::ast::{self, AggregateFunction, CompareOp, EventSelector, Expr, ExprKind};
use crate::limits::AGGREGATES_MAX;
use crate::rule::{Aggregate, NodeKind, Window};
use crate::{Code, Diagnostic, Span, Type, Value};

use super::absent;
use super::context::{Checker, EventScope, Ty, Typed};

impl Checker<'_> {
    pub(super) fn aggregate(&mut self, aggregate: &ast::Aggregate, expr: &Expr) -> Typed {
        if self.event.is_some() {
            let message = "an aggregate cannot stand in a WHERE, which asks about one event";
            return self.fail(Diagnostic::error(Code::Misplaced, expr.span, message));
        }
        if !self.quantifiers.is_empty() {
            return self.not_of_an_item("an aggregate", expr.span);
        }
        // The test around an aggregate is not one of the event.
        self.test = None;
        match self.checked_aggregate(aggregate, expr) {
            Ok(aggregate) => self.insert(aggregate, self.place(expr.span)),
            Err(stand_in) => stand_in,
        }
    }

    /// An aggregate by itself; what stands in for it while learning and after a mistake.
    pub(super) fn checked_aggregate(
        &mut self,
        aggregate: &ast::Aggregate,
        expr: &Expr,
    ) -> Result<Aggregate, Typed> {
        let place = self.place(expr.span);
        let window = self.window(&aggregate.window, expr.span);
        self.event = Some(EventScope {
            event: event_key(&aggregate.event),
            properties: vec![],
        });
        let value = self.aggregated(aggregate, expr.span);
        let filter = aggregate.filter.as_deref();
        let filter_node = filter.map(|filter| self.condition(filter));
        let properties = self.event.take().map_or(vec![], |scope| scope.properties);
        let (ty, property) = match value {
            Some((Ty::Known(ty), property)) if window.is_some() => (ty, property),
            Some((slot @ Ty::Slot(_), _)) if window.is_some() => {
                return Err(Typed::placeholder(slot, place));
            }
            _ => return Err(Typed::error(place)),
        };
        let event = match &aggregate.event {
            EventSelector::Any => None,
            EventSelector::Named(name) => Some(name.text.as_str().into()),
        };
        if self.is_learning() {
            return Err(Typed::new(NodeKind::Aggregate(0), ty, place));
        }
        if let (Some(filter), true) = (&filter_node, self.traits.stack.is_empty()) {
            absent::warn(&mut self.warnings, self.source, &[], filter);
        }
        Ok(Aggregate {
            text: crate::format(expr).into(),
            function: aggregate.function,
            event,
            property,
            window: window.unwrap_or(Window::AllTime),
            filter: filter_node,
            filter_text: filter.map(|filter| crate::format(filter).into()),
            properties,
            ty,
        })
    }

    /// The type of the aggregate's value and the index of its property; `None` after a mistake.
    fn aggregated(
        &mut self,
        aggregate: &ast::Aggregate,
        span: Span,
    ) -> Option<(Ty, Option<usize>)> {
        use AggregateFunction::{Avg, Count, CountDistinct, First, Last, Max, Min, Sum};
        let function = aggregate.function;
        let Some(name) = &aggregate.property else {
            if function == Count {
                return Some((Ty::Known(Type::Int), None));
            }
            let message = format!("{} takes a property of the event", function.keyword());
            let help = format!("as in `{}(purchase.amount)`", function.keyword());
            let found = Diagnostic::error(Code::WrongArguments, span, message);
            self.report(found.with_help(help));
            return None;
        };
        let place = self.place(name.span);
        let needed_at = (function != CountDistinct).then_some(place);
        let (ty, index) = self.property(&name.text, name.span, needed_at);
        if ty == Ty::Error {
            return None;
        }
        let mut value = Typed::placeholder(ty, place);
        let result = match function {
            Count | CountDistinct => Ty::Known(Type::Int),
            Sum | Avg => {
                let is_int = ty == Ty::Known(Type::Int);
                if !is_int && !self.fits(&mut value, Type::Float) {
                    return self.wrong_property(&name.text, ty, "a number", name.span);
                }
                let stays_int = is_int && function == Sum;
                Ty::Known(if stays_int { Type::Int } else { Type::Float })
            }
            Min | Max | First | Last => ty,
        };
        let is_list = matches!(ty, Ty::Known(ty) if ty.is_list());
        if is_list && matches!(function, Min | Max | CountDistinct) {
            return self.wrong_property(&name.text, ty, "one value, not a list,", name.span);
        }
        Some((result, Some(index)))
    }

    fn wrong_property(
        &mut self,
        name: &str,
        ty: Ty,
        wanted: &str,
        span: Span,
    ) -> Option<(Ty, Option<usize>)> {
        let Ty::Known(ty) = ty else {
            return None;
        };
        let message = format!("{wanted} is wanted here, but `{name}` is {ty}");
        let mut found = Diagnostic::error(Code::TypeMismatch, span, message);
        let event = self.event.as_ref().map(|scope| scope.event.to_string());
        let key = (event.unwrap_or_default(), name.to_owned());
        if let Some(declared) = self.schema.properties.get(&key) {
            let help = format!("`{name}` is declared {ty} by {}", declared.by);
            found = found.with_help(help);
        }
        self.report(found);
        None
    }

    fn insert(&mut self, aggregate: Aggregate, place: Span) -> Typed {
        let ty = aggregate.ty;
        let position = self.aggregates.iter().position(|known| *known == aggregate);
        let index = match position {
            Some(index) => index,
            None if self.is_full() => return self.too_many(place),
            None => {
                self.aggregates.push(aggregate);
                self.aggregates.len() - 1
            }
        };
        Typed::new(NodeKind::Aggregate(index), ty, place)
    }

    /// Whether no further aggregate or sequence may be in the rule.
    pub(super) fn is_full(&self) -> bool {
        self.aggregates.len() + self.sequences.len() >= AGGREGATES_MAX
    }

    pub(super) fn too_many(&mut self, place: Span) -> Typed {
        let message = format!(
            "a rule has at most {AGGREGATES_MAX} aggregates, sequences and those of its computed traits included"
        );
        self.fail(Diagnostic::error(Code::TooLarge, place, message))
    }

    /// `DID e …` is `COUNT(e …) > 0`, `DID NOT e …` is `COUNT(e …) == 0`.
    pub(super) fn did(
        &mut self,
        event: &EventSelector,
        window: &ast::Window,
        filter: Option<&Expr>,
        negated: bool,
        expr: &Expr,
    ) -> Typed {
        let count = Expr {
            kind: ExprKind::Aggregate(ast::Aggregate {
                function: AggregateFunction::Count,
                event: event.clone(),
                property: None,
                window: window.clone(),
                filter: filter.cloned().map(Box::new),
            }),
            span: expr.span,
        };
        let count = self.expr(&count);
        if count.is_error() {
            return count;
        }
        let zero = Typed::new(
            NodeKind::Literal(Value::Int(0)),
            Type::Int,
            self.place(expr.span),
        );
        let op = if negated {
            CompareOp::Equal
        } else {
            CompareOp::Greater
        };
        let (left, right) = (Box::new(count.node), Box::new(zero.node));
        self.boolean(NodeKind::Compare { op, left, right }, expr)
    }
}

/// The key of an event's properties in the schema and the slots.
fn event_key(event: &EventSelector) -> Arc<str> {
    match event {
        EventSelector::Any => "*".into(),
        EventSelector::Named(name) => name.text.as_str().into(),
    }
}
