//! Lists that rules name.

use serde_json::{Value, json};
use stores::Catalog;

use crate::support::Platform;

async fn put(platform: &Platform, name: &str, items: Value) -> crate::support::Answer {
    let line = format!("PUT /api/lists/{name}");
    platform.ask(&line, json!({"items": items})).await
}

#[tokio::test]
async fn a_list_is_put_read_named_and_kept_while_in_use() {
    let platform = Platform::new().await;
    let made = put(&platform, "blocked", json!(["a", "b"])).await.is(200);
    let list = json!({"name": "blocked", "size": 2, "items": ["a", "b"]});
    assert_eq!(made, list);
    assert_eq!(platform.get("/api/lists/blocked").await.is(200), list);
    let all = platform.get("/api/lists").await.is(200);
    assert_eq!(all, json!({"data": [{"name": "blocked", "size": 2}]}));
    platform.get("/api/lists/bloked").await.is(404);

    let refused = platform
        .create("vip", "plan IN LIST 'bloked'")
        .await
        .is(400);
    let fault = &refused["errors"][0];
    assert_eq!(fault["code"], "E0106");
    assert_eq!(fault["suggestion"], "did you mean `blocked`?", "{fault}");
    let made = platform
        .create("vip", "plan IN LIST 'blocked'")
        .await
        .is(201);
    assert_eq!(made["expression"], "plan IN LIST 'blocked'");
    assert_eq!(made["rules"]["operator"], "in_list");

    let line = "DELETE /api/lists/blocked";
    let problem = platform.ask(line, Value::Null).await.is(409);
    let detail = problem["errors"][0]["detail"].as_str().unwrap();
    assert!(detail.contains("`vip`"), "{problem}");
    platform.publish("vip", "totalSpent > 1").await.is(200);
    platform.ask(line, Value::Null).await.is(204);
    platform.ask(line, Value::Null).await.is(404);
}

#[tokio::test]
async fn segments_that_use_an_edited_list_are_built_anew_with_it() {
    let platform = Platform::new().await;
    put(&platform, "blocked", json!(["a"])).await.is(200);
    put(&platform, "other", json!(["b"])).await.is(200);
    platform
        .create("vip", "plan IN LIST 'blocked'")
        .await
        .is(201);
    platform
        .create("else", "plan IN LIST 'other'")
        .await
        .is(201);
    let mut stamp = 1;
    while let Some(next) = platform.catalog.next_definition(stamp).await.unwrap() {
        let id = &next.definition_id;
        platform.catalog.finish_definition(id, stamp).await.unwrap();
        stamp += 1;
    }
    put(&platform, "blocked", json!(["a", "c"])).await.is(200);
    let next = platform.catalog.next_definition(stamp).await.unwrap();
    let change = next.unwrap().change.unwrap();
    let built: Vec<&str> = change.segments.iter().map(|it| it.id.as_str()).collect();
    assert_eq!(built, ["vip"]);
    assert_eq!(change.schema["lists"]["blocked"], json!(["a", "c"]));
    // A list of another type is one that rules do not agree with.
    let refused = put(&platform, "blocked", json!([1, 2])).await.is(409);
    assert!(refused.to_string().contains("`vip`"), "{refused}");
}

#[tokio::test]
async fn a_list_keeps_to_its_limits() {
    let platform = Platform::new().await;
    for items in [
        json!(["a", 1]),
        json!("a"),
        json!([true]),
        json!(vec![1; 10_001]),
    ] {
        let refused = put(&platform, "odd", items).await.is(400);
        assert_eq!(refused["errors"][0]["pointer"], "/items");
    }
    put(&platform, "most", json!(vec![1; 10_000])).await.is(200);
    let long = "x".repeat(8_000);
    let refused = put(&platform, "long", json!(vec![long; 40])).await.is(409);
    assert!(refused.to_string().contains("262144"), "{refused}");
    put(&platform, &"n".repeat(256), json!([])).await.is(400);
}

#[tokio::test]
async fn an_edited_schema_keeps_the_lists() {
    let platform = Platform::new().await;
    put(&platform, "blocked", json!(["a"])).await.is(200);
    let declared = json!({"fields": {"age": "int"}});
    let answer = platform.ask("PUT /api/schema", declared.clone()).await;
    assert_eq!(answer.is(200)["declared"], declared);
    platform.get("/api/lists/blocked").await.is(200);
    let body = json!({"lists": {"blocked": []}});
    let refused = platform.ask("PUT /api/schema", body).await.is(400);
    assert_eq!(refused["errors"][0]["pointer"], "/lists");
}
