//! `POST /api/rules/validate`: what a rule is, or what is wrong with it. Wrong is an answer, too.

use std::sync::Arc;

use axum::extract::State as Shared;
use kit::http::{Json, Operation, Problem, Route};
use kit::rule_report::{InvalidRule, RuleReport};
use kit::schema::Rules;
use kit::scope::Scope;
use rulelang::{Checked, Diagnostics, Expected};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::definitions::Definitions;
use crate::rule_input::{WrongRule, given};
use crate::state::State;

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(rename = "ValidateRuleRequest")]
pub(super) struct Request {
    expression: Option<String>,
    #[schemars(with = "Option<Rules>")]
    rules: Option<Value>,
}

#[derive(Debug, Serialize, JsonSchema)]
#[serde(untagged)]
#[schemars(rename = "ValidateRuleAnswer")]
pub(super) enum Answer {
    Valid(Box<RuleReport>),
    Invalid(InvalidRule),
}

pub(super) fn route() -> Route<Arc<State>> {
    Operation::new("validateRule", Scope::SegmentsRead)
        .summary("What a rule is, or what is wrong with it; wrong is an answer, too")
        .body::<Request>(json!({"expression": "totalSpent >= 200"}))
        .answers::<Answer>(200, "Whether it could be a segment's rule, and more of it")
        .handled_by(handle)
}

pub(super) async fn handle(
    Shared(state): Shared<Arc<State>>,
    Json(request): Json<Request>,
) -> Result<Json<Answer>, Problem> {
    let source = given(request.expression, request.rules)?;
    let definitions = state.definitions().await?;
    let answer = state.compute(move || Ok(validate(source, &definitions)));
    answer.await.map(Json)
}

fn validate(
    source: Result<kit::rules::RuleSource, WrongRule>,
    definitions: &Definitions,
) -> Answer {
    let source = match source {
        Ok(source) => source,
        Err(wrong) => return invalid(&wrong),
    };
    match check(&source, definitions) {
        Ok(checked) => Answer::Valid(Box::new(RuleReport::new(&checked, &source))),
        Err(diagnostics) => invalid(&WrongRule {
            source,
            diagnostics,
        }),
    }
}

/// As for a segment to be saved: the segments that it names must be there.
fn check(
    source: &kit::rules::RuleSource,
    definitions: &Definitions,
) -> Result<Checked, Diagnostics> {
    let checked = source.check(&definitions.schema, Expected::Condition)?;
    let mut named = checked.rule.segments.iter();
    if named.all(|id| definitions.segments.contains_key(id)) {
        return Ok(checked);
    }
    let mut schema = definitions.schema.clone();
    schema.segments = Some(definitions.segments.keys().cloned().collect());
    source.check(&schema, Expected::Condition)
}

fn invalid(wrong: &WrongRule) -> Answer {
    Answer::Invalid(InvalidRule::new(&wrong.diagnostics, &wrong.source))
}
