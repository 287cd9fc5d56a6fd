//! `POST /api/owners/ask`: what services in other processes ask this one's owners.

use std::sync::Arc;

use axum::extract;
use kit::http::{Json, Operation, Problem, Route};
use kit::scope::Scope;
use serde_json::{Value, json};
use stores::{Question, Reply};

use super::State;

pub(super) fn route() -> Route<Arc<State>> {
    let example = json!({"ask": "nextChanges", "userId": "user-1"});
    Operation::new("askOwners", Scope::ProfilesRead)
        .summary("What other services ask of this process's users")
        .details(
            "Between the processes of one deployment: which questions there are changes from one \
             version to the next. The answer is `{\"answer\": …}`, or `{\"elsewhere\": …}` where \
             another process owns what was asked for.",
        )
        .body::<Value>(example)
        .answers::<Value>(200, "The answer, or that it is elsewhere")
        .refuses(404, "There is no such user or segment")
        .refuses(503, "The owner starts")
        .handled_by(handle)
}

pub(super) async fn handle(
    extract::State(state): extract::State<Arc<State>>,
    Json(question): Json<Question>,
) -> Result<Json<Reply>, Problem> {
    Ok(Json(state.own.ask(&question).await?))
}
