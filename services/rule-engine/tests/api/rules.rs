//! `/api/rules/validate`, `/format` and `/explain`.

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::support::Api;

#[tokio::test]
async fn a_valid_rule_is_told_in_both_forms_with_what_it_reads() {
    let api = Api::new().await;
    let rule = "COUNT(purchase WITHIN LAST 30 DAYS) >= 3 OR plan = 'pro'";
    let (status, mut answer) = api
        .post("/api/rules/validate", json!({"expression": rule}))
        .await;
    assert_eq!(status, StatusCode::OK);
    let expected = json!({
        "valid": true,
        "expression": "COUNT(purchase WITHIN LAST 30 DAYS) >= 3 OR plan == 'pro'",
        "description": "at least 3 `purchase` events in the last 30 days, or plan is 'pro'",
        "rules": {"any": [
            {"aggregate": "count", "field": "purchase", "operator": "gte", "value": 3,
             "window": {"last": "30d"}},
            {"field": "plan", "operator": "eq", "value": "pro"},
        ]},
        "type": "bool",
        "fields": [{"name": "plan", "type": "string"}],
        "events": ["purchase"],
        "segments": [],
        "timeDependent": true,
        "diagnostics": [],
    });
    let cost = answer.as_object_mut().unwrap().remove("cost").unwrap();
    assert_eq!(answer, expected);
    assert_eq!(
        (&cost["conditions"], &cost["aggregates"]),
        (&json!(2), &json!(1))
    );
    assert!(cost["nanoseconds"].as_f64().unwrap() > 1.0);
    assert!(cost["userBytes"].as_u64().unwrap() > 100);
    let wakes_on =
        json!({"events": ["purchase"], "fields": ["plan"], "segments": [], "time": true});
    assert_eq!(cost["wakesOn"], wakes_on);
    let kept = json!([{"event": "purchase", "eventBytes": 8, "milliseconds": 2_592_000_000_u64}]);
    assert_eq!(cost["keptEvents"], kept);
    let (_, again) = api
        .post("/api/rules/validate", json!({"rules": answer["rules"]}))
        .await;
    assert_eq!(again["expression"], answer["expression"]);
}

#[tokio::test]
async fn an_invalid_rule_is_an_answer_and_a_malformed_request_is_not() {
    let api = Api::new().await;
    let validate = |body: Value| api.post("/api/rules/validate", body);
    let (status, answer) = validate(json!({"expression": "totalSpent > 'x'"})).await;
    assert_eq!((status, &answer["valid"]), (StatusCode::OK, &json!(false)));
    assert_eq!(answer["diagnostics"][0]["code"], "E0201");
    let form = json!({"conditions": [{"field": "a", "operator": "gtt", "value": 1}]});
    let (status, answer) = validate(json!({"rules": form})).await;
    assert_eq!((status, &answer["valid"]), (StatusCode::OK, &json!(false)));
    let finding = &answer["diagnostics"][0];
    assert_eq!(finding["pointer"], "/conditions/0/operator");
    assert_eq!(finding["help"], "did you mean `gt`?");

    for body in [
        json!({}),
        json!({"expression": "a > 1", "rules": {}}),
        json!({"expression": 3}),
        json!([]),
        json!("{\"expression\":"),
        json!(""),
    ] {
        let (status, answer) = validate(body.clone()).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{body}");
        assert_eq!(answer["status"], 400, "{body}");
    }
    let twice = r#"{"rules": {"any": [{"expression": "a"}], "any": [{"expression": "b"}]}}"#;
    let (status, answer) = validate(json!(twice)).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    let fault = &answer["errors"][0];
    assert_eq!(fault["detail"], "`any` is given twice");
    assert_eq!(fault["pointer"], "/rules");
    let (status, answer) = validate(json!({"expresion": "a > 1"})).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    let suggestion = &answer["errors"][0]["suggestion"];
    assert_eq!(suggestion, "did you mean `expression`?");
}

#[tokio::test]
async fn a_rule_is_checked_against_what_is_published() {
    let api = Api::new().await;
    let api = &api;
    let validate = |rule: &'static str| async move {
        let body = json!({"expression": rule});
        let (_, answer) = api.post("/api/rules/validate", body).await;
        answer
    };
    assert_eq!(validate("IN SEGMENT 'vip'").await["valid"], true);
    let unknown = validate("IN SEGMENT 'vipp'").await;
    assert_eq!(unknown["valid"], false);
    assert_eq!(unknown["diagnostics"][0]["help"], "did you mean `vip`?");
    let other_type = validate("plan > 3").await;
    assert_eq!(other_type["valid"], false);
    let told = other_type["diagnostics"].to_string();
    assert!(told.contains("segment `pro-vip`"), "{told}");

    assert_eq!(validate("IN SEGMENT 'new'").await["valid"], false);
    api.publish("new", "New", "age > 3", vec![]).await;
    assert_eq!(validate("IN SEGMENT 'new'").await["valid"], true);
}

#[tokio::test]
async fn formatting_gives_both_forms_or_says_where_it_is_wrong() {
    let api = Api::new().await;
    let format = |body: Value| api.post("/api/rules/format", body);
    let (status, answer) = format(json!({"expression": "a=1 and not (b<2)"})).await;
    assert_eq!(status, StatusCode::OK);
    let expected = json!({
        "expression": "a == 1 AND NOT b < 2",
        "rules": {"all": [
            {"field": "a", "operator": "eq", "value": 1},
            {"not": {"field": "b", "operator": "lt", "value": 2}},
        ]},
    });
    assert_eq!(answer, expected);
    let (status, answer) = format(json!({"expression": "a = "})).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    let fault = &answer["errors"][0];
    assert_eq!(fault["code"], "E0001");
    assert!(fault["span"]["start"].is_u64() && fault["detail"].is_string());
}

