//! `PUT /api/lists/{list}`: a whole list, new or edited. Segments that use it are built anew.

use std::sync::Arc;

use axum::extract::State as Shared;
use kit::http::{Json, Operation, Path, Problem, Route};
use kit::scope::Scope;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};

use super::list_lists::ListAnswer;
use crate::lists;
use crate::schema_edit::edit_declared;
use crate::state::State;

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "ListBody")]
struct Body {
    /// At most 10,000 items, all strings or all numbers.
    #[schemars(with = "Vec<Value>")]
    items: Value,
}

pub(super) fn route() -> Route<Arc<State>> {
    Operation::new("putList", Scope::SegmentsWrite)
        .summary("A whole list, new or edited")
        .details("Segments that use it are built anew.")
        .body::<Body>(json!({"items": ["A-1", "B-7"]}))
        .answers::<ListAnswer>(200, "The list")
        .refuses(
            409,
            "Published rules do not agree with it, or there are too many lists",
        )
        .handled_by(handle)
}

async fn handle(
    Shared(state): Shared<Arc<State>>,
    Path(name): Path<String>,
    Json(body): Json<Body>,
) -> Result<Json<ListAnswer>, Problem> {
    let _editing = state.editing().await;
    let before = state.catalog().schema(None).await?;
    let declared = lists::with(&before.declared, &name, &body.items)?;
    edit_declared(&state, before, declared).await?;
    Ok(Json(ListAnswer::whole(name, body.items)))
}
