//! `POST /api/events`: one event.

use axum::extract::State;
use kit::http::{Problem, body_text};

use crate::Ingestion;
use crate::admission::Admitted;
use crate::batch::Batch;
use crate::verdict::Verdict;

/// Takes one event: `{"userId","eventType","eventId"?,"timestamp"?,"properties"?,"context"?}`.
///
/// What is not readable as that is a 400; what is readable gets its verdict.
pub(crate) async fn post_event(
    State(ingestion): State<Ingestion>,
    admitted: Admitted,
) -> Result<Verdict, Problem> {
    let text = body_text(&admitted.body)?;
    let batch = Batch::new(&ingestion, &admitted);
    let read = batch.read_event(text);
    batch.take_only(read)?.append().await
}
