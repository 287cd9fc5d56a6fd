//! Aggregates over a user's events.

use super::layout::Told;
use super::{Teller, named, times};
use crate::rule::{Aggregate, AggregateFunction, CompareOp, Node, NodeKind};
use crate::value::Value;

impl<'a> Teller<'a> {
    /// A property of the event at hand.
    pub(super) fn property(self, index: usize) -> String {
        let properties = self.aggregate.map(|aggregate| &aggregate.properties);
        let property = properties.and_then(|properties| properties.get(index));
        property.map_or_else(String::new, |property| named(&property.name))
    }

    /// An aggregate's value.
    pub(super) fn aggregated(self, index: usize) -> String {
        let Some(aggregate) = self.rule.aggregates.get(index) else {
            return String::new();
        };
        let within = self.within(aggregate);
        let property = aggregate.property.map(|property| {
            let teller = self.of(aggregate);
            teller.property(property)
        });
        let events = Self::events(aggregate, true);
        let of = match (aggregate.function, property.as_deref()) {
            (AggregateFunction::First, Some("timestamp")) => "the time of the first",
            (AggregateFunction::Last, Some("timestamp")) => "the time of the latest",
            (AggregateFunction::Min, Some("timestamp")) => "the earliest time of",
            (AggregateFunction::Max, Some("timestamp")) => "the last time of",
            (function, property) => {
                let what = what(function, property.unwrap_or_default());
                return format!("the {what} {events}{within}");
            }
        };
        let is_one = matches!(
            aggregate.function,
            AggregateFunction::First | AggregateFunction::Last
        );
        format!("{of} {}{within}", Self::events(aggregate, !is_one))
    }

    /// `at least 3 purchases …`: how many events, or values of theirs, compared with a number.
    pub(super) fn counted(self, op: CompareOp, left: &Node, right: &Node) -> Option<String> {
        let (NodeKind::Aggregate(index), NodeKind::Literal(Value::Int(number))) =
            (&left.kind, &right.kind)
        else {
            return None;
        };
        let aggregate = self.rule.aggregates.get(*index)?;
        let (amount, is_many) = amount(op, *number);
        let counted = match aggregate.function {
            AggregateFunction::Count => Self::events(aggregate, is_many),
            AggregateFunction::CountDistinct => {
                let property = self.of(aggregate).property(aggregate.property?);
                let values = if is_many { "values" } else { "value" };
                let events = Self::events(aggregate, true);
                format!("different {property} {values} among {events}")
            }
            _ => return None,
        };
        Some(format!("{amount} {counted}{}", self.tail(aggregate)))
    }

    /// Whoever tells the WHERE of an aggregate.
    pub(super) fn of(self, aggregate: &'a Aggregate) -> Self {
        Self {
            aggregate: Some(aggregate),
            ..self
        }
    }

    /// `` `purchase` events``
    pub(super) fn events(aggregate: &Aggregate, is_many: bool) -> String {
        let events = if is_many { "events" } else { "event" };
        match aggregate.event.as_deref() {
            Some(event) => format!("`{event}` {events}"),
            None => format!("{events} of any kind"),
        }
    }

    /// `` an `invite` event``
    pub(super) fn an_event(aggregate: &Aggregate) -> String {
        let article = aggregate.event.as_deref().map_or("an", article);
        format!("{article} {}", Self::events(aggregate, false))
    }

    /// When, and under which condition, at the end of a sentence.
    fn tail(self, aggregate: &'a Aggregate) -> String {
        let when = times::window(aggregate.window);
        match self.condition_of(aggregate) {
            Some(condition) => format!("{when} where {}", condition.within()),
            None => when,
        }
    }

    /// The same where the sentence goes on.
    pub(super) fn within(self, aggregate: &'a Aggregate) -> String {
        let when = times::window(aggregate.window);
        match self.condition_of(aggregate) {
            Some(condition) => format!("{when} (where {})", condition.bare()),
            None => when,
        }
    }

    fn condition_of(self, aggregate: &'a Aggregate) -> Option<Told> {
        let filter = aggregate.filter.as_ref()?;
        Some(self.of(aggregate).condition(filter, true))
    }
}

/// `an` before what begins like `invite`, `a` before what begins like `user`.
fn article(name: &str) -> &'static str {
    let name = name.to_ascii_lowercase();
    let sounds_otherwise = ["eu", "one", "uni", "us"];
    let is_vowel = name.starts_with(['a', 'e', 'i', 'o', 'u']);
    if is_vowel && !sounds_otherwise.iter().any(|start| name.starts_with(start)) {
        "an"
    } else {
        "a"
    }
}

/// How many, and whether what is counted is in the plural.
fn amount(op: CompareOp, number: i64) -> (String, bool) {
    let words = match (op, number) {
        (CompareOp::Equal | CompareOp::LessOrEqual, 0) | (CompareOp::Less, 1) => {
            return (String::from("no"), true);
        }
        (CompareOp::Greater, 0) => return (String::from("at least 1"), false),
        (CompareOp::NotEqual, _) => "more or fewer than",
        (CompareOp::Equal, _) => "exactly",
        (CompareOp::Less, _) => "fewer than",
        (CompareOp::LessOrEqual, _) => "at most",
        (CompareOp::Greater, _) => "more than",
        (CompareOp::GreaterOrEqual, _) => "at least",
    };
    (format!("{words} {number}"), number != 1)
}

/// What a function makes of a property of events.
fn what(function: AggregateFunction, property: &str) -> String {
    match function {
        AggregateFunction::Count => String::from("number of"),
        AggregateFunction::CountDistinct => format!("number of different {property} values among"),
        AggregateFunction::Sum => format!("total {property} of"),
        AggregateFunction::Avg => format!("average {property} of"),
        AggregateFunction::Min => format!("lowest {property} of"),
        AggregateFunction::Max => format!("highest {property} of"),
        AggregateFunction::First => format!("first {property} of"),
        AggregateFunction::Last => format!("latest {property} of"),
    }
}
