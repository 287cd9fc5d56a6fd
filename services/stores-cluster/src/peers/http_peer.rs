//! The owners of another process.

use std::fmt;
use std::time::Duration;

use async_trait::async_trait;
use kit::telemetry::Outgoing;
use reqwest::{Method, StatusCode};
use serde::Deserialize;
use stores::{OwnersError, Peer, Question, Reply, StoreError};

const CONNECT_MAX: Duration = Duration::from_secs(2);
/// How long an answer may take that is only looked up.
const LOOKUP_MAX: Duration = Duration::from_secs(5);
/// How long one may take that goes through histories; the owners stop before that.
const WORK_MAX: Duration = Duration::from_secs(25);

/// The owners of another process.
pub(super) struct HttpPeer {
    http: reqwest::Client,
    url: String,
    key: String,
}

/// What is read of a problem.
#[derive(Deserialize)]
struct Refusal {
    detail: Option<String>,
}

impl HttpPeer {
    pub(super) fn new(http: &reqwest::Client, address: &str, key: &str) -> Self {
        Self {
            http: http.clone(),
            url: format!("{}/api/owners/ask", address.trim_end_matches('/')),
            key: key.to_owned(),
        }
    }

    async fn post(&self, question: &Question) -> Result<reqwest::Response, reqwest::Error> {
        let mut request = self.http.post(&self.url).json(question);
        if !self.key.is_empty() {
            request = request.bearer_auth(&self.key);
        }
        let outgoing = Outgoing::begin(&Method::POST, &self.url);
        if let Some((name, value)) = outgoing.header() {
            request = request.header(name, value);
        }
        let answered = request.timeout(time_max(question)).send().await;
        let status = answered.as_ref().map(reqwest::Response::status).ok();
        outgoing.end(status.map(|status| status.as_u16()));
        answered
    }
}

/// The client that all questions share.
pub(super) fn client() -> Result<reqwest::Client, StoreError> {
    let client = reqwest::Client::builder().connect_timeout(CONNECT_MAX);
    let client = client.no_proxy().build();
    client.map_err(|error| StoreError::Unavailable(format!("no client of HTTP: {error}")))
}

fn time_max(question: &Question) -> Duration {
    match question {
        Question::Preview { .. } | Question::Evaluate { .. } => WORK_MAX,
        _ => LOOKUP_MAX,
    }
}

#[async_trait]
impl Peer for HttpPeer {
    async fn ask(&self, question: &Question) -> Result<Reply, OwnersError> {
        let unreachable = |error: reqwest::Error| {
            let error = error.without_url();
            StoreError::Unavailable(format!("{} does not answer: {error}", self.url))
        };
        let response = self.post(question).await.map_err(unreachable)?;
        let status = response.status();
        if status.is_success() {
            return Ok(response.json().await.map_err(unreachable)?);
        }
        let refusal: Option<Refusal> = response.json().await.ok();
        let detail = refusal.and_then(|refusal| refusal.detail);
        let detail = detail.unwrap_or_else(|| status.to_string());
        Err(match status {
            StatusCode::NOT_FOUND => OwnersError::NotFound(detail),
            StatusCode::BAD_REQUEST => OwnersError::Rule(detail),
            _ => StoreError::Unavailable(format!("{} refuses: {detail}", self.url)).into(),
        })
    }
}

impl fmt::Debug for HttpPeer {
    /// Without the key.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpPeer")
            .field("url", &self.url)
            .finish_non_exhaustive()
    }
}
