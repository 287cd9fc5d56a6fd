//! Drafts, publishing them, versions, and the way back.

use serde_json::{Value, json};

use crate::support::Platform;

fn body(expression: &str) -> Value {
    json!({"name": "VIP", "rules": {"expression": expression}})
}

#[tokio::test]
async fn a_draft_is_heard_of_by_nobody_until_it_is_published() {
    let platform = Platform::new().await;
    let draft = json!({"id": "vip", "name": "VIP", "draft": true, "rules": {"expression": "totalSpent > 1"}});
    let made = platform.ask("POST /api/segments", draft).await.is(201);
    assert_eq!(made["status"], "draft");
    let put = platform.ask("PUT /api/segments/vip", body("totalSpent > 2"));
    let put = put.await.is(200);
    assert_eq!(put["version"], 2, "of a draft the newest version is shown");
    assert_eq!(put["expression"], "totalSpent > 2");
    let catalog = stores::Catalog::next_definition(&*platform.catalog, 1);
    assert_eq!(catalog.await.unwrap(), None);
    let published = platform.ask("POST /api/segments/vip:publish", Value::Null);
    let published = published.await.is(200);
    assert_eq!(published["status"], "building");
    assert_eq!(published["version"], 2);
}

#[tokio::test]
async fn a_draft_of_a_published_segment_waits_beside_it() {
    let platform = Platform::new().await;
    platform.create("vip", "totalSpent > 1").await.is(201);
    let put = platform.ask("PUT /api/segments/vip", body("totalSpent > 2"));
    let put = put.await.is(200);
    assert_eq!(
        (&put["version"], &put["draftVersion"], &put["expression"]),
        (&json!(1), &json!(2), &json!("totalSpent > 1"))
    );
    let published = platform.ask("POST /api/segments/vip:publish", Value::Null);
    let published = published.await.is(200);
    assert_eq!(published["expression"], "totalSpent > 2");
    assert_eq!(published["draftVersion"], Value::Null);
    let nothing = platform.ask("POST /api/segments/vip:publish", Value::Null);
    nothing.await.is(409);
}

#[tokio::test]
async fn a_rollback_publishes_earlier_contents_as_a_new_version() {
    let platform = Platform::new().await;
    platform.create("vip", "totalSpent > 1").await.is(201);
    platform.publish("vip", "totalSpent > 2").await.is(200);
    let draft = platform.ask("PUT /api/segments/vip", body("totalSpent > 3"));
    draft.await.is(200);
    let back = platform.ask("POST /api/segments/vip:rollback", Value::Null);
    let back = back.await.is(200);
    assert_eq!(back["version"], 4);
    assert_eq!(back["expression"], "totalSpent > 1");
    let chosen = platform.ask("POST /api/segments/vip:rollback", json!({"version": 2}));
    assert_eq!(chosen.await.is(200)["expression"], "totalSpent > 2");
    let missing = platform.ask("POST /api/segments/vip:rollback", json!({"version": 9}));
    missing.await.is(404);
    let versions = platform.get("/api/segments/vip/versions?limit=4").await;
    let versions = versions.is(200);
    let row = |version: &Value| {
        let published = !version["publishedAt"].is_null();
        (
            version["version"].as_u64().unwrap(),
            version["expression"].as_str().unwrap().to_owned(),
            published,
            version["current"] == true,
        )
    };
    let rows: Vec<_> = versions["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(row)
        .collect();
    let is =
        |version, rule: &str, published, current| (version, rule.to_owned(), published, current);
    assert_eq!(
        rows,
        [
            is(5, "totalSpent > 2", true, true),
            is(4, "totalSpent > 1", true, false),
            is(3, "totalSpent > 3", false, false),
            is(2, "totalSpent > 2", true, false),
        ]
    );
    let next = versions["page"]["next"].as_str().unwrap();
    let path = format!("/api/segments/vip/versions?cursor={next}");
    let rest = platform.get(&path);
    assert_eq!(rest.await.is(200)["data"][0]["version"], 1);
}

#[tokio::test]
async fn a_rollback_that_comes_again_goes_back_once() {
    let platform = Platform::new().await;
    platform.create("vip", "totalSpent > 1").await.is(201);
    platform.publish("vip", "totalSpent > 2").await.is(200);
    let (line, key) = (
        "POST /api/segments/vip:rollback",
        &[("idempotency-key", "k")],
    );
    let first = platform.ask_with(line, key, Value::Null).await.is(200);
    let second = platform.ask_with(line, key, Value::Null).await.is(200);
    assert_eq!(first, second);
    assert_eq!(first["version"], 3);
    let other = json!({"version": 1});
    platform.ask_with(line, key, other).await.is(422);
}

#[tokio::test]
async fn a_segment_that_was_never_published_before_has_no_way_back() {
    let platform = Platform::new().await;
    platform.create("vip", "totalSpent > 1").await.is(201);
    platform
        .ask("POST /api/segments/vip:rollback", Value::Null)
        .await
        .is(409);
}

#[tokio::test]
async fn an_action_that_there_is_not_is_answered_with_the_nearest() {
    let platform = Platform::new().await;
    let problem = platform.ask("POST /api/segments/vip:publsh", Value::Null);
    let detail = problem.await.is(404)["detail"].to_string();
    assert!(detail.contains("did you mean `publish`?"), "{detail}");
    platform
        .ask("POST /api/segments/vip", Value::Null)
        .await
        .is(404);
    platform
        .ask("POST /api/segments/vip:publish", Value::Null)
        .await
        .is(404);
}

#[tokio::test]
async fn the_id_stays_and_a_draft_is_not_published() {
    let platform = Platform::new().await;
    platform.create("vip", "totalSpent > 1").await.is(201);
    let mut other = body("totalSpent > 2");
    other["id"] = json!("other");
    platform.ask("PUT /api/segments/vip", other).await.is(400);
    let mut both = body("totalSpent > 2");
    both["draft"] = json!(true);
    let line = "PUT /api/segments/vip?publish=true";
    platform.ask(line, both).await.is(400);
    let line = "PUT /api/segments/vip?publsh=true";
    platform.ask(line, body("totalSpent > 2")).await.is(400);
}
