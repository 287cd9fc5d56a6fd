//! Calls of functions from compiled code: what they make, share and leave behind.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use std::collections::BTreeMap;

use rule_jit::{Compiler, Input, Lowered, Question, StandaloneRule, Symbols, lower};
use rulelang::builtins::{self, Meaning};
use rulelang::testkit::facts_from_fields;
use rulelang::{Expected, Rule, Scalar, Schema, Type, Value, check_expr, evaluate, parse};

fn rule(source: &str) -> Rule {
    let mut schema = Schema::default();
    for (name, ty) in [
        ("x", Type::Float),
        ("i", Type::Int),
        ("s", Type::String),
        ("t", Type::String),
        ("p", Type::Bool),
        ("at", Type::Timestamp),
        ("tags", Type::List(Scalar::String)),
    ] {
        schema.declare_field(name, ty, "the test");
    }
    let checked = check_expr(parse(source).unwrap(), source, &schema, Expected::AnyValue);
    checked
        .unwrap_or_else(|found| panic!("{source}: {found}"))
        .rule
}

/// The value of both engines, which agree.
fn value(source: &str, fields: &[(&str, Value)]) -> Value {
    let rule = rule(source);
    let fields: BTreeMap<String, Value> = fields
        .iter()
        .map(|(name, value)| ((*name).to_owned(), value.clone()))
        .collect();
    let compiled = StandaloneRule::new(&rule, Question::Value).unwrap();
    let row = compiled.row(0, |name| fields.get(name));
    let value = compiled.value(&row).unwrap();
    assert_eq!(
        value,
        evaluate(&rule, &facts_from_fields(fields.clone()), 0),
        "{source}"
    );
    value
}

fn lowered(source: &str) -> Lowered {
    let rule = rule(source);
    let layout = |input: Input<'_>| match input {
        Input::Field(field) => {
            let at = rule.fields.iter().position(|other| other == field);
            at.map(|at| at as u32)
        }
        _ => None,
    };
    lower(&rule, Question::Match, &layout, &mut Symbols::new()).unwrap()
}

