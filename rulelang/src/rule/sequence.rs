//! Sequences of events, checked.

use std::sync::Arc;

use super::Aggregate;

/// Events of one user that follow one another: a condition, never NULL.
///
/// It is TRUE at now where events e₁ < e₂ < … (by timestamp, none later than now) fill its steps
/// in their order, and `absent` does not come after the last of them.
#[derive(Debug, Clone, PartialEq)]
pub struct Sequence {
    /// Canonical text of the whole sequence.
    pub text: Arc<str>,
    /// The events that have to come: one or more, two without `absent`.
    pub steps: Vec<SequenceStep>,
    /// What does not come: no such event in (e, e + within], where e is the last step's event,
    /// and e + `within` is at most now. Without `within`: no such event after e.
    pub absent: Option<SequenceStep>,
}

/// A step of a sequence.
#[derive(Debug, Clone, PartialEq)]
pub struct SequenceStep {
    /// The events that can fill it, as a COUNT of them. The first step's has the window in which
    /// the sequence begins; the others' are of all time.
    pub events: Aggregate,
    /// At most so many milliseconds after the step before; `None` for any time later, and for
    /// the first step.
    pub within: Option<i64>,
}

impl Sequence {
    /// The steps, in the order in which they are written.
    pub fn all_steps(&self) -> impl Iterator<Item = &SequenceStep> {
        self.steps.iter().chain(&self.absent)
    }
}
