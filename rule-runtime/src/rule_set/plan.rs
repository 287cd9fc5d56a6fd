//! What a rule set has worked out before the first fact: what to keep for a user, and for whom.
//!
//! Everything is dense: fields, series, slots and segments are small integers, and every list of
//! one is indexed by it.

use rulelang::calendar::{Anniversary, CalendarSpan};
use rulelang::rule::AggregateFunction;
use rulelang::{Type, rule};

use super::NameId;
use super::cuts::Cuts;
use super::leaves::InputSlots;
use crate::engine::Engine;
use crate::series::{Leave, Reach};

/// A profile field as one type: the last value by (timestamp, eventId bytes).
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct FieldPlan {
    pub(crate) name: NameId,
    pub(crate) field: rule::Field,
    pub(crate) slot: u32,
}

/// The events that some aggregates share; see [`crate::series`].
#[derive(Debug)]
pub(crate) struct SeriesPlan {
    /// What it is, in words; its identity in stored states.
    pub(crate) text: String,
    /// Hash of `text`, unique in the rule set.
    pub(crate) fingerprint: u128,
    /// The property aggregated; `None` for a series that only counts.
    pub(crate) value: Option<ValuePlan>,
    /// Index into [`super::RuleSet::filters`].
    pub(crate) filter: Option<u32>,
    pub(crate) windows: Vec<WindowPlan>,
    /// When entries leave the last of its sliding windows: each of these that no other one covers.
    pub(crate) retention: Vec<Leave>,
    /// Whether an answer depends on the order of events of one timestamp.
    pub(crate) keeps_ids: bool,
    /// The sequences that have it as a step.
    pub(crate) sequences: Vec<u32>,
}

impl SeriesPlan {
    /// Whether it has sliding windows, and so keeps entries.
    pub(crate) fn keeps_entries(&self) -> bool {
        !self.retention.is_empty()
    }

    /// The latest timestamp that has left every sliding window at `now`.
    pub(crate) fn left_through(&self, now: i64) -> i64 {
        let left = self.retention.iter().map(|leave| leave.left_through(now));
        left.min().unwrap_or(i64::MAX)
    }

    /// Keeps entries until they leave a window more.
    pub(crate) fn retain(&mut self, leave: Leave) {
        if !self.retention.iter().any(|kept| kept.covers(leave)) {
            self.retention.retain(|kept| !leave.covers(*kept));
            self.retention.push(leave);
        }
    }

    /// Whether it keeps entries as long as another one does.
    pub(crate) fn outlasts(&self, other: &Self) -> bool {
        let is_covered = |leave: &Leave| self.retention.iter().any(|kept| kept.covers(*leave));
        other.retention.iter().all(is_covered)
    }
}

/// What a series takes from an event.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ValuePlan {
    pub(crate) source: ValueSource,
    pub(crate) ty: Type,
    /// For SUM and AVG: a number beyond the range of exact decimals is NULL.
    pub(crate) decimal: bool,
}

/// Where it takes it from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ValueSource {
    /// The event's own timestamp.
    Timestamp,
    /// A property.
    Property(NameId),
}

/// One window over a series.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct WindowPlan {
    pub(crate) window: rule::Window,
    pub(crate) reach: Reach,
    pub(crate) aggregates: Vec<AggregatePlan>,
    pub(crate) keeps: Keeps,
}

/// One aggregate of a window.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct AggregatePlan {
    pub(crate) function: AggregateFunction,
    pub(crate) slot: u32,
    /// The cuts that matter, ascending, where rules only compare it with constants; `None` if any
    /// change matters.
    pub(crate) cuts: Option<Cuts>,
}

/// Which running results a window needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "six independent results, each kept or not"
)]
pub(crate) struct Keeps {
    pub(crate) sum: bool,
    pub(crate) min: bool,
    pub(crate) max: bool,
    pub(crate) distinct: bool,
    pub(crate) first: bool,
    pub(crate) last: bool,
}

