use super::{bindings, check, declared, fixed, rule, type_of};
use crate::rule::NodeKind;
use crate::{Schema, Type, Value};

#[test]
fn a_use_types_an_undeclared_field() {
    check(
        &Schema::default(),
        &[
            ("a > 1", "a:float"),
            ("1.5 < a", "a:float"),
            ("a + 1 > 2 * 3", "a:float"),
            ("a == 2 * 3", "a:float"),
            ("-a < 3", "a:float"),
            ("a == 'x'", "a:string"),
            ("a", "a:bool"),
            ("a AND b IS TRUE", "a:bool b:bool"),
            ("a WITHIN LAST 30 DAYS", "a:timestamp"),
            ("a BEFORE TIMESTAMP '2026-01-01T00:00:00Z'", "a:timestamp"),
            ("a AFTER DATE '2026-01-01'", "a:timestamp"),
            ("a >= DATE '2026-01-01'", "a:timestamp"),
            ("a < NOW()", "a:timestamp"),
            ("a + 1h <= NOW()", "a:timestamp"),
            ("NOW() - a > 30d", "a:timestamp"),
            ("a LIKE 'x%'", "a:string"),
            ("a CONTAINS 'x'", "a:string W0804"),
            ("a CONTAINS 5", "a:list<float>"),
            ("a CONTAINS ANY ('x', 'y')", "a:list<string>"),
            ("a CONTAINS ALL (1, 2)", "a:list<float>"),
            ("a IN ('x', 'y')", "a:string"),
            ("a IN (1, 2)", "a:float"),
            ("a BETWEEN 1 AND 2", "a:float"),
            ("COALESCE(a, 0) > b", "a:float b:float"),
            ("IF(c, a, 'x') == b", "c:bool a:string b:string"),
        ],
    );
}

#[test]
fn a_field_compared_with_a_typed_thing_takes_its_type() {
    check(
        &declared(),
        &[
            ("a == age", "a:int age:int"),
            ("a == age AND a > 1.5", "a:float age:int"),
            ("a == country", "a:string country:string"),
            ("a == COUNT(purchase)", "a:int"),
            ("a > birthday", "a:date birthday:date"),
        ],
    );
}

#[test]
fn untyped_fields_compared_share_the_type_that_another_use_says() {
    check(
        &Schema::default(),
        &[
            ("a == b AND b == 'x'", "a:string b:string"),
            ("b > 1 AND a == b", "b:float a:float"),
            (
                "a == b AND b == c AND c WITHIN LAST 1d",
                "a:timestamp b:timestamp c:timestamp",
            ),
            ("a == b", "E0203 `a`"),
            ("a == 'x' AND b == 1 AND a == b", "E0202 `b`"),
        ],
    );
}

#[test]
fn the_order_of_uses_does_not_matter() {
    check(
        &declared(),
        &[
            ("a CONTAINS 'x' AND a CONTAINS ANY ('y')", "a:list<string>"),
            ("a CONTAINS ANY ('y') AND a CONTAINS 'x'", "a:list<string>"),
            ("a WITHIN LAST 1d AND a > DATE '2026-01-01'", "a:timestamp"),
            ("a > DATE '2026-01-01' AND a WITHIN LAST 1d", "a:timestamp"),
            ("a > 1.5 AND a == age", "a:float age:int"),
        ],
    );
}

#[test]
fn uses_that_disagree_are_one_error_that_shows_both_places() {
    let source = "plan == 'x' AND plan > 3";
    let found = crate::check(source, &Schema::default()).unwrap_err();
    let found: Vec<_> = found.iter().collect();
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].code.as_str(), "E0202");
    assert_eq!(
        found[0].message,
        "field `plan` is used as string and as float"
    );
    let places: Vec<_> = found[0].labels.iter().map(|(span, _)| span.start).collect();
    assert_eq!(places, [16, 0]);
    check(
        &Schema::default(),
        &[
            ("a CONTAINS 'x' AND a WITHIN LAST 1d", "E0202 `a`"),
            ("a WITHIN LAST 1d AND a == 'x'", "E0202 `a`"),
            ("a == 'x' AND a WITHIN LAST 1d", "E0202 `a`"),
            ("a AND a == 1", "E0202 `a`"),
        ],
    );
}

#[test]
fn a_field_that_no_use_types_asks_for_a_declaration() {
    let found = crate::check("EXISTS plan", &Schema::default()).unwrap_err();
    let first = found.iter().next().unwrap();
    assert_eq!(first.code.as_str(), "E0203");
    assert!(first.help.as_deref().unwrap().contains("declare `plan`"));
    check(
        &Schema::default(),
        &[
            ("plan IS NULL", "E0203 `plan`"),
            ("plan IS EMPTY", "E0203 `plan`"),
            ("plan IN ()", "E0203 `plan`"),
            ("EXISTS plan AND plan == 'x'", "plan:string"),
            ("COUNT(purchase WHERE EXISTS coupon) > 0", "E0203 `coupon`"),
        ],
    );
}

