//! Every operator against answers worked out by hand; the interpreter is held to them as well.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use std::collections::BTreeMap;

use rule_jit::{Question, StandaloneRule};
use rulelang::testkit::facts_from_fields;
use rulelang::{Expected, Rule, Schema, Type, Value, check_expr, evaluate, parse};

const NOW: i64 = 1_700_000_000_000;

fn schema() -> Schema {
    let mut schema = Schema::default();
    let fields = [
        ("f", Type::Float),
        ("i", Type::Int),
        ("j", Type::Int),
        ("s", Type::String),
        ("u", Type::String),
        ("p", Type::Bool),
        ("q", Type::Bool),
        ("at", Type::Timestamp),
        ("d", Type::Date),
        ("none", Type::Float),
        ("nos", Type::String),
        ("nob", Type::Bool),
        ("tags", Type::List(rulelang::Scalar::String)),
        ("no_tags", Type::List(rulelang::Scalar::String)),
        ("nums", Type::List(rulelang::Scalar::Int)),
    ];
    for (name, ty) in fields {
        schema.declare_field(name, ty, "the test");
    }
    schema
}

fn fields() -> BTreeMap<String, Value> {
    let list = |items: &[Value]| Value::List(items.into());
    let values = [
        ("f", Value::Float(2.5)),
        ("i", Value::Int(7)),
        ("j", Value::Int(i64::MIN)),
        ("s", Value::string("abc")),
        ("u", Value::string("unheard of")),
        ("p", Value::Bool(true)),
        ("q", Value::Bool(false)),
        ("at", Value::Timestamp(NOW - 60_000)),
        ("d", Value::Date(19_675)),
        (
            "tags",
            list(&[Value::string("vip"), Value::string("odd one")]),
        ),
        ("nums", list(&[Value::Int(1), Value::Int(2)])),
    ];
    values.map(|(name, value)| (name.to_owned(), value)).into()
}

fn rule(source: &str) -> Rule {
    let expr = parse(source).unwrap();
    let checked = check_expr(expr, source, &schema(), Expected::AnyValue);
    checked
        .unwrap_or_else(|problems| panic!("{source}: {problems:?}"))
        .rule
}

fn check(source: &str, expected: &Value) {
    let (rule, fields) = (rule(source), fields());
    let compiled = StandaloneRule::new(&rule, Question::Value)
        .unwrap_or_else(|problem| panic!("{source}: {problem}"));
    let row = compiled.row(NOW, |name| fields.get(name));
    assert_eq!(&compiled.value(&row).unwrap(), expected, "{source}");
    let judged = evaluate(&rule, &facts_from_fields(fields.clone()), NOW);
    assert_eq!(&judged, expected, "the interpreter on {source}");
    if rule.root.ty == Type::Bool {
        let compiled = StandaloneRule::new(&rule, Question::Match).unwrap();
        let row = compiled.row(NOW, |name| fields.get(name));
        let is_true = *expected == Value::Bool(true);
        assert_eq!(compiled.matches(&row), Ok(is_true), "match of {source}");
    }
}

fn check_all(table: &[(&str, Value)]) {
    for (source, expected) in table {
        check(source, expected);
    }
}

const TRUE: Value = Value::Bool(true);
const FALSE: Value = Value::Bool(false);
const NULL: Value = Value::Null;

#[test]
fn logic_is_kleenes() {
    check_all(&[
        ("p AND q", FALSE),
        ("p OR q", TRUE),
        ("NOT p", FALSE),
        ("p AND nob", NULL),
        ("q AND nob", FALSE),
        ("p OR nob", TRUE),
        ("q OR nob", NULL),
        ("NOT nob", NULL),
        ("NOT (q OR nob)", NULL),
        ("nob IS NULL", TRUE),
        ("(p AND nob) IS NULL", TRUE),
        ("(q AND nob) IS NOT NULL", TRUE),
        ("nob IS TRUE", FALSE),
        ("nob IS NOT FALSE", TRUE),
        ("q IS FALSE", TRUE),
        ("p == q", FALSE),
        ("p == nob", NULL),
        ("p IS DISTINCT FROM nob", TRUE),
        ("COALESCE(nob, p)", TRUE),
        ("COALESCE(nob, nob) IS NULL", TRUE),
        ("IF(nob, p, q)", FALSE),
        ("CASE WHEN q THEN p WHEN p THEN nob END", NULL),
        ("NULLIF(p, q)", TRUE),
        ("p IN (q, TRUE)", TRUE),
        ("IN SEGMENT 'vip'", FALSE),
    ]);
}

