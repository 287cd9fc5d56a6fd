//! The purchases through ingestion, each once, however often the load is cut short.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use serde::Deserialize;
use serde_json::Value;
use stores::Log;

use super::DemoProgress;
use crate::client::Client;
use crate::failure::Failure;
use crate::progress::Progress;

/// Purchases a request: well below the limits of a batch.
const BATCH: usize = 2000;
/// Bytes of the log looked at at once.
const LOOK_BYTES: usize = 1 << 20;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Sent<'a> {
    #[serde(borrow)]
    event_id: Option<std::borrow::Cow<'a, str>>,
}

/// Sends what is not loaded yet. `messages` are all purchases, one a line; `log` is where ingestion
/// puts them.
pub(crate) async fn load(
    client: &Client,
    log: &Arc<dyn Log>,
    messages: &str,
    progress: &mut DemoProgress,
) -> Result<u64, Failure> {
    let lines: Vec<&str> = messages.lines().collect();
    let rest = lines.get(progress.loaded() as usize..).unwrap_or_default();
    let arrived = arrived(log, progress.ends())?;
    let mut display = Progress::new("loading", rest.len() as u64);
    let mut loaded = progress.loaded();
    for batch in rest.chunks(BATCH) {
        let missing: Vec<&str> = batch
            .iter()
            .copied()
            .filter(|line| !is_in(&arrived, line))
            .collect();
        if !missing.is_empty() {
            progress.sending(ends(log)?)?;
            let body = format!("{{\"events\":[{}]}}", missing.join(","));
            let answer = client.ingest(body).await?;
            check(&answer, missing.len())?;
        }
        loaded += batch.len() as u64;
        progress.sent(loaded);
        display.advance(batch.len() as u64);
    }
    display.finish();
    progress.finish()?;
    Ok(rest.len() as u64)
}

/// Nothing may be refused: the purchases are ours.
fn check(answer: &Value, sent: usize) -> Result<(), Failure> {
    let counted = |key: &str| answer.get(key).and_then(Value::as_u64).unwrap_or_default();
    if counted("accepted") + counted("duplicates") == sent as u64 {
        return Ok(());
    }
    Err(Failure::message(format!(
        "the purchases were not accepted: {answer}"
    )))
}

fn ends(log: &Arc<dyn Log>) -> Result<Vec<u64>, Failure> {
    let ends = (0..log.partitions()).map(|partition| log.end(partition));
    ends.collect::<Result<_, _>>().map_err(unread)
}

/// The ids in the log from `ends` on.
fn arrived(log: &Arc<dyn Log>, ends: &[u64]) -> Result<HashSet<String>, Failure> {
    let mut ids = HashSet::new();
    for (partition, from) in (0..).zip(ends) {
        let mut at = *from;
        let mut reader = log.reader(partition, at).map_err(unread)?;
        while at < log.end(partition).map_err(unread)? {
            for record in reader
                .next(LOOK_BYTES, Duration::from_secs(1))
                .map_err(unread)?
            {
                at = record.offset + 1;
                ids.extend(event_id(&record.value));
            }
        }
    }
    Ok(ids)
}

fn is_in(arrived: &HashSet<String>, line: &str) -> bool {
    event_id(line.as_bytes()).is_some_and(|id| arrived.contains(&id))
}

fn event_id(message: &[u8]) -> Option<String> {
    let sent: Sent<'_> = serde_json::from_slice(message).ok()?;
    sent.event_id.map(std::borrow::Cow::into_owned)
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "it is what map_err hands over"
)]
fn unread(error: stores::StoreError) -> Failure {
    Failure::message(format!("cannot read the log: {error}"))
}
