//! Campaigns that come to their turn.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use axum::http::StatusCode;
use kit::shutdown::Shutdown;
use serde_json::{Value, json};
use stores::{EveryLease, Leases, StoreError};
use tokio::sync::Notify;

use super::support::{NOW, Service, ids};
use crate::run_scheduler;

const HOUR: i64 = 3_600_000;

#[tokio::test]
async fn members_are_asked_for_with_what_is_known_of_them() {
    let service = Service::new().await;
    service.users(&["ann".to_owned()], true, &["sms"]).await;
    service.create().await;
    let answer = service.act("schedule", Value::Null).await;
    assert_eq!(answer.body["status"], "scheduled");
    assert_eq!(answer.body["scheduledAt"], "2024-01-15T10:30:00Z");
    service.run_due().await.unwrap();
    let requests = service.requests();
    assert_eq!(requests.len(), 1);
    assert_eq!(requests[0].key, "ann");
    assert_eq!(
        str::from_utf8(&requests[0].value).unwrap(),
        concat!(
            r#"{"campaignId":"welcome","userId":"ann","type":"email","#,
            r#""template":"welcome_high_value","#,
            r#""personalization":{"firstName":"John","totalSpent":1500.0},"#,
            r#""timestamp":"2024-01-15T10:30:00Z"}"#
        )
    );
    let expected = [
        ("ce_specversion", "1.0"),
        ("ce_id", "welcome-1:ann"),
        ("ce_source", "/communication-api"),
        ("ce_type", "audience.notification.requested"),
        ("ce_time", "2024-01-15T10:30:00Z"),
    ];
    let expected = expected.map(|(name, value)| (name.into(), value.into()));
    assert_eq!(requests[0].headers, expected);
    let answer = service.get("/api/campaigns/welcome").await;
    assert_eq!(answer["status"], "done");
    let runs = json!([{
        "id": "welcome-1", "status": "done",
        "startedAt": "2024-01-15T10:30:00Z", "finishedAt": "2024-01-15T10:30:00Z",
        "sent": 1, "leftSegment": 0, "noConsent": 0,
    }]);
    assert_eq!(answer["runs"], runs);
}

#[tokio::test]
async fn whoever_said_no_to_the_channel_is_left_out_and_counted() {
    let service = Service::new().await;
    service.users(&ids(3), true, &[]).await;
    service.users(&ids(1), true, &["email", "push"]).await;
    service.create().await;
    service.act("schedule", Value::Null).await;
    service.run_due().await.unwrap();
    assert_eq!(service.asked_for(), ["user-0001", "user-0002"]);
    let expected = (json!("done"), json!(2), json!(0), json!(1));
    assert_eq!(service.newest_run().await, expected);
}

#[tokio::test]
async fn a_dry_run_tells_and_sends_nothing() {
    let service = Service::new().await;
    service.users(&ids(1_203), true, &[]).await;
    service.users(&ids(3), true, &["email"]).await;
    service.create().await;
    let answer = service.act("dry-run", Value::Null).await;
    assert_eq!(answer.status, StatusCode::OK);
    let sample = answer.body["sample"].as_array().unwrap();
    assert_eq!(sample.len(), 10);
    let first = json!({"userId": "user-0003",
                       "personalization": {"firstName": "John", "totalSpent": 1500.0}});
    assert_eq!(sample[0], first);
    let mut rest = answer.body.clone();
    rest.as_object_mut().unwrap().remove("sample");
    let expected = json!({"members": 1203, "hasMore": false, "count": 1200, "noConsent": 3});
    assert_eq!(rest, expected);
    service.run_due().await.unwrap();
    assert!(service.requests().is_empty());
    assert_eq!(
        service.get("/api/campaigns/welcome").await["status"],
        "draft"
    );
}

#[tokio::test]
async fn a_segment_of_many_pages_is_sent_to_once_each() {
    let service = Service::new().await;
    service.users(&ids(1_203), true, &[]).await;
    service.create().await;
    service.act("schedule", Value::Null).await;
    service.run_due().await.unwrap();
    service.run_due().await.unwrap();
    assert_eq!(service.asked_for(), ids(1_203));
}

