//! Promises that hold for every generated rule and history.

use std::collections::BTreeMap;

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use rulelang::testkit::{
    any_condition, any_facts, any_fields, any_history, any_live_condition, any_live_segments,
    any_now, any_value_expression, facts_from_fields, facts_of, with_duplicates,
};
use rulelang::{check, exists, instants, live_reasons, memberships};

use crate::*;

fn condition(text: &str) -> Rule {
    match check(text, &schema()) {
        Ok(checked) => checked.rule,
        Err(diagnostics) => panic!("`{text}`: {diagnostics}"),
    }
}

proptest! {
    #[test]
    fn a_condition_is_true_false_or_null(
        text in any_condition(3), facts in any_facts(), now in any_now()
    ) {
        let value = evaluate(&condition(&text), &facts, now);
        prop_assert!(matches!(value, Value::Bool(_) | Value::Null), "{value:?}");
    }

    #[test]
    fn a_value_has_the_type_of_its_expression(
        text in any_value_expression(3), fields in any_fields(), now in any_now()
    ) {
        let rule = rule(&text);
        let value = evaluate(&rule, &facts_from_fields(fields), now);
        let expected = rule.root.ty;
        let is_empty = matches!(&value, Value::List(items) if items.is_empty());
        prop_assert!(
            value.is_null() || is_empty || value.type_of() == expected,
            "{value:?} is no {expected}"
        );
    }

    #[test]
    fn a_value_is_constant_between_two_instants(
        text in any_live_condition(2), facts in any_facts()
    ) {
        let rule = condition(&text);
        let at = |now| evaluate(&rule, &facts, now);
        let instants = instants(&rule, &facts);
        for pair in instants.windows(2) {
            let (from, to) = (pair[0], pair[1] - 1);
            let within = [from, from + (to - from) / 2, to];
            prop_assert_eq!(at(within[1]), at(from), "{:?}", within);
            prop_assert_eq!(at(to), at(from), "{:?}", within);
        }
        let first = instants.first().copied().unwrap_or(0);
        let last = instants.last().copied().unwrap_or(0);
        prop_assert_eq!(at(first - 1), at(first - 1_000_000_000_000), "before {}", first);
        prop_assert_eq!(at(last), at(last + 1_000_000_000_000), "after {}", last);
    }

    #[test]
    fn the_order_of_arrival_does_not_matter(
        text in any_condition(2), history in any_history(), now in any_now()
    ) {
        let rule = condition(&text);
        let mut reversed = history.clone();
        reversed.reverse();
        let value = evaluate(&rule, &facts_of(&history), now);
        prop_assert_eq!(value, evaluate(&rule, &facts_of(&reversed), now));
    }

    #[test]
    fn later_copies_of_an_event_change_nothing(
        (history, log) in any_history().prop_flat_map(|history| {
            (Just(history.clone()), with_duplicates(history))
        })
    ) {
        prop_assert!(log.starts_with(&history));
        prop_assert_eq!(facts_of(&log), facts_of(&history));
    }

    #[test]
    fn each_membership_is_what_its_rule_says_beside_the_others(
        texts in any_live_segments(4, 2), facts in any_facts(), now in any_now()
    ) {
        let one = |(name, text): &(String, String)| (name.clone(), condition(text));
        let rules: Vec<(String, Rule)> = texts.iter().map(one).collect();
        let memberships = memberships(&rules, &facts, &BTreeMap::new(), now);
        let beside = Facts { memberships: memberships.clone(), ..facts };
        for (name, rule) in &rules {
            let is_member = exists(&beside, now) && evaluate(rule, &beside, now) == TRUE;
            prop_assert_eq!(memberships.get(name), Some(&is_member));
        }
    }

    #[test]
    fn pushing_a_negation_inwards_changes_nothing(
        left in any_condition(1), right in any_condition(1), facts in any_facts(), now in any_now()
    ) {
        let outside = condition(&format!("NOT ({left} AND {right})"));
        let inside = condition(&format!("(NOT {left}) OR (NOT {right})"));
        prop_assert_eq!(evaluate(&outside, &facts, now), evaluate(&inside, &facts, now));
    }
}

fn samples<T>(count: usize, strategy: impl Strategy<Value = T>) -> Vec<T> {
    let mut runner = TestRunner::deterministic();
    let sample = |_| strategy.new_tree(&mut runner).unwrap().current();
    (0..count).map(sample).collect()
}

#[test]
fn every_generated_rule_passes_the_checker() {
    let conditions = samples(300, any_condition(3));
    let live = samples(300, any_live_condition(2));
    let values = samples(300, any_value_expression(2));
    let complaints: Vec<String> = (conditions.iter().chain(&live))
        .map(|text| (text, Expected::Condition))
        .chain(values.iter().map(|text| (text, Expected::AnyValue)))
        .filter_map(|(text, expected)| {
            let checked = parse(text).and_then(|e| check_expr(e, text, &schema(), expected));
            checked
                .err()
                .map(|diagnostics| format!("{diagnostics}\n  {text}"))
        })
        .collect();
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

#[test]
fn every_generated_live_rule_can_run_live() {
    let complaints: Vec<String> = samples(300, any_live_condition(3))
        .iter()
        .map(|text| (text, live_reasons(&condition(text))))
        .filter(|(_, reasons)| !reasons.is_empty())
        .map(|(text, reasons)| format!("{reasons}\n  {text}"))
        .collect();
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

/// Most rules that never flip are those of which nothing is known.
#[test]
fn generated_rules_flip_often() {
    let texts = samples(256, any_live_condition(2));
    let histories = samples(256, any_facts());
    let flips = texts.iter().zip(&histories).filter(|(text, facts)| {
        let rule = condition(text);
        let instants = instants(&rule, facts);
        let values: Vec<Value> = instants
            .iter()
            .map(|now| evaluate(&rule, facts, *now))
            .collect();
        values.windows(2).any(|pair| pair[0] != pair[1])
    });
    let flips = flips.count();
    assert!(flips > 64, "{flips} of 256");
}