#[tokio::test]
async fn an_explanation_is_that_of_the_command_line() {
    let api = Api::new().await;
    let explain = |body: Value| api.post("/api/rules/explain", body);
    let (status, answer) = explain(json!({
        "expression": "totalSpent > 1000 AND plan == 'pro'",
        "bindings": {"totalSpent": 1500.5},
    }))
    .await;
    assert_eq!(status, StatusCode::OK);
    let expected = json!({
        "value": null,
        "expression": "totalSpent > 1000 AND plan == 'pro'",
        "nextChangeAt": null,
        "nextChange": "Does not become TRUE without a new event",
        "explanation": {"kind": "all", "text": "totalSpent > 1000 AND plan == 'pro'", "value": null,
            "conditions": [
                {"kind": "condition", "text": "totalSpent > 1000", "value": true,
                 "operands": [{"text": "totalSpent", "value": 1500.5}]},
                {"kind": "condition", "text": "plan == 'pro'", "value": null,
                 "operands": [{"text": "plan", "value": null, "whyNull": "there is no value"}]},
            ]},
    });
    assert_eq!(answer, expected);

    let (_, answer) = explain(json!({
        "expression": "COUNT(purchase WITHIN LAST 7 DAYS) >= 1 AND IN SEGMENT 'vip'",
        "bindings": {"totalSpent": 5},
        "events": [{"eventType": "purchase", "timestamp": "2026-01-30T10:00:00Z",
                    "properties": {"amount": 2000}}],
        "now": "2026-01-31T00:00:00Z",
    }))
    .await;
    // With events a computed trait is what they make it, whatever a binding says.
    assert_eq!(answer["value"], true);
    assert_eq!(answer["nextChangeAt"], "2026-02-06T10:00:00Z");

    let (_, answer) = explain(json!({"segmentId": "vip", "bindings": {"totalSpent": 1}})).await;
    assert_eq!(answer["value"], false);
    for (body, pointer) in [
        (
            json!({"expression": "a", "bindings": []}),
            json!("/bindings"),
        ),
        (json!({"expression": "a", "events": [{}]}), json!("/events")),
        (json!({"expression": "a", "now": "soon"}), json!("/now")),
        (json!({"bindings": {}}), json!(null)),
    ] {
        let (status, answer) = explain(body).await;
        assert_eq!(status, StatusCode::BAD_REQUEST);
        assert_eq!(answer["errors"][0]["pointer"], pointer);
    }
}

#[tokio::test]
async fn only_events_of_the_user_count() {
    let api = Api::new().await;
    let event = |user: &str| json!({"userId": user, "eventType": "buy"});
    let events = json!([event("ann"), event("bob"), {"eventType": "buy"}]);
    let explain = |body: Value| api.post("/api/rules/explain", body);
    let bindings = json!({"userId": "ann"});
    let mut body = json!({"expression": "COUNT(buy)", "events": events, "bindings": bindings});
    let (status, answer) = explain(body.clone()).await;
    assert_eq!((status, &answer["value"]), (StatusCode::OK, &json!(2)));
    body["bindings"] = json!({});
    let (status, answer) = explain(body).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert_eq!(answer["errors"][0]["pointer"], "/events");
    let detail = answer["errors"][0]["detail"].to_string();
    assert!(detail.contains("`ann` and `bob`") && detail.contains("`userId` in `bindings`"));
}

#[tokio::test]
async fn a_rule_is_validated_with_values_for_its_parameters() {
    let api = Api::new().await;
    let validate = |body: Value| api.post("/api/rules/validate", body);
    let rule = "totalSpent > :min AND plan IN :plans";
    let (_, answer) = validate(json!({"expression": rule})).await;
    assert_eq!(answer["diagnostics"][0]["code"], "E0105");
    let parameters = json!({"min": 100, "plans": ["pro", "team"]});
    let (_, answer) = validate(json!({"expression": rule, "parameters": parameters})).await;
    assert_eq!(answer["valid"], true, "{answer}");
    assert_eq!(answer["expression"], rule);
    let description = "totalSpent is more than 100, and plan is 'pro' or 'team'";
    assert_eq!(answer["description"], description);
    // Its JSON form has the values with it.
    assert_eq!(answer["rules"]["parameters"], parameters);
    let (_, again) = validate(json!({"rules": answer["rules"]})).await;
    assert_eq!(again["description"], description);
    let (_, other) = validate(json!({"rules": answer["rules"], "parameters": {"min": 7}})).await;
    let told = other["description"].as_str().unwrap();
    assert!(told.contains("more than 7"), "{told}");
    let body = json!({"expression": rule, "parameters": {"min": {"a": 1}}});
    let (status, problem) = validate(body).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert_eq!(problem["errors"][0]["pointer"], "/parameters/min");
}

/// A rule that was checked before is kept; not for other values.
#[tokio::test]
async fn a_rule_is_evaluated_with_its_own_values() {
    let api = Api::new().await;
    for (min, expected) in [(100, true), (200, false), (100, true)] {
        let rules = json!({"expression": "spent > :min", "parameters": {"min": min}});
        let body = json!({"rules": rules, "contexts": [{"spent": 150}]});
        let (status, answer) = api.post("/api/rules/evaluate", body).await;
        assert_eq!(status, StatusCode::OK, "{answer}");
        assert_eq!(answer["results"][0]["value"], expected, "{min}: {answer}");
    }
}
