//! `POST /api/rules/format`: a rule's canonical text and its JSON form.

use std::sync::Arc;

use kit::http::{Json, Operation, Problem, Route};
use kit::schema::Rules;
use kit::scope::Scope;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::rule_input::{WrongRule, given};
use crate::state::State;

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(rename = "FormatRuleRequest")]
pub(super) struct Request {
    expression: Option<String>,
    #[schemars(with = "Option<Rules>")]
    rules: Option<Value>,
}

#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "FormatRuleAnswer")]
pub(super) struct Answer {
    expression: String,
    #[schemars(with = "Rules")]
    rules: Value,
}

pub(super) fn route() -> Route<Arc<State>> {
    Operation::new("formatRule", Scope::SegmentsRead)
        .summary("A rule's canonical text and its JSON form")
        .body::<Request>(json!({"expression": "totalSpent>=200 and country in ('DE','FR')"}))
        .answers::<Answer>(200, "Both forms")
        .handled_by(handle)
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