#[tokio::test]
async fn nothing_is_sent_before_its_time_or_while_paused() {
    let service = Service::new().await;
    service.users(&ids(2), true, &[]).await;
    service.create().await;
    service
        .act("schedule", json!({"at": "2024-01-15T11:30:00Z"}))
        .await;
    service.set_now(NOW + HOUR - 1);
    service.run_due().await.unwrap();
    assert!(service.requests().is_empty());
    assert_eq!(
        service.act("pause", Value::Null).await.body["status"],
        "paused"
    );
    service.set_now(NOW + 2 * HOUR);
    service.run_due().await.unwrap();
    assert!(service.requests().is_empty());
    let resumed = service.act("schedule", Value::Null).await;
    assert_eq!(resumed.body["scheduledAt"], "2024-01-15T11:30:00Z");
    service.run_due().await.unwrap();
    assert_eq!(service.asked_for(), ids(2));
}

#[tokio::test]
async fn a_recurring_campaign_runs_on_its_beat_until_it_is_cancelled() {
    let service = Service::new().await;
    service.users(&ids(1), true, &[]).await;
    service.create().await;
    service.act("schedule", json!({"every": "1h"})).await;
    for (now, sent) in [
        (NOW, 1),
        (NOW + HOUR - 1, 1),
        (NOW + HOUR, 2),
        (NOW + 9 * HOUR + 5, 3),
    ] {
        service.set_now(now);
        service.run_due().await.unwrap();
        assert_eq!(service.requests().len(), sent, "{now}");
    }
    let answer = service.get("/api/campaigns/welcome").await;
    assert_eq!(answer["status"], "scheduled");
    assert_eq!(answer["scheduledAt"], "2024-01-15T20:30:00Z");
    let runs = answer["runs"].as_array().unwrap().iter();
    let ids: Vec<&Value> = runs.map(|run| &run["id"]).collect();
    assert_eq!(ids, ["welcome-3", "welcome-2", "welcome-1"]);
    service.act("cancel", Value::Null).await;
    service.set_now(NOW + 99 * HOUR);
    service.run_due().await.unwrap();
    assert_eq!(service.requests().len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_scheduler_hears_of_a_campaign_and_ends_when_asked_to() {
    let service = Service::new().await;
    service.users(&ids(2), true, &[]).await;
    service.create().await;
    let shutdown = Shutdown::new();
    let scheduler = tokio::spawn(run_scheduler(
        service.state.clone(),
        Arc::new(EveryLease),
        shutdown.clone(),
    ));
    service.act("schedule", Value::Null).await;
    let log = service.state.parts.notifications.clone();
    let waited = tokio::task::spawn_blocking(move || {
        let partition = stores::partition_of("user-0000", log.partitions());
        let mut reader = log.reader(partition, 0).unwrap();
        reader.next(1, Duration::from_secs(30)).unwrap().len()
    });
    assert_eq!(waited.await.unwrap(), 1);
    shutdown.request();
    scheduler.await.unwrap();
    assert_eq!(service.asked_for(), ids(2));
}

/// A lease that another process has until it is given up.
#[derive(Debug, Default)]
struct Taken {
    is_free: AtomicBool,
    asked: Notify,
}

#[async_trait]
impl Leases for Taken {
    async fn hold(&self, _: &str, _: &str, _: Duration) -> Result<bool, StoreError> {
        self.asked.notify_one();
        Ok(self.is_free.load(Ordering::Relaxed))
    }

    async fn release(&self, _: &str, _: &str) -> Result<(), StoreError> {
        Ok(())
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_scheduler_stands_by_while_another_process_has_the_lease() {
    let service = Service::new().await;
    service.users(&ids(2), true, &[]).await;
    service.create().await;
    service.act("schedule", Value::Null).await;
    let (lease, shutdown) = (Arc::new(Taken::default()), Shutdown::new());
    let leases: Arc<dyn Leases> = Arc::<Taken>::clone(&lease);
    let scheduler = tokio::spawn(run_scheduler(
        service.state.clone(),
        leases,
        shutdown.clone(),
    ));
    // Asked twice, it has looked at what is due at least once without it.
    lease.asked.notified().await;
    lease.asked.notified().await;
    assert_eq!(service.requests().len(), 0);
    lease.is_free.store(true, Ordering::Relaxed);
    while service.requests().len() < 2 {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    shutdown.request();
    scheduler.await.unwrap();
    assert_eq!(service.asked_for(), ids(2));
}
