//! `POST /v1/batch` and `/v1/import`: many calls of Segment's HTTP API.

use axum::extract::State;
use kit::http::{Operation, Problem, Route, body_text, read_json};
use kit::schema::{Properties, Timestamp};
use kit::scope::Scope;
use kit::wire::EVENT_BYTES_MAX;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;
use serde_json::value::RawValue;

use super::accepting;
use crate::admission::Admitted;
use crate::batch::Batch;
use crate::frame::{check_count, fault_problem};
use crate::spec::{Call, Defaults};
use crate::verdict::Verdict;
use crate::{BATCH_EVENTS_MAX, Ingestion};

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Calls<'a> {
    #[serde(borrow)]
    #[schemars(with = "Vec<Call>", length(max = BATCH_EVENTS_MAX))]
    batch: Vec<&'a RawValue>,
    /// For calls without one of their own, here as below.
    #[serde(borrow)]
    #[schemars(with = "Option<Properties>")]
    context: Option<&'a RawValue>,
    /// When the client sent it, by the client's clock, which it corrects.
    #[schemars(with = "Option<Timestamp>")]
    sent_at: Option<String>,
}

pub(super) fn route(id: &'static str) -> Route<Ingestion> {
    let example = json!({
        "batch": [{"type": "identify", "userId": "ann", "traits": {"firstName": "Ann"}}],
    });
    let operation = Operation::new(id, Scope::EventsWrite)
        .summary("Takes many calls of Segment's HTTP API, each with its `type`")
        .details(format!(
            "At most {BATCH_EVENTS_MAX} calls, each of at most {EVENT_BYTES_MAX} bytes."
        ))
        .body::<Calls>(example);
    accepting(operation).handled_by(post_batch)
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
    let mut batch = Batch::new(&ingestion);
    for call in calls.batch {
        let read = batch.read_call(call.get(), defaults);
        batch.take_or_refuse(read);
    }
    batch.append().await
}