#[test]
fn comparisons_are_exact_and_null_is_unknown() {
    check_all(&[
        ("f > 2", TRUE),
        ("f >= 2.5", TRUE),
        ("f < 2.5", FALSE),
        ("f != 2.5", FALSE),
        ("none > 1", NULL),
        ("NOT none > 1", NULL),
        ("none == 1", NULL),
        ("none != 1", NULL),
        ("i > 6.5", TRUE),
        ("i <= 6.5", FALSE),
        ("i == 7.0", TRUE),
        ("i == 7.5", FALSE),
        ("i != 7.5", TRUE),
        ("i < 1e300", TRUE),
        ("i > -1e300", TRUE),
        ("j < -1e300", FALSE),
        ("f < 9007199254740993", TRUE),
        ("f == 9007199254740993", FALSE),
        ("i > f", TRUE),
        ("f > i", FALSE),
        ("i IS DISTINCT FROM 7.0", FALSE),
        ("none IS DISTINCT FROM none", FALSE),
        ("none IS NOT DISTINCT FROM f", FALSE),
        ("i BETWEEN 7 AND 8", TRUE),
        ("i NOT BETWEEN 8 AND 9", TRUE),
        ("none BETWEEN 1 AND 2", NULL),
        ("s == 'abc'", TRUE),
        ("u == 'abc'", FALSE),
        ("u != 'abc'", TRUE),
        ("u == 'unheard of'", TRUE),
        ("nos == 'abc'", NULL),
        ("nos != 'abc'", NULL),
        ("s == u", FALSE),
        ("s < u", TRUE),
        ("s < nos", NULL),
        ("s >= 'abcd'", FALSE),
        ("d == TIMESTAMP '2023-11-14T00:00:00Z'", TRUE),
        ("d < at", TRUE),
    ]);
}

#[test]
fn membership_is_in_few_or_in_a_table() {
    check_all(&[
        ("s IN ('x', 'abc')", TRUE),
        ("s NOT IN ('x', 'abc')", FALSE),
        ("u IN ('a', 'b', 'c', 'd', 'e', 'f')", FALSE),
        ("u NOT IN ('a', 'b', 'c', 'd', 'e', 'f')", TRUE),
        ("s IN ('a', 'b', 'c', 'd', 'e', 'abc')", TRUE),
        ("nos IN ('a', 'b', 'c', 'd', 'e', 'f')", NULL),
        ("nos NOT IN ('a', 'b', 'c', 'd', 'e', 'f')", NULL),
        ("i IN (1, 2, 3, 4, 5, 6, 7)", TRUE),
        ("i NOT IN (1, 2, 3, 4, 5, 6, 7)", FALSE),
        ("f IN (1, 2.5)", TRUE),
        ("f IN (1, 2, 3, 4, 5, 6, 2.5)", TRUE),
        ("none NOT IN (1, 2, 3, 4, 5, 6)", NULL),
        ("f - f IN (-0.0, 1.0)", TRUE),
        ("i == 1 OR i == 7 OR i IN (2, 3, 4)", TRUE),
        ("i IN ()", FALSE),
        ("none NOT IN ()", TRUE),
        ("i IN (j, 7)", TRUE),
        ("TO_INT(NULL) IN (2, 3)", NULL),
        ("TO_INT(NULL) NOT IN (2, 3)", NULL),
        ("i IN (1, i + j)", FALSE),
        ("f IN (none, 1)", NULL),
        ("f IN (none, 2.5)", TRUE),
    ]);
}

/// It was written out beside each of them first: gigabytes.
#[test]
fn a_large_operand_stands_once_beside_all_constants() {
    let operands = vec!["i + 1"; 200].join(", ");
    let items: Vec<String> = (0..5_000).map(|item| item.to_string()).collect();
    let source = format!("COALESCE({operands}) IN ({})", items.join(","));
    check(&source, &Value::Bool(true));
    check(&source.replace(" IN ", " NOT IN "), &Value::Bool(false));
}

