//! Segments come, are listed, change and go.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::{Value, json};

use crate::support::Platform;

/// The body of the design's walk-through.
fn demo_vip() -> Value {
    json!({
        "name": "Demo VIP Users",
        "type": "DYNAMIC",
        "rules": {"conditions": [{"field": "totalSpent", "operator": "gt", "value": 1000}]}
    })
}

#[tokio::test]
async fn the_body_of_the_design_makes_a_segment_that_shows_both_forms() {
    let platform = Platform::new().await;
    let answer = platform.ask("POST /api/segments", demo_vip()).await;
    assert_eq!(answer.header("location"), "/api/segments/demo-vip-users");
    assert_eq!(answer.header("etag"), "\"1\"");
    let mut segment = answer.is(201);
    for stamp in ["createdAt", "updatedAt"] {
        let text = segment[stamp].take();
        assert!(rulelang::time::parse_timestamp(text.as_str().unwrap()).is_some());
    }
    let expected = json!({
        "id": "demo-vip-users",
        "name": "Demo VIP Users",
        "description": "",
        "type": "DYNAMIC",
        "rules": {"conditions": [{"field": "totalSpent", "operator": "gt", "value": 1000}]},
        "expression": "totalSpent > 1000",
        "active": true,
        "status": "building",
        "version": 1,
        "size": 0,
        "dailyGrowth": 0,
        "warnings": [],
        "createdAt": null,
        "updatedAt": null,
    });
    assert_eq!(segment, expected);
    let again = platform.get("/api/segments/demo-vip-users").await;
    assert_eq!(again.header("etag"), "\"1\"");
    assert_eq!(again.is(200)["expression"], "totalSpent > 1000");
}

#[tokio::test]
async fn a_rule_as_text_is_shown_in_its_json_form_too() {
    let platform = Platform::new().await;
    let made = platform.create("vip", "totalSpent>1000").await.is(201);
    assert_eq!(made["expression"], "totalSpent > 1000");
    assert_eq!(
        made["rules"],
        json!({"field": "totalSpent", "operator": "gt", "value": 1000})
    );
}

