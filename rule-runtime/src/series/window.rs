//! One window over a series: where it begins and ends, and its running results.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::sync::Arc;

use rulelang::calendar::CalendarSpan;
use rulelang::rule::{AggregateFunction, Window};
use rulelang::{Type, Value, decimal};

use super::Entry;
use super::column::Column;
use super::distinct::Distinct;
use super::staircase::Staircase;
use crate::rule_set::plan::{Keeps, WindowPlan};

/// Which timestamps a window holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reach {
    /// `ts <= now − enter`, and it has not left.
    Sliding { enter: i64, leave: Leave },
    /// `start <= ts < end`, and `ts <= now`; for all time, everything.
    Fixed { start: i64, end: i64 },
}

/// When what a sliding window holds leaves it. What is older leaves no later.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Leave {
    /// So many milliseconds later.
    After(i64),
    /// When a unit of a calendar begins.
    Calendar(CalendarSpan),
}

impl Leave {
    /// A span of milliseconds that no event outlives.
    pub(crate) const NEVER_MS: i64 = i64::MAX;
    /// Nothing leaves.
    pub(crate) const NEVER: Self = Self::After(Self::NEVER_MS);

    /// The latest timestamp that has left at `now`.
    pub(crate) fn left_through(self, now: i64) -> i64 {
        match self {
            Self::After(millis) => now.saturating_sub(millis),
            Self::Calendar(span) => span.start(now).saturating_sub(1),
        }
    }

    /// The instant at which an entry of that timestamp leaves.
    pub(crate) fn leaves_at(self, timestamp: i64) -> i64 {
        match self {
            Self::After(millis) => timestamp.saturating_add(millis),
            Self::Calendar(span) => span.end(timestamp),
        }
    }

    /// Whether nothing leaves before it would leave the other.
    pub(crate) fn covers(self, other: Self) -> bool {
        match (self, other) {
            (Self::After(millis), Self::After(others)) => millis >= others,
            (Self::After(millis), Self::Calendar(span)) => millis >= span.milliseconds_max(),
            (Self::Calendar(span), Self::Calendar(other)) => {
                (span.unit, span.zone) == (other.unit, other.zone) && span.count >= other.count
            }
            (Self::Calendar(_), Self::After(_)) => false,
        }
    }
}

impl Reach {
    /// What a window holds at `now`, for whoever asks at no other instant.
    pub(crate) fn fixed(self, now: i64) -> Self {
        match self {
            Self::Sliding { enter, leave } => Self::Fixed {
                start: leave.left_through(now).saturating_add(1),
                end: now.saturating_sub(enter).saturating_add(1),
            },
            fixed @ Self::Fixed { .. } => fixed,
        }
    }
}

impl From<Window> for Reach {
    fn from(window: Window) -> Self {
        match window {
            Window::AllTime => Self::Fixed {
                start: i64::MIN,
                end: i64::MAX,
            },
            Window::During { start, end } => Self::Fixed { start, end },
            Window::WithinLast(last) => Self::Sliding {
                enter: 0,
                leave: Leave::After(last),
            },
            Window::WithinLastCalendar(span) => Self::Sliding {
                enter: 0,
                leave: Leave::Calendar(span),
            },
            Window::FromToAgo { from, to } => Self::Sliding {
                enter: to,
                leave: Leave::After(from),
            },
        }
    }
}

/// The running results of a window.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct WindowState {
    /// First entry of a sliding window, an index into the series' entries.
    pub(crate) start: u32,
    /// One past its last entry.
    pub(crate) end: u32,
    /// How many entries it holds.
    pub(crate) count: u64,
    /// Their exact sum: decimals of [`rulelang::decimal`], or ints.
    pub(crate) sum: i128,
    /// How many of them are below zero.
    pub(crate) negatives: u32,
    /// What few aggregates need.
    pub(crate) more: Option<Box<More>>,
}

/// Results that few aggregates need.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct More {
    pub(crate) min: Option<Staircase>,
    pub(crate) max: Option<Staircase>,
    pub(crate) distinct: Option<Distinct>,
    /// Of a fixed window: the earliest and the latest entry with their values.
    pub(crate) first: Option<End>,
    pub(crate) last: Option<End>,
}

/// The first or the last entry of a fixed window.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct End {
    pub(crate) timestamp: i64,
    pub(crate) id: Arc<str>,
    pub(crate) value: Value,
}

impl WindowState {
    pub(crate) fn add(&mut self, plan: &WindowPlan, timestamp: i64, value: &Value) {
        self.count += 1;
        if plan.keeps.sum {
            let addend = addend(value);
            self.sum += addend;
            self.negatives += u32::from(addend < 0);
        }
        if plan.keeps.needs_more() {
            let fixed = matches!(plan.reach, Reach::Fixed { .. });
            self.more
                .get_or_insert_default()
                .add(plan.keeps, fixed, timestamp, value);
        }
    }

