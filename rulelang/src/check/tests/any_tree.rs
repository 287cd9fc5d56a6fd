//! Trees of every kind, right and wrong: a check passes whole or fails with a reason.

use proptest::prelude::*;

use super::{bindings, declared};
use crate::rule::NodeKind;
use crate::{Expected, Schema, Type};

const OPERANDS: &[&str] = &[
    "a",
    "b",
    "age",
    "score",
    "country",
    "churned",
    "signup",
    "birthday",
    "tags",
    "levels",
    "1",
    "1.5",
    "'x'",
    "'2026-01-01'",
    "TRUE",
    "NULL",
    "NOW()",
    "30d",
    "DATE '2026-01-01'",
    "TIMESTAMP '2026-01-01T00:00:00Z'",
    "totalSpent",
    "COUNT(p)",
    "LAST(p.a)",
    "COUNT DISTINCT(p.a)",
    "COUNT(p WHERE {})",
    "NO({})",
    "COALESCE({}, {})",
    "NULLIF({}, {})",
    "IF({}, {}, {})",
    "CASE WHEN {} THEN {} END",
    "({} + {})",
    "({} - {})",
    "({} * {})",
    "-({})",
    "({})",
];
const TESTS: &[&str] = &[
    "{} == {}",
    "{} != {}",
    "{} < {}",
    "{} IN ({}, {})",
    "{} BETWEEN {} AND {}",
    "{} LIKE {}",
    "{} CONTAINS {}",
    "{} STARTS WITH {}",
    "{} CONTAINS ANY ({}, {})",
    "{} CONTAINS NONE ({})",
    "{} IS NULL",
    "{} IS TRUE",
    "{} IS EMPTY",
    "{} WITHIN LAST 1d",
    "{} BEFORE {}",
    "SEQUENCE(p WHERE {} THEN q WITHIN 1h WHERE {})",
    "{} DURING {} TO {}",
    "{} IS DISTINCT FROM {}",
    "NOT {}",
    "{} AND {}",
    "{} OR {}",
    "{}",
];

/// A rule of three levels from places in the two tables, brackets everywhere.
fn rule(picks: &mut impl Iterator<Item = usize>, depth: usize) -> String {
    let pick = picks.next().unwrap_or(0);
    let template = if depth.is_multiple_of(2) {
        TESTS[pick % TESTS.len()]
    } else {
        OPERANDS[pick % if depth > 4 { 24 } else { OPERANDS.len() }]
    };
    let mut parts = template.split("{}");
    let mut text = parts.next().unwrap_or("").to_owned();
    for part in parts {
        text += &rule(picks, depth + 1);
        text += part;
    }
    if depth.is_multiple_of(2) && depth > 0 {
        format!("({text})")
    } else {
        text
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn passes_whole_or_fails_with_a_reason(picks in prop::collection::vec(0_usize..1000, 24)) {
        let source = rule(&mut picks.into_iter(), 0);
        for schema in [declared(), Schema::default(), bindings(&[("a", Type::Int)])] {
            let Ok(expr) = crate::parse(&source) else {
                continue;
            };
            match crate::check_expr(expr, &source, &schema, Expected::AnyValue) {
                Err(found) => {
                    prop_assert!(found.has_errors());
                    prop_assert!(!found.to_string().contains("internal"), "{source}: {found}");
                }
                Ok(checked) => checked.rule.root.walk(&mut |node| match &node.kind {
                    NodeKind::Field(index) => {
                        assert_eq!(checked.rule.fields[*index].ty, node.ty, "{source}");
                    }
                    NodeKind::Aggregate(index) => {
                        assert_eq!(checked.rule.aggregates[*index].ty, node.ty, "{source}");
                    }
                    NodeKind::Coalesce(values) => {
                        assert!(values.iter().all(|it| it.ty == node.ty), "{source}");
                    }
                    NodeKind::Case { branches, otherwise } => {
                        assert!(branches.iter().all(|(_, it)| it.ty == node.ty), "{source}");
                        assert_eq!(otherwise.ty, node.ty, "{source}");
                    }
                    _ => {}
                }),
            }
        }
    }
}
