//! `DELETE /api/lists/{list}`: a list that no published rule names goes.

use std::sync::Arc;

use axum::extract::State as Shared;
use axum::http::StatusCode;
use kit::http::{Operation, Path, Problem, Route};
use kit::scope::Scope;

use crate::lists;
use crate::schema_edit::edit_declared;
use crate::state::State;

pub(super) fn route() -> Route<Arc<State>> {
    Operation::new("deleteList", Scope::SegmentsWrite)
        .summary("A list that no published rule names goes")
        .answers_nothing(204, "It is gone")
        .refuses(404, "There is no such list")
        .refuses(409, "It is in use")
        .handled_by(handle)
}

async fn handle(
    Shared(state): Shared<Arc<State>>,
    Path(name): Path<String>,
) -> Result<StatusCode, Problem> {
    let _editing = state.editing().await;
    let before = state.catalog().schema(None).await?;
    lists::items(&before.declared, &name)?;
    let declared = lists::without(&before.declared, &name);
    edit_declared(&state, before, declared).await?;
    Ok(StatusCode::NO_CONTENT)
}
