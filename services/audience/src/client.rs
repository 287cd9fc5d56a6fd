//! The platform's own HTTP API, as the demo and the commands about a running platform use it.

use std::time::Duration;

use reqwest::{RequestBuilder, StatusCode};
use serde_json::Value;

use crate::failure::Failure;

/// Where the services are, each like `http://127.0.0.1:8081`.
#[derive(Debug, Clone)]
pub(crate) struct Addresses {
    /// Of segment-api, and of the console.
    pub(crate) segments: String,
    /// Of ingestion-api.
    pub(crate) ingestion: String,
    /// Of communication-api.
    pub(crate) communication: String,
    /// Of rule-engine.
    pub(crate) rules: String,
    /// Of stream-processor.
    pub(crate) processor: String,
}

/// Talks to a running platform.
#[derive(Debug, Clone)]
pub(crate) struct Client {
    http: reqwest::Client,
    at: Addresses,
}

impl Client {
    pub(crate) fn new(at: Addresses) -> Self {
        let http = reqwest::Client::builder().connect_timeout(Duration::from_secs(5));
        Self {
            http: http.build().unwrap_or_default(),
            at,
        }
    }

    /// Sends a batch of events, as JSON; the answer with its verdicts.
    pub(crate) async fn ingest(&self, body: String) -> Result<Value, Failure> {
        let url = format!("{}/api/events/batch", self.at.ingestion);
        let request = self
            .http
            .post(url)
            .header("content-type", "application/json");
        answer(request.body(body)).await
    }

    /// Creates a segment, or leaves the one with its id as it is.
    pub(crate) async fn ensure_segment(&self, segment: &Value) -> Result<(), Failure> {
        let id = segment
            .get("id")
            .and_then(Value::as_str)
            .unwrap_or_default();
        if self
            .is_there(format!("{}/api/segments/{id}", self.at.segments))
            .await?
        {
            return Ok(());
        }
        let url = format!("{}/api/segments", self.at.segments);
        answer(self.http.post(url).json(segment)).await.map(drop)
    }

    /// A segment as the API shows it.
    pub(crate) async fn segment(&self, id: &str) -> Result<Value, Failure> {
        answer(
            self.http
                .get(format!("{}/api/segments/{id}", self.at.segments)),
        )
        .await
    }

    /// All members of a segment.
    pub(crate) async fn members(&self, id: &str) -> Result<Vec<String>, Failure> {
        let mut members = vec![];
        let mut cursor = String::new();
        loop {
            let url = format!(
                "{}/api/segments/{id}/members?limit=1000{cursor}",
                self.at.segments
            );
            let page = answer(self.http.get(url)).await?;
            let data = page.get("data").and_then(Value::as_array);
            let users = data
                .into_iter()
                .flatten()
                .filter_map(|it| it.get("userId")?.as_str());
            members.extend(users.map(str::to_owned));
            match page.pointer("/page/next").and_then(Value::as_str) {
                Some(next) => cursor = format!("&cursor={next}"),
                None => return Ok(members),
            }
        }
    }

    /// Creates a campaign, or finds the one with its id.
    pub(crate) async fn ensure_campaign(&self, campaign: &Value) -> Result<bool, Failure> {
        let id = campaign
            .get("id")
            .and_then(Value::as_str)
            .unwrap_or_default();
        if self
            .is_there(format!("{}/api/campaigns/{id}", self.at.communication))
            .await?
        {
            return Ok(false);
        }
        let url = format!("{}/api/campaigns", self.at.communication);
        answer(self.http.post(url).json(campaign)).await?;
        Ok(true)
    }

    /// Runs a campaign now.
    pub(crate) async fn run_campaign(&self, id: &str) -> Result<(), Failure> {
        let url = format!("{}/api/campaigns/{id}:schedule", self.at.communication);
        answer(self.http.post(url).json(&serde_json::json!({})))
            .await
            .map(drop)
    }

    /// A campaign as the API shows it.
    pub(crate) async fn campaign(&self, id: &str) -> Result<Value, Failure> {
        answer(
            self.http
                .get(format!("{}/api/campaigns/{id}", self.at.communication)),
        )
        .await
    }

    /// Records that no owner has taken yet.
    pub(crate) async fn lag(&self) -> Result<u64, Failure> {
        let processing = answer(
            self.http
                .get(format!("{}/api/processing", self.at.processor)),
        )
        .await?;
        let partitions = processing.get("partitions").and_then(Value::as_array);
        let lags = partitions
            .into_iter()
            .flatten()
            .filter_map(|it| it.get("lag")?.as_u64());
        Ok(lags.sum())
    }

    async fn is_there(&self, url: String) -> Result<bool, Failure> {
        let response = self.http.get(url).send().await.map_err(unanswered)?;
        Ok(response.status() != StatusCode::NOT_FOUND)
    }
}

/// The JSON of an answer; a problem is a failure in its own words.
async fn answer(request: RequestBuilder) -> Result<Value, Failure> {
    let response = request.send().await.map_err(unanswered)?;
    let status = response.status();
    let body = response.bytes().await.map_err(unanswered)?;
    let json: Value = serde_json::from_slice(&body).unwrap_or_default();
    if status.is_success() {
        return Ok(json);
    }
    let detail = json.get("detail").and_then(Value::as_str);
    let detail = detail.map_or_else(|| status.to_string(), str::to_owned);
    Err(Failure::message(format!("the platform refused: {detail}")))
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "it is what map_err hands over"
)]
fn unanswered(error: reqwest::Error) -> Failure {
    Failure::new(
        format!("the platform does not answer: {error}"),
        "is it running? `audience serve` starts it",
    )
}
