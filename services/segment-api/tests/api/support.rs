//! A platform as far as segments need one.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Request, StatusCode};
use http_body_util::BodyExt;
use kit::shutdown::Shutdown;
use segment_api::{Parts, Publisher, State, api};
use serde_json::{Value, json};
use stores::embedded::{Options, Store};
use stores::{
    BuildProgress, BuildReports, Catalog, EveryLease, Owners, OwnersError, PartitionProgress,
    Preview, PreviewRequest, Record, SqliteCatalog, Topic,
};
use tempfile::TempDir;
use tower::ServiceExt;

/// Owners who answer a preview with the length of its rule, and remember what they were asked.
#[derive(Debug, Default)]
pub(crate) struct TestOwners {
    pub(crate) asked: Mutex<Vec<PreviewRequest>>,
}

#[async_trait]
impl Owners for TestOwners {
    async fn explain(&self, _: &str, _: &str) -> Result<Value, OwnersError> {
        Err(OwnersError::NotFound("not asked here".to_owned()))
    }

    async fn next_changes(&self, _: &str) -> Result<BTreeMap<String, i64>, OwnersError> {
        Ok(BTreeMap::new())
    }

    async fn evaluate(
        &self,
        _: &Value,
        _: &Value,
        _: &[String],
        _: Option<i64>,
    ) -> Result<Vec<Value>, OwnersError> {
        Ok(vec![])
    }

    async fn preview(&self, request: PreviewRequest) -> Result<Preview, OwnersError> {
        let count = request.rules["expression"].as_str().map_or(0, str::len) as u64;
        self.asked.lock().unwrap().push(request);
        Ok(Preview {
            count,
            users: 1_000,
            sample: vec!["ann".to_owned()],
            as_of: 1_705_314_600_000,
            is_complete: true,
        })
    }

    async fn progress(&self) -> Result<Vec<PartitionProgress>, OwnersError> {
        Ok(vec![])
    }

    async fn resync(&self) -> Result<Vec<u32>, OwnersError> {
        Ok(vec![])
    }
}

/// The service in a directory of its own.
pub(crate) struct Platform {
    pub(crate) router: Router,
    pub(crate) catalog: Arc<SqliteCatalog>,
    pub(crate) store: Store,
    pub(crate) owners: Arc<TestOwners>,
    _directory: TempDir,
}

/// An answer, read.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Value,
}

impl Answer {
    #[track_caller]
    pub(crate) fn is(self, status: u16) -> Value {
        assert_eq!(self.status.as_u16(), status, "{}", self.body);
        self.body
    }

    pub(crate) fn header(&self, name: &str) -> String {
        self.headers[name].to_str().unwrap().to_owned()
    }
}

impl Platform {
    pub(crate) async fn new() -> Self {
        Self::with_segments_max(100_000).await
    }

