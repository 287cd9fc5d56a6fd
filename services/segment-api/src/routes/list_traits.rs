//! `GET /api/traits`: the computed traits, those that are there without a schema among them.

use std::sync::Arc;

use axum::extract::State as Shared;
use kit::http::{Json, Problem};
use rulelang::Schema;
use serde::Serialize;

use crate::state::State;

#[derive(Debug, Serialize)]
pub(super) struct TraitsAnswer {
    data: Vec<TraitAnswer>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct TraitAnswer {
    pub(super) name: String,
    pub(super) expression: String,
    /// Whether it is as it would be if nobody had said anything.
    pub(super) is_default: bool,
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
