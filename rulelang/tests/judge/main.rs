//! What rules mean, asked of the reference interpreter in the language itself: a named test for
//! each decision of the language reference.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test may fail loudly")]

mod absent_values;
mod aggregates;
mod fields;
mod generated;
mod instants;
mod numbers;
mod quantifiers;
mod segments;
mod sequences;
mod texts_and_lists;
mod times;

use rulelang::facts::{Event, Facts, Traits};
use rulelang::testkit::schema;
use rulelang::{Expected, Rule, Value, check_expr, evaluate, parse};

/// Noon of an ordinary day: 2024-01-15T12:00:00Z.
const NOON: i64 = 1_705_320_000_000;
const HOUR: i64 = 3_600_000;

/// A checked rule over the testkit's vocabulary.
fn rule(text: &str) -> Rule {
    let schema = schema();
    let checked = parse(text).and_then(|expr| check_expr(expr, text, &schema, Expected::AnyValue));
    match checked {
        Ok(checked) => checked.rule,
        Err(diagnostics) => panic!("`{text}`: {diagnostics}"),
    }
}

/// The value of an expression for a user of whom nothing is known.
fn of_nobody(text: &str) -> Value {
    evaluate(&rule(text), &Facts::default(), NOON)
}

/// The value of an expression at noon for a user with these traits.
fn of(text: &str, values: &[(&str, Value)]) -> Value {
    evaluate(&rule(text), &traits(None, values), NOON)
}

/// The value of an expression at noon for a user with these events.
fn after(text: &str, events: &[Event]) -> Value {
    let facts = Facts {
        events: events.to_vec(),
        ..Facts::default()
    };
    evaluate(&rule(text), &facts, NOON)
}

fn traits(timestamp: Option<i64>, values: &[(&str, Value)]) -> Facts {
    Facts {
        traits: vec![identify("i", timestamp, values)],
        ..Facts::default()
    }
}

fn identify(id: &str, timestamp: Option<i64>, values: &[(&str, Value)]) -> Traits {
    Traits {
        id: id.into(),
        timestamp,
        values: named(values),
    }
}

fn event(id: &str, event_type: &str, timestamp: i64, properties: &[(&str, Value)]) -> Event {
    Event {
        id: id.into(),
        event_type: event_type.into(),
        timestamp,
        properties: named(properties),
        updates_fields: true,
    }
}

fn named(values: &[(&str, Value)]) -> rulelang::facts::Properties {
    let owned = |(name, value): &(&str, Value)| ((*name).to_owned(), value.clone());
    values.iter().map(owned).collect()
}

/// A purchase of this amount, an hour before noon.
fn buy(id: &str, amount: f64) -> Event {
    event(id, "buy", NOON - HOUR, &[("amount", Value::Float(amount))])
}

fn string(text: &str) -> Value {
    Value::string(text)
}

fn strings(items: &[&str]) -> Value {
    Value::List(items.iter().map(|item| string(item)).collect())
}

const TRUE: Value = Value::Bool(true);
const FALSE: Value = Value::Bool(false);
const NULL: Value = Value::Null;
