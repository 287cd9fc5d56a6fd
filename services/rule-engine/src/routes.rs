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

use axum::routing::{get, post, put};
use axum::{Extension, Router};
use kit::http::{BodyLimit, Problem};
use stores::{UserView, View};

use crate::limits::{BODY_BYTES_MAX, MERGERS_MAX};
use crate::state::State;

/// The routes under `/api`.
pub fn router(state: State) -> Router {
    Router::new()
        .route("/api/rules/validate", post(validate_rule::handle))
        .route("/api/rules/format", post(format_rule::handle))
        .route("/api/rules/evaluate", post(evaluate_rule::handle))
        .route("/api/rules/explain", post(explain_rule::handle))
        .route(
            "/api/users/{id}",
            get(get_user::handle).delete(delete_user::handle),
        )
        .route("/api/users/{id}/segments", get(list_user_segments::handle))
        .route("/api/users/{id}/explain", get(explain_user::handle))
        .route("/api/users/{id}/consent", put(set_consent::handle))
        .layer(Extension(BodyLimit::new(BODY_BYTES_MAX, "a request")))
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
