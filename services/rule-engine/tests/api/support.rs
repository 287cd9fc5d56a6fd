//! The service on stores in a directory of its own.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode};
use axum::{Extension, Router};
use kit::http::Caller;
use rule_engine::{Parts, State, api};
use serde_json::{Value, json};
use stores::catalog::{Edit, Publication, Segment, SegmentEdit, Status, Use, Version};
use stores::embedded::{Options, Store};
use stores::{
    Catalog, Owners, OwnersError, PartitionProgress, Preview, PreviewRequest, Record,
    SqliteCatalog, Topic, ViewStore,
};
use tempfile::TempDir;
use tower::ServiceExt;

/// The service and what it stands on.
pub(crate) struct Api {
    router: Router,
    pub(crate) catalog: Arc<SqliteCatalog>,
    pub(crate) store: Store,
    _directory: TempDir,
}

impl Api {
    /// With the segments `vip`, of those who spent more than 1000, and `pro-vip`, of those of them
    /// who are on the plan `pro`.
    pub(crate) async fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let store = Store::open(directory.path(), Options::default()).unwrap();
        let catalog = Arc::new(SqliteCatalog::open(directory.path()).await.unwrap());
        let api = Self {
            router: Router::from(api(State::new(Parts {
                catalog: Arc::<SqliteCatalog>::clone(&catalog),
                view: store.view(),
                owners: Arc::new(OwnersStandIn),
                events: store.log(Topic::UserEvents),
            })))
            .layer(Extension(Caller::anybody())),
            catalog,
            store,
            _directory: directory,
        };
        api.publish("vip", "VIP", "totalSpent > 1000", vec![]).await;
        let plan = Use::Typed {
            event: None,
            name: "plan".to_owned(),
            type_name: "string".to_owned(),
        };
        let rule = "plan == 'pro' AND IN SEGMENT 'vip'";
        api.publish("pro-vip", "Paying VIP", rule, vec![plan]).await;
        api
    }

    /// Publishes a segment, as the service of segments does.
    pub(crate) async fn publish(&self, id: &str, name: &str, expression: &str, uses: Vec<Use>) {
        let rules = json!({"expression": expression});
        let segment = Segment {
            id: id.to_owned(),
            name: name.to_owned(),
            description: String::new(),
            segment_type: "DYNAMIC".to_owned(),
            rules: rules.clone(),
            expression: expression.to_owned(),
            is_active: true,
            status: Status::Building,
            version: 1,
            newest_version: 1,
            failure: None,
            revision: 0,
            created_at: 0,
            updated_at: 0,
        };
        let version = Version {
            version: 1,
            name: name.to_owned(),
            description: String::new(),
            rules,
            expression: expression.to_owned(),
            is_active: true,
            created_at: 0,
            published_at: Some(0),
            failure: None,
        };
        let edit = Edit {
            segment: Some(SegmentEdit {
                replaces: None,
                segment,
                version: Some(version),
            }),
            uses: [(id.to_owned(), uses)].into(),
            publication: Some(Publication {
                update: None,
                change: Some(kit::control::DefinitionChange::default()),
                created_at: 0,
            }),
            ..Edit::default()
        };
        self.catalog.commit(edit).await.unwrap();
    }

    pub(crate) fn view(&self) -> Arc<dyn ViewStore> {
        self.store.view()
    }

    /// The records of `user-events`, partition by partition, and their messages.
    pub(crate) fn events(&self) -> Vec<(Record, Value)> {
        let log = self.store.log(Topic::UserEvents);
        let mut found = vec![];
        for partition in (0..log.partitions()).filter(|it| log.end(*it).unwrap() > 0) {
            let mut reader = log.reader(partition, 0).unwrap();
            for record in reader.next(1 << 20, Duration::ZERO).unwrap() {
                let message = serde_json::from_slice(&record.value).unwrap();
                found.push((record, message));
            }
        }
        found
    }

    /// Sends a request; a body that is a string is sent as it is.
    pub(crate) async fn send(&self, method: &str, path: &str, body: Value) -> (StatusCode, Value) {
        let body = match body {
            Value::Null => Body::empty(),
            Value::String(text) => Body::from(text),
            json => Body::from(json.to_string()),
        };
        let request = Request::builder().method(method).uri(path).body(body);
        let answer = self.router.clone().oneshot(request.unwrap()).await.unwrap();
        let status = answer.status();
        let bytes = to_bytes(answer.into_body(), usize::MAX).await.unwrap();
        (status, serde_json::from_slice(&bytes).unwrap_or_default())
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> (StatusCode, Value) {
        self.send("POST", path, body).await
    }

    pub(crate) async fn get(&self, path: &str) -> (StatusCode, Value) {
        self.send("GET", path, Value::Null).await
    }
}

/// Tells what it was asked; knows the user `ann` alone.
#[derive(Debug)]
struct OwnersStandIn;

#[async_trait]
impl Owners for OwnersStandIn {
    async fn explain(&self, user_id: &str, segment_id: &str) -> Result<Value, OwnersError> {
        if user_id != "ann" {
            let detail = format!("there is no user `{user_id}`");
            return Err(OwnersError::NotFound(detail));
        }
        Ok(json!({"userId": user_id, "segments": [{"segmentId": segment_id}]}))
    }

    async fn next_changes(&self, _: &str) -> Result<BTreeMap<String, i64>, OwnersError> {
        Ok([("gone".to_owned(), 1_705_314_601_500)].into())
    }

    async fn evaluate(
        &self,
        rules: &Value,
        schema: &Value,
        user_ids: &[String],
        now: Option<i64>,
    ) -> Result<Vec<Value>, OwnersError> {
        let asked = json!({"rules": rules, "schema": schema, "now": now});
        Ok(vec![asked; user_ids.len()])
    }

    async fn preview(&self, _: PreviewRequest) -> Result<Preview, OwnersError> {
        Err(OwnersError::Rule("nobody asks for it here".to_owned()))
    }

    async fn progress(&self) -> Result<Vec<PartitionProgress>, OwnersError> {
        Ok(vec![])
    }

    async fn resync(&self) -> Result<Vec<u32>, OwnersError> {
        Ok(vec![])
    }
}
