//! What a state says of its memory, against an allocator that counts.

#![expect(clippy::unwrap_used, reason = "a test may stop")]

use peak_alloc::PeakAlloc;
use rule_runtime::{Event, Fact, RuleSet, Scratch, Segment, Traits, UserState};
use rulelang::testkit::{BEGIN, schema};
use rulelang::{Value, check};

#[global_allocator]
static ALLOCATOR: PeakAlloc = PeakAlloc;

/// Fields, all kinds of columns and windows.
const RULES: [&str; 6] = [
    "a > 1 AND s == 'x' AND tags CONTAINS 'x'",
    "COUNT(buy WITHIN LAST 30 MINUTES WHERE flag) >= 2 AND COUNT(*) > 3",
    "SUM(buy.amount) > 10 AND MAX(buy.qty) >= 3 AND MIN(buy.qty WITHIN LAST 3 HOURS) < 3",
    "LAST(buy.sku) == 'k2' AND FIRST(buy.sku WITHIN LAST 2 HOURS) == 'k1'",
    "SEQUENCE(buy WITHIN LAST 3 HOURS THEN NOT buy WITHIN 1h) OR SEQUENCE(buy THEN buy)",
    "COUNT DISTINCT(buy.sku) >= 2 AND COUNT DISTINCT(buy.qty WITHIN LAST 1 DAYS) > 2",
];

fn rules() -> RuleSet {
    let segment = |(place, text): (usize, &&str)| Segment {
        id: format!("s{place}").into(),
        rule: check(text, &schema()).unwrap().rule,
    };
    RuleSet::build(RULES.iter().enumerate().map(segment).collect()).unwrap()
}

/// A user after some events, of which the last waits for its instant.
fn state(rules: &RuleSet, events: i64) -> UserState {
    let (mut state, mut scratch, mut changes) = (UserState::default(), Scratch::default(), vec![]);
    let named = |name: &str, value: Value| (rules.name(name).unwrap(), value);
    let said = Traits {
        id: "traits".into(),
        timestamp: None,
        values: vec![
            named("a", Value::Float(2.5)),
            named("s", Value::string("a text of some length")),
            named("tags", Value::List([Value::string("x")].into())),
        ],
    };
    rules.apply(
        &mut state,
        &Fact::Traits(said),
        BEGIN,
        &mut scratch,
        &mut changes,
    );
    for event in 0..events {
        let timestamp = BEGIN + event * 60_000;
        let fact = Fact::Event(Event {
            id: format!("event-{event:020}").into(),
            event_type: rules.event_type("buy"),
            timestamp,
            properties: vec![
                named("amount", Value::Float(event as f64)),
                named("qty", Value::Int(event % 7)),
                named("sku", Value::string(&format!("a product {event}"))),
                named("flag", Value::Bool(event % 2 == 0)),
            ],
            updates_fields: true,
        });
        let stamp = timestamp.min(BEGIN + (events - 2) * 60_000);
        rules.apply(&mut state, &fact, stamp, &mut scratch, &mut changes);
    }
    state
}

#[test]
fn a_state_knows_its_memory_within_a_tenth() {
    let rules = rules();
    for events in [0, 1, 3, 20, 300] {
        let before = ALLOCATOR.current_usage();
        let stepped = Box::new(state(&rules, events));
        let stepped_bytes = ALLOCATOR.current_usage() - before;
        let mut bytes = vec![];
        stepped.encode(&rules, &mut bytes);

        let before = ALLOCATOR.current_usage();
        let read = Box::new(UserState::decode(&bytes, &rules).unwrap());
        let read_bytes = ALLOCATOR.current_usage() - before;
        for (state, bytes) in [(&stepped, stepped_bytes), (&read, read_bytes)] {
            let ratio = state.memory_bytes() as f64 / bytes as f64;
            assert!(
                (0.9..1.1).contains(&ratio),
                "{} of {bytes} bytes after {events} events",
                state.memory_bytes()
            );
        }
    }
}
