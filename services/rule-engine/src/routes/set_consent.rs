//! `PUT /api/users/{id}/consent`: what a user agrees to, `{"email": true, "sms": false}`. A purpose
//! or channel that is not named stays as it was.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::State as Shared;
use axum::http::StatusCode;
use kit::http::{Json, Operation, Path, Problem, Route};
use kit::scope::Scope;
use kit::wire::ID_BYTES_MAX;
use serde_json::json;

use crate::limits::CONSENTS_MAX;
use crate::reserved_facts::{Accepted, append};
use crate::state::State;

pub(super) fn route() -> Route<Arc<State>> {
    Operation::new("setConsent", Scope::EventsWrite)
        .summary("What a user agrees to, by purpose or channel; others stay as they were")
        .details(format!(
            "At most {CONSENTS_MAX} names of {ID_BYTES_MAX} bytes."
        ))
        .body::<BTreeMap<String, bool>>(json!({"email": true, "sms": false}))
        .answers::<Accepted>(202, "It is durable, and about to be acted on")
        .handled_by(handle)
}

pub(super) async fn handle(
    Shared(state): Shared<Arc<State>>,
    Path(id): Path<String>,
    Json(consent): Json<BTreeMap<String, bool>>,
) -> Result<(StatusCode, Json<Accepted>), Problem> {
    let is_name = |name: &String| (1..=ID_BYTES_MAX).contains(&name.len());
    if consent.is_empty() || consent.len() > CONSENTS_MAX || !consent.keys().all(is_name) {
        let detail = format!(
            "consent is an object of 1 to {CONSENTS_MAX} names of at most {ID_BYTES_MAX} bytes, \
             each true or false"
        );
        return Err(Problem::bad_request(detail));
    }
    let accepted = append(&*state.parts.events, id, "$consent", json!(consent)).await?;
    Ok((StatusCode::ACCEPTED, accepted))
}
