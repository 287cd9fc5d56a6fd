//! Rules in plain English.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "helpers of tests"
)]

mod rules;

use std::collections::BTreeMap;

use proptest::prelude::*;
use rulelang::rule::{Node, NodeKind};
use rulelang::testkit::{any_condition, any_value_expression, schema};
use rulelang::{Expected, Rule, Schema, check, check_expr, english, parse};
use rules::{FAMILIES, TOLD};

fn told(rule: &str) -> String {
    let checked = check(rule, &Schema::default()).expect(rule);
    english(&checked.rule)
}

#[test]
fn rules_are_told_in_words() {
    for (rule, expected) in TOLD {
        assert_eq!(told(rule), *expected, "{rule}");
    }
}

#[test]
fn what_differs_is_told_differently() {
    for rules in FAMILIES {
        let mut seen = BTreeMap::new();
        for rule in *rules {
            if let Some(other) = seen.insert(told(rule), rule) {
                panic!("`{rule}` and `{other}` are told alike: {}", told(rule));
            }
        }
    }
}

/// Told twice at each level it would take longer than anybody waits.
#[test]
fn conditions_in_lists_are_told_once() {
    let inner = (0..31).fold(String::from("'x'"), |inner, level| {
        format!("CASE WHEN t{level} CONTAINS ANY ({inner}, 'y') THEN 'a' ELSE 'b' END")
    });
    let told = told(&format!("plan == {inner}"));
    assert_eq!(told.matches("includes any of").count(), 31);
}

/// What a text has to name, but what stands in lists, which may be long or of no consequence.
fn names(rule: &Rule, node: &Node, found: &mut Vec<String>) {
    match &node.kind {
        NodeKind::Trait { name, .. } => found.push(name.to_string()),
        NodeKind::Field(index) => found.push(rule.fields[*index].name.to_string()),
        NodeKind::InSegment(index) => found.push(format!("'{}'", rule.segments[*index])),
        NodeKind::Aggregate(index) => {
            let event = rule.aggregates[*index].event.as_deref();
            found.extend(event.map(|event| format!("`{event}`")));
        }
        NodeKind::Sequence(index) => {
            let events = rule.sequences[*index].all_steps();
            let events = events.filter_map(|step| step.events.event.as_deref());
            found.extend(events.map(|event| format!("`{event}`")));
        }
        NodeKind::Percent(index) => found.push(format!("'{}'", rule.percents[*index].salt)),
        NodeKind::In { .. } | NodeKind::Coalesce(_) | NodeKind::List(_) | NodeKind::Call { .. } => {
        }
        _ => node
            .children()
            .iter()
            .for_each(|child| names(rule, child, found)),
    }
}

proptest! {
    #[test]
    fn every_rule_is_told_with_what_it_names(
        text in prop_oneof![any_condition(3).boxed(), any_value_expression(3).boxed()]
    ) {
        let parsed = parse(&text).expect("a rule");
        let checked = check_expr(parsed, &text, &schema(), Expected::AnyValue).expect("a rule");
        let told = english(&checked.rule);
        prop_assert!(!told.is_empty());
        let mut expected = vec![];
        names(&checked.rule, &checked.rule.root, &mut expected);
        for name in expected {
            prop_assert!(told.contains(&name), "{} is not in: {}", name, told);
        }
        // Brackets that a constant has are its own.
        if !text.contains('\'') {
            prop_assert_eq!(told.matches('(').count(), told.matches(')').count(), "{}", told);
        }
    }
}
