//! One user's events of one kind, and every window over them.
//!
//! A *series* is what aggregates that look at the same events share: event type, WHERE and
//! property. Its events are kept once, in order, only as far back as its longest sliding window
//! reaches; each window is a pair of cursors into them and the running results of its aggregates.
//! All-time and `DURING` windows never let an event go, so they keep running results alone.
//!
//! INVARIANT: after [`SeriesState::expire`] at `now`, the entries of a sliding window are exactly
//! those with `ts <= now − enter` that have not left at `now`, and its running results are theirs.

mod column;
mod distinct;
mod flip;
mod staircase;
mod window;

use std::borrow::Cow;
use std::collections::VecDeque;
use std::sync::Arc;

use rulelang::rule::AggregateFunction;
use rulelang::{Type, Value};

use crate::rule_set::plan::{SeriesPlan, WindowPlan};
use column::Column;
pub(crate) use distinct::{Distinct, Key};
use flip::{Content, sum_side};
pub(crate) use staircase::Staircase;
pub(crate) use window::{End, Leave, More, Reach, WindowState};

/// Entries that one series keeps for one user; beyond it, its sliding windows are NULL until
/// everything dropped has left them.
pub(crate) const ENTRIES_MAX: usize = 100_000;

/// One user's state of one series. Which series it is, its plan says.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct SeriesState {
    /// Timestamps of the entries, ascending; ties by event id where ids are kept.
    pub(crate) times: VecDeque<i64>,
    /// Their values; empty for a series that only counts.
    pub(crate) values: Column,
    /// Their ids; empty unless an aggregate's answer depends on the order of ties.
    pub(crate) ids: VecDeque<Arc<str>>,
    /// One per window of the plan.
    pub(crate) windows: Box<[WindowState]>,
    /// Timestamp of the newest entry dropped for want of room; `i64::MIN` if none.
    pub(crate) lost_through: i64,
}

/// One event as a series sees it: it passed the WHERE and has a value.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Entry<'a> {
    pub(crate) timestamp: i64,
    pub(crate) id: &'a Arc<str>,
    /// NULL for a series that only counts.
    pub(crate) value: &'a Value,
}

/// The value of an aggregate as far as rules care.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Mark {
    /// They only compare it with constants: on which side of those it is; `None` for NULL.
    Side(Option<u32>),
    /// Any change matters.
    Value(Value),
}

impl SeriesState {
    pub(crate) fn new(plan: &SeriesPlan) -> Self {
        Self {
            times: VecDeque::new(),
            values: Column::new(plan.value.as_ref().map(|value| value.ty)),
            ids: VecDeque::new(),
            windows: plan
                .windows
                .iter()
                .map(|_| WindowState::default())
                .collect(),
            lost_through: i64::MIN,
        }
    }

    /// Adds an event that happened at or before `now`. The series is expired to `now` already.
    pub(crate) fn insert(&mut self, plan: &SeriesPlan, now: i64, entry: Entry<'_>) {
        for (window, state) in plan.windows.iter().zip(&mut self.windows) {
            if let Reach::Fixed { start, end } = window.reach
                && (start..end).contains(&entry.timestamp)
            {
                state.add(window, entry.timestamp, entry.value);
                state.add_to_ends(window, entry);
            }
        }
        if !plan.keeps_entries() || entry.timestamp <= plan.left_through(now) {
            return;
        }
        if self.times.len() >= ENTRIES_MAX {
            self.drop_entries(plan);
        }
        self.insert_sorted(plan, entry);
        for (window, state) in plan.windows.iter().zip(&mut self.windows) {
            let Reach::Sliding { enter, leave } = window.reach else {
                continue;
            };
            if entry.timestamp <= leave.left_through(now) {
                state.start += 1;
                state.end += 1;
            } else if entry.timestamp <= now.saturating_sub(enter) {
                state.end += 1;
                state.add(window, entry.timestamp, entry.value);
            }
        }
    }

    fn insert_sorted(&mut self, plan: &SeriesPlan, entry: Entry<'_>) {
        let newest = self.times.back().is_none_or(|last| *last < entry.timestamp);
        let at = if newest {
            self.times.len()
        } else {
            self.position(entry)
        };
        self.times.insert(at, entry.timestamp);
        self.values.insert(at, entry.value);
        if plan.keeps_ids {
            self.ids.insert(at, entry.id.clone());
        }
    }

    fn position(&self, entry: Entry<'_>) -> usize {
        let mut at = self.times.partition_point(|time| *time < entry.timestamp);
        while self.times.get(at) == Some(&entry.timestamp)
            && self
                .ids
                .get(at)
                .is_some_and(|id| id.as_bytes() < entry.id.as_bytes())
        {
            at += 1;
        }
        at
    }

    /// Moves every window to `now`: events whose instant has come enter, those past leave.
    pub(crate) fn expire(&mut self, plan: &SeriesPlan, now: i64) {
        let Self {
            times,
            values,
            windows,
            ..
        } = self;
        let mut unused = times.len();
        for (window, state) in plan.windows.iter().zip(windows.iter_mut()) {
            let Reach::Sliding { enter, leave } = window.reach else {
                continue;
            };
            let at = |index: u32| times.get(index as usize).copied();
            while let Some(ts) = at(state.end).filter(|ts| *ts <= now.saturating_sub(enter)) {
                state.add(window, ts, &values.get(state.end as usize));
                state.end += 1;
            }
            let left_through = leave.left_through(now);
            while let Some(ts) = at(state.start).filter(|ts| *ts <= left_through) {
                state.remove(window, ts, &values.get(state.start as usize));
                state.start += 1;
            }
            unused = unused.min(state.start as usize);
        }
        if plan.keeps_entries() && unused > 0 {
            self.trim(unused);
        }
    }

