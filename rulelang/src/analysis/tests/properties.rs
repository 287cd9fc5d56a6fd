//! Every claim is held to what the interpreter answers.

use std::collections::BTreeMap;

use proptest::prelude::*;
use proptest::sample::select;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;

use crate::analysis::claims::{Claim, claims};
use crate::facts::Facts;
use crate::rule::{Aggregate, Node, NodeKind};
use crate::testkit::{any_condition, any_facts, any_fields, any_now, facts_from_fields, schema};
use crate::{Inputs, Rule, Value, check, evaluate_node, inputs};

/// What they are made of: constants at the borders of what the generated facts hold.
const LEAVES: &[&str] = &[
    "a > 1",
    "a >= 1.5",
    "a < 1",
    "a <= 1.0",
    "a == 1",
    "a != 2",
    "a IN (1, 2, 0.5)",
    "a NOT IN (1, 2)",
    "a BETWEEN 1 AND 2",
    "a NOT BETWEEN 0 AND 2",
    "a IS NULL",
    "a IS NOT NULL",
    "a IS DISTINCT FROM 1",
    "1 < a",
    "a BETWEEN 2 AND 1",
    "a IN ()",
    "i > 1",
    "i <= 2",
    "i == 9007199254740993",
    "i < 9007199254740992.0",
    "i != 2",
    "s == 'a'",
    "s < 'b'",
    "s >= 'ab'",
    "s IN ('a', 'b', 'US')",
    "s != 'US'",
    "s LIKE 'a%'",
    "s IS NOT EMPTY",
    "p",
    "NOT p",
    "p == TRUE",
    "p IS NULL",
    "p IS NOT TRUE",
    "p != q",
    "at WITHIN LAST 1h",
    "at WITHIN LAST 2h",
    "at NOT WITHIN LAST 1h",
    "at WITHIN NEXT 1h",
    "at OLDER THAN 30min",
    "at FROM 2h TO 1h AGO",
    "at IS NULL",
    "at DURING TIMESTAMP '2024-01-15T08:00:00Z' TO TIMESTAMP '2024-01-15T10:00:00Z'",
    "at < TIMESTAMP '2024-01-15T09:00:00Z'",
    "at >= DATE '2024-01-15'",
    "d == DATE '2024-01-15'",
    "d > TIMESTAMP '2024-01-14T10:00:00Z'",
    "d OLDER THAN 1h",
    "d < DATE '2024-01-15'",
    "COUNT(buy) > 0",
    "COUNT(buy) >= 1",
    "COUNT(buy) == 0",
    "COUNT(buy) < 0",
    "recent > 1",
    "recent >= 0",
    "spent > 1",
    "IN SEGMENT 'vip'",
    "TRUE",
    "COUNT(buy WHERE qty > 1 AND qty > 2) > 0",
    "COUNT(buy WHERE flag AND NOT flag) > 0",
];

/// Conditions about few values, so that they meet often.
pub(super) fn dense() -> impl Strategy<Value = String> {
    let leaf = select(LEAVES).prop_map(|leaf| format!("({leaf})"));
    leaf.prop_recursive(4, 24, 5, |inner| {
        let joined = |word: &'static str| {
            proptest::collection::vec(inner.clone(), 2..5)
                .prop_map(move |parts| format!("({})", parts.join(word)))
        };
        prop_oneof![
            4 => joined(" AND "),
            4 => joined(" OR "),
            1 => inner.clone().prop_map(|part| format!("(NOT {part})")),
            1 => inner.clone().prop_map(|part| format!("({part} IS NOT TRUE)")),
            1 => inner.clone().prop_map(|part| format!("({part} IS NULL)")),
            1 => inner.prop_map(|part| format!("IF({part}, p, {part})")),
        ]
    })
}

/// An event of which the properties are these values, each as far as it fits.
struct Event<'a> {
    aggregate: &'a Aggregate,
    values: Vec<Value>,
}

impl Inputs for Event<'_> {
    fn property(&self, index: usize) -> Value {
        let ty = self.aggregate.properties[index].ty;
        let typed = self
            .values
            .iter()
            .cycle()
            .skip(index)
            .take(self.values.len());
        let mut typed = typed.map(|value| value.typed(ty));
        typed.find(|value| !value.is_null()).unwrap_or_default()
    }
}

fn without(group: &Node, terms: &[&Node]) -> Node {
    let kept = |nodes: &[Node]| {
        let kept = nodes
            .iter()
            .filter(|node| !terms.iter().any(|term| std::ptr::eq(*term, *node)));
        kept.cloned().collect()
    };
    let kind = match &group.kind {
        NodeKind::And(nodes) => NodeKind::And(kept(nodes)),
        NodeKind::Or(nodes) => NodeKind::Or(kept(nodes)),
        other => panic!("{other:?} is no group"),
    };
    Node {
        kind,
        ..group.clone()
    }
}

/// Holds each claim to what the interpreter answers.
fn hold(claims: &[Claim<'_>], inputs: &dyn Inputs) {
    let truth = Value::Bool(true);
    for claim in claims {
        match claim {
            Claim::Never(node) => assert_ne!(evaluate_node(node, inputs), truth, "{node:?}"),
            Claim::Always(node, value) => {
                let is_known = value.is_none_or(|value| !evaluate_node(value, inputs).is_null());
                assert!(
                    !is_known || evaluate_node(node, inputs) == truth,
                    "{node:?}"
                );
            }
            Claim::Superfluous { group, .. } => {
                let terms = claims.iter().filter_map(|other| match other {
                    Claim::Superfluous {
                        group: its, term, ..
                    } if std::ptr::eq(*its, *group) => Some(*term),
                    _ => None,
                });
                let shorter = without(group, &terms.collect::<Vec<_>>());
                assert_eq!(
                    evaluate_node(&shorter, inputs),
                    evaluate_node(group, inputs),
                    "{group:?}"
                );
            }
        }
    }
}

fn hold_all(rule: &Rule, fields: &BTreeMap<String, Value>, facts: &Facts, now: i64) {
    let of_rule = claims(&rule.root, &rule.aggregates);
    let from_fields = facts_from_fields(fields.clone());
    hold(&of_rule, &inputs(rule, &from_fields, now));
    hold(&of_rule, &inputs(rule, facts, now));
    for aggregate in &rule.aggregates {
        let of_filter = aggregate
            .filter
            .iter()
            .flat_map(|filter| claims(filter, &rule.aggregates));
        let values: Vec<Value> = fields.values().cloned().collect();
        hold(&of_filter.collect::<Vec<_>>(), &Event { aggregate, values });
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn every_claim_is_so(
        text in prop_oneof![4 => dense().boxed(), 1 => any_condition(3).boxed()],
        fields in any_fields(), facts in any_facts(), now in any_now()
    ) {
        let rule = check(&text, &schema()).unwrap().rule;
        hold_all(&rule, &fields, &facts, now);
    }
}

/// The generated rules are such that there is much to say.
#[test]
fn there_is_much_to_hold_to() {
    let mut runner = TestRunner::deterministic();
    let mut said = [0; 4];
    for _ in 0..1_000 {
        let text = dense().new_tree(&mut runner).unwrap().current();
        let rule = check(&text, &schema()).unwrap().rule;
        for claim in claims(&rule.root, &rule.aggregates) {
            said[match claim {
                Claim::Never(_) => 0,
                Claim::Always(_, None) => 1,
                Claim::Always(_, Some(_)) => 2,
                Claim::Superfluous { .. } => 3,
            }] += 1;
        }
    }
    assert!(said.iter().all(|count| *count >= 5), "{said:?}");
}
