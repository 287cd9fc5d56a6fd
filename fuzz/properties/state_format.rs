//! Any bytes as a stored state: an error or a state, never a panic. A state that was read is written
//! and read again without a difference, and lives on: an event and an hour's deadlines.

use std::sync::LazyLock;

use rule_runtime::{Event, Fact, RuleSet, Scratch, Segment, UserState};
use rulelang::testkit::schema;
use rulelang::{Value, check};

/// Every kind of column, window and field.
const SEGMENTS: [&str; 13] = [
    "SUM(buy.amount) > 10 AND COUNT(*) >= 2",
    "COUNT(buy WITHIN LAST 1 HOURS WHERE sku == 'a') >= 2",
    "AVG(buy.amount WITHIN LAST 2 HOURS) > 5 OR MIN(buy.amount WITHIN LAST 1 HOURS) < 2",
    "FIRST(buy.sku) == 'a' AND LAST(buy.sku WITHIN LAST 1 HOURS) != 'b'",
    "COUNT DISTINCT(buy.sku FROM 2h TO 1h AGO) > 1 OR COUNT DISTINCT(view.amount) > 2",
    "MAX(view.qty DURING DATE '2024-01-15' TO DATE '2024-01-16') > 1 AND SUM(buy.qty) > 1",
    "at WITHIN LAST 1 HOURS AND d OLDER THAN 2 HOURS",
    "lastActivity WITHIN LAST 30 MINUTES AND NOT p",
    "IN SEGMENT 's0' AND NOT IN SEGMENT 's7'",
    "tags CONTAINS 'a' OR s IN ('a', 'b') AND i > 1",
    "FIRST(view.timestamp) OLDER THAN 1 HOURS OR LAST(view.flag WITHIN LAST 1 HOURS)",
    "DID NOT buy WITHIN LAST 1 HOURS AND a + b > 1.5",
    "SEQUENCE(buy WITHIN LAST 2h THEN NOT view WITHIN 1h) OR SEQUENCE(* THEN view WHERE flag)",
];
const HOUR_MS: i64 = 3_600_000;

static RULES: LazyLock<RuleSet> = LazyLock::new(|| {
    let segment = |(index, text): (usize, &&str)| Segment {
        id: format!("s{index}").into(),
        rule: check(text, &schema())
            .unwrap_or_else(|error| panic!("`{text}`: {error}"))
            .rule,
    };
    RuleSet::build(SEGMENTS.iter().enumerate().map(segment).collect()).expect("a set")
});

pub(crate) fn holds(data: &[u8]) {
    let Ok(mut state) = UserState::decode(data, &RULES) else {
        return;
    };
    let bytes = written(&state);
    assert_eq!(written(&read(&bytes)), bytes, "read and written again");

    let (mut scratch, mut changes) = (Scratch::default(), vec![]);
    let now = state.now().unwrap_or_default();
    RULES.apply(&mut state, &event(now), now, &mut scratch, &mut changes);
    let later = now.saturating_add(HOUR_MS);
    RULES.fire(&mut state, later, &mut scratch, &mut changes);
    let bytes = written(&state);
    assert_eq!(written(&read(&bytes)), bytes, "after an event and an hour");
}

fn written(state: &UserState) -> Vec<u8> {
    let mut bytes = vec![];
    state.encode(&RULES, &mut bytes);
    bytes
}

fn read(bytes: &[u8]) -> UserState {
    UserState::decode(bytes, &RULES).unwrap_or_else(|error| panic!("{bytes:?}: {error}"))
}

fn event(timestamp: i64) -> Fact {
    let properties = [("amount", Value::Float(7.5)), ("sku", Value::string("a"))];
    let properties = properties.into_iter();
    Fact::Event(Event {
        id: "an event".into(),
        event_type: RULES.event_type("buy"),
        timestamp,
        properties: properties
            .filter_map(|(name, value)| Some((RULES.name(name)?, value)))
            .collect(),
        updates_fields: true,
    })
}
