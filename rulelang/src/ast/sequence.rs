//! Sequences of events as written.

use super::{Duration, EventSelector, Expr, Window};

/// `SEQUENCE(a WITHIN LAST 7 DAYS THEN b WITHIN 1h THEN NOT c WITHIN 24h)`: events that follow one
/// another, and at the end one that does not come. Two steps or more.
#[derive(Debug, Clone, PartialEq)]
pub struct Sequence {
    /// The event that begins it.
    pub first: SequenceStart,
    /// The events that follow, in their order.
    pub then: Vec<SequenceStep>,
    /// `THEN NOT e …`: the event that does not follow the last of them.
    pub then_not: Option<SequenceStep>,
}

/// The first step of a sequence.
#[derive(Debug, Clone, PartialEq)]
pub struct SequenceStart {
    /// Which events.
    pub event: EventSelector,
    /// Where in time it lies.
    pub window: Window,
    /// `WHERE condition`
    pub filter: Option<Box<Expr>>,
}

/// A later step of a sequence.
#[derive(Debug, Clone, PartialEq)]
pub struct SequenceStep {
    /// Which events.
    pub event: EventSelector,
    /// `WITHIN d`: at most so long after the step before; `None` for any time later.
    pub within: Option<Duration>,
    /// `WHERE condition`
    pub filter: Option<Box<Expr>>,
}
