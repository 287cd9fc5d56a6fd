//! What a rule only names, and what it brings for that.

use serde_json::{Value as Json, json};

use super::{check, leaf};
use crate::Schema;
use crate::json::from_json;

#[test]
fn names_have_leaves() {
    for (operator, value, expected) in [
        ("gt", json!({"param": "min"}), "x > :min"),
        ("in", json!({"param": "few"}), "x IN :few"),
        ("not_in", json!([{"param": "one"}, 2]), "x NOT IN (:one, 2)"),
        ("before", json!({"param": "end"}), "x BEFORE :end"),
        ("in_list", json!("blocked"), "x IN LIST 'blocked'"),
        ("not_in_list", json!("it's"), "x NOT IN LIST 'it\\'s'"),
    ] {
        assert_eq!(leaf(operator, &value), expected, "{operator} {value}");
    }
}

#[test]
fn mistakes_in_names_and_values_name_their_place() {
    check(&[
        (
            json!({"field": "a", "operator": "in_list", "value": ["x"]}),
            "E0401 at /value: a list is named by a string",
        ),
        (
            json!({"field": "a", "operator": "eq", "value": {"param": "a b"}}),
            "E0401 at /value/param: this names no parameter",
        ),
        (
            json!({"expression": "a == :p", "parameters": {"p": {"a": 1}}}),
            "E0401 at /parameters/p: this is no value of a parameter",
        ),
        (
            json!({"not": {"expression": "a == :p", "parameters": {"p": 1}}}),
            "E0401 at /not/parameters: there is no key `parameters` here",
        ),
    ]);
}

#[test]
fn a_rule_brings_values_for_its_parameters() {
    let rule = from_json(&json!({
        "all": [
            {"field": "spent", "operator": "gt", "value": {"param": "min"}},
            {"field": "country", "operator": "in", "value": {"param": "countries"}},
        ],
        "parameters": {"min": 100, "countries": ["DE", "AT"]},
    }));
    let rule = rule.unwrap();
    assert_eq!(rule.text, "spent > :min AND country IN :countries");
    let schema = Schema {
        parameters: rule.parameters,
        ..Schema::default()
    };
    let checked = crate::check(&rule.text, &schema).unwrap();
    assert_eq!(
        crate::english(&checked.rule),
        "spent is more than 100, and country is 'DE' or 'AT'"
    );
}

#[test]
fn lists_are_of_strings_or_of_numbers() {
    let lists = |json: &Json| crate::json::lists(json).map_err(|found| found.to_string());
    let read = lists(&json!({"skus": ["a", "b"], "ids": [1, 2.5], "none": []})).unwrap();
    assert_eq!(read["skus"].len(), 2);
    assert_eq!(read["ids"][1], crate::Value::Float(2.5));
    assert_eq!(read["none"].len(), 0);
    for (json, expected) in [
        (json!([]), "E0401 at /: lists are a JSON object of arrays"),
        (
            json!({"a/b": ["x", 1]}),
            "E0401 at /a~1b: this is no list of strings or of numbers",
        ),
        (
            json!({"a": [true]}),
            "E0401 at /a: this is no list of strings or of numbers",
        ),
        (
            json!({"a": vec![1; crate::limits::LIST_ITEMS_MAX + 1]}),
            "E0401 at /a: this is no list of strings or of numbers",
        ),
    ] {
        assert_eq!(lists(&json).unwrap_err(), expected);
    }
    let most = json!({"a": vec![1; crate::limits::LIST_ITEMS_MAX]});
    assert!(lists(&most).is_ok());
}
