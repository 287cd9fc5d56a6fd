//! `GET /api/segments/{id}/dependents`: who refers to it.

use std::sync::Arc;

use axum::extract::State as Shared;
use kit::http::{Json, Path, Problem};
use serde::Serialize;
use stores::catalog::Dependent;

use crate::state::State;

#[derive(Debug, Default, Serialize)]
pub(super) struct DependentsAnswer {
    /// Ids of published segments.
    segments: Vec<String>,
    /// Ids of campaigns that are not over.
    campaigns: Vec<String>,
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
