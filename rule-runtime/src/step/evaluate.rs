//! Woken rules to changes.

use std::cmp::Reverse;

use super::Scratch;
use crate::change::{Cause, Change, Reason};
use crate::evaluation::{View, is_true};
use crate::event::OverrideEffect;
use crate::rule_set::RuleSet;
use crate::rule_set::plan::SlotSource;
use crate::state::UserState;

impl RuleSet {
    /// Evaluates the woken segments, each after those it names, and appends the changes. `cause`
    /// tells what made each segment change.
    pub(crate) fn evaluate(
        &self,
        state: &mut UserState,
        cause: impl Fn(u32) -> Cause,
        scratch: &mut Scratch,
        changes: &mut Vec<Change>,
    ) {
        scratch.settle(self, state);
        if scratch.woken.is_empty() {
            return;
        }
        self.move_read_windows(state, scratch);
        let flips = self.flips(state, scratch);
        for (segment, is_member) in flips {
            let cause = cause(segment);
            let reason = match (scratch.overridden.contains(&segment), is_member, &cause) {
                (true, ..) => Reason::Manual,
                (false, false, Cause::Timer) => Reason::Expired,
                _ => Reason::RuleEvaluation,
            };
            changes.push(state.flip(segment, reason, cause));
        }
    }

    /// The segments whose effective membership is another now, in the order of evaluation.
    fn flips(&self, state: &UserState, scratch: &mut Scratch) -> Vec<(u32, bool)> {
        let view = View { rules: self, state };
        let mut row = scratch.row(self, state.now);
        let mut flips: Vec<(u32, bool)> = vec![];
        while let Some(Reverse(rank)) = scratch.woken.pop() {
            let segment = self.by_rank[rank as usize];
            let is_member = |segment: u32| {
                let flipped = flips.iter().find(|(flipped, _)| *flipped == segment);
                flipped.map_or_else(|| state.is_member(segment), |(_, is_member)| *is_member)
            };
            let member = match state.override_of(segment) {
                OverrideEffect::Include => true,
                OverrideEffect::Exclude => false,
                OverrideEffect::Clear => {
                    state.exists && is_true(view, segment, &mut row, is_member)
                }
            };
            if member != state.is_member(segment) {
                flips.push((segment, member));
                for dependent in &self.segments[segment as usize].dependents {
                    scratch.wake_at_once(self, *dependent);
                }
            }
        }
        scratch.keep_row(row);
        flips
    }

    /// Moves every series that a woken rule may read to now. Whoever depends on a woken segment
    /// may be woken yet, so its series are moved too. Few series are due at a time, so those are
    /// looked for first. No rule flips by this: whatever could, had its deadline.
    fn move_read_windows(&self, state: &mut UserState, scratch: &mut Scratch) {
        let Scratch {
            woken,
            due,
            reading,
            ..
        } = scratch;
        due.clear();
        let series = state.series.iter().enumerate();
        let moving = series.filter(|(_, user)| !user.is_still(state.now));
        due.extend(moving.map(|(place, user)| (user.series, place)));
        reading.clear();
        let woken = woken.iter();
        reading.extend(woken.map(|Reverse(rank)| self.by_rank[*rank as usize]));
        let mut next = 0;
        while let Some(segment) = reading.get(next).copied()
            && !due.is_empty()
        {
            next += 1;
            let plan = &self.segments[segment as usize];
            for slot in &plan.slots {
                if let SlotSource::Aggregate { series, .. } = self.slots[*slot as usize]
                    && let Ok(at) = due.binary_search_by_key(&series, |(series, _)| *series)
                {
                    let (_, place) = due.remove(at);
                    state.series[place].expire(&self.series[series as usize], state.now);
                }
            }
            for dependent in &plan.dependents {
                if !reading.contains(dependent) {
                    reading.push(*dependent);
                }
            }
        }
    }
}
