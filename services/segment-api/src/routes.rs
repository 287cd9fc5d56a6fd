//! The route table.

mod act_on_segment;
mod create_segment;
mod delete_member;
mod delete_segment;
mod delete_trait;
mod get_schema;
mod get_segment;
mod list_dependents;
mod list_members;
mod list_segments;
mod list_traits;
mod list_versions;
mod plan_segment;
mod preview_rules;
mod publish_segment;
mod put_member;
mod put_schema;
mod put_segment;
mod put_trait;
mod rollback_segment;

use std::sync::Arc;

use axum::Router;
use axum::routing::{get, post, put};

use crate::state::State;

/// The routes under `/api`. `POST /api/segments/{id}:{action}` acts on a segment.
pub fn router(state: State) -> Router {
    Router::new()
        .route(
            "/api/segments",
            get(list_segments::handle).post(create_segment::handle),
        )
        .route("/api/segments:preview", post(preview_rules::handle))
        .route(
            "/api/segments/{id}",
            get(get_segment::handle)
                .put(put_segment::handle)
                .delete(delete_segment::handle)
                .post(act_on_segment::handle),
        )
        .route("/api/segments/{id}/members", get(list_members::handle))
        .route(
            "/api/segments/{id}/members/{user_id}",
            put(put_member::handle).delete(delete_member::handle),
        )
        .route("/api/segments/{id}/versions", get(list_versions::handle))
        .route(
            "/api/segments/{id}/dependents",
            get(list_dependents::handle),
        )
        .route(
            "/api/schema",
            get(get_schema::handle).put(put_schema::handle),
        )
        .route("/api/traits", get(list_traits::handle))
        .route(
            "/api/traits/{name}",
            put(put_trait::handle).delete(delete_trait::handle),
        )
        .with_state(Arc::new(state))
}
