//! `GET /api/users/{id}`: a user's profile.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::State as Shared;
use kit::http::{Json, Operation, Path, Problem, Route};
use kit::schema::{Properties as Fields, Timestamp};
use kit::scope::Scope;
use rulelang::time::format_timestamp;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value};

use super::{existing_user, nobody};
use crate::state::State;

#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "User")]
pub(super) struct Answer {
    /// Another than was asked for where that one was merged.
    user_id: String,
    #[schemars(with = "Fields")]
    fields: Map<String, Value>,
    /// Ids of the segments that the user is in.
    segments: Vec<String>,
    /// By purpose or channel; empty where nothing was said.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    consent: BTreeMap<String, bool>,
    #[schemars(with = "Timestamp")]
    updated_at: String,
}

pub(super) fn route() -> Route<Arc<State>> {
    Operation::new("getUser", Scope::ProfilesRead)
        .summary("A user's profile")
        .answers::<Answer>(200, "Fields, segments, consent")
        .refuses(404, "There is no such user")
        .handled_by(handle)
}

pub(super) async fn handle(
    Shared(state): Shared<Arc<State>>,
    Path(id): Path<String>,
) -> Result<Json<Answer>, Problem> {
    let user = existing_user(&*state.parts.view, &id).await?;
    let user = user.ok_or_else(|| nobody(&id))?;
    let segments = user.segments.into_iter();
    Ok(Json(Answer {
        user_id: user.user_id,
        fields: user.fields,
        segments: segments
            .map(|membership| membership.segment_id.to_string())
            .collect(),
        consent: user.consent,
        updated_at: format_timestamp(user.updated_at),
    }))
}
