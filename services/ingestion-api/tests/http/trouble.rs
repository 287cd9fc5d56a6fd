//! What is answered when the log does not take events. The log is a double: a disk that is full at
//! the right moment is the store's own test.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use axum::body::Body;
use axum::http::{Request, StatusCode};
use ingestion_api::Options;
use serde_json::json;
use stores::{Destination, Log, LogReader, NewRecord, StoreError};
use tokio::sync::Notify;

use crate::support::{ask, service};

#[derive(Debug, Default)]
struct FullLog {
    has_space: AtomicBool,
}

#[async_trait]
impl Log for FullLog {
    fn partitions(&self) -> u32 {
        2
    }

    fn destination(&self) -> Destination<'_> {
        Destination {
            system: "test",
            topic: "user-events",
        }
    }

    async fn append(&self, _: Vec<NewRecord>) -> Result<(), StoreError> {
        if self.has_space.load(Ordering::SeqCst) {
            Ok(())
        } else {
            Err(StoreError::Full)
        }
    }

    fn end(&self, _: u32) -> Result<u64, StoreError> {
        Ok(0)
    }

    fn reader(&self, _: u32, _: u64) -> Result<Box<dyn LogReader>, StoreError> {
        Err(StoreError::Unavailable("nobody reads here".to_owned()))
    }
}

fn event() -> Request<Body> {
    let body = r#"{"eventId":"1","userId":"u","eventType":"e"}"#;
    Request::post("/api/events").body(Body::from(body)).unwrap()
}

#[tokio::test]
async fn a_full_disk_is_told_and_a_retry_is_no_duplicate() {
    let log = Arc::new(FullLog::default());
    let router = service(log.clone(), Options::default());
    let answer = ask(&router, event()).await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(answer.json["detail"], "the disk is full");
    assert!(answer.headers.contains_key("retry-after"));
    log.has_space.store(true, Ordering::SeqCst);
    let answer = ask(&router, event()).await;
    assert_eq!(
        answer.json,
        json!({"accepted": 1, "duplicates": 0, "rejected": []})
    );
}

/// Appends nothing until it is told to.
#[derive(Debug, Default)]
struct SlowLog {
    go_on: Notify,
    begun: Notify,
}

#[async_trait]
impl Log for SlowLog {
    fn partitions(&self) -> u32 {
        2
    }

    fn destination(&self) -> Destination<'_> {
        Destination {
            system: "test",
            topic: "user-events",
        }
    }

    async fn append(&self, _: Vec<NewRecord>) -> Result<(), StoreError> {
        self.begun.notify_one();
        self.go_on.notified().await;
        Ok(())
    }

    fn end(&self, _: u32) -> Result<u64, StoreError> {
        Ok(0)
    }

    fn reader(&self, _: u32, _: u64) -> Result<Box<dyn LogReader>, StoreError> {
        Err(StoreError::Unavailable("nobody reads here".to_owned()))
    }
}

#[tokio::test]
async fn nothing_is_answered_before_it_is_durable() {
    let log = Arc::new(SlowLog::default());
    let router = service(log.clone(), Options::default());
    let answer = tokio::spawn(async move { ask(&router, event()).await });
    log.begun.notified().await;
    assert!(!answer.is_finished());
    log.go_on.notify_one();
    assert_eq!(answer.await.unwrap().status, StatusCode::ACCEPTED);
}

#[tokio::test]
async fn more_than_may_be_under_way_is_sent_away_for_a_while() {
    let log = Arc::new(SlowLog::default());
    let router = service(log.clone(), Options::default());
    let batch = || {
        let body = r#"{"events":[{"userId":"u","eventType":"e"}]}"#;
        Request::post("/api/events/batch")
            .body(Body::from(body))
            .unwrap()
    };
    let mut under_way = vec![];
    for _ in 0..ingestion_api::UNDER_WAY_BYTES_MAX / ingestion_api::BATCH_BYTES_MAX {
        let router = router.clone();
        under_way.push(tokio::spawn(async move { ask(&router, batch()).await }));
        log.begun.notified().await;
    }
    let answer = ask(&router, batch()).await;
    assert_eq!(answer.status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(answer.headers["retry-after"], "1");
    assert_eq!(
        answer.json["detail"],
        "more than 134217728 bytes of events are under way at once"
    );
    log.go_on.notify_waiters();
    for answer in under_way {
        let answer = tokio::time::timeout(Duration::from_secs(10), answer).await;
        assert_eq!(answer.unwrap().unwrap().status, StatusCode::ACCEPTED);
    }
}
