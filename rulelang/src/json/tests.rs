//! JSON in, text or errors out, and back.

mod given;
mod percents;
mod roundtrip;
mod sequences;
mod spans;

use serde_json::{Value as Json, json};

use super::{from_json, to_json};
use crate::{Schema, Span};

fn text(json: &Json) -> String {
    match from_json(json) {
        Ok(rule) => {
            let parsed = crate::parse(&rule.text).unwrap();
            assert_eq!(crate::format(&parsed), rule.text, "canonical");
            rule.text
        }
        Err(found) => found.to_string(),
    }
}

fn check(cases: &[(Json, &str)]) {
    for (json, expected) in cases {
        assert_eq!(text(json), *expected, "{json}");
    }
}

fn leaf(operator: &str, value: &Json) -> String {
    text(&json!({ "field": "x", "operator": operator, "value": value }))
}

#[test]
fn the_seeds_body_is_total_spent_above_a_thousand() {
    let body = json!({"conditions": [{"field": "totalSpent", "operator": "gt", "value": 1000}]});
    assert_eq!(text(&body), "totalSpent > 1000");
    assert!(crate::check(&text(&body), &Schema::default()).is_ok());
}

#[test]
fn groups_are_and_or_and_not() {
    let a = json!({"field": "a", "operator": "eq", "value": 1});
    let b = json!({"field": "b", "operator": "eq", "value": 2});
    check(&[
        (json!({"conditions": [a, b]}), "a == 1 AND b == 2"),
        (
            json!({"all": [a, {"any": [a, b]}]}),
            "a == 1 AND (a == 1 OR b == 2)",
        ),
        (
            json!({"any": [a, {"all": [a, b]}]}),
            "a == 1 OR a == 1 AND b == 2",
        ),
        (json!({"none": [a, b]}), "NOT (a == 1 OR b == 2)"),
        (json!({"none": [a]}), "NOT a == 1"),
        (json!({"not": {"not": a}}), "NOT NOT a == 1"),
        (
            json!({"combinator": "OR", "conditions": [a, b]}),
            "a == 1 OR b == 2",
        ),
        (
            json!({"all": [{"all": [a, b]}, a]}),
            "(a == 1 AND b == 2) AND a == 1",
        ),
        (
            json!({"all": [{"expression": "a or b"}, a]}),
            "(a OR b) AND a == 1",
        ),
        (a.clone(), "a == 1"),
    ]);
}

#[test]
fn operators_have_canonical_names_and_aliases() {
    for (operator, value, expected) in [
        ("eq", json!("a"), "x == 'a'"),
        ("===", json!(1.5), "x == 1.5"),
        ("not_equals", json!(true), "x != TRUE"),
        ("greaterThanInclusive", json!(-1), "x >= -1"),
        ("$lt", json!(1), "x < 1"),
        ("<=", json!({"field": "y"}), "x <= y"),
        ("between", json!([1, 2]), "x BETWEEN 1 AND 2"),
        ("range", json!([1, 2]), "x BETWEEN 1 AND 2"),
        ("not_between", json!([1, 2]), "x NOT BETWEEN 1 AND 2"),
        ("is_one_of", json!(["a", "b"]), "x IN ('a', 'b')"),
        ("nin", json!([1]), "x NOT IN (1)"),
        ("contains", json!("a"), "x CONTAINS 'a'"),
        ("doesNotContain", json!("a"), "x NOT CONTAINS 'a'"),
        ("icontains", json!("50%"), "x ILIKE '%50!%%' ESCAPE '!'"),
        ("icontains", json!("a!"), "x ILIKE '%a!%'"),
        ("contains_any", json!(["a"]), "x CONTAINS ANY ('a')"),
        ("contains_none", json!(["a"]), "x CONTAINS NONE ('a')"),
        ("startsWith", json!("a"), "x STARTS WITH 'a'"),
        ("regex", json!("^a"), "x MATCHES '^a'"),
        ("not_matches", json!("^a"), "x NOT MATCHES '^a'"),
        ("ilike", json!("a%"), "x ILIKE 'a%'"),
        (
            "before",
            json!("2026-01-31T10:00:00Z"),
            "x BEFORE TIMESTAMP '2026-01-31T10:00:00Z'",
        ),
        (
            "DATE_AFTER",
            json!("2026-01-31"),
            "x AFTER DATE '2026-01-31'",
        ),
        ("in_the_last", json!("30d"), "x WITHIN LAST 30 DAYS"),
        (
            "not_within_last",
            json!({"hours": 12}),
            "x NOT WITHIN LAST 12 HOURS",
        ),
        ("older_than", json!("2 weeks"), "x OLDER THAN 2 WEEKS"),
        ("within_next", json!("15min"), "x WITHIN NEXT 15 MINUTES"),
        ("is_distinct_from", json!("US"), "x IS DISTINCT FROM 'US'"),
    ] {
        assert_eq!(leaf(operator, &value), expected, "{operator} {value}");
    }
    for (operator, expected) in [
        ("exists", "EXISTS x"),
        ("is_set", "EXISTS x"),
        ("not_exists", "x IS NULL"),
        ("is_not_null", "x IS NOT NULL"),
        ("is_empty", "x IS EMPTY"),
        ("is_not_empty", "x IS NOT EMPTY"),
        ("is_true", "x IS TRUE"),
        ("is_false", "x IS FALSE"),
    ] {
        let json = json!({ "field": "x", "operator": operator });
        assert_eq!(text(&json), expected, "{operator}");
    }
    check(&[(
        json!({"operator": "not_in_segment", "value": "vip"}),
        "NOT IN SEGMENT 'vip'",
    )]);
}