    pub(crate) fn remove(&mut self, plan: &WindowPlan, timestamp: i64, value: &Value) {
        self.count -= 1;
        if plan.keeps.sum {
            let addend = addend(value);
            self.sum -= addend;
            self.negatives -= u32::from(addend < 0);
        }
        if let Some(more) = &mut self.more {
            more.min
                .iter_mut()
                .chain(&mut more.max)
                .for_each(|stairs| stairs.expire(timestamp));
            if let Some(distinct) = &mut more.distinct {
                distinct.remove(value);
            }
        }
    }

    pub(super) fn min(&self) -> Option<&Staircase> {
        self.more.as_deref()?.min.as_ref()
    }

    pub(super) fn max(&self) -> Option<&Staircase> {
        self.more.as_deref()?.max.as_ref()
    }

    /// Keeps the first and the last entry of a fixed window.
    pub(crate) fn add_to_ends(&mut self, plan: &WindowPlan, entry: Entry<'_>) {
        if !(plan.keeps.first || plan.keeps.last) {
            return;
        }
        let more = self.more.get_or_insert_default();
        let place = |end: &End| {
            (entry.timestamp, entry.id.as_bytes()).cmp(&(end.timestamp, end.id.as_bytes()))
        };
        let end = || {
            Some(End {
                timestamp: entry.timestamp,
                id: entry.id.clone(),
                value: entry.value.clone(),
            })
        };
        if plan.keeps.first && more.first.as_ref().is_none_or(|first| place(first).is_lt()) {
            more.first = end();
        }
        if plan.keeps.last && more.last.as_ref().is_none_or(|last| place(last).is_gt()) {
            more.last = end();
        }
    }

    /// The value of one aggregate. `ty` is the type of the series' values. Only what is neither
    /// a number nor an instant is borrowed.
    pub(crate) fn value<'a>(
        &'a self,
        function: AggregateFunction,
        plan: &WindowPlan,
        ty: Type,
        values: &'a Column,
    ) -> Cow<'a, Value> {
        let more = self.more.as_deref();
        let extreme = |stairs: Option<&'a Staircase>| {
            stairs.map_or(Cow::Owned(Value::Null), |stairs| {
                Cow::Borrowed(stairs.value())
            })
        };
        match function {
            AggregateFunction::Count => Cow::Owned(Value::Int(self.count as i64)),
            AggregateFunction::Sum => Cow::Owned(sum_value(self.sum, ty)),
            AggregateFunction::Avg if self.count == 0 => Cow::Owned(Value::Null),
            AggregateFunction::Avg => {
                Cow::Owned(Value::float(total(self.sum, ty) / self.count as f64))
            }
            AggregateFunction::Min => extreme(more.and_then(|more| more.min.as_ref())),
            AggregateFunction::Max => extreme(more.and_then(|more| more.max.as_ref())),
            AggregateFunction::CountDistinct => {
                let distinct = more.and_then(|more| more.distinct.as_ref());
                Cow::Owned(distinct.map_or(Value::Int(0), Distinct::value))
            }
            AggregateFunction::First => self.end_value(true, plan, values),
            AggregateFunction::Last => self.end_value(false, plan, values),
        }
    }

    fn end_value<'a>(
        &'a self,
        is_first: bool,
        plan: &WindowPlan,
        values: &'a Column,
    ) -> Cow<'a, Value> {
        match plan.reach {
            Reach::Sliding { .. } if self.start == self.end => Cow::Owned(Value::Null),
            Reach::Sliding { .. } => {
                values.get(if is_first { self.start } else { self.end - 1 } as usize)
            }
            Reach::Fixed { .. } => {
                let more = self.more.as_deref();
                let end = more.and_then(|more| {
                    if is_first {
                        more.first.as_ref()
                    } else {
                        more.last.as_ref()
                    }
                });
                end.map_or(Cow::Owned(Value::Null), |end| Cow::Borrowed(&end.value))
            }
        }
    }
}

impl More {
    fn add(&mut self, keeps: Keeps, fixed: bool, timestamp: i64, value: &Value) {
        // In a fixed window nothing ever leaves, so one step at the end of time is enough.
        let timestamp = if fixed { i64::MAX } else { timestamp };
        if keeps.min {
            let stairs = self
                .min
                .get_or_insert_with(|| Staircase::new(Ordering::Less));
            stairs.add(timestamp, value);
        }
        if keeps.max {
            let stairs = self
                .max
                .get_or_insert_with(|| Staircase::new(Ordering::Greater));
            stairs.add(timestamp, value);
        }
        if keeps.distinct {
            self.distinct.get_or_insert_default().add(value);
        }
    }
}

/// What a value adds to an exact sum.
pub(super) fn addend(value: &Value) -> i128 {
    match value {
        Value::Int(int) => i128::from(*int),
        Value::Float(float) => decimal::from_f64(*float).unwrap_or_default(),
        _ => 0,
    }
}

pub(super) fn sum_value(sum: i128, ty: Type) -> Value {
    match ty {
        Type::Int => i64::try_from(sum).map_or(Value::Null, Value::Int),
        _ => Value::float(total(sum, ty)),
    }
}

pub(super) fn total(sum: i128, ty: Type) -> f64 {
    if ty == Type::Int {
        sum as f64
    } else {
        decimal::to_f64(sum)
    }
}
