//! `PUT /api/traits/{name}`: a computed trait, new or edited. Segments that use it are built anew.

use std::sync::Arc;

use axum::extract::State as Shared;
use kit::http::{Json, Operation, Path, Problem, Route};
use kit::scope::Scope;
use rulelang::Schema;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use super::list_traits::TraitAnswer;
use crate::schema_edit::{edit_declared, with_trait};
use crate::state::State;

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct TraitBody {
    /// A rule of any type, as text.
    expression: String,
}

pub(super) fn route() -> Route<Arc<State>> {
    let example = json!({"expression": "SUM(purchase.amount WITHIN LAST 30 DAYS)"});
    Operation::new("putTrait", Scope::SegmentsWrite)
        .summary("A computed trait, new or edited")
        .details("Segments that use it are built anew.")
        .body::<TraitBody>(example)
        .answers::<TraitAnswer>(200, "The trait")
        .refuses(409, "Published rules do not agree with it")
        .handled_by(handle)
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
