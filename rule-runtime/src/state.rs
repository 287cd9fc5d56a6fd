//! What is kept of one user between two steps.

use std::sync::Arc;

use crate::change::{Action, Cause, Change, Reason};
use crate::dedupe::Dedupe;
use crate::event::{Fact, OverrideEffect};
use crate::fields::FieldState;
use crate::rule_set::RuleSet;
use crate::rule_set::plan::SeriesPlan;
use crate::sequences::UserSequence;
use crate::series::{Entry, SeriesState};

/// One user's state under one [`RuleSet`]. `step` is the only one to change it.
///
/// It knows its user's id, which shares of users go by. Its stored form, [`UserState::encode`]'s,
/// does not have it: whoever keeps that knows.
#[derive(Debug, Clone, PartialEq)]
pub struct UserState {
    /// The user's id; `None` of nobody in particular, to whom shares of users are NULL.
    pub(crate) user: Option<Arc<str>>,
    /// The instant of the last step; `i64::MIN` before the first.
    pub(crate) now: i64,
    /// Whether the user exists: has an event or traits at or before now.
    pub(crate) exists: bool,
    /// Changes so far.
    pub(crate) seq: u64,
    /// Rises when a deleted user returns.
    pub(crate) epoch: u32,
    /// Steps so far.
    pub(crate) rev: u64,
    /// When to look again though no fact comes; `i64::MAX` for never. May be early.
    pub(crate) wake_at: i64,
    /// The part of `wake_at` that comparisons of instants with now ask for.
    pub(crate) time_wake_at: i64,
    /// By index of the field.
    pub(crate) fields: Vec<(u32, FieldState)>,
    /// By index of the series.
    pub(crate) series: Vec<UserSeries>,
    /// By index of the sequence; see [`crate::sequences`].
    pub(crate) sequences: Vec<UserSequence>,
    /// Effective memberships, by index of the segment.
    pub(crate) members: Vec<Membership>,
    /// By index of the segment.
    pub(crate) overrides: Vec<(u32, OverrideState)>,
    /// The segments whose access condition is TRUE, ascending; see [`crate::rule_set::matcher`].
    pub(crate) armed: Vec<u32>,
    pub(crate) dedupe: Dedupe,
    /// Facts whose instant has not come, by (timestamp, id bytes).
    pub(crate) pending: Vec<Fact>,
}

/// One series of one user.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct UserSeries {
    pub(crate) series: u32,
    pub(crate) wake_at: i64,
    /// Up to here, and not including it, every window stands as it is.
    pub(crate) still_until: i64,
    /// Boxed, so that looking a series up touches little memory.
    pub(crate) state: Box<SeriesState>,
}

impl UserSeries {
    /// A series whose windows are to be [settled](Self::settle) where it has entries.
    pub(crate) fn new(series: u32, state: SeriesState) -> Self {
        Self {
            series,
            wake_at: i64::MAX,
            still_until: i64::MAX,
            state: Box::new(state),
        }
    }

    /// Whether every window stands at `now` as it is.
    pub(crate) fn is_still(&self, now: i64) -> bool {
        now < self.still_until
    }

    /// Moves its windows to `now`.
    pub(crate) fn expire(&mut self, plan: &SeriesPlan, now: i64) {
        if !self.is_still(now) {
            self.state.expire(plan, now);
            self.still_until = self.state.next_move(plan);
        }
    }

    /// Adds an event that happened at or before `now`, to which its windows are moved.
    pub(crate) fn insert(&mut self, plan: &SeriesPlan, now: i64, entry: Entry<'_>) {
        self.state.insert(plan, now, entry);
        if plan.keeps_entries() {
            self.still_until = self.state.next_move(plan);
        }
    }

    /// Works out again what follows from its entries, at `now`.
    pub(crate) fn settle(&mut self, plan: &SeriesPlan, now: i64) {
        self.state.expire(plan, now);
        self.still_until = self.state.next_move(plan);
        self.wake_at = self.state.wake_at(plan, now);
    }
}

/// An effective membership.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Membership {
    /// Index of the segment in its [`RuleSet`].
    pub segment: u32,
    /// When it began, in milliseconds.
    pub since: i64,
    /// Why it began.
    pub reason: Reason,
}

/// The last override said for a segment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct OverrideState {
    pub(crate) timestamp: i64,
    pub(crate) id: Arc<str>,
    pub(crate) effect: OverrideEffect,
}

