//! What an event is answered.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use kit::http::{Fault, Json};
use schemars::JsonSchema;
use serde::Serialize;

/// 202: what became of each event.
#[derive(Debug, Default, Serialize, JsonSchema)]
pub(crate) struct Verdict {
    /// How many are in the log.
    pub(crate) accepted: usize,
    /// How many were there already, as far as is known at once.
    pub(crate) duplicates: usize,
    /// Those that were not taken.
    pub(crate) rejected: Vec<Rejected>,
}

/// An event that was not taken.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Rejected {
    /// Its place in the request, from 0.
    pub(crate) index: usize,
    /// Its id, if it has one that can be read.
    pub(crate) event_id: Option<String>,
    /// What is wrong with it.
    pub(crate) problem: Box<Fault>,
}

impl IntoResponse for Verdict {
    fn into_response(self) -> Response {
        (StatusCode::ACCEPTED, Json(self)).into_response()
    }
}

/// Why an event is not taken.
#[derive(Debug)]
pub(crate) struct Refusal {
    /// Its id, if it has one that can be read.
    pub(crate) event_id: Option<String>,
    /// What is wrong with it.
    pub(crate) fault: Box<Fault>,
    /// Whether it cannot be read as an event at all.
    pub(crate) is_malformed: bool,
}

impl Refusal {
    /// Of an event that can be read.
    pub(crate) fn new(event_id: Option<&str>, fault: Fault) -> Self {
        Self {
            event_id: event_id.map(str::to_owned),
            fault: Box::new(fault),
            is_malformed: false,
        }
    }

    /// Of something that cannot be read as an event.
    pub(crate) fn malformed(event_id: Option<String>, fault: Fault) -> Self {
        Self {
            event_id,
            fault: Box::new(fault),
            is_malformed: true,
        }
    }
}
