//! Working memory of `step`, reused from one step to the next so that a step does not allocate.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use rule_jit::Row;
use rulelang::Value;

use crate::rule_set::RuleSet;

/// Working memory of [`RuleSet::apply`] and [`RuleSet::fire`]. It carries nothing from one step to
/// the next but its allocations, and serves any user and any rule set.
#[derive(Debug, Default)]
pub struct Scratch {
    /// `now` of the user's step before this one.
    pub(super) before: i64,
    /// Ranks of the segments to evaluate.
    pub(super) woken: BinaryHeap<Reverse<u32>>,
    /// For each segment, the number of the step that woke it last.
    marks: Vec<u64>,
    step: u64,
    /// Whether a slot moved that is compared with now.
    pub(super) time_moved: bool,
    /// The segment whose override this step's fact changed.
    pub(super) overridden: Option<u32>,
    /// Values of a series' aggregates before it moved.
    pub(super) old: Vec<Value>,
    row: Option<Row<'static>>,
    event_row: Option<Row<'static>>,
}

impl Scratch {
    pub(super) fn begin(&mut self, rules: &RuleSet, before: i64) {
        self.before = before;
        self.step += 1;
        self.time_moved = false;
        self.overridden = None;
        if self.marks.len() < rules.segments.len() {
            self.marks.resize(rules.segments.len(), 0);
        }
    }

    /// Puts a segment on the list, once.
    pub(super) fn wake(&mut self, rules: &RuleSet, segment: u32) {
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