#[test]
fn arithmetic_that_has_no_answer_is_null() {
    check_all(&[
        ("i + 1", Value::Int(8)),
        ("j - 1", NULL),
        ("-j", NULL),
        ("j * 2", NULL),
        ("i DIV 2", Value::Int(3)),
        ("-i DIV 2", Value::Int(-3)),
        ("i DIV 0", NULL),
        ("j DIV -1", NULL),
        ("j % -1", Value::Int(0)),
        ("-i % 4", Value::Int(-3)),
        ("i % 0", NULL),
        ("i / 2", Value::Float(3.5)),
        ("i / 0", NULL),
        ("f / 0", NULL),
        ("f * 1e308 * 10", NULL),
        ("f * 0 * -1", Value::Float(0.0)),
        ("f DIV 1", Value::Float(2.0)),
        ("f % 2", Value::Float(0.5)),
        ("-f", Value::Float(-2.5)),
        ("i * f", Value::Float(17.5)),
        ("i + none", NULL),
        ("COALESCE(none, i)", Value::Float(7.0)),
        ("NULLIF(i, 7)", NULL),
        ("IF(p, i, j)", Value::Int(7)),
        ("CASE WHEN q THEN s WHEN p THEN 'x' END", Value::string("x")),
        ("CASE WHEN q THEN s END", NULL),
        ("COALESCE(nos, s)", Value::string("abc")),
        ("at + 1 MINUTE", Value::Timestamp(NOW)),
        ("NOW() - at", Value::Duration(60_000)),
        ("d + 1d", Value::Timestamp(19_676 * 86_400_000)),
        ("d", Value::Date(19_675)),
    ]);
}

#[test]
fn texts_are_tested_by_pattern() {
    check_all(&[
        ("s LIKE 'a%'", TRUE),
        ("s LIKE '%c'", TRUE),
        ("s LIKE '%b%'", TRUE),
        ("s LIKE 'a_c'", TRUE),
        ("s LIKE 'abc'", TRUE),
        ("u LIKE 'abc'", FALSE),
        ("s LIKE '%'", TRUE),
        ("s NOT LIKE 'x%'", TRUE),
        ("nos NOT LIKE 'x%'", NULL),
        ("s ILIKE 'ABC'", TRUE),
        ("s MATCHES '^a.c$'", TRUE),
        ("s NOT MATCHES 'z'", TRUE),
        ("s CONTAINS 'bc'", TRUE),
        ("s CONTAINS s", TRUE),
        ("s NOT CONTAINS nos", NULL),
        ("s STARTS WITH 'ab'", TRUE),
        ("s ENDS WITH 'ab'", FALSE),
        ("s IS EMPTY", FALSE),
        ("s IS NOT EMPTY", TRUE),
        ("nos IS EMPTY", NULL),
    ]);
}

#[test]
fn lists_hold_items() {
    check_all(&[
        ("tags CONTAINS 'vip'", TRUE),
        ("tags CONTAINS 'new'", FALSE),
        ("tags NOT CONTAINS 'new'", TRUE),
        ("tags CONTAINS ANY ('new', 'vip')", TRUE),
        ("tags CONTAINS ALL ('new', 'vip')", FALSE),
        ("tags CONTAINS ALL ('odd one', 'vip')", TRUE),
        ("tags CONTAINS NONE ('new', 'old')", TRUE),
        ("tags CONTAINS ANY ('a', 'b', 'c', 'odd one')", TRUE),
        ("tags NOT CONTAINS ANY ('a', 'b', 'c')", TRUE),
        ("no_tags CONTAINS ANY ('a', 'b')", NULL),
        ("no_tags CONTAINS NONE ('a', 'b')", NULL),
        ("COALESCE(no_tags, tags) CONTAINS 'vip'", TRUE),
        ("tags CONTAINS ANY (nos, 'vip')", TRUE),
        ("tags CONTAINS ANY (nos, 'new')", NULL),
        ("tags IS EMPTY", FALSE),
        ("tags IS NOT NULL", TRUE),
        ("nums CONTAINS 2", TRUE),
        ("nums CONTAINS i", FALSE),
    ]);
}

#[test]
fn time_is_half_open() {
    check_all(&[
        ("at WITHIN LAST 1 MINUTE", FALSE),
        ("at WITHIN LAST 61s", TRUE),
        ("at NOT WITHIN LAST 1 MINUTE", TRUE),
        ("at OLDER THAN 1 MINUTE", TRUE),
        ("at OLDER THAN 61s", FALSE),
        ("at + 2 MINUTES WITHIN NEXT 1 MINUTE", TRUE),
        ("at + 2 MINUTES WITHIN NEXT 59s", FALSE),
        ("at WITHIN NEXT 1h", FALSE),
        ("at FROM 2min TO 1min AGO", TRUE),
        ("at FROM 1min TO 1s AGO", FALSE),
        ("at BEFORE NOW()", TRUE),
        ("d WITHIN LAST 1d", TRUE),
        ("at DURING DATE '2023-11-14' TO DATE '2023-11-15'", TRUE),
    ]);
}
