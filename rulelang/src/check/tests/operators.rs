use super::{check, declared, fixed, outcome, rule, type_of};
use crate::rule::{NodeKind, Quantifier, TimeTest};
use crate::{Schema, Type, Value};

fn types(cases: &[(&str, &str)]) {
    for (source, expected) in cases {
        assert_eq!(type_of(source, &declared()), *expected, "{source}");
    }
}

#[test]
fn arithmetic_has_the_types_of_its_operands() {
    types(&[
        ("age + 1", "int"),
        ("age / 2", "float"),
        ("age DIV 2", "int"),
        ("age % 2", "int"),
        ("age * score", "float"),
        ("age + 1.5", "float"),
        ("score DIV 2", "float"),
        ("-age", "int"),
        ("1 + 2", "int"),
        ("signup + 1h", "timestamp"),
        ("1h + signup", "timestamp"),
        ("signup - signup", "duration"),
        ("birthday - birthday", "duration"),
        ("birthday + 1d", "timestamp"),
        ("signup - birthday", "duration"),
        ("1h + 1d", "duration"),
        ("1h * 2", "duration"),
        ("2 * 1h", "duration"),
        ("NOW() - 30d", "timestamp"),
    ]);
}

#[test]
fn arithmetic_that_is_not_defined_is_an_error() {
    types(&[
        ("country + 1", "E0201 `country`"),
        ("'1' + 1", "E0201 `'1'`"),
        ("country + country", "E0201 `country + country`"),
        ("signup + signup", "E0201 `signup + signup`"),
        ("1h * 1.5", "E0201 `1h * 1.5`"),
        ("signup * 2", "E0201 `signup * 2`"),
        ("-country", "E0201 `country`"),
        ("churned + 1", "E0201 `churned`"),
        ("NULL + 1", "E0201 `NULL`"),
    ]);
}

#[test]
fn negative_constants_are_literals() {
    let rule = rule("-(5) < age", &declared());
    let NodeKind::Compare { left, .. } = rule.root.kind else {
        panic!("a comparison");
    };
    assert_eq!(left.kind, NodeKind::Literal(Value::Int(-5)));
}

#[test]
fn a_comparison_with_null_is_refused_with_the_fix() {
    let schema = declared();
    assert_eq!(fixed("country == NULL", &schema), "country IS NULL");
    assert_eq!(fixed("country != NULL", &schema), "country IS NOT NULL");
    assert_eq!(fixed("(age + 1) = NULL", &schema), "(age + 1) IS NULL");
    check(
        &schema,
        &[
            ("NULL == country", "E0006 `NULL == country`"),
            ("country > NULL", "E0006 `country > NULL`"),
            ("country IN ('a', NULL)", "E0006 `NULL`"),
            ("plan IN (NULL)", "E0006 `NULL`"),
            ("age BETWEEN NULL AND 3", "E0006 `NULL`"),
            ("signup BEFORE NULL", "E0006 `NULL`"),
            ("tags CONTAINS ANY (NULL)", "E0006 `NULL`"),
            ("country IS DISTINCT FROM NULL", "country:string"),
            ("COALESCE(age, NULL) > 1", "age:int"),
        ],
    );
}

#[test]
fn conditions_are_booleans() {
    check(
        &declared(),
        &[
            ("age", "E0204 `age`"),
            ("country AND churned", "E0204 `country`"),
            ("NOT age", "E0204 `age`"),
            ("country == 'US' OR 'CA'", "E0204 `'CA'`"),
            ("COUNT(purchase)", "E0204 `COUNT(purchase)`"),
            ("COUNT(purchase WHERE sku) > 1", "E0204 `sku`"),
            (
                "churned != TRUE AND churned < TRUE",
                "churned:bool W0801 W0803",
            ),
            ("IF(age, churned, churned)", "E0204 `age`"),
        ],
    );
    assert_eq!(type_of("age", &declared()), "int");
    let found = crate::check("country == 'US' OR 'CA'", &declared()).unwrap_err();
    let help = found.iter().next().unwrap().help.clone().unwrap();
    assert!(help.contains("IN (…, 'CA')"), "{help}");
}

