//! A switch of definitions: a user's state under one rule set becomes one under another.
//!
//! What both sets keep of a user is taken over. What only the new one keeps comes from the
//! *shadow*: a state gathered from the user's history under the segments that are new or edited.
//! INVARIANT: the result is as though the new set had been there from the user's first fact on,
//! but for when and why memberships began.

mod plan;
mod series;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use crate::change::{Cause, Change, Reason};
use crate::evaluation::armed;
use crate::event::Fact;
use crate::rule_set::RuleSet;
use crate::state::{Membership, UserSeries, UserState};
use crate::step::Scratch;
use plan::{Names, Side};
use series::SeriesCarry;

/// A switch of definitions, planned once for all users.
#[derive(Debug)]
pub struct Switch {
    from: Arc<RuleSet>,
    to: Arc<RuleSet>,
    shadow: Option<Arc<RuleSet>>,
    /// For each segment of `from`, its index in `to`.
    segments: Vec<Option<u32>>,
    /// The segments that are left for good, dependents first, by index in `from`.
    removed: Vec<(u32, Cause)>,
    /// The segments to evaluate: new, edited, and those that stand on such.
    evaluated: Vec<u32>,
    /// For each segment of `to`, what made it one of them.
    causes: Vec<Option<Cause>>,
    from_state: Side,
    from_shadow: Option<Side>,
    series: SeriesCarry,
}

impl Switch {
    /// Plans the way from one rule set to another. `shadow` is the set under which histories were
    /// gathered: at least the segments of `to` that are new or edited. It may be left out where
    /// `from` [knows](RuleSet::knows) what they read. What neither knows is empty. `versions` are
    /// of the segments that are new, edited or removed (then the last one); such a segment that
    /// is not there is told by comparison and has version 0.
    pub fn new(
        from: Arc<RuleSet>,
        to: Arc<RuleSet>,
        shadow: Option<Arc<RuleSet>>,
        versions: &[(Arc<str>, u32)],
    ) -> Self {
        let causes = plan::causes(&from, &to, versions);
        Self {
            segments: plan::segments(&from, &to),
            removed: plan::removed(&from, &to, versions),
            evaluated: plan::evaluated(&to, &causes),
            causes,
            from_state: Side::new(&from, &to, None),
            from_shadow: shadow
                .as_ref()
                .map(|shadow| Side::new(shadow, &to, Some(&from))),
            series: SeriesCarry::new(&from, shadow.as_deref(), &to),
            from,
            to,
            shadow,
        }
    }

    /// The set that states come from.
    pub fn from(&self) -> &Arc<RuleSet> {
        &self.from
    }

    /// The set that states go to.
    pub fn to(&self) -> &Arc<RuleSet> {
        &self.to
    }

    /// Takes a user over at `stamp` (milliseconds). Deadlines below it fire under the old set;
    /// then, in one step, removed segments are left and those that are new, edited or stand on
    /// such are evaluated. Memberships that stay keep since when and why.
    ///
    /// `gathered` is the user's state under the shadow, of all facts so far, at an instant not after
    /// the switch; `None` is a user who has no fact. `before` gets the changes that index the old set: of deadlines, and of removed
    /// segments. `changes` gets those that index the new one, which are later.
    pub fn apply(
        &self,
        mut state: UserState,
        gathered: Option<UserState>,
        stamp: i64,
        scratch: &mut Scratch,
        before: &mut Vec<Change>,
        changes: &mut Vec<Change>,
    ) -> UserState {
        let now = self.from.fire_before(&mut state, stamp, scratch, before);
        let is_due = state.wake_at <= now;
        let came = self.from.bring(&mut state, now, scratch);
        let gathered = self.shadow.as_ref().zip(gathered);
        let gathered = gathered.map(|(shadow, mut gathered)| {
            shadow.bring(&mut gathered, now, scratch);
            gathered
        });
        state.rev += 1;
        self.leave_removed(&mut state, before);
        let mut state = self.carry(state, gathered);
        scratch.begin(&self.to, now);
        if is_due {
            let all = 0..self.to.segments.len() as u32;
            all.for_each(|segment| scratch.wake_at_once(&self.to, segment));
        } else {
            let segments = self.evaluated.iter();
            segments.for_each(|segment| scratch.wake_at_once(&self.to, *segment));
        }
        let cause = |segment: u32| {
            let definition = self.causes[segment as usize].clone();
            definition.unwrap_or_else(|| came.clone().map_or(Cause::Timer, Cause::Fact))
        };
        self.to.evaluate(&mut state, cause, scratch, changes);
        self.to.set_wake(&mut state, true);
        state
    }

    fn leave_removed(&self, state: &mut UserState, changes: &mut Vec<Change>) {
        for (segment, cause) in &self.removed {
            if state.is_member(*segment) {
                changes.push(state.flip(*segment, Reason::RuleEvaluation, cause.clone()));
            }
        }
    }

    /// The state under the new set, before anything is evaluated.
    fn carry(&self, state: UserState, gathered: Option<UserState>) -> UserState {
        let now = state.now;
        let gathered = gathered.unwrap_or_default();
        let index = |segment: u32| self.segments[segment as usize];
        let members = state.members.into_iter().filter_map(|member| {
            let segment = index(member.segment)?;
            Some(Membership { segment, ..member })
        });
        let overrides = state.overrides.into_iter();
        let overrides = overrides.filter_map(|(segment, said)| Some((index(segment)?, said)));
        let mut fields = self.from_state.fields(state.fields);
        let mut pending = self.from_state.names.facts(state.pending);
        if let Some(shadow) = &self.from_shadow {
            fields.extend(shadow.fields(gathered.fields));
            for fact in shadow.names.facts(gathered.pending) {
                unite_pending(&mut pending, fact);
            }
        }
        let mut next = UserState {
            now,
            exists: state.exists || gathered.exists,
            seq: state.seq,
            epoch: state.epoch,
            rev: state.rev,
            fields,
            series: self.carry_series(state.series, gathered.series, now),
            members: members.collect(),
            overrides: overrides.collect(),
            dedupe: state.dedupe,
            pending,
            ..UserState::default()
        };
        next.fields.sort_unstable_by_key(|(field, _)| *field);
        next.members.sort_unstable_by_key(|member| member.segment);
        next.overrides.sort_unstable_by_key(|(segment, _)| *segment);
        self.to.settle_sequences(&mut next);
        next.armed = armed(&self.to, &next);
        next
    }

    fn carry_series(
        &self,
        state: Vec<UserSeries>,
        gathered: Vec<UserSeries>,
        now: i64,
    ) -> Vec<UserSeries> {
        let from = [Some(&*self.from), self.shadow.as_deref()];
        let mut carried = self.series.carry(from, &self.to, [state, gathered], now);
        carried.sort_unstable_by_key(|user| user.series);
        for user in &mut carried {
            let plan = &self.to.series[user.series as usize];
            user.settle(plan, now);
        }
        carried
    }
}

/// Adds a waiting fact; of one that is there already, the names that are not.
fn unite_pending(pending: &mut Vec<Fact>, fact: Fact) {
    match pending.binary_search_by(|other| other.place().cmp(&fact.place())) {
        Err(at) => pending.insert(at, fact),
        Ok(at) => Names::unite(&mut pending[at], fact),
    }
}
