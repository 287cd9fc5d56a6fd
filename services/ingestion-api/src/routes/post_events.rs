//! `POST /api/events/batch`: many events.

use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::header::CONTENT_TYPE;
use kit::http::{Operation, Problem, Route, body_text, read_json};
use kit::scope::Scope;
use kit::wire::EVENT_BYTES_MAX;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;
use serde_json::value::RawValue;

use super::accepting;
use crate::admission::Admitted;
use crate::batch::Batch;
use crate::event::ApiEvent;
use crate::frame::{check_count, fault_problem, lines};
use crate::verdict::Verdict;
use crate::{BATCH_EVENTS_MAX, Ingestion};

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Batch")]
struct Events<'a> {
    #[serde(borrow)]
    #[schemars(with = "Vec<ApiEvent>", length(max = BATCH_EVENTS_MAX))]
    events: Vec<&'a RawValue>,
}

pub(super) fn route() -> Route<Ingestion> {
    let event = json!({"eventId": "order-2", "userId": "ann", "eventType": "purchase"});
    let line = event.to_string();
    let operation = Operation::new("postEvents", Scope::EventsWrite)
        .summary("Takes many events: of one object, or one a line")
        .details(format!(
            "At most {BATCH_EVENTS_MAX} events, each of at most {EVENT_BYTES_MAX} bytes."
        ))
        .body::<Events>(json!({ "events": [event] }))
        .text_body("application/x-ndjson", &line);
    accepting(operation).handled_by(post_events)
}

/// Takes `{"events":[…]}`, or one event a line where the content type is NDJSON.
pub(crate) async fn post_events(
    State(ingestion): State<Ingestion>,
    headers: HeaderMap,
    admitted: Admitted,
) -> Result<Verdict, Problem> {
    let mut batch = Batch::new(&ingestion);
    if is_ndjson(&headers) {
        check_count(lines(&admitted.body).count())?;
        for line in lines(&admitted.body) {
            let read = batch.read_line(line);
            batch.take_or_refuse(read);
        }
    } else {
        let text = body_text(&admitted.body)?;
        let Events { events } = read_json(text).map_err(fault_problem)?;
        check_count(events.len())?;
        for event in events {
            let read = batch.read_event(event.get());
            batch.take_or_refuse(read);
        }
    }
    batch.append().await
}

fn is_ndjson(headers: &HeaderMap) -> bool {
    let kind = headers.get(CONTENT_TYPE).and_then(|it| it.to_str().ok());
    let kind = kind.and_then(|it| it.split(';').next()).unwrap_or_default();
    let kind = kind.trim().to_ascii_lowercase();
    matches!(
        kind.as_str(),
        "application/x-ndjson" | "application/ndjson" | "application/jsonl"
    )
}
