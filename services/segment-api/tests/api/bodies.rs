//! What is wrong with a body is told with its place and a way out.

use serde_json::{Value, json};

use crate::support::Platform;

/// The answer to a body that is refused.
async fn refused(body: Value) -> Value {
    let platform = Platform::new().await;
    platform.ask("POST /api/segments", body).await.is(400)
}

fn rules() -> Value {
    json!({"expression": "totalSpent > 1"})
}

#[tokio::test]
async fn an_unknown_field_is_answered_with_the_nearest() {
    let problem = refused(json!({"name": "a", "ruls": rules()})).await;
    assert_eq!(problem["errors"][0]["suggestion"], "did you mean `rules`?");
}

#[tokio::test]
async fn a_wrong_rule_is_told_by_code_and_place() {
    let problem = refused(json!({"name": "a", "rules": {"expression": "totalSpent > 'x'"}})).await;
    let error = &problem["errors"][0];
    assert_eq!(error["pointer"], "/rules/expression");
    assert_eq!(error["span"], json!({"start": 0, "end": 16}));
    assert!(error["code"].as_str().unwrap().starts_with('E'));
    let conditions = json!({"conditions": [
        {"field": "country", "operator": "eq", "value": "DE"},
        {"field": "totalSpent", "operator": "gtt", "value": 1000},
    ]});
    let problem = refused(json!({"name": "a", "rules": conditions})).await;
    let pointer = problem["errors"][0]["pointer"].as_str().unwrap();
    assert!(pointer.starts_with("/rules/conditions/1"), "{pointer}");
}

#[tokio::test]
async fn what_cannot_be_kept_live_is_refused() {
    let expression = "NOW() == lastActivity";
    let problem = refused(json!({"name": "a", "rules": {"expression": expression}})).await;
    assert_eq!(problem["errors"][0]["code"], "E0501");
}

#[tokio::test]
async fn names_and_descriptions_have_limits() {
    let body = |name: String, description: String| json!({"name": name, "description": description, "rules": rules()});
    let platform = Platform::new().await;
    let line = "POST /api/segments";
    let longest = body("ü".repeat(255), "ü".repeat(2_000));
    platform.ask(line, longest).await.is(201);
    for (name, description, pointer) in [
        ("ü".repeat(256), String::new(), "/name"),
        (" ".to_owned(), String::new(), "/name"),
        ("a".to_owned(), "ü".repeat(2_001), "/description"),
    ] {
        let problem = platform.ask(line, body(name, description)).await.is(400);
        assert_eq!(problem["errors"][0]["pointer"], pointer);
    }
}

#[tokio::test]
async fn ids_and_types_keep_to_what_there_is() {
    let problem = refused(json!({"id": "Not OK", "name": "a", "rules": rules()})).await;
    assert_eq!(problem["errors"][0]["pointer"], "/id");
    let problem = refused(json!({"type": "STATIC", "name": "a", "rules": rules()})).await;
    assert_eq!(problem["errors"][0]["pointer"], "/type");
}

#[tokio::test]
async fn what_is_no_segment_is_refused() {
    for body in [
        json!([]),
        json!({"name": "a"}),
        json!({"rules": rules()}),
        json!({"name": "a", "rules": "totalSpent > 1"}),
        json!({"name": "a", "rules": {}}),
        json!({"name": "a", "rules": null}),
        json!({"name": 1, "rules": rules()}),
    ] {
        let problem = refused(body.clone()).await;
        assert_eq!(problem["status"], 400, "{body}");
    }
}

#[tokio::test]
async fn an_idempotency_key_has_limits() {
    let platform = Platform::new().await;
    let body = json!({"name": "a", "rules": rules()});
    let long = "k".repeat(256);
    for key in ["", long.as_str()] {
        let headers = &[("idempotency-key", key)];
        let answer = platform.ask_with("POST /api/segments", headers, body.clone());
        answer.await.is(400);
    }
}
