//! Batches to ingestion, each repeated until it is answered or there is no point in it.

use std::time::Duration;

use reqwest::StatusCode;
use serde::Deserialize;

use crate::client::{KeyArg, refused};
use crate::failure::Failure;

/// Tries of one batch.
const TRIES: u32 = 8;
/// The first wait between two tries; each further one is twice as long.
const WAIT_MIN: Duration = Duration::from_millis(250);
/// What a platform that asks for a pause gets at most.
const WAIT_MAX: Duration = Duration::from_secs(30);

/// What became of a batch.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Verdict {
    pub(super) accepted: u64,
    pub(super) duplicates: u64,
    pub(super) rejected: Vec<Rejected>,
}

/// A call that was not taken.
#[derive(Debug, Deserialize)]
pub(super) struct Rejected {
    /// Its place in the batch, from 0.
    pub(super) index: usize,
    pub(super) problem: Problem,
}

#[derive(Debug, Deserialize)]
pub(super) struct Problem {
    pub(super) detail: String,
}

/// Where batches go.
#[derive(Debug)]
pub(super) struct Sender {
    http: reqwest::Client,
    url: String,
}

impl Sender {
    pub(super) fn new(ingestion: &str, key: &KeyArg) -> Result<Self, Failure> {
        let http = key.client()?.timeout(Duration::from_mins(1)).build();
        Ok(Self {
            http: http.map_err(|error| Failure::message(error.to_string()))?,
            url: format!("{}/v1/import", ingestion.trim_end_matches('/')),
        })
    }

    /// Sends a body of calls.
    pub(super) async fn send(&self, body: String) -> Result<Verdict, Failure> {
        let body = bytes::Bytes::from(body);
        let mut wait = WAIT_MIN;
        for attempt in 1.. {
            let reason = match self.attempt(body.clone()).await? {
                Attempt::Answered(verdict) => return Ok(verdict),
                Attempt::Again(reason, pause) => {
                    wait = pause.unwrap_or(wait).min(WAIT_MAX);
                    reason
                }
            };
            if attempt >= TRIES {
                return Err(Failure::new(
                    format!("the platform does not take events: {reason}"),
                    "run the same command again when it does: it goes on where this one ended",
                ));
            }
            tokio::time::sleep(wait).await;
            wait = (wait * 2).min(WAIT_MAX);
        }
        Ok(Verdict::default())
    }

    async fn attempt(&self, body: bytes::Bytes) -> Result<Attempt, Failure> {
        let request = self.http.post(&self.url).body(body);
        let response = request.header("content-type", "application/json").send();
        let response = match response.await {
            Ok(response) => response,
            Err(error) => return Ok(Attempt::Again(error.to_string(), None)),
        };
        let (status, pause) = (response.status(), pause(&response));
        let bytes = match response.bytes().await {
            Ok(bytes) => bytes,
            Err(error) => return Ok(Attempt::Again(error.to_string(), None)),
        };
        if status == StatusCode::ACCEPTED {
            let verdict = serde_json::from_slice(&bytes);
            return verdict.map(Attempt::Answered).map_err(|error| {
                Failure::message(format!("the platform's answer cannot be read: {error}"))
            });
        }
        let may_pass = status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS;
        if may_pass || status == StatusCode::REQUEST_TIMEOUT {
            let problem: Option<Problem> = serde_json::from_slice(&bytes).ok();
            let reason = problem.map_or_else(|| status.to_string(), |problem| problem.detail);
            return Ok(Attempt::Again(reason, pause));
        }
        Err(refused(status, &bytes))
    }
}

enum Attempt {
    Answered(Verdict),
    /// Why it is tried again, and the pause that the platform asks for.
    Again(String, Option<Duration>),
}

fn pause(response: &reqwest::Response) -> Option<Duration> {
    let seconds = response.headers().get("retry-after")?.to_str().ok()?;
    seconds.parse().ok().map(Duration::from_secs)
}
