//! `DELETE /api/traits/{name}`: what people said of a computed trait goes; a default one is as it
//! was.

use std::sync::Arc;

use axum::extract::State as Shared;
use axum::http::StatusCode;
use kit::http::{Operation, Path, Problem, Route};
use kit::scope::Scope;

use crate::schema_edit::{edit_declared, with_trait};
use crate::state::State;

pub(super) fn route() -> Route<Arc<State>> {
    Operation::new("deleteTrait", Scope::SegmentsWrite)
        .summary("A declared trait goes; a default one is as it was")
        .answers_nothing(204, "It is gone")
        .refuses(404, "Nobody has declared such a trait")
        .refuses(409, "It is in use")
        .handled_by(handle)
}

pub(super) async fn handle(
    Shared(state): Shared<Arc<State>>,
    Path(name): Path<String>,
) -> Result<StatusCode, Problem> {
    let _editing = state.editing().await;
    let before = state.catalog().schema(None).await?;
    let declared = with_trait(&before.declared, &name, None);
    if declared == before.declared {
        let detail = format!("nobody has declared a computed trait `{name}`");
        return Err(Problem::not_found(detail));
    }
    edit_declared(&state, before, declared).await?;
    Ok(StatusCode::NO_CONTENT)
}
