//! Follows the stream of changes and measures how late each comes.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::Mutex;
use tokio_stream::StreamExt;

use crate::client::Client;
use crate::delays::Delays;
use crate::events::Events;

/// Sent events whose instants are remembered; older ones are overwritten.
const REMEMBERED: usize = 1 << 20;

#[derive(Deserialize)]
struct Change<'a> {
    reason: &'a str,
    timestamp: &'a str,
    #[serde(borrow)]
    headers: Headers<'a>,
    metadata: Metadata,
}

#[derive(Deserialize)]
struct Headers<'a> {
    ce_cause: &'a str,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Metadata {
    evaluation_latency: u64,
}

/// What was seen of the stream of changes.
#[derive(Debug)]
pub(crate) struct Changes {
    started: Instant,
    /// When each event was sent and accepted, in microseconds since the start, by number modulo the
    /// length; 0 where it was not.
    sent: Vec<AtomicU64>,
    accepted: Vec<AtomicU64>,
    measured: Mutex<Measured>,
}

#[derive(Debug)]
struct Measured {
    /// From the sending of the request to the arrival of the change on the stream.
    from_sent: Delays,
    /// From the answer 202 to the arrival of the change; 0 where the change came first.
    from_accepted: Delays,
    /// What the change itself says: from the log's stamp to the publication.
    evaluation: Delays,
    /// From the instant at which time ended a membership to the arrival of the change.
    expiry: Delays,
    /// As `evaluation`, since the last progress.
    lately: Delays,
    changes: u64,
}

impl Changes {
    pub(crate) fn new() -> anyhow::Result<Arc<Self>> {
        let instants = || (0..REMEMBERED).map(|_| AtomicU64::new(0)).collect();
        Ok(Arc::new(Self {
            started: Instant::now(),
            sent: instants(),
            accepted: instants(),
            measured: Mutex::new(Measured {
                from_sent: Delays::new()?,
                from_accepted: Delays::new()?,
                evaluation: Delays::new()?,
                expiry: Delays::new()?,
                lately: Delays::new()?,
                changes: 0,
            }),
        }))
    }

    /// Notes that events are sent now.
    pub(crate) fn sent(&self, from: u64, count: u64) {
        // The places may hold events of a lap before.
        Self::note(&self.accepted, from, count, 0);
        Self::note(&self.sent, from, count, self.micros());
    }

    /// Notes that events were accepted just now.
    pub(crate) fn accepted(&self, from: u64, count: u64) {
        Self::note(&self.accepted, from, count, self.micros());
    }

    fn note(list: &[AtomicU64], from: u64, count: u64, at: u64) {
        for number in from..from + count {
            if let Some(place) = list.get(number as usize % REMEMBERED) {
                place.store(at, Ordering::Relaxed);
            }
        }
    }

    fn micros(&self) -> u64 {
        self.started.elapsed().as_micros() as u64 + 1
    }

    /// Follows the stream until it ends.
    pub(crate) async fn follow(&self, client: &Client, events: &Events) -> anyhow::Result<()> {
        let mut stream = client.changes().await?.bytes_stream();
        let mut rest: Vec<u8> = vec![];
        while let Some(piece) = stream.next().await {
            rest.extend_from_slice(&piece?);
            let Some(end) = rest.iter().rposition(|byte| *byte == b'\n') else {
                continue;
            };
            let tail = rest.split_off(end + 1);
            let mut measured = self.measured.lock().await;
            for line in rest.split(|byte| *byte == b'\n') {
                if let Some(data) = line.strip_prefix(b"data:") {
                    self.measure(&mut measured, data, events)?;
                }
            }
            rest = tail;
        }
        Ok(())
    }

    fn measure(&self, to: &mut Measured, data: &[u8], events: &Events) -> anyhow::Result<()> {
        let change: Change<'_> = serde_json::from_slice(data)?;
        let now = self.micros();
        to.changes += 1;
        if let Some(number) = events.number(change.headers.ce_cause) {
            let at = |list: &[AtomicU64]| {
                let place = list.get(number as usize % REMEMBERED);
                place.map_or(0, |place| place.load(Ordering::Relaxed))
            };
            to.from_sent
                .record_micros(now.saturating_sub(at(&self.sent)));
            let accepted = match at(&self.accepted) {
                0 => now,
                accepted => accepted,
            };
            to.from_accepted.record_micros(now.saturating_sub(accepted));
            let latency = change.metadata.evaluation_latency * 1000;
            to.evaluation.record_micros(latency);
            to.lately.record_micros(latency);
        } else if change.reason == "expired" {
            let due = rulelang::time::parse_timestamp(change.timestamp).unwrap_or_default();
            let wall = SystemTime::now().duration_since(UNIX_EPOCH)?.as_millis() as i64;
            to.expiry.record_micros((wall - due).max(0) as u64 * 1000);
        }
        Ok(())
    }

    /// Delays from the log's stamp to the publication since this was asked last.
    pub(crate) async fn lately(&self) -> Value {
        let mut measured = self.measured.lock().await;
        let report = measured.lately.report();
        measured.lately.clear();
        report
    }

    /// What was measured since the last report.
    pub(crate) async fn report(&self) -> Value {
        let mut measured = self.measured.lock().await;
        let report = json!({
            "changes": measured.changes,
            "sentToSeen": measured.from_sent.report(),
            "acceptedToSeen": measured.from_accepted.report(),
            "stampToPublished": measured.evaluation.report(),
            "expiryToSeen": measured.expiry.report(),
        });
        measured.changes = 0;
        measured.from_sent.clear();
        measured.from_accepted.clear();
        measured.evaluation.clear();
        measured.expiry.clear();
        report
    }
}
