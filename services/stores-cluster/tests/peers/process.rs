//! A process with owners who make up what they know, and the directory of them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use serde_json::{Value, json};
use stores::{
    Directory, Elsewhere, OwnersError, PartitionProgress, Peer, Preview, Question, Reply,
    StoreError, partition_of,
};

pub(crate) const PARTITIONS: u32 = 4;
pub(crate) const KEY: &str = "a-key";

/// Where processes are, in memory.
#[derive(Debug, Default)]
pub(crate) struct Registry(Mutex<BTreeMap<u32, String>>);

impl Registry {
    pub(crate) fn put(&self, partitions: &[u32], address: &str) {
        let mut addresses = self.0.lock().unwrap();
        addresses.extend(partitions.iter().map(|it| (*it, address.to_owned())));
    }
}

#[async_trait]
impl Directory for Registry {
    async fn claim(&self, partitions: &[u32], address: &str) -> Result<(), StoreError> {
        self.put(partitions, address);
        Ok(())
    }

    async fn addresses(&self) -> Result<BTreeMap<u32, String>, StoreError> {
        Ok(self.0.lock().unwrap().clone())
    }
}

/// A process.
#[derive(Debug, Default)]
pub(crate) struct Process {
    pub(crate) address: String,
    owned: Mutex<BTreeSet<u32>>,
    merged: Mutex<BTreeMap<String, String>>,
    members: Mutex<BTreeSet<String>>,
    cuts_previews: Mutex<bool>,
}

impl Process {
    /// Starts one that owns partitions.
    pub(crate) async fn start(owned: &[u32]) -> Arc<Self> {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let process = Arc::new(Self {
            address: format!("http://{}", listener.local_addr().unwrap()),
            ..Self::unreachable(owned)
        });
        let router = Router::new().route("/api/owners/ask", post(ask));
        let router = router.with_state(Arc::clone(&process));
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        process
    }

    /// One that nobody reaches over HTTP.
    pub(crate) fn unreachable(owned: &[u32]) -> Self {
        let process = Self::default();
        process.own(owned);
        process
    }

    pub(crate) fn own(&self, partitions: &[u32]) {
        *self.owned.lock().unwrap() = partitions.iter().copied().collect();
    }

    pub(crate) fn merge(&self, from: &str, into: &str) {
        let mut merged = self.merged.lock().unwrap();
        merged.insert(from.to_owned(), into.to_owned());
    }

    /// All members of a segment, of which it tells its own.
    pub(crate) fn members(&self, users: &[String]) {
        *self.members.lock().unwrap() = users.iter().cloned().collect();
    }

    pub(crate) fn cut_previews(&self) {
        *self.cuts_previews.lock().unwrap() = true;
    }

    /// Who a user is now, if that is one of this process's.
    fn find(&self, asked: &str) -> Result<String, OwnersError> {
        let mut user = asked.to_owned();
        loop {
            self.check(&[partition_of(&user, PARTITIONS)])
                .map_err(|_| {
                    let users = BTreeMap::from([(asked.to_owned(), user.clone())]);
                    OwnersError::Elsewhere(Elsewhere { users })
                })?;
            match self.merged.lock().unwrap().get(&user) {
                Some(other) => user.clone_from(other),
                None => return Ok(user),
            }
        }
    }

    fn check(&self, partitions: &[u32]) -> Result<(), OwnersError> {
        let owned = self.owned.lock().unwrap();
        if partitions.iter().all(|partition| owned.contains(partition)) {
            return Ok(());
        }
        Err(OwnersError::Elsewhere(Elsewhere::default()))
    }

    fn answer(&self, question: &Question) -> Result<Value, OwnersError> {
        match question {
            Question::Explain { segment_id, .. } if segment_id == "missing" => {
                let detail = "there is no active segment `missing`";
                Err(OwnersError::NotFound(detail.to_owned()))
            }
            Question::Explain {
                user_id,
                segment_id,
            } => Ok(json!({"userId": self.find(user_id)?, "segmentId": segment_id})),
            Question::Evaluate {
                rules, user_ids, ..
            } => self.evaluate(rules, user_ids),
            Question::Preview { partitions, .. } => {
                self.check(partitions)?;
                Ok(json!(self.preview(partitions)))
            }
            Question::User { user_id } => {
                let user = store_contracts::view::user(&self.find(user_id)?, 0, 1, &[]);
                Ok(json!(user))
            }
            Question::Members {
                after,
                limit,
                partitions,
                ..
            } => {
                self.check(partitions)?;
                let members = self.members.lock().unwrap();
                let own = members.iter().filter(|user| {
                    let is_later = after.as_ref().is_none_or(|after| *user > after);
                    is_later && partitions.contains(&partition_of(user, PARTITIONS))
                });
                let own = own.take(*limit);
                let own = own.map(|user| json!({"userId": user, "since": 1, "reason": "manual"}));
                Ok(own.collect())
            }
            Question::Counts { partitions } => {
                self.check(partitions)?;
                Ok(json!({"vip": partitions.len()}))
            }
            Question::Counted {
                begins_at,
                partitions,
                ..
            } => {
                self.check(partitions)?;
                Ok(json!({"vip": -begins_at * partitions.len() as i64}))
            }
            Question::Progress { partitions } => {
                self.check(partitions)?;
                let progress = partitions.iter().map(|partition| PartitionProgress {
                    partition: *partition,
                    ..PartitionProgress::default()
                });
                Ok(json!(progress.collect::<Vec<_>>()))
            }
            Question::Resync { partitions } => {
                self.check(partitions)?;
                Ok(json!(partitions))
            }
            Question::NextChanges { .. } => Ok(json!({})),
        }
    }

    /// The value of a user is who they are.
    fn evaluate(&self, rules: &Value, users: &[String]) -> Result<Value, OwnersError> {
        if rules["expression"] == "wrong" {
            return Err(OwnersError::Rule("it is wrong".to_owned()));
        }
        let (mut values, mut elsewhere) = (vec![], Elsewhere::default());
        for user in users {
            match self.find(user) {
                Ok(user) => values.push(json!(user)),
                Err(OwnersError::Elsewhere(one)) => elsewhere.users.extend(one.users),
                Err(error) => return Err(error),
            }
        }
        if elsewhere.users.is_empty() {
            return Ok(json!(values));
        }
        Err(OwnersError::Elsewhere(elsewhere))
    }

    fn preview(&self, partitions: &[u32]) -> Preview {
        let sample = partitions.iter().map(|it| format!("sample-{it}"));
        Preview {
            count: partitions.len() as u64,
            users: 10 * partitions.len() as u64,
            sample: sample.collect(),
            as_of: 1,
            is_complete: !*self.cuts_previews.lock().unwrap(),
        }
    }
}

#[async_trait]
impl Peer for Process {
    async fn ask(&self, question: &Question) -> Result<Reply, OwnersError> {
        match self.answer(question) {
            Ok(answer) => Ok(Reply::Answer(answer)),
            Err(OwnersError::Elsewhere(elsewhere)) => Ok(Reply::Elsewhere(elsewhere)),
            Err(error) => Err(error),
        }
    }
}

async fn ask(
    State(process): State<Arc<Process>>,
    headers: HeaderMap,
    Json(question): Json<Question>,
) -> Response {
    if headers["authorization"] != format!("Bearer {KEY}") {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    match process.ask(&question).await {
        Ok(reply) => Json(reply).into_response(),
        Err(error) => kit::http::Problem::from(error).into_response(),
    }
}
