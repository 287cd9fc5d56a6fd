//! The platform's own HTTP API, as the demo and the commands about a running platform use it.

use std::time::Duration;

use kit::http::bearer;
use reqwest::header::{AUTHORIZATION, HeaderMap};
use reqwest::{RequestBuilder, StatusCode};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::failure::Failure;

/// The environment variable that holds the caller's key.
pub(crate) const KEY_VARIABLE: &str = "AUDIENCE_KEY";

/// The key of a command that calls a running platform.
#[derive(Debug, Clone, Default, clap::Args)]
pub(crate) struct KeyArg {
    /// A key of the platform, made with `audience key create`; the demo needs none
    #[arg(long, value_name = "KEY", env = KEY_VARIABLE, hide_env_values = true)]
    key: Option<String>,
}

impl KeyArg {
    /// A client that sends the key with each request.
    pub(crate) fn client(&self) -> Result<reqwest::ClientBuilder, Failure> {
        let builder = reqwest::Client::builder().connect_timeout(Duration::from_secs(5));
        let Some(key) = self
            .key
            .as_deref()
            .map(str::trim)
            .filter(|key| !key.is_empty())
        else {
            return Ok(builder);
        };
        let value = bearer(key).map_err(|error| {
            Failure::new(
                format!("the key: {error}"),
                "look at --key and AUDIENCE_KEY",
            )
        })?;
        let headers = HeaderMap::from_iter([(AUTHORIZATION, value)]);
        Ok(builder.default_headers(headers))
    }
}

/// That the platform did not do what it was asked, in its own words, and what to do about it.
pub(crate) fn refused(status: StatusCode, body: &[u8]) -> Failure {
    let json: Value = serde_json::from_slice(body).unwrap_or_default();
    let detail = json.get("detail").and_then(Value::as_str);
    let detail = detail.map_or_else(|| status.to_string(), str::to_owned);
    let message = format!("the platform refused: {detail}");
    match status {
        StatusCode::UNAUTHORIZED => {
            let fix = "give a key with --key or AUDIENCE_KEY; `audience key create` makes one";
            Failure::new(message, fix)
        }
        StatusCode::FORBIDDEN => {
            let fix = "`audience key create` makes a key with other scopes";
            Failure::new(message, fix)
        }
        _ => Failure::message(message),
    }
}

/// Where the services are, each like `http://127.0.0.1:8081`; empty of one in another process.
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
        let mut pages = MemberPages::new(id);
        while let Some(page) = pages.next(&self.http, &self.at.segments).await? {
            members.extend(page.into_iter().map(|member| member.user_id));
        }
        Ok(members)
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

/// How far a partition's view is written again.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PartitionResync {
    pub(crate) partition: u32,
    pub(crate) users: u64,
    /// `None` when it is done.
    pub(crate) resynced_users: Option<u64>,
}

#[derive(Deserialize)]
struct Resync {
    partitions: Vec<u32>,
}

#[derive(Deserialize)]
struct Processing {
    partitions: Vec<PartitionResync>,
}

/// Has the view of a stream processor's partitions written again; which those are.
pub(crate) async fn ask_resync(http: &reqwest::Client, url: &str) -> Result<Vec<u32>, Failure> {
    let asked = http.post(format!("{url}/api/processing/resync"));
    let asked: Resync = read(answer(asked).await?)?;
    Ok(asked.partitions)
}

/// How far that is.
pub(crate) async fn resync_progress(
    http: &reqwest::Client,
    url: &str,
) -> Result<Vec<PartitionResync>, Failure> {
    let told = http.get(format!("{url}/api/processing"));
    let told: Processing = read(answer(told).await?)?;
    Ok(told.partitions)
}

fn read<T: for<'de> Deserialize<'de>>(answer: Value) -> Result<T, Failure> {
    let read = serde_json::from_value(answer);
    read.map_err(|error| Failure::message(format!("the answer cannot be read: {error}")))
}

/// A member of a segment as the API shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Member {
    pub(crate) user_id: String,
    /// RFC 3339.
    pub(crate) since: String,
    pub(crate) reason: String,
}

/// The members of a segment, page by page.
#[derive(Debug)]
pub(crate) struct MemberPages {
    segment_id: String,
    /// Of the next page; `None` after the last.
    cursor: Option<String>,
}

#[derive(Deserialize)]
struct MemberPage {
    data: Vec<Member>,
    page: PageEnd,
}

#[derive(Deserialize)]
struct PageEnd {
    next: Option<String>,
}

impl MemberPages {
    /// From the first on.
    pub(crate) fn new(segment_id: &str) -> Self {
        Self {
            segment_id: segment_id.to_owned(),
            cursor: Some(String::new()),
        }
    }

    /// The next page from segment-api at an address; `None` after the last.
    pub(crate) async fn next(
        &mut self,
        http: &reqwest::Client,
        segments: &str,
    ) -> Result<Option<Vec<Member>>, Failure> {
        let Some(cursor) = self.cursor.take() else {
            return Ok(None);
        };
        let id = &self.segment_id;
        let url = format!("{segments}/api/segments/{id}/members?limit=1000{cursor}");
        let page = serde_json::from_value(answer(http.get(url)).await?);
        let page: MemberPage =
            page.map_err(|error| Failure::message(format!("the members cannot be read: {error}")))?;
        self.cursor = page.page.next.map(|next| format!("&cursor={next}"));
        Ok(Some(page.data))
    }
}

/// The JSON of an answer; a problem is a failure in its own words.
async fn answer(request: RequestBuilder) -> Result<Value, Failure> {
    let response = request.send().await.map_err(unanswered)?;
    let status = response.status();
    let body = response.bytes().await.map_err(unanswered)?;
    if status.is_success() {
        return Ok(serde_json::from_slice(&body).unwrap_or_default());
    }
    Err(refused(status, &body))
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
