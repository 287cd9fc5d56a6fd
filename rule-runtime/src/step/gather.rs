//! Many facts into a state without a step: what a backfill does with a user's history.
//!
//! Fields, series and facts that wait end as they would by steps, whatever the order of the facts;
//! no rule is evaluated. It is fastest for facts in the order of history.

#[cfg(test)]
mod tests;

use std::sync::Arc;

use super::Scratch;
use crate::evaluation::{View, armed, is_true};
use crate::event::{Event, Fact, Traits};
use crate::fields::Stamped;
use crate::rule_set::RuleSet;
use crate::state::UserState;

impl RuleSet {
    /// The state that results from all these facts of one user at `now` (milliseconds), without
    /// steps: fields, series, and facts of the future waiting. It is in no segment, knows no
    /// overrides (those among the facts are left out) and no copies: each fact must come once.
    /// `seq`, `epoch` and `rev` are 0.
    pub fn gather(
        &self,
        facts: impl IntoIterator<Item = Fact>,
        now: i64,
        scratch: &mut Scratch,
    ) -> UserState {
        let mut state = UserState::default();
        self.gather_into(&mut state, facts, now, scratch);
        state
    }

    /// Adds facts to a gathered state, and moves it to `now` if that is later than its own.
    pub fn gather_into(
        &self,
        state: &mut UserState,
        facts: impl IntoIterator<Item = Fact>,
        now: i64,
        scratch: &mut Scratch,
    ) {
        self.bring(state, now.max(state.now), scratch);
        for fact in facts {
            if fact.counts_from().is_some_and(|from| from > state.now) {
                state.wait(fact);
            } else {
                self.absorb(state, &fact, scratch);
            }
        }
        self.rearm(state);
    }

    /// Adds a fact to what is known of a user at `now`, to whom nothing else happens: what only
    /// steps need is not worked out. A fact of the future says nothing yet.
    pub(crate) fn learn(
        &self,
        state: &mut UserState,
        fact: &Fact,
        now: i64,
        scratch: &mut Scratch,
    ) {
        state.now = now;
        if fact.counts_from().is_none_or(|from| from <= now) {
            self.absorb(state, fact, scratch);
        }
    }

    /// Whether the rule of a segment, by index, is TRUE of a gathered state at its instant. Nobody
    /// is in a segment by being gathered, so `is_member` answers for those that the rule names, by
    /// index.
    pub fn is_true_of(
        &self,
        state: &UserState,
        segment: u32,
        is_member: impl Fn(u32) -> bool,
        scratch: &mut Scratch,
    ) -> bool {
        let mut row = scratch.row(self, state.now);
        let view = View { rules: self, state };
        let is_true = state.exists && is_true(view, segment, &mut row, is_member);
        scratch.keep_row(row);
        is_true
    }

    /// Moves a state to `now`: facts whose instant has come count, windows move, nothing is
    /// evaluated. Returns the id of the last such fact. The deadlines are the caller's matter.
    pub(crate) fn bring(
        &self,
        state: &mut UserState,
        now: i64,
        scratch: &mut Scratch,
    ) -> Option<Arc<str>> {
        state.now = now;
        for user in &mut state.series {
            user.expire(&self.series[user.series as usize], now);
        }
        let mut last = None;
        for fact in state.take_due() {
            self.absorb(state, &fact, scratch);
            last = Some(fact.id().clone());
        }
        last
    }

    /// Works out again what follows from fields and series: sequences, armed segments, deadlines.
    pub(crate) fn rearm(&self, state: &mut UserState) {
        for user in &mut state.series {
            let plan = &self.series[user.series as usize];
            user.wake_at = user.state.wake_at(plan, state.now);
        }
        self.settle_sequences(state);
        state.armed = armed(self, state);
        self.set_wake(state, true);
    }

    /// Lets a fact count whose instant has come.
    fn absorb(&self, state: &mut UserState, fact: &Fact, scratch: &mut Scratch) {
        match fact {
            Fact::Event(event) => self.absorb_event(state, event, scratch),
            Fact::Traits(traits) => self.absorb_traits(state, traits),
            Fact::Override(_) => {}
        }
    }

    fn absorb_event(&self, state: &mut UserState, event: &Event, scratch: &mut Scratch) {
        state.exists = true;
        for (name, value) in event.fields() {
            for field in &self.fields_of_name[name.0 as usize] {
                state.field_mut(*field).see(Stamped {
                    timestamp: Some(event.timestamp),
                    id: event.id.clone(),
                    value: value.typed(self.fields[*field as usize].field.ty),
                });
            }
        }
        let now = state.now;
        self.for_each_entry(event, scratch, |series, entry, _| {
            let user = state.series_mut(self, series);
            user.insert(&self.series[series as usize], now, entry);
        });
    }

    fn absorb_traits(&self, state: &mut UserState, traits: &Traits) {
        state.exists = true;
        for (name, value) in &traits.values {
            for field in &self.fields_of_name[name.0 as usize] {
                let stamped = Stamped {
                    timestamp: traits.timestamp,
                    id: traits.id.clone(),
                    value: value.typed(self.fields[*field as usize].field.ty),
                };
                state.field_mut(*field).say(stamped, value.is_null());
            }
        }
    }
}
