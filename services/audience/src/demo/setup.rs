//! The demo's segments and campaign, made as anybody would make them: over HTTP.

use std::time::Duration;

use serde_json::{Value, json};

use super::SEGMENTS;
use crate::client::Client;
use crate::failure::Failure;

const CAMPAIGN: &str = "win-back-mail";
const LOOK_AGAIN: Duration = Duration::from_millis(50);

/// Creates the segments that are not there yet and waits until each is in force.
pub(crate) async fn ensure_segments(client: &Client) -> Result<(), Failure> {
    let segments: Vec<Value> = serde_json::from_str(SEGMENTS)
        .map_err(|error| Failure::message(format!("the demo's segments are damaged: {error}")))?;
    for segment in &segments {
        client.ensure_segment(segment).await?;
    }
    for segment in &segments {
        let id = segment
            .get("id")
            .and_then(Value::as_str)
            .unwrap_or_default();
        while client.segment(id).await?.get("status") == Some(&Value::from("building")) {
            tokio::time::sleep(LOOK_AGAIN).await;
        }
    }
    Ok(())
}

/// Waits until every fact in the log is taken.
pub(crate) async fn wait_until_caught_up(client: &Client) -> Result<(), Failure> {
    while client.lag().await? > 0 {
        tokio::time::sleep(LOOK_AGAIN).await;
    }
    Ok(())
}

/// A mail to the big spenders about to be lost, sent once: how many notifications it asked for.
pub(crate) async fn ensure_campaign(client: &Client) -> Result<u64, Failure> {
    let campaign = json!({
        "id": CAMPAIGN,
        "name": "Come back: 10 % off",
        "segmentId": "win-back",
        "type": "email",
        "content": {"template": "come_back", "personalization": ["totalSpent", "lastActivity"]},
    });
    if client.ensure_campaign(&campaign).await? {
        client.run_campaign(CAMPAIGN).await?;
    }
    loop {
        let shown = client.campaign(CAMPAIGN).await?;
        let is_over = ["done", "cancelled", "paused"].map(Value::from);
        if shown
            .get("status")
            .is_some_and(|status| is_over.contains(status))
        {
            let sent = shown.pointer("/runs/0/sent").and_then(Value::as_u64);
            return Ok(sent.unwrap_or_default());
        }
        tokio::time::sleep(LOOK_AGAIN).await;
    }
}
