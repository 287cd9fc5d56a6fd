//! Members are read from the view, and put in and out by facts in the log.

use serde_json::{Value, json};
use stores::{Counted, Counter, Topic, UserView, ViewMembership, ViewStore, partition_of};

use crate::support::Platform;

const HOUR: i64 = 3_600_000;

async fn write_members(view: &dyn ViewStore, users: &[&str]) {
    let user = |id: &&str| UserView {
        user_id: (*id).to_owned(),
        epoch: 1,
        rev: 1,
        exists: true,
        fields: serde_json::Map::new(),
        segments: vec![ViewMembership {
            segment_id: "vip".into(),
            since: 1_705_314_600_000,
            reason: "rule_evaluation".into(),
        }],
        consent: [].into(),
        merged_into: None,
        updated_at: 1_705_314_600_000,
    };
    view.write(users.iter().map(user).collect()).await.unwrap();
    let sizes = [("vip".to_owned(), users.len() as u64)].into();
    view.write_counts(0, sizes).await.unwrap();
}

async fn write_counted(view: &dyn ViewStore, counter: Counter, at: i64, counts: &[(&str, i64)]) {
    let counts = counts
        .iter()
        .map(|(name, count)| ((*name).to_owned(), *count));
    let counted = Counted {
        counter,
        begins_at: counter.begin_of(at),
        counts: counts.collect(),
    };
    view.write_counted(0, counted).await.unwrap();
}

#[tokio::test]
async fn a_segment_tells_how_it_has_grown_today() {
    let platform = Platform::new().await;
    platform.create("vip", "totalSpent > 1").await.is(201);
    let view = platform.store.view();
    let (now, day) = (kit::clock::now(), Counter::DailyGrowth);
    write_counted(&*view, day, now - 24 * HOUR, &[("vip", 7)]).await;
    let segment = platform.get("/api/segments/vip").await.is(200);
    assert_eq!(segment["dailyGrowth"], 0);
    write_counted(&*view, day, now, &[("vip", -2)]).await;
    let segment = platform.get("/api/segments/vip").await.is(200);
    assert_eq!(segment["dailyGrowth"], -2);
    let list = platform.get("/api/segments").await.is(200);
    assert_eq!(list["data"][0]["dailyGrowth"], -2);
}

#[tokio::test]
async fn events_of_the_hour_are_paged_by_type() {
    let platform = Platform::new().await;
    let (view, now, hour) = (
        platform.store.view(),
        kit::clock::now(),
        Counter::HourlyEvents,
    );
    write_counted(&*view, hour, now - HOUR, &[("view", 9)]).await;
    let none = platform.get("/api/events/hourly").await.is(200);
    assert_eq!(none["data"], json!([]));
    write_counted(
        &*view,
        hour,
        now,
        &[("view", 3), ("*", 1), ("purchase", 342)],
    )
    .await;
    let first = platform.get("/api/events/hourly?limit=2").await.is(200);
    let since = rulelang::time::format_timestamp(hour.begin_of(now));
    assert_eq!(first["since"], since);
    let expected = json!([{"eventType": "*", "count": 1}, {"eventType": "purchase", "count": 342}]);
    assert_eq!(first["data"], expected);
    let next = first["page"]["next"].as_str().unwrap();
    let path = format!("/api/events/hourly?limit=2&cursor={next}");
    let second = platform.get(&path).await.is(200);
    assert_eq!(second["data"], json!([{"eventType": "view", "count": 3}]));
    assert_eq!(second["page"]["hasMore"], false);
}

#[tokio::test]
async fn members_are_paged_by_user_and_counted() {
    let platform = Platform::new().await;
    platform.create("vip", "totalSpent > 1").await.is(201);
    write_members(&*platform.store.view(), &["ann", "bob", "cy"]).await;
    let first = platform.get("/api/segments/vip/members?limit=2").await;
    let first = first.is(200);
    assert_eq!(
        first["data"][0],
        json!({"userId": "ann", "since": "2024-01-15T10:30:00Z", "reason": "rule_evaluation"})
    );
    let next = first["page"]["next"].as_str().unwrap();
    let path = format!("/api/segments/vip/members?limit=2&cursor={next}");
    let second = platform.get(&path).await.is(200);
    assert_eq!(second["data"][0]["userId"], "cy");
    assert_eq!(second["page"]["hasMore"], false);
    let segment = platform.get("/api/segments/vip").await.is(200);
    assert_eq!(segment["size"], 3);
    let list = platform.get("/api/segments").await.is(200);
    assert_eq!(list["data"][0]["size"], 3);
    platform.get("/api/segments/nobody/members").await.is(404);
}

#[tokio::test]
async fn an_override_is_a_fact_about_the_user() {
    let platform = Platform::new().await;
    platform.create("vip", "totalSpent > 1").await.is(201);
    let partition = partition_of("ann", 2);
    let requests = [
        ("PUT", Value::Null, "include"),
        ("PUT", json!({"action": "include"}), "include"),
        ("PUT", json!({"action": "exclude"}), "exclude"),
        ("DELETE", Value::Null, "clear"),
    ];
    for (offset, (method, body, action)) in requests.into_iter().enumerate() {
        let line = format!("{method} /api/segments/vip/members/ann");
        let accepted = platform.ask(&line, body).await.is(202);
        let record = platform.record(Topic::UserEvents, partition, offset as u64);
        let record = record.await;
        assert_eq!(record.key, "ann");
        let mut message: Value = serde_json::from_slice(&record.value).unwrap();
        let timestamp = message["timestamp"].take();
        assert!(rulelang::time::parse_timestamp(timestamp.as_str().unwrap()).is_some());
        let expected = json!({
            "eventId": accepted["eventId"],
            "userId": "ann",
            "eventType": "$member",
            "timestamp": null,
            "properties": {"segmentId": "vip", "action": action},
        });
        assert_eq!(message, expected);
    }
}

#[tokio::test]
async fn an_override_that_means_nothing_is_refused() {
    let platform = Platform::new().await;
    platform.create("vip", "totalSpent > 1").await.is(201);
    let line = "PUT /api/segments/vip/members/ann";
    platform.ask(line, json!({"action": "drop"})).await.is(400);
    platform
        .ask(line, json!({"actions": "include"}))
        .await
        .is(400);
    let line = "PUT /api/segments/nobody/members/ann";
    platform.ask(line, Value::Null).await.is(404);
    let line = format!("PUT /api/segments/vip/members/{}", "u".repeat(257));
    platform.ask(&line, Value::Null).await.is(400);
    let line = format!("PUT /api/segments/vip/members/{}", "u".repeat(256));
    platform.ask(&line, Value::Null).await.is(202);
}
