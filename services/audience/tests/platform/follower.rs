//! Somebody who follows the live changes, and comes back after the last one seen.

use serde_json::Value;
use tokio_stream::StreamExt;

use crate::platform::Api;

/// Somebody who follows the live changes.
#[derive(Debug, Default)]
pub(crate) struct Follower {
    /// Where the stream stood after the last change seen; `None` before the first.
    pub(crate) at: Option<String>,
    /// What was seen, in order.
    pub(crate) seen: Vec<Value>,
}

impl Follower {
    /// Follows, from the start at first, until `is_enough` or nobody answers any more.
    pub(crate) async fn follow(
        &mut self,
        platform: &Api,
        is_enough: impl Fn(&Self) -> bool,
    ) -> reqwest::Result<()> {
        let url = format!("{}/api/changes?from=start", platform.segments);
        let mut request = platform.http.get(url);
        if let Some(at) = &self.at {
            request = request.header("last-event-id", at);
        }
        let mut stream = request.send().await?.error_for_status()?.bytes_stream();
        let mut text = vec![];
        while !is_enough(self) {
            let Some(part) = stream.next().await else {
                break;
            };
            text.extend_from_slice(&part?);
            // What is cut off half way was not seen.
            while let Some(end) = text.windows(2).position(|two| two == b"\n\n") {
                let event: Vec<u8> = text.drain(..end + 2).collect();
                self.take(&String::from_utf8(event).unwrap());
            }
        }
        Ok(())
    }

    fn take(&mut self, event: &str) {
        for line in event.lines() {
            if let Some(id) = line.strip_prefix("id:") {
                self.at = Some(id.trim().to_owned());
            }
            if let Some(data) = line.strip_prefix("data:") {
                self.seen.push(serde_json::from_str(data).unwrap());
            }
        }
    }
}
