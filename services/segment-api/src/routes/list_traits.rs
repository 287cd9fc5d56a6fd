//! `GET /api/traits`: the computed traits, those that are there without a schema among them.

use std::sync::Arc;

use axum::extract::State as Shared;
use kit::http::{Json, Operation, Problem, Route};
use kit::scope::Scope;
use rulelang::Schema;
use schemars::JsonSchema;
use serde::Serialize;

use crate::state::State;

#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Traits")]
pub(super) struct TraitsAnswer {
    data: Vec<TraitAnswer>,
}

#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Trait")]
pub(super) struct TraitAnswer {
    pub(super) name: String,
    /// The text of its rule.
    pub(super) expression: String,
    /// Whether it is as it would be if nobody had said anything.
    pub(super) is_default: bool,
}

pub(super) fn route() -> Route<Arc<State>> {
    Operation::new("listTraits", Scope::SegmentsRead)
        .summary("The computed traits, those that are there by default among them")
        .answers::<TraitsAnswer>(200, "All of them")
        .handled_by(handle)
}

pub(super) async fn handle(
    Shared(state): Shared<Arc<State>>,
) -> Result<Json<TraitsAnswer>, Problem> {
    let schema = state.catalog().schema(None).await?.schema()?;
    let defaults = Schema::default().traits;
    let traits = schema.traits.into_iter().map(|(name, expression)| {
        let is_default = defaults.get(&name) == Some(&expression);
        TraitAnswer {
            name,
            expression,
            is_default,
        }
    });
    let data = traits.collect();
    Ok(Json(TraitsAnswer { data }))
}
