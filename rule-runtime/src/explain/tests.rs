//! Explanations say what `step` does, and why.

use proptest::prelude::*;
use rulelang::testkit::BEGIN;
use rulelang::{Value, testkit};

use super::{Condition, ConditionKind, Operand, Source, WhyNull};
use crate::testing::{any_scenario, event, fact, rule_set, rules, run, run_out};
use crate::{
    Event, Explanation, Fact, Override, OverrideEffect, Reason, RuleSet, Scratch, Traits, UserState,
};

const MINUTE: i64 = 60_000;

/// The state after facts, each stamped with its own instant.
fn state_of(rules: &RuleSet, facts: &[Fact]) -> UserState {
    let (mut state, mut scratch, mut changes) = (UserState::default(), Scratch::default(), vec![]);
    for fact in facts {
        let stamp = match fact {
            Fact::Event(event) => event.timestamp,
            Fact::Traits(traits) => traits.timestamp.unwrap_or(BEGIN),
            Fact::Override(said) => said.timestamp,
        };
        rules.apply(&mut state, fact, stamp, &mut scratch, &mut changes);
    }
    state
}

fn traits(rules: &RuleSet, values: &[(&str, Value)]) -> Fact {
    let named = values.iter();
    let values = named.filter_map(|(name, value)| Some((rules.name(name)?, value.clone())));
    Fact::Traits(Traits {
        id: "traits".into(),
        timestamp: None,
        values: values.collect(),
    })
}

fn buy(rules: &RuleSet, id: &str, minute: i64, amount: Value) -> Event {
    let properties = [("amount", amount), ("flag", Value::Bool(true))];
    event(rules, id, "buy", BEGIN + minute * MINUTE, &properties)
}

fn explained(rules: &RuleSet, facts: &[Fact]) -> Explanation {
    let events = facts.iter().filter_map(|fact| match fact {
        Fact::Event(event) => Some(event.clone()),
        _ => None,
    });
    let history: Vec<Event> = events.collect();
    rules.explain(&state_of(rules, facts), 0, &history)
}

/// Each condition on a line: its depth in dots, its value, its text and its operands' values.
fn lines(condition: &Condition, depth: usize, out: &mut Vec<String>) {
    let value = condition
        .value
        .map_or("NULL".to_owned(), |truth| truth.to_string());
    let operands = condition.operands.iter();
    let operands = operands.map(|operand| format!(" | {} = {:?}", operand.text, operand.value));
    let (dots, text) = (".".repeat(depth), &condition.text);
    out.push(format!(
        "{dots}{value}: {text}{}",
        operands.collect::<String>()
    ));
    for condition in &condition.conditions {
        lines(condition, depth + 1, out);
    }
}

fn tree(explanation: &Explanation) -> Vec<String> {
    let mut out = vec![];
    lines(&explanation.rule, 0, &mut out);
    out
}

proptest! {
    #[test]
    fn the_next_change_is_the_first_that_comes_by_itself((texts, log) in any_scenario()) {
        let rules = rule_set(&texts);
        for cut in 0..=log.len() {
            let mut state = UserState::default();
            run(&rules, &mut state, &log[..cut]);
            let announced: Vec<_> = (0..3).map(|s| rules.next_change_at(&state, s)).collect();
            let changes = run_out(&rules, &mut state);
            let first = |segment: u32| changes.iter().find(|change| change.segment == segment);
            let came: Vec<_> = (0..3).map(|s| first(s).map(|change| change.timestamp)).collect();
            prop_assert_eq!(announced, came);
        }
    }

    #[test]
    fn the_root_is_true_of_members_and_evidence_counts_what_the_state_does(
        (texts, log) in any_scenario(),
        later in 0..5 * 3_600_000_i64,
    ) {
        let rules = rule_set(&texts);
        let mut state = UserState::default();
        run(&rules, &mut state, &log);
        let facts: Vec<testkit::Fact> = log.iter().map(|(_, fact)| fact.clone()).collect();
        let events = testkit::facts_of(&facts).events.into_iter().map(testkit::Fact::Event);
        let history: Vec<Event> = events
            .filter_map(|event| match fact(&rules, &event) {
                Fact::Event(event) => Some(event),
                _ => None,
            })
            .collect();
        for segment in 0..3 {
            let at = state.now().map_or(BEGIN, |now| now + later);
            for told in [
                rules.explain(&state, segment, &history),
                rules.explain_at(&state, segment, at, &history),
            ] {
                prop_assert_eq!(told.is_member, told.exists && told.rule.value == Some(true));
                prop_assert_eq!(told.is_member, told.since.is_some());
                prop_assert!(told.next_change_at.is_none_or(|at| Some(at) > told.now));
                prop_assert!((0.0..=1.0).contains(&told.score));
                let mut operands = vec![];
                operands_below(&told.rule, &mut operands);
                operands.iter().for_each(check_operand);
            }
        }
    }
}

