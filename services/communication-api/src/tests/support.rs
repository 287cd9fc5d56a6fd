//! The service on stores in a directory of its own, at an instant that the test sets.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Request, StatusCode};
use kit::shutdown::Shutdown;
use serde_json::{Map, Value, json};
use stores::catalog::{Edit, Segment, SegmentEdit, Status, Version};
use stores::embedded::{Options, Store};
use stores::{
    Catalog, EveryLease, Lease, Log, Record, SqliteCatalog, StoreError, Topic, UserView,
    ViewMembership, ViewStore,
};
use tempfile::TempDir;
use tower::ServiceExt;

use crate::run::take_turn;
use crate::{Parts, State, api};

/// 2024-01-15T10:30:00Z.
pub(super) const NOW: i64 = 1_705_314_600_000;

/// The service and what it stands on.
pub(super) struct Service {
    pub(super) state: State,
    pub(super) view: Arc<dyn ViewStore>,
    notifications: Arc<dyn Log>,
    router: Router,
    now: Arc<AtomicI64>,
    revs: AtomicI64,
    _directory: TempDir,
}

/// An answer.
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: Value,
}

impl Service {
    /// With the segment `vip`, which nobody is in.
    pub(super) async fn new() -> Self {
        Self::with_log(|log| log).await
    }

    /// What is sent goes through `wrap`'s log.
    pub(super) async fn with_log(wrap: impl FnOnce(Arc<dyn Log>) -> Arc<dyn Log>) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let store = Store::open(directory.path(), Options::default()).unwrap();
        let catalog = Arc::new(SqliteCatalog::open(directory.path()).await.unwrap());
        catalog.commit(new_segment("vip")).await.unwrap();
        let notifications = store.log(Topic::NotificationRequests);
        let now = Arc::new(AtomicI64::new(NOW));
        let clock = Arc::clone(&now);
        let parts = Parts {
            campaigns: Arc::<SqliteCatalog>::clone(&catalog),
            catalog,
            view: store.view(),
            notifications: wrap(Arc::clone(&notifications)),
        };
        let state = State::with_clock(parts, move || clock.load(Ordering::Relaxed));
        Self {
            router: api(state.clone()).into(),
            view: store.view(),
            notifications,
            state,
            now,
            revs: AtomicI64::new(1),
            _directory: directory,
        }
    }

    pub(super) fn set_now(&self, now: i64) {
        self.now.store(now, Ordering::Relaxed);
    }

    /// Writes users as members of `vip`, or of nothing; they agree to what is not in `refused`.
    pub(super) async fn users(&self, ids: &[String], is_member: bool, refused: &[&str]) {
        let rev = self.revs.fetch_add(1, Ordering::Relaxed) as u64;
        let membership = ViewMembership {
            segment_id: "vip".into(),
            since: 1,
            reason: "rule_evaluation".into(),
        };
        let consent: BTreeMap<String, bool> =
            refused.iter().map(|it| ((*it).to_owned(), false)).collect();
        let fields = json!({"firstName": "John", "totalSpent": 1500.0, "city": null});
        let users = ids.iter().map(|id| UserView {
            user_id: id.clone(),
            epoch: 0,
            rev,
            exists: true,
            fields: fields.as_object().cloned().unwrap_or_else(Map::new),
            segments: is_member.then(|| membership.clone()).into_iter().collect(),
            consent: consent.clone(),
            merged_into: None,
            updated_at: 1,
        });
        self.view.write(users.collect()).await.unwrap();
    }

    /// Gives each campaign that is due its turn, once.
    pub(super) async fn run_due(&self) -> Result<(), StoreError> {
        let due = self
            .state
            .parts
            .campaigns
            .due(self.state.now(), 100)
            .await?;
        for campaign in due {
            take_turn(&self.state, campaign, &lease(), &Shutdown::new()).await?;
        }
        Ok(())
    }

    /// The requests for notifications, partition by partition.
    pub(super) fn requests(&self) -> Vec<Record> {
        let mut found = vec![];
        for partition in 0..self.notifications.partitions() {
            let end = self.notifications.end(partition).unwrap();
            let mut reader = self.notifications.reader(partition, 0).unwrap();
            let mut next = 0;
            while next < end {
                let records = reader.next(1 << 20, Duration::from_secs(10)).unwrap();
                next = records.last().unwrap().offset + 1;
                found.extend(records);
            }
        }
        found
    }

    /// Who was asked for, ascending; whoever was asked for twice is there twice.
    pub(super) fn asked_for(&self) -> Vec<String> {
        let mut users: Vec<String> = self.requests().into_iter().map(|it| it.key).collect();
        users.sort_unstable();
        users
    }

    pub(super) async fn send(&self, request: Request<Body>) -> Answer {
        let answer = self.router.clone().oneshot(request).await.unwrap();
        let (status, headers) = (answer.status(), answer.headers().clone());
        let bytes = to_bytes(answer.into_body(), usize::MAX).await.unwrap();
        let body = serde_json::from_slice(&bytes).unwrap_or_default();
        Answer {
            status,
            headers,
            body,
        }
    }

    pub(super) async fn call(&self, method: &str, path: &str, body: Value) -> Answer {
        let body = match body {
            Value::Null => Body::empty(),
            json => Body::from(json.to_string()),
        };
        let request = Request::builder().method(method).uri(path);
        self.send(request.body(body).unwrap()).await
    }

    pub(super) async fn post(&self, path: &str, body: Value) -> Answer {
        self.call("POST", path, body).await
    }

    pub(super) async fn get(&self, path: &str) -> Value {
        self.call("GET", path, Value::Null).await.body
    }

    /// The campaign `welcome`, a draft.
    pub(super) async fn create(&self) {
        let answer = self.post("/api/campaigns", welcome()).await;
        assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.body);
    }

    /// Acts on `welcome`.
    pub(super) async fn act(&self, action: &str, body: Value) -> Answer {
        let path = format!("/api/campaigns/welcome:{action}");
        self.post(&path, body).await
    }

    /// The newest run of `welcome`: status, sent, left, without consent.
    pub(super) async fn newest_run(&self) -> (Value, Value, Value, Value) {
        let answer = self.get("/api/campaigns/welcome").await;
        let run = answer["runs"][0].clone();
        let count = |name: &str| run[name].clone();
        (
            count("status"),
            count("sent"),
            count("leftSegment"),
            count("noConsent"),
        )
    }
}