    /// The earliest instant at which an entry enters or leaves a window; `i64::MAX` if none will.
    pub(crate) fn next_move(&self, plan: &SeriesPlan) -> i64 {
        let moves = plan
            .windows
            .iter()
            .zip(&self.windows)
            .map(|(window, state)| {
                let Reach::Sliding { enter, leave } = window.reach else {
                    return i64::MAX;
                };
                let at = |index: u32| self.times.get(index as usize).copied();
                let first = at(state.start).filter(|_| state.start < state.end);
                let leaves = first.map_or(i64::MAX, |ts| leave.leaves_at(ts));
                let enters = at(state.end).map_or(i64::MAX, |ts| ts.saturating_add(enter));
                leaves.min(enters)
            });
        moves.min().unwrap_or(i64::MAX)
    }

    fn trim(&mut self, count: usize) {
        self.times.drain(..count);
        self.values.drain(count);
        self.ids.drain(..count.min(self.ids.len()));
        for state in &mut self.windows {
            state.start = state.start.saturating_sub(count as u32);
            state.end = state.end.saturating_sub(count as u32);
        }
    }

    /// What was given up for want of room: where it is another than before, more was.
    pub(crate) fn given_up(&self) -> (i64, usize) {
        let windows = self.windows.iter();
        let distinct = windows.filter_map(|window| window.more.as_deref()?.distinct.as_ref());
        let overflowed = distinct.filter(|distinct| distinct.overflowed);
        (self.lost_through, overflowed.count())
    }

    fn drop_entries(&mut self, plan: &SeriesPlan) {
        self.lost_through = self.times.back().copied().unwrap_or(self.lost_through);
        let count = self.times.len();
        self.times.clear();
        self.values.drain(count);
        self.ids.clear();
        for (window, state) in plan.windows.iter().zip(&mut self.windows) {
            if matches!(window.reach, Reach::Sliding { .. }) {
                *state = WindowState::default();
            }
        }
    }

    /// The value of aggregate `aggregate` of window `window` at `now`, to which the series is
    /// expired.
    pub(crate) fn value(
        &self,
        plan: &SeriesPlan,
        window: usize,
        aggregate: usize,
        now: i64,
    ) -> Cow<'_, Value> {
        let (window_plan, state) = (&plan.windows[window], &self.windows[window]);
        if self.is_lost(window_plan, now) {
            return Cow::Owned(Value::Null);
        }
        let ty = plan.value.as_ref().map_or(Type::Null, |value| value.ty);
        state.value(
            window_plan.aggregates[aggregate].function,
            window_plan,
            ty,
            &self.values,
        )
    }

    /// What [`SeriesState::value`] is to rules that wait for it to move.
    pub(crate) fn mark(
        &self,
        plan: &SeriesPlan,
        window: usize,
        aggregate: usize,
        now: i64,
    ) -> Mark {
        let window_plan = &plan.windows[window];
        let aggregate_plan = &window_plan.aggregates[aggregate];
        let value = || self.value(plan, window, aggregate, now);
        let Some(cuts) = &aggregate_plan.cuts else {
            return Mark::Value(value().into_owned());
        };
        if self.is_lost(window_plan, now) {
            return Mark::Side(None);
        }
        let state = &self.windows[window];
        let ty = plan.value.as_ref().map_or(Type::Null, |value| value.ty);
        Mark::Side(match aggregate_plan.function {
            AggregateFunction::Count => Some(cuts.side_of_number(state.count.into())),
            AggregateFunction::Sum => sum_side(cuts, state.sum, ty),
            _ => cuts.side_of(&value()),
        })
    }

    fn is_lost(&self, window: &WindowPlan, now: i64) -> bool {
        match window.reach {
            Reach::Sliding { leave, .. } => self.lost_through > leave.left_through(now),
            Reach::Fixed { .. } => false,
        }
    }

    /// The earliest instant after `now` at which a value that somebody waits for may change by
    /// time alone; `i64::MAX` if none. May be early. The series is expired to `now`.
    pub(crate) fn wake_at(&self, plan: &SeriesPlan, now: i64) -> i64 {
        let ty = plan.value.as_ref().map_or(Type::Null, |value| value.ty);
        let wakes = plan
            .windows
            .iter()
            .zip(&self.windows)
            .map(|(window, state)| {
                let Reach::Sliding { enter, leave } = window.reach else {
                    return i64::MAX;
                };
                if self.is_lost(window, now) {
                    return leave.leaves_at(self.lost_through);
                }
                let enters = self
                    .times
                    .get(state.end as usize)
                    .map_or(i64::MAX, |ts| ts.saturating_add(enter));
                let content = Content {
                    times: &self.times,
                    values: &self.values,
                    ty,
                    state,
                };
                let flips = window
                    .aggregates
                    .iter()
                    .filter_map(|plan| content.flips_by_leaving(plan));
                flips
                    .min()
                    .map_or(i64::MAX, |ts| leave.leaves_at(ts))
                    .min(enters)
            });
        wakes.min().unwrap_or(i64::MAX)
    }
}