fn operands_below(condition: &Condition, all: &mut Vec<Operand>) {
    all.extend(condition.operands.iter().cloned());
    for condition in &condition.conditions {
        operands_below(condition, all);
    }
}

fn check_operand(operand: &Operand) {
    match &operand.source {
        Source::Aggregate(evidence) => {
            if operand.text.starts_with("COUNT(") {
                assert_eq!(
                    operand.value,
                    Value::Int(evidence.total as i64),
                    "{operand:?}"
                );
            }
            assert_eq!(operand.value.is_null(), operand.why_null.is_some());
        }
        Source::Sequence(evidence) => {
            let is_true = operand.value == Value::Bool(true);
            assert!(!is_true || evidence.total > 0, "{operand:?}");
        }
        Source::Trait(operands) => operands.iter().for_each(check_operand),
        Source::Field => assert_eq!(operand.value.is_null(), operand.why_null.is_some()),
        Source::Segment | Source::Now => assert!(!operand.value.is_null()),
    }
}

#[test]
fn each_condition_shows_its_text_its_value_and_what_it_reads() {
    let rules = rules(&[
        "spent>10   AND /* why */ NOT (s='x' OR p) AND NOT IN SEGMENT 's1' AND a + b > i",
        "q",
    ]);
    let facts = [
        traits(
            &rules,
            &[("s", Value::string("y")), ("a", Value::Float(1.5))],
        ),
        Fact::Event(buy(&rules, "e1", 1, Value::Float(12.0))),
    ];
    let told = explained(&rules, &facts);
    let expected = [
        "NULL: spent > 10 AND NOT (s == 'x' OR p) AND NOT IN SEGMENT 's1' AND a + b > i",
        ".true: spent > 10 | spent = Float(12.0)",
        ".NULL: NOT (s == 'x' OR p)",
        "..NULL: s == 'x' OR p",
        "...false: s == 'x' | s = String(\"y\")",
        "...NULL: p | p = Null",
        ".true: NOT IN SEGMENT 's1'",
        "..false: IN SEGMENT 's1' | s1 = Bool(false)",
        ".NULL: a + b > i | a = Float(1.5) | b = Null | i = Null",
    ];
    assert_eq!(tree(&told), expected);
    assert_eq!(told.score, 0.2, "of five leaves one is TRUE");
    assert_eq!(told.rule.kind, ConditionKind::All);
    let spent = &told.rule.conditions[0].operands[0];
    let Source::Trait(read) = &spent.source else {
        panic!("{spent:?}")
    };
    assert_eq!(read[0].text, "SUM(buy.amount)");
}

#[test]
fn the_latest_events_behind_an_aggregate_are_listed_and_all_are_counted() {
    let rules = rules(&["SUM(buy.amount WITHIN LAST 20 MINUTES WHERE flag) >= 100"]);
    let mut facts: Vec<Fact> = (0..30)
        .map(|n| Fact::Event(buy(&rules, &format!("e{n:02}"), n, Value::Float(1.0))))
        .collect();
    let strange = buy(&rules, "e30", 29, Value::string("much"));
    facts.push(Fact::Event(strange));
    facts.push(Fact::Event(event(
        &rules,
        "v",
        "view",
        BEGIN + 29 * MINUTE,
        &[],
    )));
    let told = explained(&rules, &facts);
    let operand = &told.rule.operands[0];
    assert_eq!(operand.value, Value::Float(20.0));
    let Source::Aggregate(evidence) = &operand.source else {
        panic!("{operand:?}")
    };
    assert_eq!((evidence.total, evidence.misfits), (20, 1));
    let ids: Vec<&str> = evidence.latest.iter().map(|event| &*event.id).collect();
    let latest = [
        "e29", "e28", "e27", "e26", "e25", "e24", "e23", "e22", "e21", "e20",
    ];
    assert_eq!(ids, latest);
    assert_eq!(evidence.latest[0].value, Value::Float(1.0));
    assert_eq!(evidence.latest[0].timestamp, BEGIN + 29 * MINUTE);
}

