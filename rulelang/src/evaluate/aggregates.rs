//! Aggregates over raw events: which events count, and what is made of them.

use std::cmp::Ordering;

use super::comparisons::equal;
use super::{Known, evaluate_node};
use crate::decimal;
use crate::facts::Event;
use crate::rule::{Aggregate, AggregateFunction, Window};
use crate::types::Type;
use crate::value::Value;

impl<'a> Known<'a> {
    /// An aggregate's value at now.
    pub(super) fn aggregated(self, index: usize) -> Value {
        let Some(aggregate) = self.rule.aggregates.get(index) else {
            return Value::Null;
        };
        let mut events = self.counted_events(aggregate);
        events.sort_by_key(|event| (event.timestamp, event.id.as_bytes()));
        let Some(property) = aggregate.property else {
            return Value::Int(events.len() as i64);
        };
        let values: Vec<Value> = events
            .into_iter()
            .map(|event| self.at_event(aggregate, event).event_property(property))
            .filter(|value| !value.is_null())
            .collect();
        let ty = aggregate
            .properties
            .get(property)
            .map_or(Type::Null, |property| property.ty);
        combine(aggregate.function, ty, values)
    }

    /// The events that an aggregate counts at now: of its type, in its window, WHERE TRUE.
    pub(super) fn counted_events(self, aggregate: &'a Aggregate) -> Vec<&'a Event> {
        let counts = |event: &&Event| {
            aggregate
                .event
                .as_ref()
                .is_none_or(|event_type| *event_type == event.event_type)
                && event.timestamp <= self.now
                && in_window(aggregate.window, event.timestamp, self.now)
                && aggregate.filter.as_ref().is_none_or(|filter| {
                    evaluate_node(filter, &self.at_event(aggregate, event)) == Value::Bool(true)
                })
        };
        self.facts.events.iter().filter(counts).collect()
    }

    fn at_event<'b>(self, aggregate: &'b Aggregate, event: &'b Event) -> Known<'b>
    where
        'a: 'b,
    {
        Known {
            event: Some((aggregate, event)),
            ..self
        }
    }

    /// A property of the event at hand; NULL outside a WHERE.
    pub(super) fn event_property(self, index: usize) -> Value {
        let Some((aggregate, event)) = self.event else {
            return Value::Null;
        };
        let Some(property) = aggregate.properties.get(index) else {
            return Value::Null;
        };
        if &*property.name == "timestamp" {
            return Value::Timestamp(event.timestamp).typed(property.ty);
        }
        let raw = event.properties.get(&*property.name);
        raw.map_or(Value::Null, |raw| raw.typed(property.ty))
    }
}

/// Whether `timestamp` lies in the window that stands at `now`.
fn in_window(window: Window, instant: i64, at: i64) -> bool {
    // Wider than the operands, so that no instant near the ends of `i64` wraps.
    let (timestamp, now) = (i128::from(instant), i128::from(at));
    match window {
        Window::AllTime => true,
        Window::WithinLast(last) => now - i128::from(last) < timestamp && timestamp <= now,
        Window::WithinLastCalendar(span) => span.start(at) <= instant && instant <= at,
        Window::FromToAgo { from, to } => {
            now - i128::from(from) < timestamp && timestamp <= now - i128::from(to)
        }
        Window::During { start, end } => {
            i128::from(start) <= timestamp && timestamp < i128::from(end)
        }
    }
}

/// What a function makes of the values that are not NULL, which are in (timestamp, id) order.
fn combine(function: AggregateFunction, ty: Type, values: Vec<Value>) -> Value {
    match function {
        AggregateFunction::Count => Value::Int(values.len() as i64),
        AggregateFunction::CountDistinct => Value::Int(count_distinct(values)),
        AggregateFunction::Sum if ty == Type::Int => sum_of_ints(&values)
            .and_then(|(sum, _)| i64::try_from(sum).ok())
            .map_or(Value::Null, Value::Int),
        AggregateFunction::Sum => sum_of_floats(&values)
            .map_or(Value::Null, |(sum, _)| Value::float(decimal::to_f64(sum))),
        AggregateFunction::Avg if ty == Type::Int => {
            average(sum_of_ints(&values).map(|(sum, count)| (sum as f64, count)))
        }
        AggregateFunction::Avg => {
            average(sum_of_floats(&values).map(|(sum, count)| (decimal::to_f64(sum), count)))
        }
        AggregateFunction::Min => extreme(values, Ordering::Less),
        AggregateFunction::Max => extreme(values, Ordering::Greater),
        AggregateFunction::First => values.into_iter().next().unwrap_or_default(),
        AggregateFunction::Last => values.into_iter().next_back().unwrap_or_default(),
    }
}

/// The exact sum and how many values are in it; `None` where even an `i128` overflows.
fn sum_of_ints(values: &[Value]) -> Option<(i128, usize)> {
    let ints = values.iter().filter_map(|value| match value {
        Value::Int(int) => Some(i128::from(*int)),
        _ => None,
    });
    checked_sum(ints)
}

/// As [`sum_of_ints`], of decimals; a value that has no decimal is NULL here, so not counted.
fn sum_of_floats(values: &[Value]) -> Option<(i128, usize)> {
    let decimals = values.iter().filter_map(|value| match value {
        Value::Float(float) => decimal::from_f64(*float),
        _ => None,
    });
    checked_sum(decimals)
}

fn checked_sum(mut numbers: impl Iterator<Item = i128>) -> Option<(i128, usize)> {
    numbers.try_fold((0_i128, 0), |(sum, count), number| {
        Some((sum.checked_add(number)?, count + 1))
    })
}

/// The sum over the count, in f64; of nothing NULL.
fn average(sum_and_count: Option<(f64, usize)>) -> Value {
    match sum_and_count {
        Some((sum, count)) if count > 0 => Value::float(sum / count as f64),
        _ => Value::Null,
    }
}

/// The least or the greatest value; of nothing NULL.
fn extreme(values: Vec<Value>, wanted: Ordering) -> Value {
    let best = values.into_iter().reduce(|best, value| {
        let is_better = value.compare(&best) == Some(wanted);
        if is_better { value } else { best }
    });
    best.unwrap_or_default()
}

/// How many different values there are: equal numbers are one, however they were written.
fn count_distinct(values: Vec<Value>) -> i64 {
    let mut distinct: Vec<Value> = vec![];
    for value in values {
        if !distinct
            .iter()
            .any(|seen| equal(seen, &value) == Some(true))
        {
            distinct.push(value);
        }
    }
    distinct.len() as i64
}
