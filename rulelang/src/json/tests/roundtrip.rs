//! `from_json(to_json(e)).text` parses to `e`: for chosen rules, and for any that grow from them.

use proptest::prelude::*;

use super::{from_json, to_json};
use crate::ast::{Expr, ExprKind};
use crate::{Span, parse};

const CONDITIONS: &[&str] = &[
    "a",
    "a == 1",
    "a != -1.5e300",
    "a < 5.0",
    "1 < a",
    "a == NULL",
    "a >= b.c",
    "`a b`.`c.d` == 'it''s \\n'",
    "a IS DISTINCT FROM 'x'",
    "a IS NOT DISTINCT FROM b",
    "a IN (1, 'x', TRUE, b)",
    "a NOT IN ()",
    "a IN (b + 1)",
    "a NOT BETWEEN 1 AND 2",
    "a LIKE 'x%' ESCAPE '!'",
    "a NOT ILIKE 'x%'",
    "a MATCHES '^x'",
    "a NOT STARTS WITH b",
    "a CONTAINS 5",
    "a NOT CONTAINS ALL ('x', 'y')",
    "EXISTS a",
    "EXISTS (a + 1)",
    "a IS NULL",
    "a IS NOT NULL",
    "a IS NOT EMPTY",
    "a IS NOT FALSE",
    "a NOT WITHIN LAST 30 DAYS",
    "a WITHIN NEXT 2w",
    "a OLDER THAN 500ms",
    "a BEFORE TIMESTAMP '2026-01-31T10:00:00.5Z'",
    "a AFTER DATE '2026-01-31'",
    "a BEFORE NOW() - 1d",
    "a FROM 90d TO 30d AGO",
    "a DURING DATE '2026-01-01' TO DATE '2026-02-01'",
    "a NOT DURING DATE '2026-01-01' TO b",
    "a DURING NOW() - 1d TO NOW()",
    "a WITHIN LAST 30 CALENDAR DAYS IN 'Europe/Berlin'",
    "a NOT WITHIN LAST 1 CALENDAR YEAR",
    "COUNT(p WITHIN LAST 2 CALENDAR WEEKS IN 'Asia/Tokyo' WHERE a == 1) > 1",
    "SUM(p.x WITHIN LAST 1 CALENDAR MONTH) > 1",
    "ANNIVERSARY(a) WITHIN NEXT 7 DAYS",
    "ANNIVERSARY(a) NOT WITHIN NEXT 500ms IN 'Europe/Berlin'",
    "ANNIVERSARY(a) WITHIN LAST 2w IN 'Asia/Tokyo'",
    "ANNIVERSARY(LAST(p.x)) NOT WITHIN LAST 1 CALENDAR DAY IN 'Europe/Berlin'",
    "ANNIVERSARY(a + 1d) WITHIN LAST 1 CALENDAR DAY",
    "VERSION_COMPARE(a, '1.2.0') >= 0",
    "VERSION_COMPARE(a.b, c) != 0",
    "VERSION_COMPARE(LAST(p.x), '2') == 0",
    "VERSION_COMPARE(a, '1.2.0') < 1",
    "VERSION_COMPARE(a, '1.2.0') > 0.0",
    "VERSION_COMPARE('1.2.0', a) < 0",
    "VERSION_COMPARE(a) < 0",
    "a > TIMESTAMP '2026-01-31T10:00:00Z'",
    "a > :min",
    "a IN (:x, 1)",
    "a NOT IN :few",
    "a IN LIST 'blocked'",
    "COUNT(p WHERE sku NOT IN LIST 'it''s') > :n",
    "a BEFORE :t",
    "a NOT DURING :s TO :e",
    "a LIKE :pattern",
    ":p",
    "NOT IN SEGMENT 'vip'",
    "IN SEGMENT 'it''s'",
    "DID NOT purchase WITHIN LAST 14 DAYS",
    "COUNT(*) > 1",
    "COUNT(`*`) > 1",
    "COUNT(`a.b` WITHIN LAST 1h) > 1",
    "SUM(`a.b`.c.d) > 1",
    "LAST(p.x FROM 90d TO 30d AGO WHERE NOT (y == 1 OR z)) == 'x'",
    "COUNT DISTINCT(p.x DURING DATE '2026-01-01' TO TIMESTAMP '2026-02-01T00:00:00Z') BETWEEN 1 AND 2",
    "MIN(p.x DURING DATE '2026-01-01' TO NOW()) IS NULL",
    "CASE WHEN a THEN b END",
    "COALESCE(a, b)",
    "NULL",
    "-a > 1",
    "SEQUENCE(a THEN b)",
    "SEQUENCE(* WITHIN LAST 7d WHERE x == 1 THEN b WITHIN 1h WHERE y > 2 THEN NOT `c.d` WITHIN 24h)",
    "SEQUENCE(a DURING DATE '2026-01-01' TO NOW() THEN `*`)",
];

fn check(expr: &Expr) {
    let json = to_json(expr);
    let rule = from_json(&json).unwrap_or_else(|found| panic!("{json}: {found}"));
    let back = parse(&rule.text).unwrap_or_else(|found| panic!("{}: {found}", rule.text));
    assert_eq!(&back, expr, "{json}");
    // As it is sent over the wire too.
    let wire = serde_json::from_str(&json.to_string()).unwrap();
    assert_eq!(from_json(&wire).unwrap().text, rule.text);
}

#[test]
fn every_kind_of_condition_comes_back() {
    for source in CONDITIONS {
        check(&parse(source).unwrap_or_else(|found| panic!("{source}: {found}")));
    }
}

fn node(kind: ExprKind) -> Expr {
    let span = Span::default();
    Expr { kind, span }
}

fn rules() -> impl Strategy<Value = Expr> {
    let leaf = prop::sample::select(CONDITIONS).prop_map(|source| parse(source).unwrap());
    leaf.prop_recursive(4, 24, 4, |inner| {
        let terms = prop::collection::vec(inner.clone(), 2..4);
        prop_oneof![
            terms.clone().prop_map(|terms| node(ExprKind::And(terms))),
            terms.prop_map(|terms| node(ExprKind::Or(terms))),
            inner.prop_map(|operand| node(ExprKind::Not(Box::new(operand)))),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 128, ..ProptestConfig::default() })]

    #[test]
    fn rules_of_any_shape_come_back(rule in rules()) {
        check(&rule);
    }

    /// One in ten was another number, by its last bit.
    #[test]
    fn any_number_comes_back(any in proptest::num::f64::NORMAL, score in 0.0..1.0_f64) {
        for number in [any, score] {
            check(&parse(&format!("a == {number:?}")).unwrap());
        }
    }
}
