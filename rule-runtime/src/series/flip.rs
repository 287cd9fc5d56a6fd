//! Which entry's leaving a window may flip a rule.
//!
//! Every entry of a sliding window leaves some day, but few of those days matter: a rule that
//! compares the window's value with constants flips only when a constant is crossed. Looking a
//! few entries ahead finds that day, or one that is early, which only costs another look.

use std::collections::VecDeque;

use rulelang::rule::AggregateFunction;
use rulelang::{Type, Value};

use super::column::Column;
use super::staircase::Staircase;
use super::window::{WindowState, addend, total};
use crate::rule_set::cuts::Cuts;
use crate::rule_set::matcher::Cut;
use crate::rule_set::plan::AggregatePlan;

/// How many entries SUM and AVG look ahead.
const LOOKAHEAD: u32 = 16;

/// A sliding window's entries.
#[derive(Debug, Clone, Copy)]
pub(super) struct Content<'a> {
    pub(super) times: &'a VecDeque<i64>,
    pub(super) values: &'a Column,
    pub(super) ty: Type,
    pub(super) state: &'a WindowState,
}

impl Content<'_> {
    /// The timestamp of the first entry whose leaving may flip a rule that reads the aggregate;
    /// `None` if none can. May be early.
    pub(super) fn flips_by_leaving(self, plan: &AggregatePlan) -> Option<i64> {
        let count = self.state.end - self.state.start;
        if count == 0 {
            return None;
        }
        let Some(cuts) = &plan.cuts else {
            return self.leaves(1);
        };
        match plan.function {
            AggregateFunction::Count => self.leaves(until_below(&cuts.cuts, i64::from(count))?),
            // Each leaving entry takes at most one value with it.
            AggregateFunction::CountDistinct => {
                self.leaves(until_below(&cuts.cuts, self.distinct())?)
            }
            AggregateFunction::Sum => self.leaves(self.until_sum_crosses(cuts, false)?),
            AggregateFunction::Avg => self.leaves(self.until_sum_crosses(cuts, true)?),
            AggregateFunction::Min => Self::until_step_crosses(self.state.min()?, cuts),
            AggregateFunction::Max => Self::until_step_crosses(self.state.max()?, cuts),
            AggregateFunction::First => self.leaves(1),
            // The last entry changes only by leaving itself.
            AggregateFunction::Last => self.leaves(count),
        }
    }

    /// The timestamp of the last of the next `count` entries to leave.
    fn leaves(self, count: u32) -> Option<i64> {
        self.times
            .get((self.state.start + count.checked_sub(1)?) as usize)
            .copied()
    }

    fn distinct(self) -> i64 {
        let distinct = self
            .state
            .more
            .as_deref()
            .and_then(|more| more.distinct.as_ref());
        distinct.map_or(0, |distinct| distinct.counts.len() as i64)
    }

    /// How many entries must leave before the sum (or the average) is on another side of a cut,
    /// or NULL; `None` if it never is. At most [`LOOKAHEAD`], which may be early.
    fn until_sum_crosses(self, cuts: &Cuts, average: bool) -> Option<u32> {
        let side = |sum: i128, count: u64| match average {
            false => sum_side(cuts, sum, self.ty),
            true if count == 0 => None,
            true => cuts.side_of(&Value::float(total(sum, self.ty) / count as f64)),
        };
        let (mut sum, mut count) = (self.state.sum, self.state.count);
        let now = side(sum, count);
        if !average && now == Some(0) && self.state.negatives == 0 {
            return None;
        }
        for ahead in 1..=LOOKAHEAD.min(self.state.end - self.state.start) {
            sum -= addend(&self.values.get((self.state.start + ahead - 1) as usize));
            count -= 1;
            if side(sum, count) != now {
                return Some(ahead);
            }
        }
        (self.state.end - self.state.start > LOOKAHEAD).then_some(LOOKAHEAD)
    }

    /// The timestamp of the step after which the extreme is on another side of a cut, or NULL.
    fn until_step_crosses(stairs: &Staircase, cuts: &Cuts) -> Option<i64> {
        let now = cuts.side_of(stairs.value());
        let steps = stairs.steps.iter();
        let same = steps.take_while(|(_, value)| cuts.side_of(value) == now);
        same.last().map(|(timestamp, _)| *timestamp)
    }
}

/// How many of `count` must go before a cut is crossed; `None` if none is.
fn until_below(cuts: &[Cut], count: i64) -> Option<u32> {
    // A cut (k, false) lies just below k and (k, true) just above: a falling count crosses
    // (k, false) when it reaches k − 1 and (k, true) when it reaches k.
    let below = cuts.partition_point(|cut| *cut <= (count, false));
    let (key, above) = *cuts.get(below.checked_sub(1)?)?;
    let reached = if above { key } else { key - 1 };
    (reached >= 0).then(|| (count - reached) as u32)
}

/// The side of a sum; `None` where it is NULL, beyond the ints.
pub(super) fn sum_side(cuts: &Cuts, sum: i128, ty: Type) -> Option<u32> {
    let is_null = ty == Type::Int && i64::try_from(sum).is_err();
    (!is_null).then(|| cuts.side_of_number(sum))
}
