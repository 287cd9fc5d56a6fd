use serde_json::json;

use super::{check, text};
use crate::json::{from_json, to_json};
use crate::{Schema, parse};

#[test]
fn a_sequence_is_a_list_of_steps() {
    check(&[
        (
            json!({"sequence": [{"event": "view"}, {"event": "*"}]}),
            "SEQUENCE(view THEN *)",
        ),
        (
            json!({"all": [
                {"sequence": [
                    {"event": "view", "window": "7d", "where": {"field": "x", "operator": "gt", "value": 1}},
                    {"event": "Order Completed", "within": {"hours": 1}, "not": false},
                    {"event": "a.b", "within": "24h", "not": true}
                ]},
                {"field": "a", "operator": "is_true"}
            ]}),
            "SEQUENCE(view WITHIN LAST 7 DAYS WHERE x > 1 THEN `Order Completed` WITHIN 1 HOUR \
             THEN NOT `a.b` WITHIN 24 HOURS) AND a IS TRUE",
        ),
    ]);
}

#[test]
fn what_stands_in_the_wrong_place_is_told_there() {
    let wrong = [
        (json!([]), "/sequence", "a sequence is a list"),
        (
            json!([{"event": "a"}]),
            "/sequence",
            "a sequence is a list of two",
        ),
        (json!([{"event": "a"}, "b"]), "/sequence/1", "a JSON object"),
        (
            json!([{"event": "a"}, {"within": "1h"}]),
            "/sequence/1",
            "needs an event",
        ),
        (
            json!([{"event": "a", "within": "1h"}, {"event": "b"}]),
            "/sequence/0/within",
            "no step comes before the first",
        ),
        (
            json!([{"event": "a"}, {"event": "b", "window": "1d"}]),
            "/sequence/1/window",
            "in the first step of a sequence only",
        ),
        (
            json!([{"event": "a", "not": true}, {"event": "b"}]),
            "/sequence/0/not",
            "in the last step of a sequence only",
        ),
        (
            json!([{"event": "a"}, {"event": "b", "not": 1}]),
            "/sequence/1/not",
            "is true or false",
        ),
        (
            json!([{"event": "a"}, {"event": "b", "within": "soon"}]),
            "/sequence/1/within",
            "not a duration",
        ),
        (
            json!([{"event": "a"}, {"event": "b", "wher": {}}]),
            "/sequence/1/wher",
            "no key `wher`",
        ),
    ];
    for (steps, pointer, message) in wrong {
        let found = from_json(&json!({ "sequence": steps })).unwrap_err();
        let first = found.iter().next().unwrap();
        assert_eq!(first.pointer.as_deref(), Some(pointer), "{steps}: {found}");
        assert!(first.message.contains(message), "{steps}: {found}");
        assert_eq!(found.iter().count(), 1, "{steps}: {found}");
    }
}

#[test]
fn findings_about_a_step_point_into_it() {
    let conditions = json!({"all": [
        {"field": "x", "operator": "gt", "value": 1},
        {"field": "x", "operator": "starts_with", "value": "y"}
    ]});
    let json = json!({"not": {"sequence": [
        {"event": "a"},
        {"event": "b", "where": conditions, "not": true}
    ]}});
    let rule = from_json(&json).unwrap();
    let found = crate::check(&rule.text, &Schema::default()).unwrap_err();
    let located = rule.locate(&found);
    let pointers: Vec<_> = located.iter().map(|found| found.pointer.clone()).collect();
    let expected = "/not/sequence/1/where/all/1/field";
    assert_eq!(pointers, [Some(expected.to_owned())], "{found}");
}

#[test]
fn what_the_steps_cannot_say_is_an_expression() {
    let source = "SEQUENCE(a THEN `*`)";
    let json = to_json(&parse(source).unwrap());
    assert_eq!(json, json!({ "expression": source }));
    assert_eq!(text(&json), source);
}