#[test]
fn aggregates_take_an_event_a_window_and_a_where() {
    check(&[
        (
            json!({"aggregate": "count", "field": "purchase", "window": "30d",
                "where": {"any": [{"field": "category", "operator": "eq", "value": "a"},
                    {"field": "amount", "operator": "gt", "value": 5}]},
                "operator": "gte", "value": 3}),
            "COUNT(purchase WITHIN LAST 30 DAYS WHERE category == 'a' OR amount > 5) >= 3",
        ),
        (
            json!({"aggregate": "sum", "field": "purchase.amount",
                "window": {"from": "90d", "to": "30d"}, "operator": "gt", "value": 1}),
            "SUM(purchase.amount FROM 90 DAYS TO 30 DAYS AGO) > 1",
        ),
        (
            json!({"aggregate": "count_distinct", "event": "a.b", "field": "sku",
                "window": {"start": "2026-01-01", "end": "2026-02-01T00:00:00Z"},
                "operator": "gt", "value": 1}),
            "COUNT DISTINCT(`a.b`.sku DURING DATE '2026-01-01' TO TIMESTAMP '2026-02-01T00:00:00Z') > 1",
        ),
        (
            json!({"aggregate": "last", "field": "*.timestamp", "operator": "within_last",
                "value": "30d"}),
            "LAST(*.timestamp) WITHIN LAST 30 DAYS",
        ),
    ]);
}

#[test]
fn who_is_left_out_is_kept_by_what_the_form_has_for_it() {
    let help = |leaf: Json| {
        let rule = from_json(&leaf).unwrap();
        let warnings = crate::check(&rule.text, &Schema::default())
            .unwrap()
            .warnings;
        let located = rule.locate(&warnings);
        let found = located.iter().next().cloned().unwrap();
        (found.pointer.unwrap(), found.help.unwrap())
    };
    let leaf = json!({"field": "country", "operator": "neq", "value": "US"});
    let missing = "add `\"missing\": \"match\"` to keep them";
    assert_eq!(help(leaf.clone()), (String::new(), missing.to_owned()));
    let within = json!({"any": [{"field": "a", "operator": "gt", "value": 1}, leaf]});
    assert_eq!(help(within), ("/any/1".to_owned(), missing.to_owned()));
    let turned = json!({"none": [{"field": "a", "operator": "gt", "value": 1},
        {"field": "country", "operator": "eq", "value": "US"}]});
    let (pointer, told) = help(turned);
    assert_eq!(pointer, "/none/0");
    assert_eq!(told, "write `(a > 1) IS TRUE` to keep them");
    let text = json!({"expression": "country != 'US'"});
    let (_, told) = help(text);
    assert!(told.contains("IS DISTINCT FROM"), "{told}");
}

#[test]
fn missing_match_adds_the_absent_value() {
    let leaf = json!({"field": "country", "operator": "neq", "value": "US", "missing": "match"});
    check(&[
        (leaf.clone(), "country != 'US' OR country IS NULL"),
        (
            json!({"all": [leaf, {"field": "a", "operator": "is_true"}]}),
            "(country != 'US' OR country IS NULL) AND a IS TRUE",
        ),
    ]);
}

