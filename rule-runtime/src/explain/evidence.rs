//! The events behind an aggregate, out of a user's history.

use rulelang::rule::{Aggregate, AggregateFunction, Property};
use rulelang::{Inputs, Rule, Value, decimal, evaluate_node};

use super::{Evidence, EvidenceEvent, chain};
use crate::event::Event;
use crate::rule_set::RuleSet;
use crate::series::Reach;

/// The events of `history` behind each aggregate and each sequence of `rule` at `now`, in their order.
pub(super) fn evidence_of(
    rules: &RuleSet,
    rule: &Rule,
    history: &[Event],
    now: i64,
) -> (Vec<Evidence>, Vec<Evidence>) {
    let aggregates = rule.aggregates.iter();
    let sequences = rule.sequences.iter();
    (
        aggregates
            .map(|it| evidence(rules, it, history, now))
            .collect(),
        sequences
            .map(|it| chain::evidence(rules, it, history, now))
            .collect(),
    )
}

/// The events of `history` that `aggregate` counts at `now`.
fn evidence(rules: &RuleSet, aggregate: &Aggregate, history: &[Event], now: i64) -> Evidence {
    let event_type = aggregate
        .event
        .as_deref()
        .map(|name| rules.event_type(name));
    let reach = Reach::from(aggregate.window);
    let mut counted = vec![];
    let mut misfits = 0;
    for event in history {
        let is_of_type = event_type.is_none_or(|wanted| wanted == event.event_type);
        if !is_of_type || !reaches(reach, event.timestamp, now) {
            continue;
        }
        let properties = EventProperties {
            rules,
            aggregate,
            event,
        };
        misfits += usize::from(properties.has_misfit());
        if let Some(value) = properties.counted() {
            counted.push(EvidenceEvent {
                id: event.id.clone(),
                timestamp: event.timestamp,
                value,
            });
        }
    }
    counted.sort_by(|a, b| {
        let place = |event: &EvidenceEvent| (event.timestamp, event.id.clone());
        place(b).cmp(&place(a))
    });
    let total = counted.len();
    counted.truncate(Evidence::LATEST_MAX);
    Evidence {
        total,
        latest: counted,
        misfits,
    }
}

/// Whether an event of `timestamp` is in a window at `now`.
pub(super) fn reaches(reach: Reach, timestamp: i64, now: i64) -> bool {
    match reach {
        Reach::Sliding { enter, leave } => {
            leave.left_through(now) < timestamp && timestamp <= now.saturating_sub(enter)
        }
        Reach::Fixed { start, end } => (start..end).contains(&timestamp) && timestamp <= now,
    }
}

/// An event as an aggregate reads it.
#[derive(Debug, Clone, Copy)]
pub(super) struct EventProperties<'a> {
    pub(super) rules: &'a RuleSet,
    pub(super) aggregate: &'a Aggregate,
    pub(super) event: &'a Event,
}

impl EventProperties<'_> {
    /// The value that the aggregate takes from the event (NULL if it only counts); `None` if it
    /// does not count the event.
    pub(super) fn counted(self) -> Option<Value> {
        let filter = self.aggregate.filter.as_ref();
        if filter.is_some_and(|filter| evaluate_node(filter, &self) != Value::Bool(true)) {
            return None;
        }
        let Some(index) = self.aggregate.property else {
            return Some(Value::Null);
        };
        let value = self.property(index);
        (!value.is_null() && !self.is_out_of_range(&value)).then_some(value)
    }

    pub(super) fn has_misfit(self) -> bool {
        let is_misfit = |(index, property): (usize, &Property)| {
            let value = self.property(index);
            let is_given = !self.raw(property).is_null();
            (is_given && value.is_null())
                || (self.aggregate.property == Some(index) && self.is_out_of_range(&value))
        };
        self.aggregate.properties.iter().enumerate().any(is_misfit)
    }

    /// Sums are exact decimals, which end somewhere.
    fn is_out_of_range(self, value: &Value) -> bool {
        let sums = matches!(
            self.aggregate.function,
            AggregateFunction::Sum | AggregateFunction::Avg
        );
        sums && matches!(value, Value::Float(float) if !decimal::fits(*float))
    }

    fn raw(self, property: &Property) -> Value {
        if &*property.name == "timestamp" {
            return Value::Timestamp(self.event.timestamp);
        }
        let name = self.rules.name(&property.name);
        name.map_or(Value::Null, |name| self.event.property(name).clone())
    }
}

impl Inputs for EventProperties<'_> {
    fn property(&self, index: usize) -> Value {
        let property = self.aggregate.properties.get(index);
        property.map_or(Value::Null, |property| {
            self.raw(property).typed(property.ty)
        })
    }
}
