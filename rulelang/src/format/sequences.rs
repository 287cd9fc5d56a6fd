//! Sequences of events.

use super::Printer;
use super::names::write_event;
use crate::ast::{EventSelector, Expr, Sequence, SequenceStep};

impl Printer {
    pub(super) fn sequence(&mut self, sequence: &Sequence) {
        let first = &sequence.first;
        self.push("SEQUENCE(");
        self.event(&first.event);
        self.window(&first.window);
        self.filter(first.filter.as_deref());
        for step in &sequence.then {
            self.push(" THEN ");
            self.step(step);
        }
        if let Some(step) = &sequence.then_not {
            self.push(" THEN NOT ");
            self.step(step);
        }
        self.push(")");
    }

    fn step(&mut self, step: &SequenceStep) {
        self.event(&step.event);
        if let Some(within) = step.within {
            self.push(" WITHIN ");
            self.duration(within);
        }
        self.filter(step.filter.as_deref());
    }

    fn event(&mut self, event: &EventSelector) {
        match event {
            EventSelector::Any => self.push("*"),
            // As after DID: `NOT` stands before an event here.
            EventSelector::Named(name) => write_event(&mut self.out, &name.text, false),
        }
    }

    fn filter(&mut self, filter: Option<&Expr>) {
        if let Some(filter) = filter {
            self.push(" WHERE ");
            self.kind(filter);
        }
    }
}
