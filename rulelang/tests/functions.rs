//! The functions' data sheets: their examples are true, and docs/functions.md says what they say.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use rulelang::builtins::{self, Meaning};
use rulelang::facts::Facts;
use rulelang::{Expected, Schema, Value, check, check_expr, evaluate, parse};

/// The value of an expression that reads nothing, for some user.
fn value(source: &str) -> Value {
    let checked = check_expr(
        parse(source).unwrap_or_else(|found| panic!("{source}: {found}")),
        source,
        &Schema::default(),
        Expected::AnyValue,
    );
    let rule = checked
        .unwrap_or_else(|found| panic!("{source}: {found}"))
        .rule;
    let facts = Facts {
        user: Some("user-1".into()),
        ..Facts::default()
    };
    evaluate(&rule, &facts, 0)
}

fn findings(source: &str) -> String {
    let found = check(source, &Schema::default()).unwrap_err();
    rulelang::render(&found, source, false)
}

#[test]
fn every_example_is_true() {
    for builtin in builtins::all() {
        assert!(!builtin.examples.is_empty(), "{}", builtin.name);
        for (expression, expected) in builtin.examples {
            assert_eq!(value(expression), value(expected), "{expression}");
            assert!(expression.contains(builtin.name), "{expression}");
        }
    }
}

#[test]
fn names_are_unique_and_found_in_any_case() {
    let mut names: Vec<&str> = vec![];
    for builtin in builtins::all() {
        for name in builtin.aliases.iter().chain([&builtin.name]) {
            assert_eq!(builtins::find(&name.to_lowercase()), Some(builtin));
            names.push(name);
        }
    }
    let count = names.len();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), count);
}

#[test]
fn the_page_is_printed_from_the_sheets() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/functions.md");
    let page = std::fs::read_to_string(path).unwrap();
    assert!(
        page == builtins::page(),
        "docs/functions.md is stale: cargo run -p rulelang --example functions_page > docs/functions.md"
    );
}

#[test]
fn null_comes_out_where_null_goes_in() {
    for builtin in builtins::all().filter(|one| matches!(one.meaning, Meaning::Function(_))) {
        for signature in builtin.signatures {
            let nulls = vec![Value::Null; signature.parameters.len()];
            let is_null = builtin.call(&nulls, rulelang::Type::Null).is_null();
            assert_eq!(is_null, builtin.name != "CONCAT", "{}", builtin.name);
        }
    }
}

#[test]
fn arguments_of_other_types_are_null_and_no_panic() {
    let values = [
        Value::Bool(true),
        Value::Int(i64::MIN),
        Value::Float(f64::MAX),
        Value::string("é"),
        Value::Timestamp(i64::MAX),
        Value::Date(i32::MIN),
        Value::Duration(-1),
        Value::List([Value::Int(1)].into()),
        Value::Null,
    ];
    for builtin in builtins::all() {
        for a in &values {
            for b in &values {
                for c in &values {
                    let arguments = [a.clone(), b.clone(), c.clone()];
                    for count in 0..=3 {
                        let some = arguments.get(..count).unwrap_or_default();
                        let _ = builtin.call(some, rulelang::Type::Null);
                    }
                }
            }
        }
    }
}

#[test]
fn a_mistake_shows_how_the_function_is_called() {
    let found = findings("LEFT(name) == 'a'");
    assert!(
        found.contains("`LEFT` does not take one argument"),
        "{found}"
    );
    assert!(
        found.contains("LEFT(text: string, count: int) → string"),
        "{found}"
    );
    let found = findings("LOWER(3) == 'a'");
    assert!(
        found.contains("a string is wanted here, but `3` is int"),
        "{found}"
    );
    let found = findings("LENGTH(3) == 1");
    assert!(found.contains("LENGTH(list: list<T>) → int"), "{found}");
    let found = findings("DATE_TRUNC('fortnight', at) < NOW()");
    assert!(found.contains("'week'"), "{found}");
    let found = findings("HOUR(at, 'Europe/Berln') < 9");
    assert!(found.contains("did you mean `'Europe/Berlin'`?"), "{found}");
    let found = findings("n > 0.5 AND LEFT(name, n) == 'a'");
    assert!(found.contains("`TO_INT(n)` converts it"), "{found}");
    assert!(!found.contains("E0203"), "{found}");
    let found = findings("LOWER(a) == ABS(b)");
    assert!(found.contains("`TO_FLOAT(LOWER(a))` does it"), "{found}");
    let found = findings("lowr(name) == 'a'");
    assert!(found.contains("did you mean `LOWER`?"), "{found}");
}

#[test]
fn undeclared_names_take_their_types_from_functions() {
    let types = |source: &str| {
        let checked = check(source, &Schema::default());
        let rule = checked
            .unwrap_or_else(|found| panic!("{source}: {found}"))
            .rule;
        let types = rule
            .fields
            .iter()
            .map(|field| format!("{} {}", field.name, field.ty));
        types.collect::<Vec<_>>().join(", ")
    };
    assert_eq!(types("LOWER(name) == 'a'"), "name string");
    assert_eq!(types("ROUND(score, 1) == 0.5"), "score float");
    assert_eq!(types("LEFT(name, n) == 'a'"), "name string, n int");
    assert_eq!(types("YEAR(born) < 2000"), "born timestamp");
    assert_eq!(
        types("YEAR(born) < 2000 AND born == DATE '1999-01-01'"),
        "born timestamp"
    );
    assert_eq!(
        types("ANNIVERSARY(born) WITHIN NEXT 7d AND YEAR(born) < 2000"),
        "born timestamp"
    );
    assert_eq!(types("ANNIVERSARY(born) WITHIN NEXT 7d"), "born date");
    assert_eq!(types("LENGTH(x) > 3"), "x string");
    assert_eq!(
        types("LENGTH(x) > 3 AND x CONTAINS ANY ('a', 'b')"),
        "x list<string>"
    );
    assert_eq!(
        types("x CONTAINS ANY (1, 2) AND LIST_MAX(x) > 3"),
        "x list<float>"
    );
    assert_eq!(types("TO_INT(x) > 3"), "x string");
    assert_eq!(types("LEAST(x, y) > 3 AND x < 1"), "x float, y float");
    assert_eq!(types("LENGTH(x) > y"), "x string, y int");
    assert_eq!(types("[1, 2, x] CONTAINS 3"), "x float");
}
