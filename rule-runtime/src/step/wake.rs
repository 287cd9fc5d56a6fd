//! Deadlines: which comparisons with now were crossed, and when to look again.

use std::borrow::Cow;

use rulelang::time::DAY_MS;
use rulelang::{Value, evaluate_node};

use super::Scratch;
use crate::evaluation::{SlotInputs, View};
use crate::event::Fact;
use crate::rule_set::RuleSet;
use crate::rule_set::plan::{TimeOperand, TimePlan};
use crate::state::UserState;

impl RuleSet {
    /// Wakes the rules whose comparison with now was crossed since the step before.
    pub(super) fn wake_crossed(&self, state: &UserState, scratch: &mut Scratch) {
        for plan in &self.times {
            let Some(instant) = self.instant(state, plan) else {
                continue;
            };
            let (before, now) = (scratch.before, state.now);
            let mut crossings = plan.crossings(instant, before);
            let crossed = crossings.any(|at| at <= now);
            if crossed {
                plan.segments
                    .iter()
                    .for_each(|segment| scratch.wake(self, *segment));
            }
        }
    }

    /// Sets the state's next deadline; comparisons with now are asked only if `times` says that
    /// their answer may be another.
    pub(crate) fn set_wake(&self, state: &mut UserState, times: bool) {
        if times {
            let instants = self.times.iter().filter(|_| state.exists);
            let next = instants
                .filter_map(|plan| self.next_crossing(state, plan))
                .min();
            state.time_wake_at = next.unwrap_or(i64::MAX);
        }
        let series = state
            .series
            .iter()
            .map(|user| user.wake_at)
            .min()
            .unwrap_or(i64::MAX);
        let sequences = state.sequences.iter();
        let sequences = sequences.map(|user| user.standing.wake_at).min();
        let sequences = sequences.unwrap_or(i64::MAX);
        let pending = state
            .pending
            .first()
            .and_then(Fact::counts_from)
            .unwrap_or(i64::MAX);
        state.wake_at = state.time_wake_at.min(series).min(sequences).min(pending);
    }

    fn next_crossing(&self, state: &UserState, plan: &TimePlan) -> Option<i64> {
        let instant = self.instant(state, plan)?;
        plan.crossings(instant, state.now).min()
    }

    /// The instant that a plan measures from; `None` if it is NULL.
    fn instant(&self, state: &UserState, plan: &TimePlan) -> Option<i64> {
        let view = View { rules: self, state };
        let value = match &plan.operand {
            TimeOperand::Instant(instant) => return Some(*instant),
            TimeOperand::Slot(slot) => view.value(*slot),
            TimeOperand::Expression { segment, node } => {
                let plan = &self.segments[*segment as usize];
                let is_member = |segment| state.is_member(segment);
                Cow::Owned(evaluate_node(
                    node,
                    &SlotInputs {
                        view,
                        plan,
                        is_member,
                    },
                ))
            }
        };
        match *value {
            Value::Timestamp(instant) => Some(instant),
            Value::Date(days) => Some(i64::from(days) * DAY_MS),
            _ => None,
        }
    }
}
