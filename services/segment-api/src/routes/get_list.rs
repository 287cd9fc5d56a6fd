//! `GET /api/lists/{list}`: a list with its items.

use std::sync::Arc;

use axum::extract::State as Shared;
use kit::http::{Json, Operation, Path, Problem, Route};
use kit::scope::Scope;

use super::list_lists::ListAnswer;
use crate::lists;
use crate::state::State;

pub(super) fn route() -> Route<Arc<State>> {
    Operation::new("getList", Scope::SegmentsRead)
        .summary("A list with its items")
        .answers::<ListAnswer>(200, "The list")
        .refuses(404, "There is no such list")
        .handled_by(handle)
}

async fn handle(
    Shared(state): Shared<Arc<State>>,
    Path(name): Path<String>,
) -> Result<Json<ListAnswer>, Problem> {
    let schema = state.catalog().schema(None).await?;
    let items = lists::items(&schema.declared, &name)?.clone();
    Ok(Json(ListAnswer::whole(name, items)))
}
