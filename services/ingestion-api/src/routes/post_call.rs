//! `POST /v1/track`, `/v1/identify`, `/v1/page`, `/v1/screen`, `/v1/group`, `/v1/alias`: one call
//! of Segment's HTTP API.

use axum::Extension;
use axum::extract::State;
use kit::http::{Problem, body_text};

use crate::Ingestion;
use crate::admission::Admitted;
use crate::batch::Batch;
use crate::spec::{Defaults, Kind};
use crate::verdict::Verdict;

/// Takes one call; unknown fields are ignored, the write key too.
pub(crate) async fn post_call(
    State(ingestion): State<Ingestion>,
    Extension(kind): Extension<Kind>,
    admitted: Admitted,
) -> Result<Verdict, Problem> {
    let text = body_text(&admitted.body)?;
    let batch = Batch::new(&ingestion, &admitted);
    let defaults = Defaults {
        kind: Some(kind),
        ..Defaults::default()
    };
    let read = batch.read_call(text, defaults);
    batch.take_only(read)?.append().await
}
