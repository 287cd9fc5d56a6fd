//! The routes.

mod get_session;
mod post_batch;
mod post_call;
mod post_event;
mod post_events;

use kit::http::{Api, BodyLimit, Operation};
use kit::wire::{EVENT_BYTES_MAX, ID_BYTES_MAX};

use crate::spec::Kind;
use crate::verdict::Verdict;
use crate::{BATCH_BYTES_MAX, Ingestion};

const NAME: &str = "ingestion-api";

/// The routes of ingestion: our own and those of Segment's HTTP API.
pub fn api(ingestion: Ingestion) -> Api {
    let single = Api::new(NAME)
        .post("/api/events", post_event::route())
        .post("/v1/track", post_call::route(Kind::Track))
        .post("/v1/identify", post_call::route(Kind::Identify))
        .post("/v1/page", post_call::route(Kind::Page))
        .post("/v1/screen", post_call::route(Kind::Screen))
        .post("/v1/group", post_call::route(Kind::Group))
        .post("/v1/alias", post_call::route(Kind::Alias))
        .body_limit(BodyLimit::new(EVENT_BYTES_MAX, "an event"));
    let batches = Api::new(NAME)
        .post("/api/events/batch", post_events::route())
        .post("/v1/batch", post_batch::route("batch"))
        .post("/v1/import", post_batch::route("import"))
        .body_limit(BodyLimit::new(BATCH_BYTES_MAX, "a batch"));
    let id = format!("A session's id, as events have it: 1 to {ID_BYTES_MAX} bytes");
    let sessions = Api::new(NAME)
        .get("/api/sessions/{id}", get_session::route())
        .path_parameter("id", id, "sess_abc123");
    let all = single.merge(batches).merge(sessions);
    all.with_state(ingestion)
}

/// What all of them answer.
fn accepting(operation: Operation) -> Operation {
    operation
        .answers::<Verdict>(
            202,
            "What became of each event; what is accepted is durable",
        )
        .refuses(429, "Too much is under way: see `Retry-After`")
        .refuses(503, "Nothing can be made durable now: see `Retry-After`")
}
