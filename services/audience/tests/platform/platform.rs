//! `audience serve` on ports of its own, and its API.

use std::ops::Deref;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use reqwest::Method;
use reqwest::header::{AUTHORIZATION, HeaderMap};
use serde_json::{Value, json};

use crate::follower::Follower;
use crate::server::Server;

/// How long anything is waited for.
const PATIENCE: Duration = Duration::from_mins(2);
const LOOK_AGAIN: Duration = Duration::from_millis(20);

/// Partitions of the log, by default.
const PARTITIONS: usize = 2;

/// Every service on a port that was free.
pub(crate) const FREE_PORTS: [(&str, &str); 5] = [
    ("AUDIENCE_LISTEN_SEGMENT_API_PORT", "0"),
    ("AUDIENCE_LISTEN_INGESTION_API_PORT", "0"),
    ("AUDIENCE_LISTEN_COMMUNICATION_API_PORT", "0"),
    ("AUDIENCE_LISTEN_RULE_ENGINE_PORT", "0"),
    ("AUDIENCE_LISTEN_STREAM_PROCESSOR_PORT", "0"),
];

/// Makes a key as a user would.
pub(crate) fn make_key(data: &Path, scopes: &[&str], env: &[(&str, &str)]) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_audience"));
    command.args(["key", "create", "--data", data.to_str().unwrap()]);
    command.args(scopes.iter().flat_map(|scope| ["--scope", scope]));
    let made = command.envs(env.iter().copied()).output().unwrap();
    assert!(made.status.success(), "{made:?}");
    String::from_utf8(made.stdout).unwrap().trim().to_owned()
}

/// A client that sends a key with each request.
pub(crate) fn client_with(key: &str) -> reqwest::Client {
    let value = format!("Bearer {key}").parse().unwrap();
    let headers = HeaderMap::from_iter([(AUTHORIZATION, value)]);
    let builder = reqwest::Client::builder().default_headers(headers);
    builder.build().unwrap()
}

/// A running platform in one process.
pub(crate) struct Platform {
    pub(crate) server: Server,
    pub(crate) api: Arc<Api>,
}

/// The services of a running platform, wherever they are.
pub(crate) struct Api {
    pub(crate) segments: String,
    pub(crate) ingestion: String,
    pub(crate) communication: String,
    pub(crate) rules: String,
    pub(crate) processor: String,
    pub(crate) partitions: usize,
    /// Good for everything.
    pub(crate) key: String,
    /// Sends the key with each request.
    pub(crate) http: reqwest::Client,
}

impl Deref for Platform {
    type Target = Api;

    fn deref(&self) -> &Api {
        &self.api
    }
}

impl Platform {
    /// Starts `audience serve` on a folder, with more of the environment.
    pub(crate) fn start(data: &Path, env: &[(&str, &str)]) -> Self {
        Self::try_start(data, env).unwrap()
    }

    /// The same; `None` if it ended before it served.
    pub(crate) fn try_start(data: &Path, env: &[(&str, &str)]) -> Option<Self> {
        let key = make_key(data, &["admin"], env);
        let env: Vec<_> = FREE_PORTS.iter().chain(env).copied().collect();
        let mut server = Server::start(&["serve", "--data", data.to_str().unwrap()], &env);
        let address = |line: String| line.split_whitespace().last().unwrap().to_owned();
        let mut wait_for = |text| server.wait_for_unless_ended(text);
        let segments = address(wait_for("segment-api")?);
        let ingestion = address(wait_for("ingestion-api")?);
        let communication = address(wait_for("communication-api")?);
        let rules = address(wait_for("rule-engine")?);
        let processor = address(wait_for("stream-processor")?);
        wait_for("Ctrl-C")?;
        let api = Api {
            segments,
            ingestion,
            communication,
            rules,
            processor,
            partitions: PARTITIONS,
            http: client_with(&key),
            key,
        };
        Some(Self {
            server,
            api: Arc::new(api),
        })
    }
}

impl Api {
    /// Every service's address, the console's first.
    pub(crate) fn ports(&self) -> [&str; 5] {
        [
            &self.segments,
            &self.ingestion,
            &self.communication,
            &self.rules,
            &self.processor,
        ]
    }

    /// A request with a JSON body; status and JSON. An error if nobody answers.
    pub(crate) async fn post(&self, url: String, body: &Value) -> reqwest::Result<(u16, Value)> {
        self.send(Method::POST, url, body).await
    }