#[test]
fn the_chain_behind_a_sequence_is_listed_and_when_it_will_have_come_true() {
    let rules =
        rules(&["SEQUENCE(view THEN buy WITHIN 10 MINUTES THEN NOT view WITHIN 20 MINUTES)"]);
    let view = |id: &str, minute: i64| event(&rules, id, "view", BEGIN + minute * MINUTE, &[]);
    let facts = [
        Fact::Event(view("v1", 0)),
        Fact::Event(view("v2", 3)),
        Fact::Event(buy(&rules, "b1", 5, Value::Float(1.0))),
        Fact::Event(buy(&rules, "b2", 14, Value::Float(1.0))),
    ];
    let told = explained(&rules, &facts);
    assert_eq!(told.rule.value, Some(false));
    // Of the second purchase no view was near enough.
    assert_eq!(told.next_change_at, Some(BEGIN + 25 * MINUTE));
    let operand = &told.rule.operands[0];
    assert_eq!(operand.text, told.rule.text);
    let Source::Sequence(evidence) = &operand.source else {
        panic!("{operand:?}")
    };
    assert_eq!((evidence.total, evidence.misfits), (2, 0));
    let ids: Vec<&str> = evidence.latest.iter().map(|event| &*event.id).collect();
    assert_eq!(ids, ["b1", "v2"]);
}

#[test]
fn what_made_something_null_is_named() {
    let rules = rules(&["a > 1 OR b > 1 OR AVG(buy.amount) > 1 OR SUM(buy.qty) > 1"]);
    let big = |id: &str| event(&rules, id, "buy", BEGIN, &[("qty", Value::Int(i64::MAX))]);
    let facts = [
        traits(&rules, &[("a", Value::string("many"))]),
        Fact::Event(big("e1")),
        Fact::Event(big("e2")),
    ];
    let told = explained(&rules, &facts);
    let reasons = told.rule.conditions.iter();
    let reasons: Vec<_> = reasons.map(|leaf| leaf.operands[0].why_null).collect();
    let expected = [
        WhyNull::WrongType,
        WhyNull::Absent,
        WhyNull::Absent,
        WhyNull::Overflow,
    ];
    assert_eq!(reasons, expected.map(Some));
}

#[test]
fn too_many_events_make_windows_null_until_they_have_left_them() {
    let rules = rules(&[
        "COUNT(buy WITHIN LAST 30 MINUTES) >= 3",
        "SUM(buy.amount WITHIN LAST 1 HOUR) >= 0",
        "COUNT(buy WITHIN LAST 2 HOURS) >= 3",
    ]);
    let (mut state, mut scratch, mut changes) = (UserState::default(), Scratch::default(), vec![]);
    for n in 0..=100_000 {
        let event = Fact::Event(buy(&rules, &n.to_string(), 0, Value::Int(1)));
        rules.apply(&mut state, &event, BEGIN, &mut scratch, &mut changes);
    }
    // Of two series: what is counted, and what is summed.
    assert_eq!((scratch.take_given_up(), scratch.take_given_up()), (2, 0));
    let told = rules.explain(&state, 0, &[]);
    assert_eq!(told.rule.value, None);
    assert_eq!(told.rule.operands[0].why_null, Some(WhyNull::TooMany));
    assert_eq!(told.next_change_at, None);
    assert_eq!(rules.next_change_at(&state, 1), Some(BEGIN + 60 * MINUTE));

    let mut bytes = vec![];
    state.encode(&rules, &mut bytes);
    let read = UserState::decode(&bytes, &rules).unwrap();
    assert_eq!(rules.explain(&read, 0, &[]), told);
    let later = rules.explain_at(&read, 0, BEGIN + 30 * MINUTE, &[]);
    assert_eq!(later.rule.value, Some(false));
}

