//! The route table.

mod delete_user;
mod evaluate_rule;
mod explain_rule;
mod explain_user;
mod format_rule;
mod get_user;
mod list_user_segments;
mod set_consent;
mod validate_rule;

use std::sync::Arc;

use kit::http::{Api, BodyLimit, Problem};
use kit::wire::ID_BYTES_MAX;
use stores::{UserView, View};

use crate::limits::{BODY_BYTES_MAX, MERGERS_MAX};
use crate::state::State;

/// The routes under `/api`.
pub fn api(state: State) -> Api {
    let id = format!("A user's id: 1 to {ID_BYTES_MAX} bytes");
    Api::new("rule-engine")
        .post("/api/rules/validate", validate_rule::route())
        .post("/api/rules/format", format_rule::route())
        .post("/api/rules/evaluate", evaluate_rule::route())
        .post("/api/rules/explain", explain_rule::route())
        .get("/api/users/{id}", get_user::route())
        .delete("/api/users/{id}", delete_user::route())
        .get("/api/users/{id}/segments", list_user_segments::route())
        .get("/api/users/{id}/explain", explain_user::route())
        .put("/api/users/{id}/consent", set_consent::route())
        .path_parameter("id", id, "ann")
        .body_limit(BodyLimit::new(BODY_BYTES_MAX, "a request"))
        .with_state(Arc::new(state))
}

/// A user as the view has them, or who they were merged into; `None` of nobody.
async fn existing_user(view: &dyn View, id: &str) -> Result<Option<UserView>, Problem> {
    let mut id = id.to_owned();
    for _ in 0..=MERGERS_MAX {
        match view.user(&id).await? {
            Some(UserView {
                merged_into: Some(target),
                ..
            }) => id = target,
            user => return Ok(user.filter(|user| user.exists)),
        }
    }
    Ok(None)
}

/// 404 of a user never heard of.
fn nobody(id: &str) -> Problem {
    Problem::not_found(format!("there is no user `{id}`"))
}