    /// As [`Platform::post`], with another method.
    pub(crate) async fn send(
        &self,
        method: Method,
        url: String,
        body: &Value,
    ) -> reqwest::Result<(u16, Value)> {
        let request = self.http.request(method, url).json(body);
        let response = request.send().await?;
        let status = response.status().as_u16();
        Ok((status, response.json().await.unwrap_or_default()))
    }

    /// A PUT with a JSON body; status and JSON.
    pub(crate) async fn put(&self, url: String, body: &Value) -> (u16, Value) {
        let response = self.http.put(url).json(body).send().await.unwrap();
        let status = response.status().as_u16();
        (status, response.json().await.unwrap_or_default())
    }

    /// Creates segments and waits until each is in force.
    pub(crate) async fn create(&self, segments: &[(&str, &str)]) {
        for (id, expression) in segments {
            let body = json!({"id": id, "name": id, "type": "DYNAMIC", "rules": {"expression": expression}});
            let url = format!("{}/api/segments", self.segments);
            let (status, answer) = self.post(url, &body).await.unwrap();
            assert_eq!(status, 201, "{answer}");
        }
        for (id, _) in segments {
            let url = format!("{}/api/segments/{id}", self.segments);
            self.until(&url, |answer| answer["status"] == "active")
                .await;
        }
    }

    /// GETs until the answer is as wanted.
    pub(crate) async fn until(&self, url: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        let started = std::time::Instant::now();
        loop {
            let (status, answer) = self.get(url).await;
            if status == 200 && wanted(&answer) {
                return answer;
            }
            assert!(started.elapsed() < PATIENCE, "{url}: {status} {answer}");
            tokio::time::sleep(LOOK_AGAIN).await;
        }
    }

    pub(crate) async fn get(&self, url: &str) -> (u16, Value) {
        let response = self.http.get(url).send().await.unwrap();
        let status = response.status().as_u16();
        (status, response.json().await.unwrap_or_default())
    }

    /// GETs a text.
    pub(crate) async fn text(&self, url: &str) -> String {
        let response = self.http.get(url).send().await.unwrap();
        response.error_for_status().unwrap().text().await.unwrap()
    }

    /// Waits until every record of the log is taken.
    pub(crate) async fn caught_up(&self) {
        let url = format!("{}/api/processing", self.segments);
        let is_done = |answer: &Value| {
            let partitions = answer["partitions"].as_array().unwrap();
            let is_taken = |partition: &Value| partition["lag"] == 0;
            partitions.len() == self.partitions && partitions.iter().all(is_taken)
        };
        self.until(&url, is_done).await;
    }

    /// All members of a segment.
    pub(crate) async fn members(&self, segment: &str) -> Vec<String> {
        let mut members = vec![];
        let mut cursor = String::new();
        loop {
            let url = format!(
                "{}/api/segments/{segment}/members?limit=500{cursor}",
                self.segments
            );
            let (status, page) = self.get(&url).await;
            assert_eq!(status, 200, "{page}");
            for member in page["data"].as_array().unwrap() {
                members.push(member["userId"].as_str().unwrap().to_owned());
            }
            match page["page"]["next"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => return members,
            }
        }
    }

    /// All changes so far, in the order of the stream.
    pub(crate) async fn changes(&self) -> Vec<Value> {
        let count: u64 = self.changes_end().await.iter().sum();
        self.first_changes(count as usize).await
    }

    /// So many changes, in the order of the stream.
    pub(crate) async fn first_changes(&self, count: usize) -> Vec<Value> {
        let mut follower = Follower::default();
        let is_enough = |follower: &Follower| follower.seen.len() >= count;
        follower.follow(self, is_enough).await.unwrap();
        follower.seen
    }

    /// How many changes there are, by partition.
    pub(crate) async fn changes_end(&self) -> Vec<u64> {
        let (_, answer) = self.get(&format!("{}/api/processing", self.segments)).await;
        let topics = answer["topics"].as_array().unwrap();
        let topic = topics
            .iter()
            .find(|topic| topic["name"] == "user-segments")
            .unwrap();
        let ends = topic["partitions"].as_array().unwrap().iter();
        ends.map(|end| end.as_u64().unwrap()).collect()
    }
}
