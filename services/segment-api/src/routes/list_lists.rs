//! `GET /api/lists`: the lists that rules may name, without their items.

use std::sync::Arc;

use axum::extract::State as Shared;
use kit::http::{Json, Operation, Problem, Route};
use kit::scope::Scope;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use crate::lists;
use crate::state::State;

#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Lists")]
struct ListsAnswer {
    data: Vec<ListAnswer>,
}

#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "List")]
pub(super) struct ListAnswer {
    name: String,
    /// How many items it has.
    size: usize,
    /// All strings, or all numbers; absent in a list of lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    items: Option<Value>,
}

impl ListAnswer {
    /// A list with its items.
    pub(super) fn whole(name: String, items: Value) -> Self {
        Self {
            size: size(&items),
            items: Some(items),
            name,
        }
    }
}

pub(super) fn route() -> Route<Arc<State>> {
    Operation::new("listLists", Scope::SegmentsRead)
        .summary("The lists that rules may name")
        .answers::<ListsAnswer>(200, "All of them, without their items")
        .handled_by(handle)
}

async fn handle(Shared(state): Shared<Arc<State>>) -> Result<Json<ListsAnswer>, Problem> {
    let schema = state.catalog().schema(None).await?;
    let all = lists::all(&schema.declared).into_iter().flatten();
    let data = all.map(|(name, items)| ListAnswer {
        name: name.clone(),
        size: size(items),
        items: None,
    });
    let data = data.collect();
    Ok(Json(ListsAnswer { data }))
}

fn size(items: &Value) -> usize {
    items.as_array().map_or(0, Vec::len)
}
