//! `POST /api/events`: one event.

use axum::extract::State;
use kit::http::{Operation, Problem, Route, body_text};
use kit::scope::Scope;
use serde_json::json;

use super::accepting;
use crate::Ingestion;
use crate::admission::Admitted;
use crate::batch::Batch;
use crate::event::ApiEvent;
use crate::verdict::Verdict;

pub(super) fn route() -> Route<Ingestion> {
    let example = json!({
        "eventId": "order-1",
        "userId": "ann",
        "eventType": "purchase",
        "timestamp": "2026-01-31T10:00:00Z",
        "properties": {"amount": 250, "category": "books"},
    });
    let operation = Operation::new("postEvent", Scope::EventsWrite).summary("Takes one event");
    accepting(operation.body::<ApiEvent>(example)).handled_by(post_event)
}

/// Takes one event: `{"userId","eventType","eventId"?,"timestamp"?,"properties"?,"context"?}`.
///
/// What is not readable as that is a 400; what is readable gets its verdict.
pub(crate) async fn post_event(
    State(ingestion): State<Ingestion>,
    admitted: Admitted,
) -> Result<Verdict, Problem> {
    let text = body_text(&admitted.body)?;
    let batch = Batch::new(&ingestion);
    let read = batch.read_event(text);
    batch.take_only(read)?.append().await
}
