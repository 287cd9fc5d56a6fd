//! Each rule of the checker by name, through [`check`] and [`outcome`].

mod absent_fixes;
mod aggregates;
mod any_tree;
mod given;
mod inference;
mod live;
mod names;
mod operators;
mod quantifiers;
mod sequences;
mod warnings;

use crate::rule::NodeKind;
use crate::{Checked, Diagnostics, Rule, Scalar, Schema, Type, Untyped};

/// A schema with a field and a property of each type.
fn declared() -> Schema {
    let mut schema = Schema::default();
    let fields = [
        ("age", Type::Int),
        ("score", Type::Float),
        ("country", Type::String),
        ("churned", Type::Bool),
        ("signup", Type::Timestamp),
        ("birthday", Type::Date),
        ("tags", Type::List(crate::Scalar::String)),
        ("levels", Type::List(crate::Scalar::Int)),
    ];
    for (name, ty) in fields {
        schema.declare_field(name, ty, "the schema");
    }
    schema.declare_property("purchase", "quantity", Type::Int, "the schema");
    schema.declare_property("purchase", "sku", Type::String, "the schema");
    schema.declare_property(
        "purchase",
        "labels",
        Type::List(crate::Scalar::String),
        "the schema",
    );
    schema
}

/// What comes of a rule: its fields and properties with their types and the warnings' codes, or
/// the errors' codes with the text that each points at.
fn outcome(source: &str, schema: &Schema) -> String {
    match crate::check(source, schema) {
        Ok(checked) => said(&checked),
        Err(found) => codes(&found, source),
    }
}

fn said(checked: &Checked) -> String {
    let rule = &checked.rule;
    let fields = rule
        .fields
        .iter()
        .map(|it| format!("{}:{}", it.name, it.ty));
    let properties = rule.events().flat_map(|aggregate| {
        let event = aggregate.event.as_deref().unwrap_or("*");
        let properties = aggregate.properties.iter();
        properties.map(move |it| format!("{event}.{}:{}", it.name, it.ty))
    });
    let warnings = checked.warnings.iter().map(|it| it.code.to_string());
    let all: Vec<String> = fields.chain(properties).chain(warnings).collect();
    all.join(" ")
}

fn codes(found: &Diagnostics, source: &str) -> String {
    let each = found.iter();
    let each = each.map(|it| format!("{} `{}`", it.code, it.span.text(source)));
    each.collect::<Vec<_>>().join(", ")
}

/// Asserts what comes of each rule.
fn check(schema: &Schema, cases: &[(&str, &str)]) {
    for (source, expected) in cases {
        assert_eq!(outcome(source, schema), *expected, "{source}");
    }
}

/// The checked rule; panics with its errors.
fn rule(source: &str, schema: &Schema) -> Rule {
    match crate::check(source, schema) {
        Ok(checked) => checked.rule,
        Err(found) => panic!("{source}: {found}"),
    }
}

/// The type of an expression, of whatever type.
fn type_of(source: &str, schema: &Schema) -> String {
    let expr = crate::parse(source).unwrap_or_else(|found| panic!("{source}: {found}"));
    match crate::check_expr(expr, source, schema, crate::Expected::AnyValue) {
        Ok(checked) => checked.rule.root.ty.to_string(),
        Err(found) => codes(&found, source),
    }
}

/// The source with the one fix applied that its first finding offers.
fn fixed(source: &str, schema: &Schema) -> String {
    let found = match crate::check(source, schema) {
        Ok(checked) => checked.warnings,
        Err(found) => found,
    };
    let fix = found.iter().find_map(|found| found.fix.clone());
    let fix = fix.unwrap_or_else(|| panic!("{source}: no fix"));
    let (start, end) = (fix.span.start as usize, fix.span.end as usize);
    format!("{}{}{}", &source[..start], fix.replacement, &source[end..])
}

/// The schema of `rule eval`: bindings type what nothing else does.
fn bindings(types: &[(&str, Type)]) -> Schema {
    let types = types.iter().map(|(name, ty)| ((*name).to_owned(), *ty));
    Schema {
        untyped: Untyped::FromBindings(types.collect()),
        ..Schema::default()
    }
}

#[test]
fn spans_point_into_the_source_and_the_rule_keeps_what_was_written() {
    let source = "country == 'US' AND age > 30";
    let rule = rule(source, &declared());
    assert_eq!(&*rule.source, source);
    assert_eq!(crate::format(&rule.ast), source);
    let NodeKind::And(terms) = &rule.root.kind else {
        panic!("an AND");
    };
    assert_eq!(terms[1].span.text(source), "age > 30");
}

#[test]
fn a_list_that_is_bound_decides_where_text_and_lists_are_taken_alike() {
    let texts = Type::List(Scalar::String);
    let numbers = Type::List(Scalar::Float);
    for (source, bound, expected) in [
        ("LENGTH(x) > 1", Some(texts), texts),
        ("LENGTH(x) > 1", Some(Type::String), Type::String),
        ("LENGTH(x) > 1", None, Type::String),
        ("x CONTAINS 'a'", Some(texts), texts),
        ("x CONTAINS 'a'", None, Type::String),
        ("LIST_MAX(x) > 1", Some(numbers), numbers),
        // What another use says goes first.
        ("LENGTH(x) > 1 AND x == 'a'", Some(texts), Type::String),
    ] {
        let types: Vec<_> = bound.into_iter().map(|ty| ("x", ty)).collect();
        let rule = rule(source, &bindings(&types));
        assert_eq!(rule.fields[0].ty, expected, "{source} with {bound:?}");
    }
}

#[test]
fn several_mistakes_are_reported_at_once_in_source_order() {
    check(
        &declared(),
        &[(
            "age == 'x' AND NO() AND country > 1 AND churned == NULL",
            "E0201 `age == 'x'`, E0102 `NO`, E0201 `country > 1`, E0006 `churned == NULL`",
        )],
    );
}

#[test]
fn a_mistake_has_no_follow_ups() {
    check(
        &declared(),
        &[
            (
                "NO(plan) + 1 > 2 AND NOT (plan == NO(1))",
                "E0102 `NO`, E0102 `NO`",
            ),
            ("plan == NULL", "E0006 `plan == NULL`"),
            ("plan > 1 + 'x' AND plan == 'a'", "E0201 `'x'`"),
            (
                "plan == 'a' AND plan > 1 AND plan CONTAINS 'b'",
                "E0202 `plan`",
            ),
        ],
    );
}

#[test]
fn trees_too_large_or_too_deep_are_refused() {
    let mut schema = Schema::default();
    for level in 1..20 {
        let text = format!("t{} == 1 OR t{} == 2", level - 1, level - 1);
        let text = if level == 1 {
            "x == 1".to_owned()
        } else {
            text.replace(" == 1", "").replace(" == 2", "")
        };
        schema.traits.insert(format!("t{level}"), text);
    }
    assert!(outcome("t19", &schema).starts_with("E0104"));
    for level in 1..400 {
        schema
            .traits
            .insert(format!("d{level}"), format!("d{} + 1", level - 1));
    }
    schema.traits.insert("d0".to_owned(), "1".to_owned());
    assert_eq!(outcome("d399 > 1", &schema), "E0104 `d399`");
}
