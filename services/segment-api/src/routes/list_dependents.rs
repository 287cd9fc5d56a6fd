//! `GET /api/segments/{id}/dependents`: who refers to it.

use std::sync::Arc;

use axum::extract::State as Shared;
use kit::http::{Json, Operation, Path, Problem, Route};
use kit::scope::Scope;
use schemars::JsonSchema;
use serde::Serialize;
use stores::catalog::Dependent;

use crate::state::State;

#[derive(Debug, Default, Serialize, JsonSchema)]
#[schemars(rename = "Dependents")]
pub(super) struct DependentsAnswer {
    /// Ids of published segments.
    segments: Vec<String>,
    /// Ids of campaigns that are not over.
    campaigns: Vec<String>,
}

pub(super) fn route() -> Route<Arc<State>> {
    Operation::new("listDependents", Scope::SegmentsRead)
        .summary("Who refers to a segment")
        .answers::<DependentsAnswer>(200, "Segments and campaigns")
        .refuses(404, "There is no such segment")
        .handled_by(handle)
}

pub(super) async fn handle(
    Shared(state): Shared<Arc<State>>,
    Path(id): Path<String>,
) -> Result<Json<DependentsAnswer>, Problem> {
    state.segment(&id).await?;
    let mut answer = DependentsAnswer::default();
    for dependent in state.catalog().dependents(&id).await? {
        match dependent {
            Dependent::Segment(id) => answer.segments.push(id),
            Dependent::Campaign(id) => answer.campaigns.push(id),
        }
    }
    Ok(Json(answer))
}
