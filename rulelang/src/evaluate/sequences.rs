//! Sequences over raw events: which of them can end the first steps, step by step.

use super::Known;
use crate::rule::{Sequence, SequenceStep};
use crate::value::Value;

impl Known<'_> {
    /// Whether the events of a sequence followed one another at now.
    pub(super) fn followed(self, index: usize) -> Value {
        let Some(sequence) = self.rule.sequences.get(index) else {
            return Value::Null;
        };
        let ends = self.ends(sequence);
        let Some(absent) = &sequence.absent else {
            return Value::Bool(!ends.is_empty());
        };
        let others = self.times(absent);
        let stayed_away =
            |end: &i64| is_over(*end, absent, self.now) && !follows_any(*end, absent, &others);
        Value::Bool(ends.iter().any(stayed_away))
    }

    /// The timestamps at which some chain of events has filled every step.
    fn ends(self, sequence: &Sequence) -> Vec<i64> {
        let mut steps = sequence.steps.iter();
        let mut ends = steps.next().map_or(vec![], |first| self.times(first));
        for step in steps {
            let mut times = self.times(step);
            times.retain(|time| ends.iter().any(|before| follows(*before, step, *time)));
            ends = times;
        }
        ends
    }

    /// When the events of a step happened, each instant once.
    fn times(self, step: &SequenceStep) -> Vec<i64> {
        let events = self.counted_events(&step.events);
        let mut times: Vec<i64> = events.iter().map(|event| event.timestamp).collect();
        times.sort_unstable();
        times.dedup();
        times
    }
}

/// Whether what happened at `time` can fill a step whose predecessor happened at `before`.
fn follows(before: i64, step: &SequenceStep, time: i64) -> bool {
    // Wider than the operands, so that no instant near the ends of `i64` wraps.
    let distance = i128::from(time) - i128::from(before);
    distance > 0 && step.within.is_none_or(|most| distance <= i128::from(most))
}

fn follows_any(before: i64, step: &SequenceStep, times: &[i64]) -> bool {
    times.iter().any(|time| follows(before, step, *time))
}

/// Whether all the time has passed in which a step could have followed what happened at `before`.
fn is_over(before: i64, step: &SequenceStep, now: i64) -> bool {
    let passed = i128::from(now) - i128::from(before);
    step.within.is_none_or(|most| passed >= i128::from(most))
}
