//! Working memory of `step`, reused from one step to the next so that a step does not allocate.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use rule_jit::Row;

use crate::rule_set::RuleSet;
use crate::rule_set::matcher::Wake;
use crate::series::Mark;
use crate::state::UserState;
use crate::step::apply::Asked;

/// Working memory of [`RuleSet::apply`] and [`RuleSet::fire`]. It carries nothing from one step to
/// the next but its allocations and a count, and serves any user and any rule set.
#[derive(Debug, Default)]
pub struct Scratch {
    /// `now` of the user's step before this one.
    pub(super) before: i64,
    /// Ranks of the segments to evaluate.
    pub(super) woken: BinaryHeap<Reverse<u32>>,
    /// For each segment, the number of the step that woke it last.
    marks: Vec<u64>,
    /// For each segment, the last step in which it may have flipped if it was armed.
    candidates: Vec<u64>,
    has_candidates: bool,
    /// Segments whose access condition moved, and whether it is TRUE now.
    arming: Vec<(u32, bool)>,
    step: u64,
    /// Whether a slot moved that is compared with now.
    pub(super) time_moved: bool,
    /// The segments whose overrides this step changed.
    pub(super) overridden: Vec<u32>,
    /// A series' aggregates before it moved.
    pub(super) old: Vec<Mark>,
    /// What the WHEREs that an event meets read, and said.
    pub(super) asked: Asked,
    /// How often aggregates were given up.
    pub(super) given_up: u64,
    /// The series whose windows have to move to now before they are read, ascending, and where
    /// each is in the state.
    pub(super) due: Vec<(u32, usize)>,
    /// The segments that may read them.
    pub(super) reading: Vec<u32>,
    row: Option<Row<'static>>,
    event_row: Option<Row<'static>>,
}

impl Scratch {
    /// How often, since this was asked last, a user had more events than are kept for an aggregate,
    /// which is NULL from then on; see [`crate::explain::WhyNull::TooMany`].
    pub fn take_given_up(&mut self) -> u64 {
        std::mem::take(&mut self.given_up)
    }

    pub(crate) fn begin(&mut self, rules: &RuleSet, before: i64) {
        self.before = before;
        self.step += 1;
        self.time_moved = false;
        self.has_candidates = false;
        self.overridden.clear();
        if self.marks.len() < rules.segments.len() {
            self.marks.resize(rules.segments.len(), 0);
            self.candidates.resize(rules.segments.len(), 0);
        }
    }

    /// Puts a segment on the list, if it is armed or needs not be.
    pub(super) fn wake(&mut self, rules: &RuleSet, segment: u32) {
        if rules.segments[segment as usize].has_access {
            self.candidates[segment as usize] = self.step;
            self.has_candidates = true;
        } else {
            self.wake_at_once(rules, segment);
        }
    }

    /// What a moved slot means to a segment.
    pub(super) fn moved(&mut self, rules: &RuleSet, segment: u32, wake: Wake) {
        match wake {
            Wake::Any => self.wake(rules, segment),
            Wake::Access(is_true) => self.arming.push((segment, is_true)),
        }
    }

    /// Arms and disarms; then wakes those whose access moved, and the candidates that are armed.
    /// Whoever is disarmed cannot enter, so only members are woken by that.
    pub(super) fn settle(&mut self, rules: &RuleSet, state: &mut UserState) {
        let mut arming = std::mem::take(&mut self.arming);
        for (segment, is_true) in arming.drain(..) {
            match (state.armed.binary_search(&segment), is_true) {
                (Err(at), true) => state.armed.insert(at, segment),
                (Ok(at), false) => drop(state.armed.remove(at)),
                _ => {}
            }
            if is_true || state.is_member(segment) {
                self.wake_at_once(rules, segment);
            }
        }
        self.arming = arming;
        if self.has_candidates {
            for segment in &state.armed {
                if self.candidates[*segment as usize] == self.step {
                    self.wake_at_once(rules, *segment);
                }
            }
        }
    }

    /// Puts a segment on the list, once.
    pub(crate) fn wake_at_once(&mut self, rules: &RuleSet, segment: u32) {
        let mark = &mut self.marks[segment as usize];
        if *mark != self.step {
            *mark = self.step;
            self.woken
                .push(Reverse(rules.segments[segment as usize].rank));
        }
    }

    /// A row of NULLs for a user; give it back with [`Scratch::keep_row`].
    pub(super) fn row<'a>(&mut self, rules: &RuleSet, now: i64) -> Row<'a> {
        recycled(&mut self.row, rules.slots.len(), now)
    }

    pub(super) fn keep_row(&mut self, row: Row<'_>) {
        self.row = Some(row.recycle(0));
    }

    /// A row of NULLs for an event; give it back with [`Scratch::keep_event_row`].
    pub(super) fn event_row<'a>(&mut self, rules: &RuleSet, now: i64) -> Row<'a> {
        recycled(&mut self.event_row, rules.properties.len(), now)
    }

    pub(super) fn keep_event_row(&mut self, row: Row<'_>) {
        self.event_row = Some(row.recycle(0));
    }
}

fn recycled<'a>(kept: &mut Option<Row<'static>>, slots: usize, now: i64) -> Row<'a> {
    match kept.take() {
        Some(row) if row.len() == slots => {
            let mut row: Row<'a> = row;
            row.set_now(now);
            row
        }
        _ => Row::new(slots, now),
    }
}