#[test]
fn a_membership_is_told_with_its_beginning_its_reason_and_its_end() {
    let rules = rules(&["DID buy WITHIN LAST 30 MINUTES"]);
    let facts = [Fact::Event(buy(&rules, "e1", 5, Value::Null))];
    let state = state_of(&rules, &facts);
    let told = rules.explain(&state, 0, &[]);
    assert!(told.is_member && told.exists);
    assert_eq!(told.now, Some(BEGIN + 5 * MINUTE));
    assert_eq!(told.since, Some(BEGIN + 5 * MINUTE));
    assert_eq!(told.reason, Some(Reason::RuleEvaluation));
    assert_eq!(told.next_change_at, Some(BEGIN + 35 * MINUTE));

    let later = rules.explain_at(&state, 0, BEGIN + 35 * MINUTE, &[]);
    assert!(!later.is_member);
    assert_eq!((later.since, later.next_change_at), (None, None));
    assert_eq!(later.rule.value, Some(false));
    let before = rules.explain_at(&state, 0, BEGIN + 35 * MINUTE - 1, &[]);
    assert!(before.is_member);
    assert_eq!(before.next_change_at, Some(BEGIN + 35 * MINUTE));
    assert_eq!(state, state_of(&rules, &facts), "nothing was changed");
}

#[test]
fn an_override_decides_whatever_the_rule_says() {
    let rules = rules(&["DID buy WITHIN LAST 30 MINUTES", "NOT IN SEGMENT 's0'"]);
    let facts = [
        Fact::Event(buy(&rules, "e1", 5, Value::Null)),
        Fact::Override(Override {
            id: "o1".into(),
            timestamp: BEGIN + 6 * MINUTE,
            segment: "s0".into(),
            effect: OverrideEffect::Exclude,
        }),
    ];
    let told = explained(&rules, &facts);
    assert_eq!(told.manual, OverrideEffect::Exclude);
    assert_eq!(told.rule.value, Some(true));
    assert!(!told.is_member);
    assert_eq!(told.next_change_at, None);
}

#[test]
fn a_fact_that_waits_changes_a_membership_by_itself() {
    let rules = rules(&["DID buy", "NOT IN SEGMENT 's0'"]);
    let mut state = UserState::default();
    let fact = Fact::Event(buy(&rules, "e1", 5, Value::Null));
    rules.apply(
        &mut state,
        &fact,
        BEGIN,
        &mut Scratch::default(),
        &mut vec![],
    );
    assert_eq!(rules.next_change_at(&state, 0), Some(BEGIN + 5 * MINUTE));
    assert_eq!(
        rules.next_change_at(&state, 1),
        None,
        "they come to be, and are in s0 at once"
    );
}

#[test]
fn of_somebody_never_heard_of_nothing_is_true() {
    let rules = rules(&["COUNT(buy) == 0"]);
    let told = rules.explain(&UserState::default(), 0, &[]);
    assert!(!told.exists && !told.is_member);
    assert_eq!((told.now, told.next_change_at), (None, None));
    assert_eq!(told.rule.value, Some(true), "but they do not exist");
}

#[test]
fn a_profile_shows_fields_and_aggregates_by_name() {
    let rules =
        rules(&["a > 1 AND s == 'x' AND COUNT(buy WITHIN LAST 10 MINUTES) > 1 AND DID view"]);
    let facts = [
        traits(
            &rules,
            &[("s", Value::string("y")), ("a", Value::string("?"))],
        ),
        Fact::Event(buy(&rules, "e1", 1, Value::Null)),
        Fact::Event(buy(&rules, "e2", 12, Value::Null)),
    ];
    let state = state_of(&rules, &facts);
    assert_eq!(
        rules.user_fields(&state),
        [("s".into(), Value::string("y"))]
    );
    let count = "COUNT(buy WITHIN LAST 10 MINUTES)".into();
    assert_eq!(rules.user_aggregates(&state), [(count, Value::Int(1))]);
}
