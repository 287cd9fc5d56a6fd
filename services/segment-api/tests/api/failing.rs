//! Definitions that an owner cannot build: told with the reason, out of the way of later ones.

use serde_json::{Value, json};

use crate::support::Platform;

const PARTITIONS: u32 = 2;
const REASON: &str = "there is no function `FUTURE`";

/// All owners are ready, and the switch comes.
async fn build_and_switch(platform: &Platform, offset: u64) -> Value {
    let build = platform.control(0, offset).await;
    assert_eq!(build["phase"], "build", "{build}");
    for owner in 0..PARTITIONS {
        platform.report(&build, owner, 0, 0).await;
    }
    assert_eq!(platform.control(0, offset + 1).await["phase"], "switch");
    build
}

/// One owner is ready, the other cannot build it, and the definition is abandoned.
async fn build_and_abandon(platform: &Platform, offset: u64) -> Value {
    let build = platform.control(0, offset).await;
    assert_eq!(build["phase"], "build", "{build}");
    platform.report(&build, 0, 0, 0).await;
    platform.refuse(&build, 1, REASON).await;
    let expected = json!({
        "eventType": "$definition", "definitionId": build["definitionId"], "phase": "abandon",
    });
    for owner in 0..PARTITIONS {
        assert_eq!(platform.control(owner, offset + 1).await, expected);
    }
    build
}

#[tokio::test]
async fn a_segment_that_owners_cannot_build_has_failed_and_later_ones_go_on() {
    let platform = Platform::new().await;
    let publisher = platform.start_publisher();
    platform.create("odd", "odd > 1").await.is(201);
    build_and_abandon(&platform, 0).await;
    let odd = platform.until_status("odd", "failed").await;
    assert_eq!(odd["failure"], json!({"version": 1, "reason": REASON}));
    assert_eq!(odd["progress"], Value::Null);

    let versions = platform.get("/api/segments/odd/versions").await.is(200);
    let version = &versions["data"][0];
    assert_eq!(
        (&version["failure"], &version["current"]),
        (&json!(REASON), &json!(true))
    );
    // What it alone used is free again, and nobody may build on it.
    platform.create("text", "odd == 'yes'").await.is(201);
    build_and_switch(&platform, 2).await;
    platform.until_status("text", "active").await;
    let answer = platform.create("on-it", "IN SEGMENT 'odd'").await.is(400);
    assert_eq!(
        answer["errors"][1]["detail"],
        "the segment `odd` is not in force: it is failed"
    );

    platform.publish("odd", "totalSpent > 3").await.is(200);
    let build = build_and_switch(&platform, 4).await;
    assert_eq!(build["segments"][0]["version"], 2);
    let odd = platform.until_status("odd", "active").await;
    assert_eq!(odd["failure"], Value::Null);
    publisher.stop().await;
}

#[tokio::test]
async fn an_edit_that_fails_shows_what_is_in_force_and_can_be_published_again() {
    let platform = Platform::new().await;
    let publisher = platform.start_publisher();
    platform.create("vip", "totalSpent > 1").await.is(201);
    build_and_switch(&platform, 0).await;
    platform.until_status("vip", "active").await;
    platform.publish("vip", "age > 2").await.is(200);
    build_and_abandon(&platform, 2).await;

    let vip = platform.until_status("vip", "active").await;
    assert_eq!(vip["failure"], json!({"version": 2, "reason": REASON}));
    assert_eq!(
        (&vip["version"], &vip["draftVersion"], &vip["expression"]),
        (&json!(1), &json!(2), &json!("totalSpent > 1"))
    );
    let schema = platform.catalog_schema().await;
    assert_eq!(schema["fields"]["age"], Value::Null, "{schema}");

    let line = "POST /api/segments/vip:publish";
    platform.ask(line, Value::Null).await.is(200);
    let build = build_and_switch(&platform, 4).await;
    assert_eq!(build["segments"][0]["version"], 2);
    let vip = platform.until_status("vip", "active").await;
    assert_eq!(
        (&vip["version"], &vip["failure"]),
        (&json!(2), &Value::Null)
    );
    let versions = platform.get("/api/segments/vip/versions").await.is(200);
    assert_eq!(versions["data"][0]["failure"], Value::Null);
    publisher.stop().await;
}

#[tokio::test]
async fn of_saves_that_were_to_come_into_force_together_only_the_odd_one_fails() {
    let platform = Platform::new().await;
    for id in ["a", "odd", "c"] {
        platform.create(id, "totalSpent > 1").await.is(201);
    }
    let publisher = platform.start_publisher();
    let build = build_and_abandon(&platform, 0).await;
    assert_eq!(build["segments"].as_array().unwrap().len(), 3);
    let first = build_and_switch(&platform, 2).await;
    assert_eq!(first["segments"][0]["id"], "a");
    let second = build_and_abandon(&platform, 4).await;
    assert_eq!(second["segments"][0]["id"], "odd");
    let third = build_and_switch(&platform, 6).await;
    assert_eq!(third["segments"].as_array().unwrap().len(), 1);
    for (id, status) in [("a", "active"), ("odd", "failed"), ("c", "active")] {
        platform.until_status(id, status).await;
    }
    publisher.stop().await;
}

#[tokio::test]
async fn a_schema_that_owners_cannot_build_with_is_the_one_before_again() {
    let platform = Platform::new().await;
    let publisher = platform.start_publisher();
    let line = "PUT /api/traits/odd";
    let body = json!({"expression": "COUNT(view)"});
    platform.ask(line, body).await.is(200);
    build_and_abandon(&platform, 0).await;
    while platform.catalog_schema().await["traits"]["odd"] != Value::Null {
        tokio::task::yield_now().await;
    }
    platform.create("vip", "totalSpent > 1").await.is(201);
    let build = build_and_switch(&platform, 2).await;
    assert_eq!(build["schema"]["traits"]["odd"], Value::Null, "{build}");
    platform.until_status("vip", "active").await;
    publisher.stop().await;
}
