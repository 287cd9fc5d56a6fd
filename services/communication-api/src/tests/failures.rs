//! Runs that fail half way and are taken up again.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use axum::http::StatusCode;
use serde_json::{Value, json};
use stores::{Destination, Log, LogReader, NewRecord, StoreError};

use super::support::{Service, ids, welcome};

/// When an append fails.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Fails {
    /// Nothing of it is there.
    Before,
    /// All of it is there, and nobody is told: as though the process died here.
    After,
}

/// A real log of which one append fails.
#[derive(Debug)]
struct FailingLog {
    log: Arc<dyn Log>,
    fails: Fails,
    /// Appends until then; 0 once it has failed.
    left: AtomicUsize,
}

#[async_trait]
impl Log for FailingLog {
    fn partitions(&self) -> u32 {
        self.log.partitions()
    }

    fn destination(&self) -> Destination<'_> {
        self.log.destination()
    }

    async fn append(&self, records: Vec<NewRecord>) -> Result<(), StoreError> {
        let is_now = self.left.load(Ordering::Relaxed) == 1;
        let left = self.left.load(Ordering::Relaxed).saturating_sub(1);
        self.left.store(left, Ordering::Relaxed);
        if !is_now || self.fails == Fails::After {
            self.log.append(records).await?;
        }
        if is_now {
            Err(StoreError::Full)
        } else {
            Ok(())
        }
    }

    fn end(&self, partition: u32) -> Result<u64, StoreError> {
        self.log.end(partition)
    }

    fn reader(&self, partition: u32, from: u64) -> Result<Box<dyn LogReader>, StoreError> {
        self.log.reader(partition, from)
    }
}

/// A run for 1,203 users, which failed at its second page.
async fn failed_run(fails: Fails) -> Service {
    let service = Service::with_log(|log| {
        let left = AtomicUsize::new(2);
        Arc::new(FailingLog { log, fails, left })
    });
    let service = service.await;
    service.users(&ids(1_203), true, &[]).await;
    service.create().await;
    service.act("schedule", Value::Null).await;
    assert!(service.run_due().await.is_err());
    let expected = (json!("running"), json!(500), json!(0), json!(0));
    assert_eq!(service.newest_run().await, expected);
    service
}

#[tokio::test]
async fn a_run_that_failed_goes_on_and_asks_for_nobody_twice() {
    for (fails, appended) in [(Fails::Before, 500), (Fails::After, 1_000)] {
        let service = failed_run(fails).await;
        assert_eq!(service.requests().len(), appended);
        service.run_due().await.unwrap();
        assert_eq!(service.asked_for(), ids(1_203), "{fails:?}");
        let expected = (json!("done"), json!(1203), json!(0), json!(0));
        assert_eq!(service.newest_run().await, expected);
    }
}

#[tokio::test]
async fn who_was_asked_for_counts_whatever_became_of_them_since() {
    let service = failed_run(Fails::After).await;
    let all = ids(1_203);
    // Asked for on the second page, and out before the run goes on.
    service.users(&all[600..700], false, &[]).await;
    service.users(&all[1_100..1_150], false, &[]).await;
    service.users(&all[1_150..1_203], true, &["email"]).await;
    service.run_due().await.unwrap();
    let (status, sent, left, no_consent) = service.newest_run().await;
    assert_eq!((status, sent), (json!("done"), json!(1100)));
    assert_eq!((left, no_consent), (json!(0), json!(53)));
    assert_eq!(service.asked_for(), all[..1_100]);
}

#[tokio::test]
async fn a_run_that_everybody_left_ends_with_its_count() {
    let service = failed_run(Fails::After).await;
    service.users(&ids(1_203), false, &[]).await;
    service.run_due().await.unwrap();
    let expected = (json!("done"), json!(1000), json!(0), json!(0));
    assert_eq!(service.newest_run().await, expected);
}

#[tokio::test]
async fn a_campaign_paused_within_a_run_stays_as_it_is_and_goes_on_there() {
    let service = failed_run(Fails::Before).await;
    assert_eq!(
        service.act("pause", Value::Null).await.body["status"],
        "paused"
    );
    service.run_due().await.unwrap();
    assert_eq!(service.newest_run().await.0, "paused");
    assert_eq!(service.requests().len(), 500);
    let mut edit = welcome();
    edit.as_object_mut().unwrap().remove("id");
    let path = "/api/campaigns/welcome";
    let changed = service.call("PUT", path, edit).await;
    assert_eq!(changed.status, StatusCode::CONFLICT);
    let anew = service.act("schedule", json!({"every": "1h"})).await;
    assert_eq!(anew.status, StatusCode::CONFLICT);
    let resumed = service.act("schedule", Value::Null).await;
    assert_eq!(resumed.body["status"], "running");
    let deleted = service.call("DELETE", path, Value::Null).await;
    assert_eq!(deleted.status, StatusCode::CONFLICT);
    service.run_due().await.unwrap();
    assert_eq!(service.asked_for(), ids(1_203));
}

#[tokio::test]
async fn a_campaign_cancelled_within_a_run_sends_nothing_more() {
    let service = failed_run(Fails::Before).await;
    service.act("cancel", Value::Null).await;
    service.run_due().await.unwrap();
    assert_eq!(service.newest_run().await.0, "cancelled");
    assert_eq!(service.requests().len(), 500);
}
