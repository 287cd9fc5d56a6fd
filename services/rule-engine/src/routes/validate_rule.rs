//! `POST /api/rules/validate`: what a rule is, or what is wrong with it. Wrong is an answer, too.

use std::sync::Arc;

use axum::extract::State as Shared;
use kit::http::{Json, Operation, Problem, Route};
use kit::rule_report::{InvalidRule, RuleReport};
use kit::rules::RuleSource;
use kit::schema::Rules;
use kit::scope::Scope;
use rulelang::{Checked, Diagnostics, Expected};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::definitions::Definitions;
use crate::rule_input::{WrongRule, given, wrong_part};
use crate::state::State;

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(rename = "ValidateRuleRequest")]
pub(super) struct Request {
    expression: Option<String>,
    #[schemars(with = "Option<Rules>")]
    rules: Option<Value>,
    /// Values for what the rule names as `:name`, beside those in `rules` or in their place.
    #[schemars(with = "Option<std::collections::BTreeMap<String, Value>>")]
    parameters: Option<Value>,
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
    let source = with_parameters(source, request.parameters.as_ref())?;
    let definitions = state.definitions().await?;
    let answer = state.compute(move || Ok(validate(source, &definitions)));
    answer.await.map(Json)
}

fn with_parameters(
    source: Result<RuleSource, WrongRule>,
    parameters: Option<&Value>,
) -> Result<Result<RuleSource, WrongRule>, Problem> {
    let Some(parameters) = parameters else {
        return Ok(source);
    };
    let parameters = rulelang::json::parameters(parameters).map_err(|diagnostics| {
        let first = diagnostics.iter().next();
        let pointer = first.and_then(|found| found.pointer.as_deref());
        let pointer = format!("/parameters{}", pointer.unwrap_or_default());
        let detail = first.map_or("", |found| found.message.as_str());
        wrong_part(&pointer, detail)
    })?;
    Ok(source.map(|source| source.with_parameters(parameters)))
}

fn validate(source: Result<RuleSource, WrongRule>, definitions: &Definitions) -> Answer {
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
fn check(source: &RuleSource, definitions: &Definitions) -> Result<Checked, Diagnostics> {
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
