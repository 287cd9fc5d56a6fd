//! The routes.

mod post_batch;
mod post_call;
mod post_event;
mod post_events;

use axum::handler::Handler;
use axum::routing::post;
use axum::{Extension, Router};
use kit::http::BodyLimit;
use kit::wire::EVENT_BYTES_MAX;

use crate::spec::Kind;
use crate::{BATCH_BYTES_MAX, Ingestion};

/// The routes of ingestion: our own and those of Segment's HTTP API.
pub fn router(ingestion: Ingestion) -> Router {
    let one = Extension(BodyLimit::new(EVENT_BYTES_MAX, "an event"));
    let many = Extension(BodyLimit::new(BATCH_BYTES_MAX, "a batch"));
    let call = |kind: Kind| {
        let handler = post_call::post_call.layer(Extension(kind));
        post(handler)
    };
    let single = Router::new()
        .route("/api/events", post(post_event::post_event))
        .route("/v1/track", call(Kind::Track))
        .route("/v1/identify", call(Kind::Identify))
        .route("/v1/page", call(Kind::Page))
        .route("/v1/screen", call(Kind::Screen))
        .route("/v1/group", call(Kind::Group))
        .route("/v1/alias", call(Kind::Alias))
        .layer(one);
    let batches = Router::new()
        .route("/api/events/batch", post(post_events::post_events))
        .route("/v1/batch", post(post_batch::post_batch))
        .route("/v1/import", post(post_batch::post_batch))
        .layer(many);
    single.merge(batches).with_state(ingestion)
}
