//! Sequences of events: each step is checked as a COUNT of its events would be.

use crate::ast::{self, AggregateFunction, Duration, EventSelector, Expr, ExprKind};
use crate::rule::{NodeKind, Sequence, SequenceStep};
use crate::{Code, Diagnostic, Type};

use super::context::{Checker, Ty, Typed};

impl Checker<'_> {
    pub(super) fn sequence(&mut self, sequence: &ast::Sequence, expr: &Expr) -> Typed {
        if self.event.is_some() {
            let message = "a sequence cannot stand in a WHERE, which asks about one event";
            return self.fail(Diagnostic::error(Code::Misplaced, expr.span, message));
        }
        if !self.quantifiers.is_empty() {
            return self.not_of_an_item("a sequence", expr.span);
        }
        // The test around a sequence is not one of its events.
        self.test = None;
        let first = &sequence.first;
        let mut steps = vec![];
        let start = count(&first.event, &first.window, first.filter.as_deref());
        let mut is_right = self.step(&start, None, expr, &mut steps);
        for step in sequence.then.iter().chain(&sequence.then_not) {
            let all_time = ast::Window::AllTime;
            let events = count(&step.event, &all_time, step.filter.as_deref());
            is_right &= self.step(&events, step.within, expr, &mut steps);
        }
        let place = self.place(expr.span);
        if !is_right {
            return Typed::error(place);
        }
        if self.is_learning() {
            return Typed::placeholder(Ty::Known(Type::Bool), place);
        }
        let absent = sequence.then_not.as_ref().and_then(|_| steps.pop());
        let text = crate::format(expr).into();
        let sequence = Sequence {
            text,
            steps,
            absent,
        };
        self.insert_sequence(sequence, expr)
    }

    /// Adds a step; FALSE after a mistake. While learning there is nothing to add.
    fn step(
        &mut self,
        events: &ast::Aggregate,
        within: Option<Duration>,
        sequence: &Expr,
        steps: &mut Vec<SequenceStep>,
    ) -> bool {
        let expr = Expr {
            kind: ExprKind::Aggregate(events.clone()),
            span: sequence.span,
        };
        let is_within = within.is_some();
        let within = within.and_then(|within| self.positive(within, sequence.span));
        let is_right = within.is_some() == is_within;
        match self.checked_aggregate(events, &expr) {
            Ok(events) => {
                steps.push(SequenceStep { events, within });
                is_right
            }
            Err(stand_in) => is_right && !stand_in.is_error(),
        }
    }

    fn insert_sequence(&mut self, sequence: Sequence, expr: &Expr) -> Typed {
        let position = self.sequences.iter().position(|known| *known == sequence);
        let index = match position {
            Some(index) => index,
            None if self.is_full() => return self.too_many(self.place(expr.span)),
            None => {
                self.sequences.push(sequence);
                self.sequences.len() - 1
            }
        };
        self.boolean(NodeKind::Sequence(index), expr)
    }
}

/// The events of a step as an aggregate.
fn count(event: &EventSelector, window: &ast::Window, filter: Option<&Expr>) -> ast::Aggregate {
    ast::Aggregate {
        function: AggregateFunction::Count,
        event: event.clone(),
        property: None,
        window: window.clone(),
        filter: filter.cloned().map(Box::new),
    }
}
