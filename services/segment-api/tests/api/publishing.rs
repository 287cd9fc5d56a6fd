//! What is saved comes into force: through the log, one definition at a time.

use serde_json::{Value, json};
use stores::{Catalog, Topic, partition_of};

use crate::support::Platform;

const PARTITIONS: u32 = 2;

#[tokio::test]
async fn a_segment_is_built_everywhere_then_switched_everywhere_then_active() {
    let platform = Platform::new().await;
    let publisher = platform.start_publisher();
    platform.create("vip", "totalSpent > 1000").await.is(201);
    let build = platform.control(0, 0).await;
    let id = build["definitionId"].clone();
    let expected = json!({
        "eventType": "$definition",
        "definitionId": id,
        "phase": "build",
        "segments": [{
            "id": "vip", "name": "vip", "version": 1,
            "rules": {"expression": "totalSpent > 1000"},
        }],
        "removed": [],
        "schema": {"properties": {"purchase": {"amount": "float"}}},
    });
    assert_eq!(build, expected);
    assert_eq!(platform.control(1, 0).await, build);
    let segment = platform.get("/api/segments/vip").await.is(200);
    assert_eq!(segment["status"], "building");
    platform.report(&build, 0, 40, 40).await;
    platform.report(&build, 1, 20, 60).await;
    let segment = platform.get("/api/segments/vip").await.is(200);
    assert_eq!(segment["progress"], json!({"usersDone": 60, "users": 100}));
    let log = platform.store.log(Topic::UserEvents);
    assert_eq!(log.end(0).unwrap(), 1, "one owner is not ready");
    platform.report(&build, 1, 60, 60).await;
    for partition in 0..PARTITIONS {
        let switch = platform.control(partition, 1).await;
        let expected = json!({"eventType": "$definition", "definitionId": id, "phase": "switch"});
        assert_eq!(switch, expected);
    }
    let segment = platform.until_status("vip", "active").await;
    assert_eq!(segment["progress"], Value::Null);
    publisher.stop().await;
}

#[tokio::test]
async fn the_world_hears_of_every_publication_in_order() {
    let platform = Platform::new().await;
    platform.create("vip", "totalSpent > 1").await.is(201);
    platform.publish("vip", "totalSpent > 2").await.is(200);
    let line = "DELETE /api/segments/vip";
    platform.ask(line, Value::Null).await.is(204);
    let publisher = platform.start_publisher();
    let partition = partition_of("vip", PARTITIONS);
    for (offset, action) in ["created", "updated", "deleted"].into_iter().enumerate() {
        let build = platform.control(0, 2 * offset as u64).await;
        for owner in 0..PARTITIONS {
            platform.report(&build, owner, 0, 0).await;
        }
        let record = platform.record(Topic::SegmentUpdates, partition, offset as u64);
        let record = record.await;
        assert_eq!(record.key, "vip");
        let mut message: Value = serde_json::from_slice(&record.value).unwrap();
        let timestamp = message["timestamp"].take();
        assert!(rulelang::time::parse_timestamp(timestamp.as_str().unwrap()).is_some());
        let rule = if action == "created" {
            "totalSpent > 1"
        } else {
            "totalSpent > 2"
        };
        let expected = json!({
            "segmentId": "vip",
            "action": action,
            "segment": {
                "id": "vip", "name": "vip", "rules": {"expression": rule},
                "active": action != "deleted",
            },
            "timestamp": null,
        });
        assert_eq!(message, expected);
        let removed = if action == "deleted" {
            json!(["vip"])
        } else {
            json!([])
        };
        assert_eq!(build["removed"], removed);
    }
    publisher.stop().await;
}

#[tokio::test]
async fn saves_that_wait_come_into_force_together() {
    let platform = Platform::new().await;
    for id in ["a", "b", "c"] {
        platform.create(id, "totalSpent > 1").await.is(201);
    }
    let publisher = platform.start_publisher();
    let build = platform.control(0, 0).await;
    assert_eq!(build["segments"].as_array().unwrap().len(), 3);
    for partition in 0..PARTITIONS {
        platform.report(&build, partition, 0, 0).await;
    }
    for id in ["a", "b", "c"] {
        platform.until_status(id, "active").await;
    }
    publisher.stop().await;
}

#[tokio::test]
async fn a_publisher_that_starts_again_repeats_and_goes_on() {
    let platform = Platform::new().await;
    platform.create("vip", "totalSpent > 1").await.is(201);
    let publisher = platform.start_publisher();
    let build = platform.control(1, 0).await;
    publisher.stop().await;
    for partition in 0..PARTITIONS {
        platform.report(&build, partition, 3, 3).await;
    }
    let open = platform.catalog.open_definition().await.unwrap();
    assert!(open.is_some());
    let publisher = platform.start_publisher();
    platform.until_status("vip", "active").await;
    publisher.stop().await;
    assert_eq!(platform.control(0, 1).await, build, "the same definition");
    assert_eq!(platform.control(0, 2).await["phase"], "switch");
    let log = platform.store.log(Topic::UserEvents);
    assert_eq!(log.end(0).unwrap(), 3);
}

#[tokio::test]
async fn a_segment_that_is_saved_switched_off_concerns_no_owner() {
    let platform = Platform::new().await;
    let publisher = platform.start_publisher();
    let body = json!({"id": "off", "name": "Off", "active": false, "rules": {"expression": "totalSpent > 1"}});
    let made = platform.ask("POST /api/segments", body).await.is(201);
    assert_eq!(made["status"], "inactive");
    let partition = partition_of("off", PARTITIONS);
    let update = platform.record(Topic::SegmentUpdates, partition, 0).await;
    let message: Value = serde_json::from_slice(&update.value).unwrap();
    assert_eq!(message["segment"]["active"], false);
    platform.create("on", "totalSpent > 1").await.is(201);
    let build = platform.control(0, 0).await;
    assert_eq!(build["segments"][0]["id"], "on");
    publisher.stop().await;
}
