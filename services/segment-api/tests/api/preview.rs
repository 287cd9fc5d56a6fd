//! Rules are tried on everybody before they are saved.

use serde_json::{Value, json};

use crate::support::Platform;

#[tokio::test]
async fn a_preview_asks_the_owners_with_the_whole_schema() {
    let platform = Platform::new().await;
    platform.create("grown-up", "age >= 18").await.is(201);
    let rules = json!({"expression": "age >= 21"});
    let body = json!({"rules": rules, "sample": 5});
    let answer = platform.ask("POST /api/segments:preview", body).await;
    let expected = json!({"count": 9, "users": 1000, "isComplete": true, "sample": ["ann"], "asOf": "2024-01-15T10:30:00Z"});
    assert_eq!(answer.is(200), expected);
    let asked = platform.owners.asked.lock().unwrap();
    assert_eq!(asked[0].rules, rules);
    assert_eq!(asked[0].sample, 5);
    let ty = &asked[0].schema["fields"]["age"];
    assert!(ty.is_string(), "{ty}");
}

#[tokio::test]
async fn a_preview_of_a_segment_is_of_its_newest_version() {
    let platform = Platform::new().await;
    platform.create("vip", "totalSpent > 1").await.is(201);
    let body = json!({"name": "VIP", "rules": {"expression": "totalSpent > 22"}});
    platform.ask("PUT /api/segments/vip", body).await.is(200);
    let line = "POST /api/segments/vip:preview";
    let answer = platform.ask(line, Value::Null).await.is(200);
    assert_eq!(answer["count"], "totalSpent > 22".len());
}

#[tokio::test]
async fn a_plan_compares_the_wanted_rule_with_the_published() {
    let platform = Platform::new().await;
    platform.create("vip", "totalSpent > 1").await.is(201);
    let body = json!({"rules": {"expression": "totalSpent > 22"}});
    let line = "POST /api/segments/vip:plan";
    let answer = platform.ask(line, body).await.is(200);
    assert_eq!(answer["entering"]["sample"], json!(["ann"]));
    assert_eq!(answer["users"], 1000);
    assert_eq!(answer["isComplete"], true);
    let asked = platform.owners.asked.lock().unwrap();
    let rules: Vec<&str> = asked
        .iter()
        .map(|request| request.rules["expression"].as_str().unwrap())
        .collect();
    assert_eq!(
        rules,
        [
            "totalSpent > 1",
            "(totalSpent > 22) AND (totalSpent > 1) IS NOT TRUE",
            "(totalSpent > 1) AND (totalSpent > 22) IS NOT TRUE",
        ]
    );
}

#[tokio::test]
async fn what_cannot_be_tried_is_refused() {
    let platform = Platform::new().await;
    let line = "POST /api/segments:preview";
    let wrong = json!({"rules": {"expression": "totalSpent >"}});
    let problem = platform.ask(line, wrong).await.is(400);
    assert_eq!(problem["errors"][0]["pointer"], "/rules/expression");
    let many = json!({"rules": {"expression": "totalSpent > 1"}, "sample": 101});
    platform.ask(line, many).await.is(400);
}
