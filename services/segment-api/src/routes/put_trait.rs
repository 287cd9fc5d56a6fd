//! `PUT /api/traits/{name}`: a computed trait, new or edited. Segments that use it are built anew.

use std::sync::Arc;

use axum::extract::State as Shared;
use kit::http::{Json, Path, Problem};
use rulelang::Schema;
use serde::Deserialize;

use super::list_traits::TraitAnswer;
use crate::schema_edit::{edit_declared, with_trait};
use crate::state::State;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TraitBody {
    expression: String,
}

pub(super) async fn handle(
    Shared(state): Shared<Arc<State>>,
    Path(name): Path<String>,
    Json(body): Json<TraitBody>,
) -> Result<Json<TraitAnswer>, Problem> {
    let _editing = state.editing().await;
    let before = state.catalog().schema(None).await?;
    let declared = with_trait(&before.declared, &name, Some(&body.expression));
    edit_declared(&state, before, declared).await?;
    let is_default = Schema::default().traits.get(&name) == Some(&body.expression);
    Ok(Json(TraitAnswer {
        name,
        expression: body.expression,
        is_default,
    }))
}