fn s(text: &str) -> [(&'static str, Value); 1] {
    [("s", Value::string(text))]
}

#[test]
fn strings_that_functions_make_compare_with_constants() {
    assert_eq!(value("LOWER(s) == 'us'", &s("US")), Value::Bool(true));
    assert_eq!(
        value("LOWER(s) IN ('us', 'ca')", &s("CA")),
        Value::Bool(true)
    );
    assert_eq!(value("LOWER(s) == 'us'", &s("DE")), Value::Bool(false));
    assert_eq!(value("LOWER(s) == 'us'", &[]), Value::Null);
    assert_eq!(value("LOWER(s) == s", &s("odd one")), Value::Bool(true));
    assert_eq!(value("LOWER(s) LIKE 'us'", &s("US")), Value::Bool(true));
    assert_eq!(value("tags CONTAINS LOWER(s)", &s("US")), Value::Null);
    assert_eq!(
        value("['us', 'ca'] CONTAINS LOWER(s)", &s("US")),
        Value::Bool(true)
    );
    assert_eq!(
        value("[LOWER(s), s] CONTAINS ANY ('us', 'x')", &s("US")),
        Value::Bool(true)
    );
}

#[test]
fn what_functions_make_outlives_the_code() {
    let made = value("CONCAT(UPPER(s), REVERSE(s), LPAD(s, 5, 'é'))", &s("abc"));
    assert_eq!(made, Value::string("ABCcbaééabc"));
    let list = value("LIST_DISTINCT([UPPER(s), s, UPPER(s)])", &s("a"));
    assert_eq!(
        list,
        Value::List([Value::string("A"), Value::string("a")].into())
    );
    assert_eq!(
        value("[1, 2]", &[]),
        Value::List([Value::Int(1), Value::Int(2)].into())
    );
    let nested = "IF(LENGTH(REPEAT(s, 100)) == 300, SUBSTRING(REPEAT(s, 100), 299), LOWER(s))";
    assert_eq!(value(nested, &s("abc")), Value::string("bc"));
}

#[test]
fn numbers_need_no_host_where_code_can() {
    let x = [("x", Value::Float(-2.5)), ("i", Value::Int(i64::MIN))];
    assert_eq!(value("ABS(x)", &x), Value::Float(2.5));
    assert_eq!(value("ABS(i)", &x), Value::Null);
    assert_eq!(value("SIGN(i) + SIGN(x)", &x), Value::Float(-2.0));
    assert_eq!(value("ROUND(x)", &x), Value::Float(-3.0));
    assert_eq!(
        value("GREATEST(x, NULL, FLOOR(x), TRUNC(x))", &x),
        Value::Float(-2.0)
    );
    assert_eq!(value("LEAST(i, 3)", &[]), Value::Int(3));
    assert_eq!(value("LEAST(i, 3)", &x), Value::Int(i64::MIN));
    assert_eq!(value("MOD(i, 7) == i % 7", &x), Value::Bool(true));
    assert_eq!(value("ABS(x)", &[]), Value::Null);
}

#[test]
fn functions_that_differ_share_their_shape() {
    let compiler = Compiler::for_host().unwrap();
    let lower = lowered("LOWER(s) == 'a'");
    let upper = lowered("UPPER(t) == 'B'");
    assert_eq!(lower.shape(), upper.shape());
    assert!(compiler.compile(lower.shape()).unwrap().bind(upper).is_ok());
}

#[test]
fn equal_calls_in_a_set_are_called_once() {
    let one = lowered("LOWER(s) == 'a'").shape().op_count();
    let many: Vec<String> = (0..5).map(|item| format!("'{item}'")).collect();
    let set = lowered(&format!("LOWER(s) IN ({})", many.join(", ")));
    assert_eq!(set.shape().op_count(), one);
    let any = lowered("LOWER(s) == 'a' OR LOWER(s) == 'b' OR LOWER(s) == 'c'");
    assert_eq!(any.shape().op_count(), one);
}

/// The examples of the sheets have constants for arguments; here they come from fields.
#[test]
fn every_function_compiles() {
    let fields = [
        ("x", Value::Float(1.5)),
        ("i", Value::Int(2)),
        ("s", Value::string("a-b")),
        ("p", Value::Bool(true)),
        ("at", Value::Timestamp(1_700_000_000_000)),
        ("tags", Value::List([Value::string("a")].into())),
    ];
    for builtin in builtins::all() {
        if matches!(builtin.meaning, Meaning::Form) {
            continue;
        }
        for signature in builtin.signatures {
            let arguments = signature
                .parameters
                .iter()
                .map(|parameter| match parameter.kind {
                    builtins::Kind::Is(Type::Float) | builtins::Kind::Number => "x",
                    builtins::Kind::Is(Type::Int) => "i",
                    builtins::Kind::Is(Type::Bool) => "p",
                    builtins::Kind::Is(Type::Timestamp) => "at",
                    builtins::Kind::Is(Type::Date) => "TO_DATE(at)",
                    builtins::Kind::List => "tags",
                    builtins::Kind::Numbers => "[x, 2.0]",
                    builtins::Kind::Word(_) => "'month'",
                    builtins::Kind::Zone => "'Asia/Tokyo'",
                    _ => "s",
                });
            let arguments: Vec<&str> = arguments.collect();
            value(
                &format!("{}({})", builtin.name, arguments.join(", ")),
                &fields,
            );
            value(&format!("{}({})", builtin.name, arguments.join(", ")), &[]);
        }
    }
}

fn objects(items: &[&[(&str, Value)]]) -> Value {
    let object = |members: &&[(&str, Value)]| {
        let members = members.iter();
        Value::object(members.map(|(name, value)| ((*name).into(), value.clone())))
    };
    Value::List(items.iter().map(object).collect())
}

#[test]
fn lists_are_compared_item_by_item() {
    let tags = [
        (
            "tags",
            Value::List([Value::string("odd"), Value::string("a")].into()),
        ),
        ("s", Value::string("odd")),
    ];
    for (source, wanted) in [
        ("tags == [s, 'a']", Value::Bool(true)),
        ("tags == ['odd', LOWER('A')]", Value::Bool(true)),
        ("tags != ['a']", Value::Bool(true)),
        ("tags == ['a', 'odd']", Value::Bool(false)),
        ("NOT tags == [t]", Value::Null),
        ("[x, 1.5] IS DISTINCT FROM [x, 1.5]", Value::Bool(false)),
        ("[i] == [1]", Value::Null),
        ("[p, TRUE] == [TRUE, TRUE]", Value::Null),
    ] {
        assert_eq!(value(source, &tags), wanted, "{source}");
    }
}

#[test]
fn quantifiers_are_compiled_as_calls() {
    let cart = objects(&[
        &[("sku", Value::string("A")), ("price", Value::Float(5.0))],
        &[("sku", Value::string("B")), ("price", Value::Float(50.0))],
    ]);
    let fields = [
        ("cart", cart),
        ("x", Value::Float(10.0)),
        ("tags", Value::List([Value::string("A")].into())),
        ("i", Value::Int(1)),
    ];
    for (source, wanted) in [
        (
            "ANY(cart, c => c.price > x AND c.sku == 'B')",
            Value::Bool(true),
        ),
        ("ANY(cart, c => c.price > x * 10)", Value::Bool(false)),
        ("ALL(cart, c => c.price > s)", Value::Null),
        (
            "NOT NONE(cart, c => tags CONTAINS c.sku) AND p IS NULL",
            Value::Bool(true),
        ),
        ("COUNT_IF(cart, c => c.price > 1) + i", Value::Int(3)),
        (
            "COUNT_IF(LIST_DISTINCT([s, 'b', LOWER(s)]), t => t == 'b')",
            Value::Null,
        ),
        (
            "LENGTH(cart) + COUNT_IF(cart, c => c.price > 10)",
            Value::Int(3),
        ),
        (
            "ANY([at, NOW()], t => t IS NOT NULL) IS NULL",
            Value::Bool(true),
        ),
        (
            "cart IS EMPTY OR ANY(cart, c => c.price > 10)",
            Value::Bool(true),
        ),
    ] {
        // `s` is text in all but one of them.
        let source = source.replace("c.price > s", "c.sku > s");
        assert_eq!(value(&source, &fields), wanted, "{source}");
    }
    let empty = [("cart", objects(&[]))];
    let source = "cart IS EMPTY AND ALL(cart, c => c.price > 1)";
    assert_eq!(value(source, &empty), Value::Bool(true));
    assert_eq!(value(source, &[]), Value::Null);
}
