//! How rules stand to each other, by example and held to the interpreter.

use proptest::prelude::*;

use super::properties::dense;
use crate::analysis::{Relation, relation};
use crate::testkit::{any_facts, any_fields, any_now, facts_from_fields, schema};
use crate::{Rule, Value, check, evaluate};

fn rule(text: &str) -> Rule {
    check(text, &schema()).unwrap().rule
}

#[test]
fn rules_stand_to_each_other() {
    use Relation::{ContainedIn, Contains, Disjoint, Equal, Unknown};
    for (first, second, expected) in [
        ("a > 5", "a > 3", ContainedIn),
        ("a > 3", "a > 5 AND s == 'x'", Contains),
        ("p AND a > 5", "a >= 6 OR a > 5", ContainedIn),
        ("p AND a > 5", "a > 5 AND p", Equal),
        ("NOT (a > 5 OR p)", "a <= 5 AND NOT p", Equal),
        ("s IN ('a', 'b')", "s == 'b' OR s == 'a'", Equal),
        ("j > 0 AND i > 1", "i > 0", ContainedIn),
        ("a > 5", "a < 3 AND p", Disjoint),
        ("a > 5 OR a < 1", "a BETWEEN 2 AND 3", Disjoint),
        ("i > 5", "j > 5", Unknown),
        ("a > 5", "a < 7", Unknown),
        ("a != 5", "a IS DISTINCT FROM 5", ContainedIn),
        ("spent > 10", "SUM(buy.amount) > 10", Equal),
        ("COUNT(view) > 1 AND COUNT(buy) > 2", "DID buy", ContainedIn),
        (
            "COUNT(buy WHERE flag) > 1",
            "COUNT(buy WHERE NOT flag) > 1",
            Unknown,
        ),
        ("at WITHIN LAST 1h", "at WITHIN LAST 2h", ContainedIn),
        (
            "IN SEGMENT 'y' AND IN SEGMENT 'x'",
            "IN SEGMENT 'x'",
            ContainedIn,
        ),
        ("IN SEGMENT 'x'", "IN SEGMENT 'y'", Unknown),
    ] {
        assert_eq!(
            relation(&rule(first), &rule(second)),
            expected,
            "{first} | {second}"
        );
    }
}

/// Two rules that have to do with each other.
fn related() -> impl Strategy<Value = (String, String)> {
    let parts = (dense(), dense(), dense());
    parts.prop_flat_map(|(x, y, z)| {
        prop_oneof![
            Just((x.clone(), y.clone())),
            Just((format!("{x} AND {y}"), x.clone())),
            Just((x.clone(), format!("{y} OR {x}"))),
            Just((format!("{x} AND {y}"), format!("{x} OR {z}"))),
            Just((format!("{x} OR {y}"), format!("{y} OR {x}"))),
            Just((x.clone(), format!("NOT {x} AND {y}"))),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn every_relation_is_so(
        (first, second) in related(), fields in any_fields(), facts in any_facts(), now in any_now()
    ) {
        let (first, second) = (rule(&first), rule(&second));
        let relation = relation(&first, &second);
        for facts in [facts, facts_from_fields(fields)] {
            let holds = |rule| evaluate(rule, &facts, now) == Value::Bool(true);
            let (first, second) = (holds(&first), holds(&second));
            prop_assert!(match relation {
                Relation::Equal => first == second,
                Relation::Contains => first || !second,
                Relation::ContainedIn => second || !first,
                Relation::Disjoint => !(first && second),
                Relation::Unknown => true,
            }, "{:?}, but {} and {}", relation, first, second);
        }
    }
}
