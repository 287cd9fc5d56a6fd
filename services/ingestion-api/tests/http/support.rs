//! Ingestion on a store of its own, and what its log holds.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Request, StatusCode};
use http_body_util::BodyExt;
use ingestion_api::{Ingestion, Options};
use kit::health::Health;
use kit::http::{Guard, ServiceInfo};
use kit::metrics::Metrics;
use kit::shutdown::Shutdown;
use kit::telemetry::Tracer;
use serde_json::Value;
use stores::embedded::{self, Store};
use stores::{Log, MemorySessions, Record, Topic, partition_of};
use tempfile::TempDir;
use tower::ServiceExt;

/// The present: 2024-01-15T10:30:00Z.
pub(crate) const NOW: i64 = 1_705_314_600_000;

/// The routes over a log.
pub(crate) fn service(log: Arc<dyn Log>, options: Options) -> Router {
    let metrics = Metrics::new();
    let ttl = Duration::from_millis(options.session_ttl_ms as u64);
    let sessions = Arc::new(MemorySessions::new(ttl));
    let ingestion = Ingestion::new(log, sessions, options, &metrics);
    tokio::spawn(ingestion.keep_sessions(Shutdown::new()));
    let api = ingestion_api::api(ingestion);
    let info = ServiceInfo {
        name: "ingestion-api",
        version: "0",
    };
    kit::http::service(
        info,
        api,
        Guard::open(),
        Health::default(),
        metrics,
        Tracer::default(),
    )
}

/// Ingestion on a store of its own.
pub(crate) struct Platform {
    pub(crate) router: Router,
    pub(crate) log: Arc<dyn Log>,
    _store: Store,
    _dir: TempDir,
}

/// An answer, read.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) json: Value,
}

impl Platform {
    /// Where it is always [`NOW`].
    pub(crate) fn new() -> Self {
        Self::with(Options {
            clock: || NOW,
            ..Options::default()
        })
    }

    pub(crate) fn with(options: Options) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path(), embedded::Options::default()).unwrap();
        let log = store.log(Topic::UserEvents);
        Self {
            router: service(Arc::clone(&log), options),
            log,
            _store: store,
            _dir: dir,
        }
    }

    pub(crate) async fn ask(&self, request: Request<Body>) -> Answer {
        ask(&self.router, request).await
    }

    pub(crate) async fn post(&self, path: &str, body: impl Into<Body>) -> Answer {
        self.ask(Request::post(path).body(body.into()).unwrap())
            .await
    }

    /// Posts and expects 202; the verdict.
    pub(crate) async fn verdict(&self, path: &str, body: impl Into<Body>) -> Value {
        let answer = self.post(path, body).await;
        assert_eq!(answer.status, StatusCode::ACCEPTED, "{answer:?}");
        answer.json
    }

    /// What the log holds, partition by partition.
    pub(crate) fn records(&self) -> Vec<Record> {
        let mut records = vec![];
        for partition in 0..self.log.partitions() {
            let end = self.log.end(partition).unwrap();
            let mut reader = self.log.reader(partition, 0).unwrap();
            let mut here = vec![];
            while (here.len() as u64) < end {
                here.extend(reader.next(1 << 20, Duration::from_secs(1)).unwrap());
            }
            for record in &here {
                assert_eq!(partition_of(&record.key, self.log.partitions()), partition);
            }
            records.extend(here);
        }
        records
    }

    /// The messages in the log, by user and then in the order of arrival.
    pub(crate) fn messages(&self) -> Vec<Value> {
        let mut records = self.records();
        records.sort_by(|a, b| a.key.cmp(&b.key));
        let messages = records.iter().map(|record| {
            let message: Value = serde_json::from_slice(&record.value).unwrap();
            assert_eq!(message["userId"], *record.key);
            message
        });
        messages.collect()
    }
}

pub(crate) async fn ask(router: &Router, request: Request<Body>) -> Answer {
    let response = router.clone().oneshot(request).await.unwrap();
    let (parts, body) = response.into_parts();
    let bytes = body.collect().await.unwrap().to_bytes();
    Answer {
        status: parts.status,
        headers: parts.headers,
        json: serde_json::from_slice(&bytes).unwrap(),
    }
}
