//! The route table.

mod act_on_segment;
mod create_segment;
mod delete_list;
mod delete_member;
mod delete_segment;
mod delete_trait;
mod get_list;
mod get_schema;
mod get_segment;
mod list_dependents;
mod list_hourly_events;
mod list_lists;
mod list_members;
mod list_segments;
mod list_traits;
mod list_versions;
mod plan_segment;
mod preview_rules;
mod publish_segment;
mod put_list;
mod put_member;
mod put_schema;
mod put_segment;
mod put_trait;
mod rollback_segment;

use std::sync::Arc;

use kit::definitions::SEGMENT_ID_MAX;
use kit::http::Api;
use kit::wire::ID_BYTES_MAX;

use crate::state::State;

/// The routes under `/api`. `POST /api/segments/{id}:{action}` acts on a segment.
pub fn api(state: State) -> Api {
    let id = format!("A segment's id: 1 to {SEGMENT_ID_MAX} characters of a-z, 0-9, `_` and `-`");
    let user_id = format!("A user's id: 1 to {ID_BYTES_MAX} bytes");
    Api::new("segment-api")
        .get("/api/segments", list_segments::route())
        .post("/api/segments", create_segment::route())
        .post("/api/segments:preview", preview_rules::route())
        .get("/api/segments/{id}", get_segment::route())
        .put("/api/segments/{id}", put_segment::route())
        .delete("/api/segments/{id}", delete_segment::route())
        .actions("/api/segments/{id}", act_on_segment::handle)
        .action("/api/segments/{id}:preview", preview_rules::operation())
        .action("/api/segments/{id}:plan", plan_segment::operation())
        .action("/api/segments/{id}:publish", publish_segment::operation())
        .action("/api/segments/{id}:rollback", rollback_segment::operation())
        .get("/api/segments/{id}/members", list_members::route())
        .put("/api/segments/{id}/members/{userId}", put_member::route())
        .delete(
            "/api/segments/{id}/members/{userId}",
            delete_member::route(),
        )
        .get("/api/segments/{id}/versions", list_versions::route())
        .get("/api/segments/{id}/dependents", list_dependents::route())
        .get("/api/events/hourly", list_hourly_events::route())
        .get("/api/schema", get_schema::route())
        .put("/api/schema", put_schema::route())
        .get("/api/traits", list_traits::route())
        .put("/api/traits/{name}", put_trait::route())
        .delete("/api/traits/{name}", delete_trait::route())
        .get("/api/lists", list_lists::route())
        .get("/api/lists/{list}", get_list::route())
        .put("/api/lists/{list}", put_list::route())
        .delete("/api/lists/{list}", delete_list::route())
        .path_parameter("id", id, "vip")
        .path_parameter("userId", user_id, "ann")
        .path_parameter("name", "A computed trait's name", "spentLastMonth")
        .path_parameter("list", "A list's name", "blocked_skus")
        .with_state(Arc::new(state))
}
