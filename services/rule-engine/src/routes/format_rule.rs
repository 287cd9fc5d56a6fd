//! `POST /api/rules/format`: a rule's canonical text and its JSON form.

use kit::http::{Json, Problem};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::rule_input::{WrongRule, given};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Request {
    expression: Option<String>,
    rules: Option<Value>,
}

#[derive(Debug, Serialize)]
pub(super) struct Answer {
    expression: String,
    rules: Value,
}

pub(super) async fn handle(Json(request): Json<Request>) -> Result<Json<Answer>, Problem> {
    let source = given(request.expression, request.rules)?.map_err(WrongRule::into_problem)?;
    match source.parse() {
        Ok(expr) => Ok(Json(Answer {
            expression: rulelang::format(&expr),
            rules: rulelang::json::to_json(&expr),
        })),
        Err(diagnostics) => Err(WrongRule {
            source,
            diagnostics,
        }
        .into_problem()),
    }
}
