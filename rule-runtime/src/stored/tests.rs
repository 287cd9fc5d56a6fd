//! What is written reads back, for ever, and whatever else is an error.

use std::fmt::Write;

use proptest::prelude::*;
use rulelang::Value;
use rulelang::testkit::BEGIN;

use super::StoredStateError;
use crate::testing::{any_scenario, event, rule_set, rules, run, run_out};
use crate::{Fact, Override, OverrideEffect, RuleSet, Scratch, Traits, UserState};

fn encoded(state: &UserState, rules: &RuleSet) -> Vec<u8> {
    let mut bytes = vec![];
    state.encode(rules, &mut bytes);
    bytes
}

/// The state with what is not stored taken out: whether windows were moved to now yet.
fn settled(state: &UserState, rules: &RuleSet) -> (UserState, Vec<(std::sync::Arc<str>, Value)>) {
    let rest = UserState {
        series: vec![],
        ..state.clone()
    };
    (rest, rules.user_aggregates(state))
}

proptest! {
    #[test]
    fn what_is_written_reads_back_and_goes_on_as_it_would_have(
        ((texts, log), cut) in (any_scenario(), any::<prop::sample::Index>())
    ) {
        let rules = rule_set(&texts);
        let (before, after) = log.split_at(cut.index(log.len() + 1));
        let mut state = UserState::new("u".into());
        run(&rules, &mut state, before);
        let bytes = encoded(&state, &rules);
        let mut read = UserState::decode(&bytes, "u".into(), &rules).unwrap();
        prop_assert_eq!(settled(&read, &rules), settled(&state, &rules));
        prop_assert_eq!(&encoded(&read, &rules), &bytes);

        prop_assert_eq!(run(&rules, &mut read, after), run(&rules, &mut state, after));
        prop_assert_eq!(run_out(&rules, &mut read), run_out(&rules, &mut state));
        prop_assert_eq!(encoded(&read, &rules), encoded(&state, &rules));
    }

    #[test]
    fn a_part_of_a_state_is_an_error_that_names_the_place((texts, log) in any_scenario()) {
        let rules = rule_set(&texts);
        let mut state = UserState::new("u".into());
        run(&rules, &mut state, &log);
        let bytes = encoded(&state, &rules);
        for length in 0..bytes.len() {
            match UserState::decode(&bytes[..length], "u".into(), &rules) {
                Err(StoredStateError::Malformed { offset, .. }) => prop_assert!(offset <= length),
                other => prop_assert!(false, "{length} of {} bytes: {other:?}", bytes.len()),
            }
        }
    }

    #[test]
    fn changed_bytes_never_panic(
        (texts, log) in any_scenario(),
        changed in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
    ) {
        let rules = rule_set(&texts);
        let mut state = UserState::new("u".into());
        run(&rules, &mut state, &log);
        let mut bytes = encoded(&state, &rules);
        for (at, byte) in changed {
            *at.get_mut(&mut bytes) = byte;
        }
        if let Ok(state) = UserState::decode(&bytes, "u".into(), &rules) {
            // Whatever reads can be written.
            let bytes = encoded(&state, &rules);
            prop_assert!(UserState::decode(&bytes, "u".into(), &rules).is_ok());
        }
    }

    #[test]
    fn random_bytes_never_panic(mut bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let rules = rules(&FIXTURE_RULES);
        let _ = UserState::decode(&bytes, "u".into(), &rules);
        bytes.insert(0, 0);
        for version in 1..=2 {
            bytes[0] = version;
            let _ = UserState::decode(&bytes, "u".into(), &rules);
        }
    }
}

#[test]
fn a_state_of_a_later_version_is_refused_by_both_versions() {
    let rules = rules(&["p"]);
    let error = UserState::decode(&[3, 0, 0], "u".into(), &rules).unwrap_err();
    let expected = StoredStateError::FutureVersion { found: 3, known: 2 };
    assert_eq!(error, expected);
    let text = "the state has format version 3; this program reads versions up to 2";
    assert_eq!(error.to_string(), text);
}

#[test]
fn a_length_beyond_the_bytes_allocates_nothing() {
    let rules = rules(&["p"]);
    // Exists, now 0, seq, epoch, rev 0, and 2⁶³ fields.
    let mut bytes = vec![1, 1, 0, 0, 0, 0];
    bytes.extend([0x80; 9]);
    bytes.push(1);
    let error = UserState::decode(&bytes, "u".into(), &rules).unwrap_err();
    let expected = "the state is malformed at byte 16: more than there are bytes";
    assert_eq!(error.to_string(), expected);
}

/// The rules that the fixture was written under.
const FIXTURE_RULES: [&str; 6] = [
    "a > 1 AND tags CONTAINS 'x'",
    "COUNT(buy WITHIN LAST 30 MINUTES WHERE flag) >= 2",
    "SUM(buy.amount) > 10 AND MAX(buy.qty) >= 3 AND MIN(buy.qty) < 3",
    "LAST(buy.sku) == 'k2' AND FIRST(buy.sku WITHIN LAST 2 HOURS) == 'k1'",
    "COUNT DISTINCT(buy.sku) >= 2 AND DID view DURING TIMESTAMP '2024-01-15T08:00:00Z' TO TIMESTAMP '2024-01-15T09:00:00Z'",
    "NOT IN SEGMENT 's0' AND at OLDER THAN 1 HOUR",
];

