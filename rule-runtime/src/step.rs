//! `step`: one fact or one deadline, and what changes by it.
//!
//! `step(rules, state, fact or deadline, now) → (state, changes, wake_at)`: no IO, no clock, no
//! randomness. In order:
//!
//! 1. series whose deadline has come move their windows to now;
//! 2. facts whose instant has come are applied: fields and series take them, and each slot whose
//!    value moved wakes the rules that this can flip;
//! 3. sequences whose deadline has come are looked at again, as were those that got an event;
//! 4. comparisons with now that were crossed wake their rules;
//! 5. woken rules are evaluated in the order of segments on segments, changes fall out;
//! 6. the next deadline is set.
//!
//! INVARIANT: between two steps no rule flips by time alone, because `wake_at` is never later
//! than the first instant at which one could.

mod apply;
mod evaluate;
mod gather;
mod leave;
mod scratch;
mod sequences;
mod unite;
mod wake;

use crate::change::{Cause, Change};
use crate::event::Fact;
use crate::rule_set::RuleSet;
use crate::state::UserState;
pub use scratch::Scratch;
pub use unite::Merge;

/// What became of a fact.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Applied {
    /// It is part of the user's history now.
    Fresh,
    /// A copy of it had come before; nothing changed.
    Duplicate,
}

impl RuleSet {
    /// Applies a fact that the log stamped `stamp` (milliseconds): first the user's deadlines
    /// below it, each as a step at its own instant, then the fact. A fact whose own timestamp is
    /// later than that waits for its instant. `changes` is appended to, in time order.
    ///
    /// A copy of a fact changes nothing and is no step: a deadline due at its very stamp fires with
    /// whatever comes next, so a log gives the same changes with the copy and without it.
    pub fn apply(
        &self,
        state: &mut UserState,
        fact: &Fact,
        stamp: i64,
        scratch: &mut Scratch,
        changes: &mut Vec<Change>,
    ) -> Applied {
        let now = self.fire_before(state, stamp, scratch, changes);
        if !state.dedupe.insert(fact.id(), now) {
            return Applied::Duplicate;
        }
        let waits = fact.counts_from().is_some_and(|timestamp| timestamp > now);
        if waits {
            state.wait(fact.clone());
        }
        self.step(state, (!waits).then_some(fact), now, scratch, changes);
        Applied::Fresh
    }

    /// Fires the user's deadlines up to and including `stamp`, each as a step at its own instant.
    pub fn fire(
        &self,
        state: &mut UserState,
        stamp: i64,
        scratch: &mut Scratch,
        changes: &mut Vec<Change>,
    ) {
        while state.wake_at <= stamp && state.wake_at != i64::MAX {
            self.step(state, None, state.wake_at, scratch, changes);
        }
    }

    /// Fires the deadlines below the step at `stamp`, and returns that step's now.
    pub(crate) fn fire_before(
        &self,
        state: &mut UserState,
        stamp: i64,
        scratch: &mut Scratch,
        changes: &mut Vec<Change>,
    ) -> i64 {
        let now = stamp.max(state.now);
        while state.wake_at < now {
            self.step(state, None, state.wake_at, scratch, changes);
        }
        now
    }

    fn step(
        &self,
        state: &mut UserState,
        fact: Option<&Fact>,
        now: i64,
        scratch: &mut Scratch,
        changes: &mut Vec<Change>,
    ) {
        let existed = state.exists;
        if state.now == i64::MIN {
            state.armed.clone_from(&self.initial_armed);
        }
        scratch.begin(self, state.now);
        let is_due = state.wake_at <= now;
        state.now = now;
        state.rev += 1;
        let mut cause = Cause::Timer;
        if is_due {
            self.move_windows(state, scratch);
            for fact in state.take_due() {
                self.take(state, &fact, scratch);
                cause = Cause::Fact(fact.id().clone());
            }
        }
        if let Some(fact) = fact {
            self.take(state, fact, scratch);
            cause = Cause::Fact(fact.id().clone());
        }
        self.move_sequences(state, scratch);
        if state.exists && !existed {
            self.wake_newborn(state, scratch);
        }
        if is_due {
            self.wake_crossed(state, scratch);
        }
        self.evaluate(state, |_| cause.clone(), scratch, changes);
        self.set_wake(
            state,
            is_due || scratch.time_moved || state.exists != existed,
        );
    }
}

impl RuleSet {
    /// Wakes the rules that may be TRUE of somebody just for existing: the initial ones, and those
    /// that name a segment in which an override put the user before.
    fn wake_newborn(&self, state: &UserState, scratch: &mut Scratch) {
        let members = state.members.iter();
        let dependents =
            members.flat_map(|member| &self.segments[member.segment as usize].dependents);
        self.initial
            .iter()
            .chain(dependents)
            .for_each(|segment| scratch.wake(self, *segment));
    }
}