#[tokio::test]
async fn a_shared_name_or_rule_is_warned_of_and_gets_an_id_of_its_own() {
    let platform = Platform::new().await;
    platform.ask("POST /api/segments", demo_vip()).await.is(201);
    let second = platform.ask("POST /api/segments", demo_vip()).await.is(201);
    let id = second["id"].as_str().unwrap();
    assert!(id.starts_with("demo-vip-users-"), "{id}");
    let details: Vec<&str> = second["warnings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|warning| warning["detail"].as_str().unwrap())
        .collect();
    assert_eq!(
        details,
        [
            "the segment `demo-vip-users` has the same name",
            "the segment `demo-vip-users` has the same rule"
        ]
    );
}

#[tokio::test]
async fn segments_of_the_same_more_or_fewer_users_are_warned_of() {
    let platform = Platform::new().await;
    for (id, rule) in [
        ("spenders", "totalSpent > 100"),
        ("germans", "country == 'DE'"),
        (
            "buyers-here",
            "totalSpent >= 500 AND country IN ('DE', 'AT')",
        ),
        ("written-otherwise", "200 < totalSpent"),
    ] {
        platform.create(id, rule).await.is(201);
    }
    let made = platform.create("vip", "totalSpent > 200").await.is(201);
    let warnings = made["warnings"].as_array().unwrap();
    let details: Vec<&str> = warnings
        .iter()
        .map(|warning| warning["detail"].as_str().unwrap())
        .collect();
    assert_eq!(
        details,
        [
            "the same users as in this segment are in `written-otherwise`, by the rules alone",
            "everybody in this segment is also in `spenders`, by the rules alone",
            "in this segment is also everybody in `buyers-here`, by the rules alone",
        ]
    );
    assert!(
        warnings
            .iter()
            .all(|warning| warning["pointer"] == "/rules")
    );
}

#[tokio::test]
async fn a_taken_id_is_refused() {
    let platform = Platform::new().await;
    platform.create("vip", "totalSpent > 1").await.is(201);
    let problem = platform.create("vip", "totalSpent > 2").await.is(409);
    assert_eq!(problem["detail"], "the id `vip` is taken");
}

#[tokio::test]
async fn a_list_is_paged_by_id() {
    let platform = Platform::new().await;
    for id in ["b", "a", "c"] {
        platform.create(id, "totalSpent > 1").await.is(201);
    }
    let ids = |page: &Value| -> Vec<String> {
        let data = page["data"].as_array().unwrap().iter();
        data.map(|it| it["id"].as_str().unwrap().to_owned())
            .collect()
    };
    let first = platform.get("/api/segments?limit=2").await.is(200);
    assert_eq!(ids(&first), ["a", "b"]);
    assert_eq!(first["page"]["hasMore"], true);
    let next = first["page"]["next"].as_str().unwrap();
    let second = platform
        .get(&format!("/api/segments?limit=2&cursor={next}"))
        .await
        .is(200);
    assert_eq!(ids(&second), ["c"]);
    assert_eq!(second["page"], json!({"next": null, "hasMore": false}));
    platform.get("/api/segments?limit=1001").await.is(400);
    platform.get("/api/segments?cursor=!").await.is(400);
}

#[tokio::test]
async fn a_deleted_segment_is_gone_and_its_id_may_return() {
    let platform = Platform::new().await;
    platform.create("vip", "totalSpent > 1").await.is(201);
    let answer = platform.ask("DELETE /api/segments/vip", Value::Null).await;
    answer.is(204);
    platform.get("/api/segments/vip").await.is(404);
    let list = platform.get("/api/segments").await.is(200);
    assert_eq!(list["data"], json!([]));
    platform
        .ask("DELETE /api/segments/vip", Value::Null)
        .await
        .is(404);
    let back = platform.create("vip", "totalSpent > 2").await.is(201);
    assert_eq!(back["version"], 2, "versions count on");
}

#[tokio::test]
async fn an_edit_of_what_changed_meanwhile_is_refused() {
    let platform = Platform::new().await;
    platform.create("vip", "totalSpent > 1").await.is(201);
    let body = json!({"name": "VIP", "rules": {"expression": "totalSpent > 2"}});
    let line = "PUT /api/segments/vip?publish=true";
    let answer = platform
        .ask_with(line, &[("if-match", "\"1\"")], body.clone())
        .await;
    assert_eq!(answer.header("etag"), "\"2\"");
    answer.is(200);
    let stale = &[("if-match", "\"1\"")];
    platform.ask_with(line, stale, body).await.is(412);
    for line in [
        "DELETE /api/segments/vip",
        "POST /api/segments/vip:rollback",
    ] {
        platform.ask_with(line, stale, Value::Null).await.is(412);
    }
}

#[tokio::test]
async fn a_request_that_comes_again_makes_nothing_twice() {
    let platform = Platform::new().await;
    let key = &[("idempotency-key", "k-1")];
    let line = "POST /api/segments";
    let first = platform.ask_with(line, key, demo_vip()).await.is(201);
    let second = platform.ask_with(line, key, demo_vip()).await.is(201);
    assert_eq!(first, second);
    let list = platform.get("/api/segments").await.is(200);
    assert_eq!(list["data"].as_array().unwrap().len(), 1);
    let mut other = demo_vip();
    other["name"] = json!("Another");
    platform.ask_with(line, key, other.clone()).await.is(422);
    let key = &[("idempotency-key", "k-2")];
    platform.ask_with(line, key, other).await.is(201);
}

#[tokio::test]
async fn there_is_a_limit_to_the_number_of_segments() {
    let platform = Platform::with_segments_max(2).await;
    platform.create("a", "totalSpent > 1").await.is(201);
    platform.create("b", "totalSpent > 1").await.is(201);
    let problem = platform.create("c", "totalSpent > 1").await.is(409);
    assert_eq!(
        problem["detail"],
        "there are 2 segments, as many as are allowed"
    );
}

#[tokio::test]
async fn many_at_once_of_one_name_each_get_an_id() {
    let platform = Arc::new(Platform::new().await);
    let requests: Vec<_> = (0..20)
        .map(|_| {
            let platform = Arc::clone(&platform);
            tokio::spawn(async move { platform.ask("POST /api/segments", demo_vip()).await })
        })
        .collect();
    let mut ids = BTreeSet::new();
    for request in requests {
        let made = request.await.unwrap().is(201);
        ids.insert(made["id"].to_string());
    }
    assert_eq!(ids.len(), 20);
}

#[tokio::test]
async fn a_segment_keeps_the_values_of_its_rules_parameters() {
    let platform = Platform::new().await;
    let rules = json!({
        "expression": "totalSpent > :min AND signup AFTER :since",
        "parameters": {"min": 1000, "since": "2026-01-01"},
    });
    let body = |rules: &Value| json!({"name": "Big", "rules": rules});
    let made = platform
        .ask("POST /api/segments", body(&rules))
        .await
        .is(201);
    assert_eq!(made["rules"], rules);
    // It says what the rule is to whoever does not have the values.
    let expression = "totalSpent > 1000 AND signup AFTER DATE '2026-01-01'";
    assert_eq!(made["expression"], expression);
    // The same text with other values is another rule.
    let mut larger = rules.clone();
    larger["parameters"]["min"] = json!(2000);
    let larger = json!({"name": "Larger", "rules": larger});
    let larger = platform.ask("POST /api/segments", larger).await.is(201);
    let warnings = larger["warnings"].to_string();
    assert!(warnings.contains("also in `big`"), "{warnings}");
    assert!(!warnings.contains("has the same rule"), "{warnings}");
    let unbound = json!({"expression": "totalSpent > :min"});
    let refused = platform.ask("POST /api/segments", body(&unbound)).await;
    let refused = refused.is(400);
    assert_eq!(refused["errors"][0]["code"], "E0105", "{refused}");
    let list = json!({"field": "sku", "operator": "in_list", "value": "blocked"});
    let refused = platform
        .ask("POST /api/segments", body(&list))
        .await
        .is(400);
    assert_eq!(refused["errors"][0]["code"], "E0106", "{refused}");
}
