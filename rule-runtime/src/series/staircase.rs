//! The greatest (or least) value of a sliding window, in amortised constant time.
//!
//! An entry that is no newer and no greater than another can never be the maximum again, since
//! entries leave in the order of their time. What remains, oldest first, is a strictly descending
//! staircase; the maximum is its first step. (The "ascending minima" algorithm, R. Harter 2009,
//! extended to late arrivals: the position is found by time.)

use std::cmp::Ordering;
use std::collections::VecDeque;

use rulelang::Value;

/// Candidates for a window's maximum; for a minimum, `toward` is [`Ordering::Less`].
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Staircase {
    pub(crate) steps: VecDeque<(i64, Value)>,
    toward: Ordering,
}

impl Staircase {
    pub(crate) fn new(toward: Ordering) -> Self {
        Self {
            steps: VecDeque::new(),
            toward,
        }
    }

    /// Adds an entry of the window, at any place in its order.
    pub(crate) fn add(&mut self, timestamp: i64, value: &Value) {
        let at = self.steps.partition_point(|(time, _)| *time < timestamp);
        if self
            .steps
            .get(at)
            .is_some_and(|(_, later)| self.is_as_good(later, value))
        {
            return;
        }
        let mut end = at;
        while self
            .steps
            .get(end)
            .is_some_and(|(time, _)| *time == timestamp)
        {
            end += 1;
        }
        let mut start = at;
        while start > 0
            && self
                .steps
                .get(start - 1)
                .is_some_and(|(_, earlier)| self.is_as_good(value, earlier))
        {
            start -= 1;
        }
        self.steps.drain(start..end);
        self.steps.insert(start, (timestamp, value.clone()));
    }

    /// Drops the entries that left a window: those up to and including `timestamp`.
    pub(crate) fn expire(&mut self, timestamp: i64) {
        while self
            .steps
            .front()
            .is_some_and(|(time, _)| *time <= timestamp)
        {
            self.steps.pop_front();
        }
    }

    /// The extreme value, or NULL of nothing.
    pub(crate) fn value(&self) -> &Value {
        self.steps.front().map_or(&Value::Null, |(_, value)| value)
    }

    fn is_as_good(&self, value: &Value, than: &Value) -> bool {
        value
            .compare(than)
            .is_some_and(|order| order == self.toward || order == Ordering::Equal)
    }
}