impl Default for UserState {
    /// Somebody of whom nothing is known, not even who they are: shares of users are NULL.
    fn default() -> Self {
        Self {
            user: None,
            now: i64::MIN,
            exists: false,
            seq: 0,
            epoch: 0,
            rev: 0,
            wake_at: i64::MAX,
            time_wake_at: i64::MAX,
            fields: vec![],
            series: vec![],
            sequences: vec![],
            members: vec![],
            overrides: vec![],
            armed: vec![],
            dedupe: Dedupe::default(),
            pending: vec![],
        }
    }
}

impl UserState {
    /// A user, by id, of whom nothing else is known.
    pub fn new(user: Arc<str>) -> Self {
        Self {
            user: Some(user),
            ..Self::default()
        }
    }

    /// The instant of the last step in milliseconds; `None` before the first.
    pub fn now(&self) -> Option<i64> {
        (self.now != i64::MIN).then_some(self.now)
    }

    /// When to look again though no fact comes, in milliseconds. May be early; `None` is never.
    pub fn wake_at(&self) -> Option<i64> {
        (self.wake_at != i64::MAX).then_some(self.wake_at)
    }

    /// Whether the user exists: has an event or traits at or before the last step.
    pub fn exists(&self) -> bool {
        self.exists
    }

    /// How many changes there have been; the last one's `seq`.
    pub fn seq(&self) -> u64 {
        self.seq
    }

    /// How often the user was deleted.
    pub fn epoch(&self) -> u32 {
        self.epoch
    }

    /// How many steps there have been.
    pub fn rev(&self) -> u64 {
        self.rev
    }

    /// The effective memberships, by index of the segment.
    pub fn memberships(&self) -> &[Membership] {
        &self.members
    }

    /// Whether the user is an effective member of a segment.
    pub fn is_member(&self, segment: u32) -> bool {
        self.members
            .binary_search_by_key(&segment, |member| member.segment)
            .is_ok()
    }

    /// Begins or ends a membership now.
    pub(crate) fn flip(&mut self, segment: u32, reason: Reason, cause: Cause) -> Change {
        let at = self
            .members
            .binary_search_by_key(&segment, |member| member.segment);
        match at {
            Ok(at) => drop(self.members.remove(at)),
            Err(at) => {
                let since = self.now;
                let begun = Membership {
                    segment,
                    since,
                    reason,
                };
                self.members.insert(at, begun);
            }
        }
        self.seq += 1;
        Change {
            segment,
            action: if at.is_err() {
                Action::Added
            } else {
                Action::Removed
            },
            reason,
            timestamp: self.now,
            seq: self.seq,
            epoch: self.epoch,
            cause,
        }
    }

    pub(crate) fn override_of(&self, segment: u32) -> OverrideEffect {
        let at = self
            .overrides
            .binary_search_by_key(&segment, |(segment, _)| *segment);
        let found = at.ok().and_then(|at| self.overrides.get(at));
        found.map_or(OverrideEffect::Clear, |(_, state)| state.effect)
    }

    /// Keeps a fact until its instant, in the order of (timestamp, id bytes).
    pub(crate) fn wait(&mut self, fact: Fact) {
        let key = fact.place();
        let at = self.pending.partition_point(|other| other.place() < key);
        self.pending.insert(at, fact);
    }

    /// The facts whose instant has come by now; they wait no longer.
    pub(crate) fn take_due(&mut self) -> Vec<Fact> {
        let waits = |fact: &Fact| fact.counts_from() > Some(self.now);
        let due = self.pending.iter().position(waits);
        self.pending
            .drain(..due.unwrap_or(self.pending.len()))
            .collect()
    }

    pub(crate) fn field(&self, field: u32) -> Option<&FieldState> {
        let at = self
            .fields
            .binary_search_by_key(&field, |(field, _)| *field)
            .ok()?;
        self.fields.get(at).map(|(_, state)| state)
    }

    pub(crate) fn field_mut(&mut self, field: u32) -> &mut FieldState {
        let at = self
            .fields
            .binary_search_by_key(&field, |(field, _)| *field);
        let at = at.unwrap_or_else(|at| {
            self.fields.insert(at, (field, FieldState::default()));
            at
        });
        &mut self.fields[at].1
    }

    pub(crate) fn series(&self, series: u32) -> Option<&UserSeries> {
        let at = self
            .series
            .binary_search_by_key(&series, |user| user.series)
            .ok()?;
        self.series.get(at)
    }

    pub(crate) fn series_mut(&mut self, rules: &RuleSet, series: u32) -> &mut UserSeries {
        let at = self
            .series
            .binary_search_by_key(&series, |user| user.series);
        let at = at.unwrap_or_else(|at| {
            let state = SeriesState::new(&rules.series[series as usize]);
            self.series.insert(at, UserSeries::new(series, state));
            at
        });
        &mut self.series[at]
    }
}
