//! The platform's API as a load needs it.

use anyhow::{Context, bail};
use bytes::Bytes;
use reqwest::header::{AUTHORIZATION, HeaderMap};
use serde_json::{Value, json};

/// Where the platform is.
#[derive(Debug, clap::Args)]
pub(crate) struct Target {
    /// Where segments are
    #[arg(long, default_value = "http://127.0.0.1:30081", value_name = "URL")]
    segments: String,
    /// Where events are taken
    #[arg(long, default_value = "http://127.0.0.1:30082", value_name = "URL")]
    ingestion: String,
    /// Where changes are followed; where segments are if not given
    #[arg(long, value_name = "URL")]
    changes: Option<String>,
    /// A key of the platform, good for segments and events; the demo needs none
    #[arg(long, value_name = "KEY", env = "AUDIENCE_KEY", hide_env_values = true)]
    key: Option<String>,
}

/// Talks to the platform.
#[derive(Debug, Clone)]
pub(crate) struct Client {
    http: reqwest::Client,
    segments: String,
    ingestion: String,
    changes: String,
}

impl Client {
    pub(crate) fn new(target: &Target) -> anyhow::Result<Self> {
        let mut headers = HeaderMap::new();
        if let Some(key) = target.key.as_deref().filter(|key| !key.is_empty()) {
            headers.insert(AUTHORIZATION, kit::http::bearer(key.trim())?);
        }
        let http = reqwest::Client::builder().tcp_nodelay(true);
        Ok(Self {
            http: http.default_headers(headers).build()?,
            segments: target.segments.clone(),
            ingestion: target.ingestion.clone(),
            changes: target
                .changes
                .clone()
                .unwrap_or_else(|| target.segments.clone()),
        })
    }

    /// Sends a batch; all of it must be accepted.
    pub(crate) async fn send(&self, body: Bytes) -> anyhow::Result<()> {
        let url = format!("{}/api/events/batch", self.ingestion);
        let request = self
            .http
            .post(url)
            .header("content-type", "application/json");
        let response = request.body(body).send().await?;
        let status = response.status();
        let text = response.text().await?;
        let answer: Value = serde_json::from_str(&text).unwrap_or_default();
        let rejected = answer["rejected"].as_array().map_or(0, Vec::len);
        if !status.is_success() || rejected > 0 {
            bail!("a batch was answered {status}: {text}");
        }
        Ok(())
    }

    /// Creates a segment and returns its id.
    pub(crate) async fn create(&self, segment: &Value) -> anyhow::Result<String> {
        let url = format!("{}/api/segments", self.segments);
        let response = self.http.post(url).json(segment).send().await?;
        let status = response.status();
        let answer: Value = response
            .json()
            .await
            .context("an answer that is not JSON")?;
        match answer["id"].as_str() {
            Some(id) if status.is_success() => Ok(id.to_owned()),
            _ => bail!("a segment was answered {status}: {answer}"),
        }
    }

    /// A segment as the API shows it.
    pub(crate) async fn segment(&self, id: &str) -> anyhow::Result<Value> {
        self.get(&format!("{}/api/segments/{id}", self.segments))
            .await
    }

    /// Tries a rule on everybody.
    pub(crate) async fn preview(&self, expression: &str) -> anyhow::Result<Value> {
        let url = format!("{}/api/segments:preview", self.segments);
        let body = json!({"rules": {"expression": expression}, "sample": 5});
        let response = self.http.post(url).json(&body).send().await?;
        let status = response.status();
        let text = response.text().await?;
        if !status.is_success() {
            bail!("a preview was answered {status}: {text}");
        }
        Ok(serde_json::from_str(&text)?)
    }

    /// Positions, lag and users of the partitions.
    pub(crate) async fn processing(&self) -> anyhow::Result<Value> {
        self.get(&format!("{}/api/processing", self.changes)).await
    }

    /// Records that no owner has taken yet.
    pub(crate) async fn lag(&self) -> anyhow::Result<u64> {
        let answer = self.processing().await?;
        let partitions = answer["partitions"].as_array().context("no partitions")?;
        Ok(partitions.iter().filter_map(|it| it["lag"].as_u64()).sum())
    }

    /// The stream of changes from now on.
    pub(crate) async fn changes(&self) -> anyhow::Result<reqwest::Response> {
        let response = self
            .http
            .get(format!("{}/api/changes", self.changes))
            .send()
            .await?;
        Ok(response.error_for_status()?)
    }

    async fn get(&self, url: &str) -> anyhow::Result<Value> {
        let response = self.http.get(url).send().await?.error_for_status()?;
        Ok(response.json().await?)
    }
}

/// Creates all segments of a file and waits until each is in force.
pub(crate) async fn create_all(
    client: &Client,
    segments: impl IntoIterator<Item = Value>,
) -> anyhow::Result<usize> {
    let mut ids = vec![];
    for mut segment in segments {
        segment["type"] = json!("DYNAMIC");
        ids.push(client.create(&segment).await?);
    }
    for id in &ids {
        wait_until_active(client, id).await?;
    }
    Ok(ids.len())
}

/// The segments of a file.
pub(crate) fn read_segments(path: &std::path::Path) -> anyhow::Result<Vec<Value>> {
    let text = std::fs::read_to_string(path).with_context(|| path.display().to_string())?;
    Ok(serde_json::from_str(&text)?)
}

/// Waits until a segment is in force.
pub(crate) async fn wait_until_active(client: &Client, id: &str) -> anyhow::Result<()> {
    while client.segment(id).await?["status"] != "active" {
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    Ok(())
}
