//! Promises that hold for every generated rule and history.

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use rulelang::testkit::{
    any_condition, any_facts, any_fields, any_history, any_live_condition, any_now,
    any_value_expression, facts_from_fields, facts_of,
};
use rulelang::{check, instants, live_reasons};

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
        text in any_live_condition(2), facts in any_facts(), now in any_now()
    ) {
        let rule = condition(&text);
        let instants = instants(&rule, &facts);
        let last = instants.iter().rev().find(|instant| **instant <= now);
        let reference = match (last, instants.first()) {
            (Some(last), _) => *last,
            (None, Some(first)) => first - 1,
            (None, None) => 0,
        };
        prop_assert_eq!(evaluate(&rule, &facts, now), evaluate(&rule, &facts, reference));
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
