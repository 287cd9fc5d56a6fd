use super::{declared, outcome, rule};
use crate::rule::{NodeKind, TimeTest};
use crate::{Schema, Value};

/// The declared fields, some parameters and some lists.
fn given() -> Schema {
    let mut schema = declared();
    let list = |items: &[&str]| Value::List(items.iter().map(|item| Value::string(item)).collect());
    schema.parameters = [
        ("min", Value::Int(100)),
        ("name", Value::string("DE")),
        ("day", Value::string("2026-01-31")),
        ("instant", Value::string("2026-01-31T10:00:00Z")),
        ("pattern", Value::string("^D")),
        ("yes", Value::Bool(true)),
        ("few", list(&["DE", "AT"])),
        ("none", list(&[])),
        (
            "mixed",
            Value::List([Value::Int(1), Value::string("a")].into()),
        ),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .into();
    let items = |items: &[&str]| items.iter().map(|item| Value::string(item)).collect();
    schema.lists = [("blocked", items(&["a", "b"])), ("empty", items(&[]))]
        .map(|(name, items)| (name.to_owned(), items))
        .into();
    schema
}

/// What stands for a name is what would have been written.
#[test]
fn a_rule_with_values_given_is_the_rule_that_has_them_written() {
    let schema = given();
    for (named, written) in [
        ("age > :min", "age > 100"),
        ("score > :min", "score > 100"),
        ("country == :name", "country == 'DE'"),
        ("country IN (:name, 'FR')", "country IN ('DE', 'FR')"),
        ("country IN :few", "country IN ('DE', 'AT')"),
        ("country NOT IN :none", "country NOT IN ()"),
        ("country IN ('FR', :few)", "country IN ('FR', 'DE', 'AT')"),
        ("tags CONTAINS ANY (:few)", "tags CONTAINS ANY ('DE', 'AT')"),
        ("country MATCHES :pattern", "country MATCHES '^D'"),
        ("country STARTS WITH :name", "country STARTS WITH 'DE'"),
        ("country IN LIST 'blocked'", "country IN ('a', 'b')"),
        ("country NOT IN LIST 'empty'", "country NOT IN ()"),
        ("signup > :day", "signup > DATE '2026-01-31'"),
        (
            "signup BETWEEN :day AND :instant",
            "signup BETWEEN DATE '2026-01-31' AND TIMESTAMP '2026-01-31T10:00:00Z'",
        ),
        ("signup BEFORE :day", "signup BEFORE DATE '2026-01-31'"),
        (
            "COUNT(e DURING :day TO :day + 1 DAY WHERE sku IN LIST 'blocked') > :min",
            "COUNT(e DURING DATE '2026-01-31' TO DATE '2026-01-31' + 1d WHERE sku IN ('a', 'b')) > 100",
        ),
        ("DID(e WHERE sku == :name)", "DID(e WHERE sku == 'DE')"),
        ("IF(:yes, age, 0) > 1", "IF(TRUE, age, 0) > 1"),
    ] {
        let (one, other) = (rule(named, &schema), rule(written, &schema));
        assert_eq!(one.root, other.root, "{named}");
        // What series are told apart by has the values too.
        let texts = |rule: &crate::Rule| {
            let aggregates = rule.aggregates.iter();
            let texts = aggregates.map(|it| (it.text.clone(), it.filter_text.clone()));
            texts.collect::<Vec<_>>()
        };
        if !named.contains("DURING") {
            assert_eq!(texts(&one), texts(&other), "{named}");
        }
        assert_eq!(crate::format(&one.ast), named, "as it was written");
        // Lists stay named: they are not the rule's own.
        let by_itself = crate::format(one.bound());
        assert!(
            !by_itself.contains(':') || named.contains("instant"),
            "{by_itself}"
        );
        assert_eq!(rule(&by_itself, &schema).root, other.root, "{by_itself}");
    }
}

#[test]
fn a_string_is_an_instant_where_nothing_else_can_be() {
    let schema = given();
    let root = rule("signup DURING :day TO :instant", &schema).root;
    let NodeKind::Time { test, .. } = root.kind else {
        panic!("a time test");
    };
    let (start, end) = (1_769_817_600_000, 1_769_853_600_000);
    assert_eq!(test, TimeTest::During { start, end });
    assert_eq!(outcome("country == :day", &schema), "country:string");
}

#[test]
fn names_without_a_value_and_values_of_a_wrong_type_are_told() {
    let schema = given();
    for (source, expected) in [
        ("age > :max", "E0105 `:max`"),
        (
            "country IN :fewer AND age > :mn",
            "E0105 `:fewer`, E0105 `:mn`",
        ),
        ("unknown > :max", "E0105 `:max`"),
        ("country IN LIST 'bloked'", "E0106 `'bloked'`"),
        ("unknown IN LIST 'bloked'", "E0106 `'bloked'`"),
        ("age > :name", "E0201 `age > :name`"),
        ("country > :min", "E0201 `country > :min`"),
        ("country IN :name", "E0201 `:name`"),
        ("country IN :mixed", "E0201 `:mixed`"),
        ("country == :few", "E0201 `country == :few`"),
        ("signup BEFORE :name", "E0201 `:name`"),
        ("signup WITHIN LAST :day", "E0001 `:day`"),
        ("age > : min", "E0001 `:`"),
        (":min", "E0204 `:min`"),
        (":yes", ""),
    ] {
        assert_eq!(outcome(source, &schema), expected, "{source}");
    }
}

#[test]
fn a_wrong_value_is_named_with_its_type_and_not_mended_in_the_rule() {
    let schema = given();
    let found = crate::check("age > :day", &schema).unwrap_err();
    let first = found.iter().next().unwrap();
    assert_eq!(first.message, "`age` is int, but `:day` is string");
    assert_eq!(first.fix, None);
    let help = first.help.as_deref();
    assert_eq!(help, Some("`:day` has the type of the value given for it"));
    let found = crate::check("age > :miin", &schema).unwrap_err();
    let help = found.iter().next().unwrap().help.clone();
    assert_eq!(help.as_deref(), Some("did you mean `:min`?"));
}

#[test]
fn a_computed_trait_names_lists_but_no_parameters() {
    let mut schema = given();
    let declared = [
        ("blocked", "COUNT(e WHERE sku IN LIST 'blocked')"),
        ("big", "COUNT(e) > :min"),
    ];
    schema.traits = declared
        .map(|(name, text)| (name.to_owned(), text.to_owned()))
        .into();
    assert_eq!(outcome("blocked > 1", &schema), "e.sku:string");
    assert_eq!(outcome("big", &schema), "E0104 `big`");
}