/// The body of a campaign for `vip`.
pub(super) fn welcome() -> Value {
    json!({
        "id": "welcome", "name": "Welcome", "segmentId": "vip", "type": "email",
        "content": {"template": "welcome_high_value",
                    "personalization": ["firstName", "totalSpent", "city", "age"]},
    })
}

/// `user-0000`, `user-0001`, …
pub(super) fn ids(count: usize) -> Vec<String> {
    (0..count)
        .map(|number| format!("user-{number:04}"))
        .collect()
}

fn new_segment(id: &str) -> Edit {
    let (rules, expression) = (json!({"expression": "a > 1"}), "a > 1".to_owned());
    let segment = Segment {
        id: id.to_owned(),
        name: id.to_owned(),
        description: String::new(),
        segment_type: "DYNAMIC".to_owned(),
        rules: rules.clone(),
        expression: expression.clone(),
        is_active: true,
        status: Status::Active,
        version: 1,
        newest_version: 1,
        failure: None,
        revision: 0,
        created_at: 0,
        updated_at: 0,
    };
    let version = Version {
        version: 1,
        name: id.to_owned(),
        description: String::new(),
        rules,
        expression,
        is_active: true,
        created_at: 0,
        published_at: Some(0),
        failure: None,
    };
    Edit {
        segment: Some(SegmentEdit {
            replaces: None,
            segment,
            version: Some(version),
        }),
        ..Edit::default()
    }
}

/// A lease that nobody else wants.
fn lease() -> Lease {
    Lease::new(Arc::new(EveryLease), "campaigns", Duration::from_mins(1))
}
