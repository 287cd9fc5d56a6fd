//! What a rule uses, and who uses what a rule is about.

use serde_json::{Value, json};

use crate::support::Platform;

#[tokio::test]
async fn segments_may_name_segments_that_are_in_force_only() {
    let platform = Platform::new().await;
    platform.create("base", "totalSpent > 1").await.is(201);
    platform.create("top", "IN SEGMENT 'base'").await.is(201);
    let problem = platform.create("x", "IN SEGMENT 'bse'").await.is(400);
    let error = &problem["errors"][0];
    assert_eq!(error["detail"], "there is no segment `bse`");
    assert_eq!(error["suggestion"], "did you mean `base`?");
    let draft = json!({"id": "late", "name": "Late", "draft": true, "rules": {"expression": "totalSpent > 1"}});
    platform.ask("POST /api/segments", draft).await.is(201);
    let problem = platform.create("x", "IN SEGMENT 'late'").await.is(400);
    let told = problem["errors"].to_string();
    assert!(told.contains("it is draft"), "{told}");
}

#[tokio::test]
async fn a_circle_is_refused() {
    let platform = Platform::new().await;
    platform.create("a", "totalSpent > 1").await.is(201);
    platform.create("b", "IN SEGMENT 'a'").await.is(201);
    platform.create("c", "IN SEGMENT 'b'").await.is(201);
    let problem = platform.publish("a", "IN SEGMENT 'c'").await.is(400);
    assert_eq!(
        problem["detail"],
        "segments name one another in a circle: a → c → b → a"
    );
    let problem = platform.create("self", "IN SEGMENT 'self'").await.is(400);
    let detail = problem["detail"].as_str().unwrap();
    assert!(detail.ends_with("self → self"), "{detail}");
}

#[tokio::test]
async fn what_others_refer_to_stays_and_they_are_listed() {
    let platform = Platform::new().await;
    platform.create("base", "totalSpent > 1").await.is(201);
    platform.create("top", "IN SEGMENT 'base'").await.is(201);
    let listed = platform.get("/api/segments/base/dependents").await.is(200);
    assert_eq!(listed, json!({"segments": ["top"], "campaigns": []}));
    let line = "DELETE /api/segments/base";
    let problem = platform.ask(line, Value::Null).await.is(409);
    assert_eq!(
        problem["errors"][0]["detail"],
        "the segment `top` refers to it"
    );
    let off = json!({"name": "base", "active": false, "rules": {"expression": "totalSpent > 1"}});
    let line = "PUT /api/segments/base?publish=true";
    platform.ask(line, off.clone()).await.is(409);
    platform.publish("top", "totalSpent > 2").await.is(200);
    let inactive = platform.ask(line, off).await.is(200);
    assert_eq!(inactive["status"], "inactive");
    let line = "DELETE /api/segments/base";
    platform.ask(line, Value::Null).await.is(204);
}

#[tokio::test]
async fn a_rule_that_takes_a_name_for_another_type_is_refused_and_shown_both() {
    let platform = Platform::new().await;
    platform.create("grown-up", "age >= 18").await.is(201);
    let problem = platform.create("named", "age == 'old'").await.is(400);
    let told = problem.to_string();
    assert!(told.contains("segment `grown-up`"), "{told}");
    platform.publish("grown-up", "plan == 'pro'").await.is(200);
    platform.create("named", "age == 'old'").await.is(201);
}

#[tokio::test]
async fn a_segment_alone_may_change_the_types_it_fixed() {
    let platform = Platform::new().await;
    platform.create("one", "age >= 18").await.is(201);
    platform.publish("one", "age == 'old'").await.is(200);
    let known = platform.get("/api/schema").await.is(200)["known"].take();
    let expected = json!([{"name": "age", "type": "string", "segmentId": "one"}]);
    assert_eq!(known, expected);
}