    pub(crate) async fn with_segments_max(segments_max: u64) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let catalog = Arc::new(SqliteCatalog::open(directory.path()).await.unwrap());
        let store = Store::open(&directory.path().join("store"), Options::default()).unwrap();
        let owners = Arc::new(TestOwners::default());
        let state = State::new(Parts {
            catalog: catalog.clone(),
            view: store.view(),
            owners: owners.clone(),
            events: store.log(Topic::UserEvents),
        });
        Self {
            router: api(state.with_segments_max(segments_max)).into(),
            catalog,
            store,
            owners,
            _directory: directory,
        }
    }

    pub(crate) async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        let body = if bytes.is_empty() {
            Value::Null
        } else {
            serde_json::from_slice(&bytes).unwrap()
        };
        Answer {
            status: parts.status,
            headers: parts.headers,
            body,
        }
    }

    /// A request like `"POST /api/segments"`; no body where it is null.
    pub(crate) async fn ask(&self, line: &str, body: Value) -> Answer {
        self.ask_with(line, &[], body).await
    }

    pub(crate) async fn ask_with(
        &self,
        line: &str,
        headers: &[(&str, &str)],
        body: Value,
    ) -> Answer {
        let (method, path) = line.split_once(' ').unwrap();
        let mut request = Request::builder().method(method).uri(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let body = if body.is_null() {
            Body::empty()
        } else {
            Body::from(body.to_string())
        };
        self.send(request.body(body).unwrap()).await
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.ask(&format!("GET {path}"), Value::Null).await
    }

    /// Creates a segment of that id and rule.
    pub(crate) async fn create(&self, id: &str, expression: &str) -> Answer {
        let body = json!({"id": id, "name": id, "rules": {"expression": expression}});
        self.ask("POST /api/segments", body).await
    }

    pub(crate) async fn publish(&self, id: &str, expression: &str) -> Answer {
        let body = json!({"name": id, "rules": {"expression": expression}});
        let line = format!("PUT /api/segments/{id}?publish=true");
        self.ask(&line, body).await
    }

    /// The types and traits that a rule is checked against now.
    pub(crate) async fn catalog_schema(&self) -> Value {
        let schema = self.catalog.schema(None).await.unwrap();
        schema.schema_file([])
    }

    /// A publisher that works until it is told to end.
    pub(crate) fn start_publisher(&self) -> RunningPublisher {
        let publisher = Publisher::new(
            self.catalog.clone(),
            self.store.log(Topic::UserEvents),
            self.store.log(Topic::SegmentUpdates),
            Arc::new(EveryLease),
        );
        let shutdown = Shutdown::new();
        let task = tokio::spawn(publisher.run(shutdown.clone()));
        RunningPublisher { shutdown, task }
    }

    /// The record of a partition at an offset, waited for.
    pub(crate) async fn record(&self, topic: Topic, partition: u32, offset: u64) -> Record {
        let log = self.store.log(topic);
        let read = move || {
            let mut reader = log.reader(partition, offset).unwrap();
            let records = reader.next(1, Duration::from_secs(20)).unwrap();
            records.into_iter().next().unwrap()
        };
        tokio::task::spawn_blocking(read).await.unwrap()
    }

    /// The control record of a partition at an offset, waited for.
    pub(crate) async fn control(&self, partition: u32, offset: u64) -> Value {
        let record = self.record(Topic::UserEvents, partition, offset).await;
        assert_eq!(record.key, "");
        serde_json::from_slice(&record.value).unwrap()
    }

    /// What the owner of a partition reports.
    pub(crate) async fn report(&self, definition: &Value, partition: u32, done: u64, users: u64) {
        let progress = BuildProgress {
            users_done: done,
            users,
            is_ready: done == users,
            failure: None,
        };
        let id = definition["definitionId"].as_str().unwrap();
        self.catalog.report(id, partition, progress).await.unwrap();
    }

    /// The owner of a partition tells that it cannot build a definition.
    pub(crate) async fn refuse(&self, definition: &Value, partition: u32, reason: &str) {
        let progress = BuildProgress {
            users_done: 0,
            users: 0,
            is_ready: false,
            failure: Some(reason.to_owned()),
        };
        let id = definition["definitionId"].as_str().unwrap();
        self.catalog.report(id, partition, progress).await.unwrap();
    }

    /// Waits until a segment stands somewhere.
    pub(crate) async fn until_status(&self, id: &str, status: &str) -> Value {
        let mut wakeups = self.catalog.wakeups();
        loop {
            wakeups.mark_unchanged();
            let segment = self.get(&format!("/api/segments/{id}")).await.is(200);
            if segment["status"] == status {
                return segment;
            }
            wakeups.changed().await.unwrap();
        }
    }
}

pub(crate) struct RunningPublisher {
    shutdown: Shutdown,
    task: tokio::task::JoinHandle<()>,
}

impl RunningPublisher {
    pub(crate) async fn stop(self) {
        self.shutdown.request();
        self.task.await.unwrap();
    }
}
