//! Rule sets and histories for unit tests.

use proptest::prelude::*;
use rulelang::testkit::{self, BEGIN};

use crate::{Change, Event, Fact, RuleSet, Scratch, Segment, Traits, UserState};

/// Arrivals: a stamp and a fact of the testkit.
pub(crate) type Log = Vec<(i64, testkit::Fact)>;

/// The rules by id, checked against the testkit's schema.
pub(crate) fn rule_set(rules: &[(String, String)]) -> RuleSet {
    let schema = testkit::schema();
    let segment = |(id, text): &(String, String)| match rulelang::check(text, &schema) {
        Ok(checked) => Segment {
            id: id.as_str().into(),
            rule: checked.rule,
        },
        Err(diagnostics) => panic!("{text}: {diagnostics}"),
    };
    RuleSet::build(rules.iter().map(segment).collect()).unwrap()
}

/// One rule set of segments `s0`, `s1`, …
pub(crate) fn rules(texts: &[&str]) -> RuleSet {
    let named = texts.iter().enumerate();
    let named: Vec<_> = named
        .map(|(place, text)| (format!("s{place}"), (*text).to_owned()))
        .collect();
    rule_set(&named)
}

/// Three segments, of which some name others, and a log that makes them flip.
pub(crate) fn any_scenario() -> impl Strategy<Value = (Vec<(String, String)>, Log)> {
    let stamp = (0..=30_i64, -1..=1_i64);
    let stamp = stamp.prop_map(|(tick, jitter)| BEGIN + tick * 600_000 + jitter);
    let stamps = proptest::collection::vec(stamp, 24);
    let history = testkit::any_history().prop_flat_map(testkit::with_duplicates);
    let log = (stamps, history).prop_map(|(mut stamps, history)| {
        stamps.sort_unstable();
        stamps.into_iter().zip(history).collect()
    });
    (testkit::any_live_segments(3, 2), log)
}

pub(crate) fn fact(rules: &RuleSet, fact: &testkit::Fact) -> Fact {
    match fact {
        testkit::Fact::Event(event) => Fact::Event(Event::resolved(event, rules)),
        testkit::Fact::Traits(traits) => Fact::Traits(Traits::resolved(traits, rules)),
    }
}

/// An event with properties.
pub(crate) fn event(
    rules: &RuleSet,
    id: &str,
    event_type: &str,
    timestamp: i64,
    properties: &[(&str, rulelang::Value)],
) -> Event {
    let named = properties.iter();
    Event {
        id: id.into(),
        event_type: rules.event_type(event_type),
        timestamp,
        properties: named
            .filter_map(|(name, value)| Some((rules.name(name)?, value.clone())))
            .collect(),
        updates_fields: true,
    }
}

/// Steps a state through a log.
pub(crate) fn run(
    rules: &RuleSet,
    state: &mut UserState,
    log: &[(i64, testkit::Fact)],
) -> Vec<Change> {
    let (mut scratch, mut changes) = (Scratch::default(), vec![]);
    for (stamp, arrived) in log {
        rules.apply(
            state,
            &fact(rules, arrived),
            *stamp,
            &mut scratch,
            &mut changes,
        );
    }
    changes
}

/// Fires every deadline that there is.
pub(crate) fn run_out(rules: &RuleSet, state: &mut UserState) -> Vec<Change> {
    let mut changes = vec![];
    rules.fire(state, i64::MAX - 1, &mut Scratch::default(), &mut changes);
    changes
}