/// The user of the fixture, as this program makes it.
fn fixture_state(rules: &RuleSet) -> UserState {
    let (mut state, mut scratch, mut changes) =
        (UserState::new("u".into()), Scratch::default(), vec![]);
    let minutes = |minutes: i64| BEGIN + minutes * 60_000;
    let buy = |id: &str, at: i64, amount: f64, qty: i64, sku: &str| {
        let properties = [
            ("amount", Value::Float(amount)),
            ("qty", Value::Int(qty)),
            ("sku", Value::string(sku)),
            ("flag", Value::Bool(true)),
        ];
        Fact::Event(event(rules, id, "buy", minutes(at), &properties))
    };
    let named = |name: &str, value: Value| (rules.name(name).unwrap(), value);
    let said = Traits {
        id: "t1".into(),
        timestamp: Some(minutes(1)),
        values: vec![
            named("a", Value::Float(2.5)),
            named("tags", Value::List([Value::string("x")].into())),
            named("at", Value::string("2024-01-15T08:00:00Z")),
        ],
    };
    let excluded = Override {
        id: "o1".into(),
        timestamp: minutes(12),
        segment: "s0".into(),
        effect: OverrideEffect::Exclude,
    };
    let facts = [
        (minutes(1), Fact::Traits(said)),
        (minutes(5), buy("e1", 5, 33.33, 1, "k1")),
        (minutes(10), buy("e2", 10, 33.34, 3, "k2")),
        (
            minutes(11),
            Fact::Event(event(rules, "v1", "view", minutes(11), &[])),
        ),
        (minutes(12), Fact::Override(excluded)),
        // Waits for its instant.
        (minutes(13), buy("e3", 14, 1.0, 2, "k3")),
    ];
    for (stamp, fact) in facts {
        rules.apply(&mut state, &fact, stamp, &mut scratch, &mut changes);
    }
    state
}

/// Never to be changed: states like this one are stored.
const VERSION_1: &str = include_str!("version_1.hex");
const VERSION_2: &str = include_str!("version_2.hex");

fn unhex(text: &str) -> Vec<u8> {
    let digits: Vec<char> = text.chars().filter(char::is_ascii_hexdigit).collect();
    let byte = |pair: &[char]| u8::from_str_radix(&pair.iter().collect::<String>(), 16);
    digits.chunks(2).map(|pair| byte(pair).unwrap()).collect()
}

#[test]
fn every_version_reads_for_ever() {
    for version in [VERSION_1, VERSION_2] {
        reads(version);
    }
}

fn reads(version: &str) {
    let rules = rules(&FIXTURE_RULES);
    let mut read = UserState::decode(&unhex(version), "u".into(), &rules).unwrap();
    let mut state = fixture_state(&rules);
    assert_eq!(settled(&read, &rules), settled(&state, &rules));
    let members: Vec<u32> = read
        .memberships()
        .iter()
        .map(|member| member.segment)
        .collect();
    assert_eq!(members, [1, 2, 3, 4]);
    let changes = run_out(&rules, &mut read);
    assert_eq!(changes, run_out(&rules, &mut state));
    assert!(!changes.is_empty());
}

#[test]
fn under_other_rules_what_they_do_not_know_is_dropped_and_what_is_new_is_empty() {
    let old = rules(&FIXTURE_RULES);
    let bytes = encoded(&fixture_state(&old), &old);
    let new = rules(&[
        "b > 1",
        "COUNT(view) > 0 AND SUM(buy.amount) > 10 AND MIN(buy.amount) > 1",
        "a > 1",
        "COUNT(buy WITHIN LAST 1 MINUTE WHERE flag) >= 1",
    ]);
    let read = UserState::decode(&bytes, "u".into(), &new).unwrap();
    let a = ("a".into(), Value::Float(2.5));
    assert_eq!(new.user_fields(&read), [a]);
    let aggregates: Vec<(String, Value)> = new
        .user_aggregates(&read)
        .into_iter()
        .map(|(text, value)| (text.to_string(), value))
        .collect();
    let expected = [
        ("COUNT(buy WITHIN LAST 1 MINUTE WHERE flag)", Value::Int(0)),
        ("COUNT(view)", Value::Int(0)),
        ("SUM(buy.amount)", Value::Float(66.67)),
    ];
    for (text, value) in expected {
        let found = aggregates.iter().find(|(known, _)| known == text);
        assert_eq!(
            found.map(|(_, value)| value),
            Some(&value),
            "{text} in {aggregates:?}"
        );
    }
    let members: Vec<u32> = read
        .memberships()
        .iter()
        .map(|member| member.segment)
        .collect();
    assert_eq!(members, [1, 2, 3], "memberships are as they were");
    assert_eq!(read.seq(), fixture_state(&old).seq());
}

/// While this is the version that is written, it is written like the fixture.
#[test]
fn version_2_is_written_as_it_is_described() {
    let rules = rules(&FIXTURE_RULES);
    let bytes = encoded(&fixture_state(&rules), &rules);
    let mut hex = String::new();
    for line in bytes.chunks(32) {
        for byte in line {
            write!(hex, "{byte:02x}").unwrap();
        }
        hex.push('\n');
    }
    assert_eq!(hex, VERSION_2);
}