#[test]
fn mistakes_name_their_place_and_what_was_meant() {
    check(&[
        (
            json!({"conditions": [{"field": "a", "operator": "gtt", "value": 1},
                {"feild": "a", "operator": "eq", "value": 1}]}),
            "E0402 at /conditions/0/operator: there is no operator `gtt`; E0401 at /conditions/1/feild: there is no key `feild` here; E0401 at /conditions/1: a condition needs a field",
        ),
        (
            json!({"conditions": []}),
            "E0401 at /conditions: a rule needs a condition, and this group has none",
        ),
        (json!([]), "E0401 at /: a condition is a JSON object"),
        (
            json!({"all": [], "any": []}),
            "E0401 at /: an object is one group, not both `all` and `any`",
        ),
        (
            json!({"field": "a", "operator": "eq"}),
            "E0401 at /: `eq` needs a value",
        ),
        (
            json!({"field": "a", "operator": "within_last", "value": "30 moons"}),
            "E0401 at /value: this is not a duration",
        ),
        (
            json!({"field": "a", "operator": "before", "value": "soon"}),
            "E0401 at /value: `soon` is not an instant",
        ),
        (
            json!({"field": "a", "operator": "eq", "value": 1, "window": "30d"}),
            "E0401 at /window: `window` goes with an `aggregate`",
        ),
    ]);
    let found = from_json(&json!({"field": "a", "operator": "greatr_than", "value": 1}));
    let found = found.unwrap_err();
    let help = found.iter().next().unwrap().help.clone();
    assert_eq!(help.as_deref(), Some("did you mean `gt`?"));
}

#[test]
fn an_expression_that_does_not_parse_is_an_error_at_its_pointer() {
    let found = from_json(&json!({"all": [{"expression": "a = = 1"}]})).unwrap_err();
    let pointer = found.iter().next().unwrap().pointer.clone();
    assert_eq!(pointer.as_deref(), Some("/all/0/expression"));
}

#[test]
fn size_and_depth_are_limited() {
    let leaf = json!({"field": "a", "operator": "eq", "value": 1});
    let mut deep = leaf.clone();
    for _ in 0..200 {
        deep = json!({ "not": deep });
    }
    assert!(text(&deep).starts_with("E0302 at /: groups nest deeper"));
    let long = "x".repeat(300 * 1024);
    let large = json!({"field": long, "operator": "eq", "value": 1});
    assert!(text(&large).starts_with("E0303 at /"));
    let long = json!({"field": "a", "operator": "eq", "value": "x".repeat(9000)});
    assert!(text(&long).starts_with("E0303 at /value"));
}

#[test]
fn spans_of_the_text_map_back_to_pointers() {
    let json = json!({"all": [
        {"field": "country", "operator": "neq", "value": "US", "missing": "match"},
        {"any": [
            {"field": "plan", "operator": "in", "value": ["a", 5]},
            {"aggregate": "count", "field": "purchase", "operator": "gt", "value": 1,
                "where": {"field": "sku", "operator": "eq", "value": "z"}},
            {"field": "app", "operator": "version_gte", "value": "1.2"},
        ]},
        {"not": {"expression": "churned"}},
    ]});
    let rule = from_json(&json).unwrap();
    for (needle, pointer) in [
        ("country", "/all/0/field"),
        ("'US'", "/all/0/value"),
        ("country != 'US'", "/all/0"),
        ("plan", "/all/1/any/0/field"),
        ("5", "/all/1/any/0/value/1"),
        ("'z'", "/all/1/any/1/where/value"),
        ("sku == 'z'", "/all/1/any/1/where"),
        ("app", "/all/1/any/2/field"),
        ("'1.2'", "/all/1/any/2/value"),
        ("churned", "/all/2/not/expression"),
    ] {
        let start = rule.text.find(needle).unwrap();
        let span = Span::new(start, start + needle.len());
        assert_eq!(rule.pointer(span), pointer, "{needle} in {}", rule.text);
    }
    assert_eq!(rule.pointer(Span::new(0, rule.text.len())), "");
    let found = crate::check(&rule.text, &Schema::default()).unwrap_err();
    let located = rule.locate(&found);
    let pointer = located.iter().next().unwrap().pointer.clone();
    assert_eq!(pointer.as_deref(), Some("/all/1/any/0"));
}

#[test]
fn to_json_uses_leaves_where_they_can_say_it() {
    let json = |source: &str| to_json(&crate::parse(source).unwrap());
    assert_eq!(
        json("a > 1 AND NOT b IN ('x') AND COUNT(p WITHIN LAST 30d) > 2 AND a + 1 > 2"),
        json!({"all": [
            {"field": "a", "operator": "gt", "value": 1},
            {"not": {"field": "b", "operator": "in", "value": ["x"]}},
            {"aggregate": "count", "field": "p", "window": {"last": "30d"},
                "operator": "gt", "value": 2},
            {"expression": "a + 1 > 2"},
        ]})
    );
}
