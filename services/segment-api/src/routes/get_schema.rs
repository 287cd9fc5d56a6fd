//! `GET /api/schema`: what people declared, and what published rules fixed beside it.

use std::sync::Arc;

use axum::extract::State as Shared;
use axum::http::header::ETAG;
use axum::response::{IntoResponse, Response};
use kit::http::{Json, Operation, Problem, Route, etag};
use kit::schema_file::SchemaFile;
use kit::scope::Scope;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;
use stores::catalog::KnownType;

use crate::lists;
use crate::schema_edit::declared_tag;
use crate::state::State;

#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Schema")]
pub(super) struct SchemaAnswer {
    /// A schema file: what PUT takes.
    #[schemars(with = "SchemaFile")]
    declared: Value,
    /// The types that published rules fixed.
    known: Vec<KnownAnswer>,
}

#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "KnownType")]
struct KnownAnswer {
    /// Absent for a profile field; `*` for any event.
    #[serde(skip_serializing_if = "Option::is_none")]
    event: Option<String>,
    name: String,
    #[serde(rename = "type")]
    type_name: String,
    /// A segment whose rule uses it so.
    segment_id: String,
}

impl From<KnownType> for KnownAnswer {
    fn from(known: KnownType) -> Self {
        Self {
            event: known.event,
            name: known.name,
            type_name: known.type_name,
            segment_id: known.segment_id,
        }
    }
}

pub(super) fn route() -> Route<Arc<State>> {
    Operation::new("getSchema", Scope::SegmentsRead)
        .summary("The types of fields and properties, and where they come from")
        .answers::<SchemaAnswer>(200, "What people declared, and what published rules fixed")
        .tagged()
        .handled_by(handle)
}

pub(super) async fn handle(Shared(state): Shared<Arc<State>>) -> Result<Response, Problem> {
    answer(&state).await
}

pub(super) async fn answer(state: &State) -> Result<Response, Problem> {
    let schema = state.catalog().schema(None).await?;
    let tag = etag(&declared_tag(&schema.declared))?;
    let answer = SchemaAnswer {
        declared: lists::apart(&schema.declared),
        known: schema.known.into_iter().map(KnownAnswer::from).collect(),
    };
    Ok(([(ETAG, tag)], Json(answer)).into_response())
}