#[test]
fn bindings_type_what_no_use_does_and_an_unbound_field_is_null() {
    let schema = bindings(&[("plan", Type::String), ("n", Type::Int)]);
    check(
        &schema,
        &[
            ("EXISTS plan", "plan:string"),
            ("n IS NULL", "n:int"),
            ("n > 1.5", "n:float"),
            ("EXISTS other", ""),
            ("x == y", ""),
            ("plan == y", "plan:string"),
        ],
    );
    assert_eq!(type_of("other", &schema), "null");
    assert_eq!(type_of("n", &schema), "int");
}

#[test]
fn number_literals_take_the_type_of_their_place() {
    let literal = |source: &str| {
        let NodeKind::Compare { right, .. } = rule(source, &declared()).root.kind else {
            panic!("a comparison");
        };
        let NodeKind::Literal(value) = right.kind else {
            panic!("a literal");
        };
        value
    };
    assert_eq!(literal("score > 5"), Value::Float(5.0));
    assert_eq!(literal("score > -5"), Value::Float(-5.0));
    assert_eq!(literal("age > 5"), Value::Int(5));
    assert_eq!(literal("age > 5.0"), Value::Int(5));
    assert_eq!(literal("age > 5.5"), Value::Float(5.5));
    assert_eq!(literal("x > 5"), Value::Float(5.0));
    // 2^53 + 1 is no float: it stays an int and compares exactly.
    assert_eq!(
        literal("score > 9007199254740993"),
        Value::Int(9_007_199_254_740_993)
    );
}

#[test]
fn strings_and_numbers_do_not_compare_and_the_fix_says_how() {
    let schema = declared();
    check(
        &schema,
        &[
            ("age == '30'", "E0201 `age == '30'`"),
            ("country == 1", "E0201 `country == 1`"),
            ("country IN ('a', 1)", "E0201 `country IN ('a', 1)`"),
            ("x IN ('a', 1)", "E0201 `x IN ('a', 1)`"),
            (
                "signup > '2026-01-01T00:00:00Z'",
                "E0201 `signup > '2026-01-01T00:00:00Z'`",
            ),
            ("signup > 1700000000", "E0201 `signup > 1700000000`"),
            ("churned == 1", "E0201 `churned == 1`"),
            ("age BETWEEN 'a' AND 'b'", "E0201 `age BETWEEN 'a' AND 'b'`"),
            ("tags > tags", "E0201 `tags > tags`"),
        ],
    );
    assert_eq!(fixed("age == '30'", &schema), "age == 30");
    assert_eq!(fixed("country == 1", &schema), "country == '1'");
    assert_eq!(fixed("churned == 'true'", &schema), "churned == TRUE");
    assert_eq!(
        fixed("signup > '2026-01-01T00:00:00Z'", &schema),
        "signup > TIMESTAMP '2026-01-01T00:00:00Z'"
    );
    assert_eq!(
        fixed("birthday > '2026-01-01'", &schema),
        "birthday > DATE '2026-01-01'"
    );
}

#[test]
fn a_declaration_is_named_where_a_use_disagrees() {
    let found = crate::check("country > birthday", &declared()).unwrap_err();
    let help = found.iter().next().unwrap().help.clone().unwrap();
    assert_eq!(help, "`country` is declared string by the schema");
}

/// It was a date beside `>` and a timestamp beside AFTER, and the two together were refused.
#[test]
fn a_day_beside_a_name_says_that_it_is_an_instant() {
    check(
        &declared(),
        &[
            ("a > DATE '2026-01-01' AND a < NOW()", "a:timestamp"),
            (
                "a > DATE '2026-01-01' AND a < TIMESTAMP '2026-03-01T10:00:00Z'",
                "a:timestamp",
            ),
            (
                "a BETWEEN DATE '2026-01-01' AND DATE '2026-02-01'",
                "a:timestamp",
            ),
            (
                "a == birthday AND a > DATE '2026-01-01'",
                "a:date birthday:date",
            ),
            ("a == birthday AND a > NOW()", "a:timestamp birthday:date"),
            ("ANNIVERSARY(a) WITHIN NEXT 7d", "a:date"),
            ("ANNIVERSARY(a) WITHIN NEXT 7d AND a < NOW()", "a:timestamp"),
        ],
    );
}