#[test]
fn int_and_float_date_and_timestamp_compare() {
    check(
        &declared(),
        &[
            ("age > score", "age:int score:float"),
            ("age IN (1, score)", "age:int score:float"),
            ("signup > birthday", "signup:timestamp birthday:date"),
            (
                "birthday BETWEEN DATE '2000-01-01' AND NOW()",
                "birthday:date",
            ),
            ("NOW() - signup > 30d", "signup:timestamp"),
            ("birthday OLDER THAN 30d", "birthday:date"),
        ],
    );
}

#[test]
fn values_that_become_one_another_have_one_type() {
    types(&[
        ("COALESCE(age, 0)", "int"),
        ("COALESCE(age, 0.5)", "float"),
        ("COALESCE(age, score)", "float"),
        ("IF(churned, 1, 2.5)", "float"),
        ("CASE WHEN churned THEN 'a' END", "string"),
        ("NULLIF(country, '')", "string"),
        ("COALESCE(country, 1)", "E0201 `COALESCE(country, 1)`"),
        ("COALESCE(signup, birthday)", "timestamp"),
        ("COALESCE(NULL)", "null"),
    ]);
    let rule = rule("COALESCE(age, score) > 1", &declared());
    rule.root.walk(&mut |node| {
        if let NodeKind::Coalesce(values) = &node.kind {
            assert!(values.iter().all(|value| value.ty == Type::Float));
        }
    });
}

#[test]
fn a_missing_else_is_a_typed_null() {
    let rule = rule("CASE WHEN churned THEN age END > 1", &declared());
    let mut seen = false;
    rule.root.walk(&mut |node| {
        if let NodeKind::Case { otherwise, .. } = &node.kind {
            assert_eq!(otherwise.kind, NodeKind::Literal(Value::Null));
            assert_eq!(otherwise.ty, Type::Int);
            seen = true;
        }
    });
    assert!(seen);
}

#[test]
fn patterns_are_constant_and_compiled_and_errors_point_at_them() {
    check(
        &declared(),
        &[
            (
                "country LIKE 'U%' AND country ILIKE 'u_' AND country MATCHES '^U'",
                "country:string",
            ),
            ("country LIKE country", "E0206 `country`"),
            ("country MATCHES '('", "E0206 `'('`"),
            ("country LIKE 'a!' ESCAPE '!'", "E0206 `'a!'`"),
            (
                "country MATCHES '(a{1000}){1000}'",
                "E0303 `'(a{1000}){1000}'`",
            ),
            ("age LIKE 'x'", "E0201 `age`"),
            ("country LIKE 5", "E0201 `5`"),
            ("country STARTS WITH plan", "country:string plan:string"),
        ],
    );
    let many = vec!["country MATCHES 'a'"; 17].join(" OR ");
    assert_eq!(outcome(&many, &declared()), "E0303 `'a'`");
}

#[test]
fn contains_on_a_list_asks_for_an_item() {
    let schema = declared();
    let root = rule("levels CONTAINS 5 OR churned", &schema).root;
    let mut seen = false;
    root.walk(&mut |node| {
        if let NodeKind::ContainsItems {
            quantifier, items, ..
        } = &node.kind
        {
            assert_eq!(*quantifier, Quantifier::Any);
            assert_eq!(items[0].kind, NodeKind::Literal(Value::Int(5)));
            seen = true;
        }
    });
    assert!(seen);
    check(
        &schema,
        &[
            (
                "tags CONTAINS 'x' AND tags CONTAINS plan",
                "tags:list<string> plan:string",
            ),
            ("tags CONTAINS 5", "E0201 `5`"),
            ("country CONTAINS ANY ('x')", "E0201 `country`"),
            (
                "tags CONTAINS ANY ('x', 5)",
                "E0201 `tags CONTAINS ANY ('x', 5)`",
            ),
            (
                "plan CONTAINS ANY (1, 'a')",
                "E0201 `plan CONTAINS ANY (1, 'a')`",
            ),
            (
                "tags IS EMPTY AND country IS NOT EMPTY",
                "tags:list<string> country:string",
            ),
            ("age IS EMPTY", "E0201 `age`"),
        ],
    );
}

