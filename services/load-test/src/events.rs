//! Events to send: those of a file of `user-events`, with new ids and without their timestamps, so
//! that each happens when it is sent.

use std::fmt::Write;
use std::io::BufRead;
use std::path::Path;

use anyhow::Context;
use bytes::Bytes;
use serde::Deserialize;
use serde_json::value::RawValue;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Line<'a> {
    #[serde(borrow)]
    user_id: &'a RawValue,
    #[serde(borrow)]
    event_type: &'a RawValue,
    #[serde(borrow)]
    properties: &'a RawValue,
}

/// Events in memory, sent round and round.
#[derive(Debug)]
pub(crate) struct Events {
    /// Each event's JSON after its id.
    tails: Vec<String>,
    /// Tells this run's ids from another's.
    run: String,
}

impl Events {
    /// Reads up to `limit` events of a file.
    pub(crate) fn read(path: &Path, limit: usize) -> anyhow::Result<Self> {
        let file = std::fs::File::open(path).with_context(|| path.display().to_string())?;
        let mut tails = vec![];
        for line in std::io::BufReader::new(file).lines().take(limit) {
            let line = line?;
            let Line {
                user_id,
                event_type,
                properties,
            } = serde_json::from_str(&line)?;
            tails.push(format!(
                r#""userId":{user_id},"eventType":{event_type},"properties":{properties}}}"#
            ));
        }
        anyhow::ensure!(!tails.is_empty(), "{} has no events", path.display());
        Ok(Self {
            tails,
            run: run_id(),
        })
    }

    /// The batch of the events numbered `from` to `from + count`.
    pub(crate) fn batch(&self, from: u64, count: u64) -> Bytes {
        let mut body = String::with_capacity(count as usize * 300);
        body.push_str("{\"events\":[");
        for number in from..from + count {
            let tail = self.tails.get(number as usize % self.tails.len());
            let comma = if number == from { "" } else { "," };
            // Writing to a string does not fail.
            let _ = write!(
                body,
                "{comma}{{\"eventId\":\"{}{number}\",{}",
                self.run,
                tail.map_or("", |tail| tail)
            );
        }
        body.push_str("]}");
        body.into()
    }

    /// The number of the event that this run gave an id, if it did.
    pub(crate) fn number(&self, event_id: &str) -> Option<u64> {
        event_id.strip_prefix(&self.run)?.parse().ok()
    }
}

/// Starts every id of a run.
pub(crate) fn run_id() -> String {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    format!("load-{}-", since.unwrap_or_default().as_millis())
}