impl Keeps {
    pub(crate) fn add(&mut self, function: AggregateFunction) {
        match function {
            AggregateFunction::Count => {}
            AggregateFunction::Sum | AggregateFunction::Avg => self.sum = true,
            AggregateFunction::Min => self.min = true,
            AggregateFunction::Max => self.max = true,
            AggregateFunction::CountDistinct => self.distinct = true,
            AggregateFunction::First => self.first = true,
            AggregateFunction::Last => self.last = true,
        }
    }

    /// Whether everything that `other` needs is kept.
    pub(crate) fn all(self, other: Self) -> bool {
        let pairs = [
            (self.sum, other.sum),
            (self.min, other.min),
            (self.max, other.max),
            (self.distinct, other.distinct),
            (self.first, other.first),
            (self.last, other.last),
        ];
        pairs.into_iter().all(|(kept, needed)| kept || !needed)
    }

    /// Whether a window state needs more than a count and a sum. (The ends of a sliding window
    /// are its first and last entry.)
    pub(crate) fn needs_more(self) -> bool {
        self.min || self.max || self.distinct
    }
}

/// A WHERE shared by the series that have it.
#[derive(Debug)]
pub(crate) struct FilterPlan {
    pub(crate) engine: Engine,
    pub(crate) aggregate: rule::Aggregate,
    /// For each property of the aggregate, its index in [`super::RuleSet::properties`].
    pub(crate) slots: Vec<u32>,
}

/// A property of an event as one type, where WHEREs read it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct PropertyPlan {
    /// `None` for the event's own timestamp.
    pub(crate) name: Option<NameId>,
    pub(crate) property: rule::Property,
}

/// What fills a slot of a user's row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SlotSource {
    Field(u32),
    Aggregate {
        series: u32,
        window: u32,
        aggregate: u32,
    },
    Segment(u32),
    Sequence(u32),
}

/// One segment.
#[derive(Debug)]
pub(crate) struct SegmentPlan {
    pub(crate) engine: Engine,
    /// Where its rule's inputs stand in the row.
    pub(crate) inputs: InputSlots,
    /// The slots that its rule reads, each once.
    pub(crate) slots: Vec<u32>,
    /// Its place in an order in which each segment comes after those it names.
    pub(crate) rank: u32,
    /// The segments whose rules name it.
    pub(crate) dependents: Vec<u32>,
    /// Whether it has an access condition, and so can be TRUE only of those it is armed for.
    pub(crate) has_access: bool,
}

/// An instant that rules compare with now.
#[derive(Debug)]
pub(crate) struct TimePlan {
    pub(crate) operand: TimeOperand,
    /// Where now crosses `operand + offset` a rule may flip; ascending.
    pub(crate) offsets: Vec<i64>,
    /// And where the operand leaves one of these.
    pub(crate) calendars: Vec<CalendarSpan>,
    /// And where a yearly return of it comes within reach of one of these, or leaves it.
    pub(crate) anniversaries: Vec<Anniversary>,
    /// The segments that hold such a comparison.
    pub(crate) segments: Vec<u32>,
}

impl TimePlan {
    /// The instants after `after` at which a rule may flip, measured from `instant`, in any order;
    /// of what returns every year, the next.
    pub(crate) fn crossings(&self, instant: i64, after: i64) -> impl Iterator<Item = i64> {
        let offsets = self.offsets.iter();
        let offsets = offsets.map(move |offset| instant.saturating_add(*offset));
        let calendars = self.calendars.iter();
        let calendars = calendars.map(move |span| span.end(instant));
        let anniversaries = self.anniversaries.iter();
        let returns = anniversaries.filter_map(move |asked| asked.next_flip(instant, after));
        let all = offsets.chain(calendars).chain(returns);
        all.filter(move |at| *at > after)
    }
}

/// What a [`TimePlan`] measures from.
#[derive(Debug)]
pub(crate) enum TimeOperand {
    /// A constant.
    Instant(i64),
    /// A slot that holds a timestamp or a date.
    Slot(u32),
    /// An expression of a segment's rule, by the interpreter.
    Expression { segment: u32, node: rule::Node },
}

impl SlotSource {
    pub(crate) fn segment(self) -> Option<u32> {
        match self {
            Self::Segment(segment) => Some(segment),
            _ => None,
        }
    }
}
