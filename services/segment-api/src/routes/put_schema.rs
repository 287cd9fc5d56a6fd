//! `PUT /api/schema`: another declared schema, for all rules from then on.

use std::sync::Arc;

use axum::extract::State as Shared;
use axum::http::HeaderMap;
use axum::response::Response;
use kit::http::{Json, Operation, Problem, Route, if_match};
use kit::schema_file::SchemaFile;
use kit::scope::Scope;
use serde_json::{Map, Value, json};

use super::get_schema::{self, SchemaAnswer};
use crate::lists;
use crate::schema_edit::{declared_tag, edit_declared};
use crate::state::State;

pub(super) fn route() -> Route<Arc<State>> {
    let example = json!({"properties": {"purchase": {"category": "string"}}});
    Operation::new("putSchema", Scope::SegmentsWrite)
        .summary("Another declared schema, for all rules from then on")
        .conditional()
        .body::<SchemaFile>(example)
        .answers::<SchemaAnswer>(200, "The schema")
        .tagged()
        .refuses(409, "Published rules do not agree with it")
        .handled_by(handle)
}

pub(super) async fn handle(
    Shared(state): Shared<Arc<State>>,
    headers: HeaderMap,
    Json(declared): Json<Map<String, Value>>,
) -> Result<Response, Problem> {
    let _editing = state.editing().await;
    let before = state.catalog().schema(None).await?;
    if_match(&headers, &declared_tag(&before.declared))?;
    let declared = lists::kept(&before.declared, declared)?;
    edit_declared(&state, before, declared).await?;
    get_schema::answer(&state).await
}
