//! `POST /api/events/batch`: many events.

use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::header::CONTENT_TYPE;
use kit::http::{Problem, body_text, read_json};
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::Ingestion;
use crate::admission::Admitted;
use crate::batch::Batch;
use crate::frame::{check_count, fault_problem, lines};
use crate::verdict::Verdict;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Events<'a> {
    #[serde(borrow)]
    events: Vec<&'a RawValue>,
}

/// Takes `{"events":[…]}`, or one event a line where the content type is NDJSON.
pub(crate) async fn post_events(
    State(ingestion): State<Ingestion>,
    headers: HeaderMap,
    admitted: Admitted,
) -> Result<Verdict, Problem> {
    let mut batch = Batch::new(&ingestion, &admitted);
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
