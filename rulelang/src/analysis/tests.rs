//! What is said of rules, by example.

mod properties;
mod relation;

use crate::testkit::schema;
use crate::{Schema, check};

/// The codes and the places of what is said, `W0801` aside.
fn said(text: &str) -> String {
    let checked = check(text, &schema()).unwrap_or_else(|found| panic!("{text}: {found}"));
    let said = checked
        .warnings
        .iter()
        .filter(|one| one.code.as_str() != "W0801");
    let said: Vec<String> = said
        .map(|one| format!("{} {}", one.code, one.message))
        .collect();
    said.join("; ")
}

#[test]
fn what_nobody_meets_is_never_true() {
    for (rule, never) in [
        ("a > 5 AND a < 3", "a > 5 AND a < 3"),
        ("b > 1 AND (a == 1 AND a == 2)", "a == 1 AND a == 2"),
        ("s == 'x' AND s == 'y'", "s == 'x' AND s == 'y'"),
        ("s IN ()", "s IN ()"),
        ("s == 'x' AND s IN ()", "s IN ()"),
        ("a BETWEEN 3 AND 1", "a BETWEEN 3 AND 1"),
        ("p AND NOT p", "p AND NOT p"),
        ("a IS NULL AND a > 1", "a IS NULL AND a > 1"),
        (
            "s LIKE 'a%' AND NOT (s LIKE 'a%')",
            "s LIKE 'a%' AND NOT (s LIKE 'a%')",
        ),
        ("COUNT(buy) < 0", "COUNT(buy) < 0"),
        (
            "i == 1 AND COUNT(buy) == 1 AND COUNT(buy) > 2",
            "i == 1 AND COUNT(buy) == 1 AND COUNT(buy) > 2",
        ),
        (
            "at WITHIN LAST 1h AND at OLDER THAN 2h",
            "at WITHIN LAST 1h AND at OLDER THAN 2h",
        ),
        (
            "at WITHIN LAST 1h AND at WITHIN NEXT 2h",
            "at WITHIN LAST 1h AND at WITHIN NEXT 2h",
        ),
        (
            "d == DATE '2024-01-15' AND d > DATE '2024-01-16'",
            "d == DATE '2024-01-15' AND d > DATE '2024-01-16'",
        ),
        (
            "i IN (1, 2) AND i IN (3, 4) OR p",
            "i IN (1, 2) AND i IN (3, 4)",
        ),
        (
            "COUNT(buy WHERE qty > 3 AND qty < 2) > 1",
            "qty > 3 AND qty < 2",
        ),
        ("IF(a > 5 AND a < 3, p, q)", "a > 5 AND a < 3"),
        (
            "IN SEGMENT 'x' AND NOT IN SEGMENT 'x'",
            "IN SEGMENT 'x' AND NOT IN SEGMENT 'x'",
        ),
    ] {
        assert_eq!(
            said(rule),
            format!("W0802 `{never}` is never true"),
            "{rule}"
        );
    }
}

#[test]
fn a_message_is_one_line() {
    let rule = "i > 1 /* one */\n  AND\n i < 0";
    assert_eq!(
        said(rule),
        "W0802 `i > 1 /* one */ AND i < 0` is never true"
    );
}

#[test]
fn what_everybody_meets_is_always_true() {
    let where_known = "W0802 `a > 5 OR a <= 5` is true whenever `a` is known";
    assert_eq!(said("a > 5 OR a <= 5"), where_known);
    assert_eq!(said("p AND (a > 5 OR a <= 5)"), where_known);
    for always in [
        "a IS NULL OR a IS NOT NULL",
        "COUNT(buy) >= 0",
        "COUNT(buy) > 0 OR DID NOT buy",
    ] {
        assert_eq!(said(always), format!("W0802 `{always}` is always true"));
    }
}

#[test]
fn what_the_others_say_is_superfluous() {
    for (rule, term) in [
        ("a > 5 AND a > 3", "a > 3"),
        ("a > 3 AND p AND a > 5", "a > 3"),
        ("a > 5 OR a > 3", "a > 5"),
        ("s IN ('a', 'b') AND s != 'c'", "s != 'c'"),
        ("s == 'a' OR s IN ('a', 'b')", "s == 'a'"),
        (
            "at WITHIN LAST 1h OR at WITHIN LAST 2h",
            "at WITHIN LAST 1h",
        ),
        (
            "a IS NOT NULL AND a > 1 OR a IS NOT NULL",
            "a IS NOT NULL AND a > 1",
        ),
    ] {
        let expected = format!("W0803 `{term}` changes nothing beside the other conditions");
        assert_eq!(said(rule), expected, "{rule}");
    }
    assert_eq!(
        said("p AND s CONTAINS 'x' AND p"),
        "W0803 `p` stands here twice"
    );
}

#[test]
fn what_may_be_so_is_left_alone() {
    for rule in [
        "TRUE",
        "a > 5 AND a < 6",
        "a > 5 AND b < 3",
        "a > 5 OR a < 5",
        "a > 1 AND a IS NOT NULL OR p",
        "at WITHIN LAST 1h AND at > TIMESTAMP '2024-01-15T10:00:00Z'",
        "at WITHIN LAST 1 CALENDAR DAY AND at OLDER THAN 1h",
        "SUM(buy.amount) < 0 OR COUNT(buy) > 0",
        "COUNT(buy) > 1 AND COUNT(buy WITHIN LAST 1h) > 0",
        "s != 'US' AND s IS NOT NULL OR s == 'x'",
        "p IS NOT TRUE AND p IS NOT NULL",
    ] {
        assert_eq!(said(rule), "", "{rule}");
    }
}

/// A long rule costs little: what would take too long is left unsaid.
#[test]
fn long_groups_are_judged_within_bounds() {
    let items: Vec<String> = (0..4_000).map(|n| n.to_string()).collect();
    let terms: Vec<String> = (0..2_000).map(|n| format!("a!={n}")).collect();
    let rule = format!("a IN ({}) AND {}", items.join(","), terms.join(" AND "));
    assert_eq!(said(&rule), "");
    let terms: Vec<String> = (1..200).map(|n| format!("a>{n}")).collect();
    let rule = format!("{} AND a < 0", terms.join(" AND "));
    assert!(said(&rule).contains("is never true"));
}

#[test]
fn an_equal_trait_is_the_same_value() {
    let mut schema = Schema::default();
    schema
        .traits
        .insert(String::from("rich"), String::from("SUM(buy.amount) > 100"));
    let checked = check("SUM(buy.amount) > 50 AND rich", &schema).unwrap();
    let codes: Vec<&str> = checked
        .warnings
        .iter()
        .map(|one| one.code.as_str())
        .collect();
    assert_eq!(codes, ["W0803"]);
}