#[test]
fn time_tests_take_instants_and_sensible_windows() {
    check(
        &declared(),
        &[
            ("age WITHIN LAST 1d", "E0201 `age`"),
            ("'2026-01-01' WITHIN LAST 1d", "E0201 `'2026-01-01'`"),
            ("signup WITHIN LAST 0d", "E0207 `signup WITHIN LAST 0d`"),
            (
                "signup FROM 30d TO 90d AGO",
                "E0207 `signup FROM 30d TO 90d AGO`",
            ),
            (
                "signup DURING DATE '2026-02-01' TO DATE '2026-01-01'",
                "E0207 `signup DURING DATE '2026-02-01' TO DATE '2026-01-01'`",
            ),
            (
                "signup DURING signup TO NOW()",
                "E0206 `signup`, E0206 `NOW()`",
            ),
            ("signup BEFORE '2026-01-01'", "E0201 `'2026-01-01'`"),
            ("ANNIVERSARY(signup) WITHIN NEXT 366d", "signup:timestamp"),
            (
                "ANNIVERSARY(signup) WITHIN NEXT 367d",
                "E0207 `ANNIVERSARY(signup) WITHIN NEXT 367d`",
            ),
            (
                "ANNIVERSARY(signup) WITHIN LAST 12 CALENDAR MONTHS",
                "signup:timestamp",
            ),
            (
                "ANNIVERSARY(signup) WITHIN LAST 2 CALENDAR YEARS",
                "E0207 `ANNIVERSARY(signup) WITHIN LAST 2 CALENDAR YEARS`",
            ),
            ("ANNIVERSARY(age) WITHIN NEXT 1d", "E0201 `age`"),
            ("ANNIVERSARY(signup) BEFORE NOW()", "E0102 `ANNIVERSARY`"),
            ("ANNIVERSARY(signup, 'UTC')", "E0102 `ANNIVERSARY`"),
            (
                "COUNT(e WHERE ANNIVERSARY(timestamp) WITHIN NEXT 1d) > 0",
                "E0207 `ANNIVERSARY(timestamp) WITHIN NEXT 1d`",
            ),
        ],
    );
    let rule = rule(
        "signup DURING DATE '1970-01-02' TO TIMESTAMP '1970-01-02T00:00:00Z' + 1h",
        &Schema::default(),
    );
    let NodeKind::Time { test, .. } = rule.root.kind else {
        panic!("a time test");
    };
    let (start, end) = (86_400_000, 90_000_000);
    assert_eq!(test, TimeTest::During { start, end });
}

#[test]
fn sugar_is_gone() {
    let kind = |source: &str| crate::format(&rule(source, &declared()).ast);
    assert_eq!(kind("EXISTS country"), "EXISTS country");
    let root = rule("EXISTS country", &declared()).root;
    assert!(matches!(root.kind, NodeKind::IsNull { negated: true, .. }));
    let root = rule("signup BEFORE NOW()", &declared()).root;
    assert!(matches!(root.kind, NodeKind::Compare { .. }));
    let root = rule("NOT IN SEGMENT 'x'", &declared()).root;
    assert!(matches!(root.kind, NodeKind::Not(_)));
    let did = rule("DID NOT purchase WITHIN LAST 14 DAYS", &declared());
    let count = rule("COUNT(purchase WITHIN LAST 14 DAYS) == 0", &declared());
    assert_eq!(did.root, count.root);
    assert_eq!(did.aggregates, count.aggregates);
}

#[test]
fn lists_of_one_type_are_asked_for_equality_alone() {
    check(
        &declared(),
        &[
            ("levels == [1, 2]", "levels:list<int>"),
            ("levels != [1.0]", "levels:list<int> W0801"),
            ("levels == []", "levels:list<int>"),
            ("a == [1, 2]", "a:list<float>"),
            ("a == tags", "a:list<string> tags:list<string>"),
            ("a == [] AND a CONTAINS 5", "a:list<float>"),
            (
                "LIST_CONCAT(a, tags) == b",
                "a:list<string> tags:list<string> b:list<string>",
            ),
            ("levels == ['a']", "E0201 `levels == ['a']`"),
            ("levels == [1.5]", "E0201 `levels == [1.5]`"),
            ("tags < ['a']", "E0201 `tags < ['a']`"),
            (
                "tags BETWEEN ['a'] AND ['b']",
                "E0201 `tags BETWEEN ['a'] AND ['b']`",
            ),
            ("tags IN (['a'])", "E0201 `tags IN (['a'])`"),
            (
                "LIST_CONCAT(levels, tags) IS EMPTY",
                "E0201 `LIST_CONCAT(levels, tags)`",
            ),
        ],
    );
}
