//! Sequences of events: which parts a step may have is a matter of its place.

use super::build::{Builder, Events, span_of};
use super::{Pair, Rule};
use crate::ast::{Duration, ExprKind, Sequence, SequenceStart, SequenceStep, Window};
use crate::limits::SEQUENCE_STEPS_MAX;
use crate::{Code, Diagnostic, Span};

/// A step as it stands there, whatever its place.
struct Step {
    events: Events,
    within: Option<Duration>,
    /// Where its `NOT` stands.
    not: Option<Span>,
    /// Where its window or its `WITHIN` stands.
    time: Option<Span>,
}

impl Step {
    /// As a step after the first.
    fn later(self) -> SequenceStep {
        SequenceStep {
            event: self.events.event,
            within: self.within,
            filter: self.events.filter,
        }
    }
}

impl Builder<'_> {
    pub(super) fn sequence(&mut self, pair: Pair, depth: usize) -> Option<ExprKind> {
        let span = span_of(&pair);
        let mut steps = vec![];
        for step in pair.into_inner() {
            if step.as_rule() == Rule::sequence_step {
                steps.push(self.sequence_step(step, depth)?);
            }
        }
        self.check_steps(&steps, span);
        let mut steps = steps.into_iter();
        let first = steps.next()?.events;
        let mut then: Vec<Step> = steps.collect();
        let then_not = then.pop_if(|last| last.not.is_some());
        Some(ExprKind::Sequence(Sequence {
            first: SequenceStart {
                event: first.event,
                window: first.window,
                filter: first.filter,
            },
            then: then.into_iter().map(Step::later).collect(),
            then_not: then_not.map(Step::later),
        }))
    }

    fn sequence_step(&mut self, pair: Pair, depth: usize) -> Option<Step> {
        let (mut not, mut time, mut within) = (None, None, None);
        for part in pair.clone().into_inner() {
            match part.as_rule() {
                Rule::kw_not => not = Some(span_of(&part)),
                Rule::window => time = Some(span_of(&part)),
                Rule::sequence_within => {
                    time = Some(span_of(&part));
                    within = Some(self.duration(part.into_inner().next_back()?)?);
                }
                _ => {}
            }
        }
        let events = self.events(pair.into_inner(), depth)?;
        if let Some(property) = &events.property {
            let message = "a step takes an event, not a property of one";
            let help = "an event's name with a dot is written in backticks";
            let error = Diagnostic::error(Code::Syntax, property.span, message);
            self.errors.push(error.with_help(help));
        }
        Some(Step {
            events,
            within,
            not,
            time,
        })
    }

    /// What may stand in one place only, and how many steps there may be.
    fn check_steps(&mut self, steps: &[Step], whole: Span) {
        if steps.len() < 2 {
            let message = "a sequence has two steps or more";
            let help = "write `SEQUENCE(a THEN b WITHIN 1h)`; for one event there is `DID a`";
            let error = Diagnostic::error(Code::Syntax, whole, message);
            self.errors.push(error.with_help(help));
        }
        if steps.len() > SEQUENCE_STEPS_MAX {
            let message = format!(
                "the sequence has {} steps; the limit is {SEQUENCE_STEPS_MAX}",
                steps.len()
            );
            self.error(Code::TooLarge, whole, message);
        }
        let nots = steps.iter().enumerate().filter_map(|(place, step)| {
            let is_last = place > 0 && place + 1 == steps.len();
            step.not.filter(|_| !is_last)
        });
        for not in nots {
            let message = "`NOT` may stand in the last step of a sequence only";
            let help = "the last step may say what does not come: `THEN NOT c WITHIN 24h`";
            let error = Diagnostic::error(Code::Misplaced, not, message);
            self.errors.push(error.with_help(help));
        }
        for (place, step) in steps.iter().enumerate() {
            self.check_time(place, step);
        }
    }

    fn check_time(&mut self, place: usize, step: &Step) {
        let Some(time) = step.time else { return };
        let (message, help) = match (place, step.within.is_some()) {
            (0, true) => (
                "no step comes before the first",
                "write a window, as `WITHIN LAST 7 DAYS`",
            ),
            (1.., false) if step.events.window != Window::AllTime => (
                "a window may stand in the first step of a sequence only",
                "a later step says how long after the step before: `THEN b WITHIN 1h`",
            ),
            _ => return,
        };
        let error = Diagnostic::error(Code::Misplaced, time, message);
        self.errors.push(error.with_help(help));
    }
}
