//! `GET /api/sessions/{id}`: a user's session, while it goes on.

use axum::extract::State;
use kit::http::{Json, Operation, Path, Problem, Route};
use kit::schema::Timestamp;
use kit::scope::Scope;
use rulelang::time::format_timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use crate::Ingestion;

#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Session")]
pub(super) struct SessionAnswer {
    session_id: String,
    /// Whose it is: the user of the last event in it.
    user_id: String,
    /// When the event that began it happened.
    #[schemars(with = "Timestamp")]
    created: String,
    /// When the last event in it happened.
    #[schemars(with = "Timestamp")]
    last_access: String,
}

pub(super) fn route() -> Route<Ingestion> {
    Operation::new("getSession", Scope::ProfilesRead)
        .summary("A user's session, while it goes on")
        .answers::<SessionAnswer>(200, "The session")
        .refuses(404, "It has ended, or no event was in it")
        .refuses(503, "The store of sessions does not answer")
        .handled_by(handle)
}

pub(super) async fn handle(
    State(ingestion): State<Ingestion>,
    Path(id): Path<String>,
) -> Result<Json<SessionAnswer>, Problem> {
    let found = ingestion.sessions().session(&id).await?;
    let unknown = || Problem::not_found(format!("there is no session `{id}`"));
    let session = found.ok_or_else(unknown)?;
    Ok(Json(SessionAnswer {
        session_id: id,
        user_id: session.user_id,
        created: format_timestamp(session.created),
        last_access: format_timestamp(session.last_access),
    }))
}
