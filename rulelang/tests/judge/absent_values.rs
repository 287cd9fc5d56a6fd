//! NULL: SQL's three-valued logic.

use crate::*;

/// TRUE, FALSE and NULL, as a table's rows and columns.
const TRUTHS: [&str; 3] = ["TRUE", "FALSE", "p"];

fn table(operator: &str, expected: [[Value; 3]; 3]) {
    for (left, row) in TRUTHS.iter().zip(expected) {
        for (right, value) in TRUTHS.iter().zip(row) {
            let text = format!("{left} {operator} {right}");
            assert_eq!(of_nobody(&text), value, "{text}");
        }
    }
}

#[test]
fn and_is_kleenes() {
    table(
        "AND",
        [
            [TRUE, FALSE, NULL],
            [FALSE, FALSE, FALSE],
            [NULL, FALSE, NULL],
        ],
    );
}

#[test]
fn or_is_kleenes() {
    table(
        "OR",
        [[TRUE, TRUE, TRUE], [TRUE, FALSE, NULL], [TRUE, NULL, NULL]],
    );
}

#[test]
fn not_null_is_null() {
    assert_eq!(of_nobody("NOT p"), NULL);
    assert_eq!(of_nobody("NOT TRUE"), FALSE);
    assert_eq!(of_nobody("NOT FALSE"), TRUE);
}

#[test]
fn comparing_with_an_absent_value_is_unknown() {
    for text in [
        "a > 1",
        "a != 1",
        "s == t",
        "s != 'x'",
        "i IN (1, 2)",
        "i NOT IN (1, 2)",
        "a BETWEEN 1 AND 2",
        "s LIKE '%'",
        "s NOT CONTAINS 'x'",
        "s IS EMPTY",
        "s IS NOT EMPTY",
        "tags CONTAINS 'x'",
        "tags CONTAINS NONE ('x')",
        "at WITHIN LAST 1 DAY",
        "at NOT WITHIN LAST 1 DAY",
        "at > NOW()",
    ] {
        assert_eq!(of_nobody(text), NULL, "{text}");
    }
}

#[test]
fn distinct_takes_null_for_a_value() {
    assert_eq!(of_nobody("s IS DISTINCT FROM 'US'"), TRUE);
    assert_eq!(of_nobody("s IS NOT DISTINCT FROM t"), TRUE);
    assert_eq!(of("s IS DISTINCT FROM 'US'", &[("s", string("US"))]), FALSE);
    assert_eq!(
        of("s IS NOT DISTINCT FROM t", &[("s", string("US"))]),
        FALSE
    );
}

#[test]
fn an_empty_in_list_is_false_even_of_null() {
    assert_eq!(of_nobody("i IN ()"), FALSE);
    assert_eq!(of_nobody("i NOT IN ()"), TRUE);
    assert_eq!(of("i IN ()", &[("i", Value::Int(1))]), FALSE);
}

#[test]
fn a_null_item_makes_in_unknown_unless_another_is_equal() {
    let one = [("i", Value::Int(1))];
    assert_eq!(of("i IN (1, j)", &one), TRUE);
    assert_eq!(of("i NOT IN (1, j)", &one), FALSE);
    assert_eq!(of("i IN (2, j)", &one), NULL);
    assert_eq!(of("i NOT IN (2, j)", &one), NULL);
}

#[test]
fn between_is_false_where_one_bound_already_says_so() {
    let ten = [("i", Value::Int(10))];
    assert_eq!(of("i BETWEEN j AND 5", &ten), FALSE);
    assert_eq!(of("i NOT BETWEEN j AND 5", &ten), TRUE);
    assert_eq!(of("i BETWEEN j AND 15", &ten), NULL);
    assert_eq!(of("i BETWEEN 10 AND 10", &ten), TRUE);
    assert_eq!(of("i BETWEEN 11 AND 9", &ten), FALSE);
}

#[test]
fn tests_of_null_and_truth_are_never_null() {
    assert_eq!(of_nobody("p IS NULL"), TRUE);
    assert_eq!(of_nobody("p IS NOT NULL"), FALSE);
    assert_eq!(of_nobody("EXISTS p"), FALSE);
    assert_eq!(of_nobody("p IS TRUE"), FALSE);
    assert_eq!(of_nobody("p IS NOT TRUE"), TRUE);
    assert_eq!(of_nobody("p IS FALSE"), FALSE);
    assert_eq!(of_nobody("p IS NOT FALSE"), TRUE);
    assert_eq!(of("p IS FALSE", &[("p", FALSE)]), TRUE);
    assert_eq!(of_nobody("(a > 1) IS NULL"), TRUE);
}

#[test]
fn choices_are_as_in_sql() {
    let two = [("a", Value::Float(2.0))];
    assert_eq!(of("COALESCE(b, a, 1)", &two), Value::Float(2.0));
    assert_eq!(of("COALESCE(b, b)", &two), NULL);
    assert_eq!(of("NULLIF(a, 2)", &two), NULL);
    assert_eq!(of("NULLIF(a, 3)", &two), Value::Float(2.0));
    assert_eq!(of("NULLIF(a, b)", &two), Value::Float(2.0));
    assert_eq!(of("IF(a > 1, 'yes', 'no')", &two), string("yes"));
    assert_eq!(of("IF(b > 1, 'yes', 'no')", &two), string("no"));
    assert_eq!(
        of("CASE WHEN b > 1 THEN 'b' WHEN a > 1 THEN 'a' END", &two),
        string("a")
    );
    assert_eq!(of("CASE WHEN a > 9 THEN 'a' END", &two), NULL);
}

#[test]
fn a_value_of_the_wrong_type_is_null() {
    assert_eq!(of("a > 1", &[("a", string("2"))]), NULL);
    assert_eq!(of("s == '1'", &[("s", Value::Int(1))]), NULL);
    assert_eq!(of("at IS NULL", &[("at", Value::Int(NOON))]), TRUE);
    assert_eq!(of("tags IS NULL", &[("tags", string("x"))]), TRUE);
    let mixed = Value::List([string("x"), Value::Int(1)].into());
    assert_eq!(of("tags IS NULL", &[("tags", mixed)]), TRUE);
}
