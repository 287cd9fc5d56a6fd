//! `POST /v1/batch` and `/v1/import`: many calls of Segment's HTTP API.

use axum::extract::State;
use kit::http::{Problem, body_text, read_json};
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::Ingestion;
use crate::admission::Admitted;
use crate::batch::Batch;
use crate::frame::{check_count, fault_problem};
use crate::spec::Defaults;
use crate::verdict::Verdict;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Calls<'a> {
    #[serde(borrow)]
    batch: Vec<&'a RawValue>,
    /// For calls without one of their own, here as below.
    #[serde(borrow)]
    context: Option<&'a RawValue>,
    sent_at: Option<String>,
}

/// Takes calls, each with its `type`.
pub(crate) async fn post_batch(
    State(ingestion): State<Ingestion>,
    admitted: Admitted,
) -> Result<Verdict, Problem> {
    let text = body_text(&admitted.body)?;
    let calls: Calls = read_json(text).map_err(fault_problem)?;
    check_count(calls.batch.len())?;
    let defaults = Defaults {
        kind: None,
        context: calls.context,
        sent_at: calls.sent_at.as_deref(),
    };
    let mut batch = Batch::new(&ingestion, &admitted);
    for call in calls.batch {
        let read = batch.read_call(call.get(), defaults);
        batch.take_or_refuse(read);
    }
    batch.append().await
}
