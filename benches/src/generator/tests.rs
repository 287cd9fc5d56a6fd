//! The load is what its description says.

use std::collections::{BTreeMap, BTreeSet};

use rule_runtime::{Cause, Population};
use rulelang::rule::{Aggregate, NodeKind, Rule};
use rulelang::{Inputs, Value, check, evaluate_node};

use super::{
    AGGREGATES, Events, GeneratedEvent, GeneratedSegment, Property, SEGMENTS, rule_set, schema,
    segments,
};

const EVENTS: u64 = 20_000;

fn rules() -> Vec<Rule> {
    let schema = schema();
    let segments = segments();
    let rules = segments.iter().map(|segment| {
        let checked = check(&segment.expression, &schema);
        checked.unwrap_or_else(|error| panic!("{}: {error}", segment.expression))
    });
    rules.map(|checked| checked.rule).collect()
}

fn distinct_aggregates(rules: &[Rule]) -> BTreeMap<&str, &Aggregate> {
    let all = rules.iter().flat_map(|rule| &rule.aggregates);
    all.map(|aggregate| (&*aggregate.text, aggregate)).collect()
}

#[test]
fn a_thousand_segments_read_two_hundred_aggregates_and_all_compile() {
    let rules = rules();
    assert_eq!(rules.len(), SEGMENTS);
    assert_eq!(distinct_aggregates(&rules).len(), AGGREGATES);
    let set = rule_set(&segments()).unwrap();
    assert_eq!(set.not_compiled(), vec![]);
}

struct Properties<'a> {
    aggregate: &'a Aggregate,
    values: &'a BTreeMap<&'static str, Value>,
}

impl Inputs for Properties<'_> {
    fn property(&self, index: usize) -> Value {
        let property = &self.aggregate.properties[index];
        let value = self.values.get(&*property.name);
        value.map_or(Value::Null, |value| value.typed(property.ty))
    }
}

fn values(event: &GeneratedEvent) -> BTreeMap<&'static str, Value> {
    let value = |value| match value {
        Property::Text(text) => Value::string(text),
        Property::Product(product) => Value::string(&format!("prod_{product}")),
        Property::Cents(cents) => Value::float(f64::from(cents) / 100.0),
        Property::Whole(whole) => Value::Int(i64::from(whole)),
    };
    let given = event.properties().map(|(name, given)| (name, value(given)));
    given
        .chain([("timestamp", Value::Timestamp(event.timestamp))])
        .collect()
}

fn touches(
    event: &GeneratedEvent,
    values: &BTreeMap<&'static str, Value>,
    aggregate: &Aggregate,
) -> bool {
    let named = aggregate.event.as_deref();
    let inputs = Properties { aggregate, values };
    let has_value = |index| !inputs.property(index).is_null();
    let passes = |filter| evaluate_node(filter, &inputs) == Value::Bool(true);
    named.is_none_or(|named| named == event.kind.name())
        && aggregate.property.is_none_or(has_value)
        && aggregate.filter.as_ref().is_none_or(passes)
}

#[test]
fn every_event_touches_at_least_twenty_aggregates() {
    let rules = rules();
    let aggregates = distinct_aggregates(&rules);
    let mut total = 0;
    for event in Events::new(EVENTS) {
        let values = values(&event);
        let touched = aggregates
            .values()
            .filter(|aggregate| touches(&event, &values, aggregate))
            .count();
        assert!(touched >= 20, "{event:?} touches {touched}");
        total += touched;
    }
    println!("{:.1} aggregates an event", total as f64 / EVENTS as f64);
}

/// The conditions under AND, OR and NOT of a rule, as text.
fn predicates(rule: &Rule) -> Vec<String> {
    let mut found = vec![];
    rule.root.walk(&mut |node| {
        let is_logic = matches!(
            node.kind,
            NodeKind::And(_) | NodeKind::Or(_) | NodeKind::Not(_)
        );
        if !is_logic && node.ty == rulelang::Type::Bool {
            found.push(node.span.text(&rule.source).to_owned());
        }
    });
    found
}

#[test]
fn an_event_flips_a_predicate_on_average() {
    let rules = rules();
    let distinct: BTreeSet<String> = rules.iter().flat_map(predicates).collect();
    // Each predicate as a segment of its own: its changes are its flips.
    let alone: Vec<GeneratedSegment> = distinct
        .into_iter()
        .enumerate()
        .map(|(index, expression)| GeneratedSegment {
            id: format!("p{index}"),
            expression,
        })
        .collect();
    let set = rule_set(&alone).unwrap();
    let mut population = Population::new(set.clone());
    let (mut by_events, mut by_time) = (0_u64, 0_u64);
    for event in Events::new(EVENTS) {
        let (fact, user) = (event.fact(&set), event.user_id());
        population.apply(
            &user,
            &fact,
            event.timestamp,
            &mut |_, change, _| match change.cause {
                Cause::Fact(_) => by_events += 1,
                Cause::Timer => by_time += 1,
                Cause::Definition { .. } => unreachable!("no definition switches"),
            },
        );
    }
    println!(
        "{} predicates, {:.2} flips an event and {:.2} by time between two",
        alone.len(),
        by_events as f64 / EVENTS as f64,
        by_time as f64 / EVENTS as f64
    );
    assert!(by_events >= EVENTS);
}

#[test]
fn messages_are_json_of_the_described_size_with_ascending_timestamps() {
    let mut out = vec![];
    let mut last = i64::MIN;
    for event in Events::new(1_000) {
        event.write_json(&mut out);
        assert!(event.timestamp >= last);
        last = event.timestamp;
    }
    let text = String::from_utf8(out).unwrap();
    let mut ids = BTreeSet::new();
    for line in text.lines() {
        let json: serde_json::Value = serde_json::from_str(line).unwrap();
        assert!(ids.insert(json["eventId"].as_str().unwrap().to_owned()));
    }
    let bytes = text.len() / ids.len();
    assert!((250..=300).contains(&bytes), "{bytes} bytes a message");
}
