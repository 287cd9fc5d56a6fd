//! A file of cases, one a line, answered in order: `{"id","value"}` or
//! `{"id","error":{"code","message"}}`. No case stops the others.

use kit::rules::RuleSource;
use kit::wire::{properties_from_json, value_to_json};
use rulelang::facts::Properties;
use rulelang::{Diagnostics, Schema, Severity};
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use serde_json::value::RawValue;

use super::{Engine, EvaluationError, Known, events_from_text, now, prepare};
use crate::failure::Failure;
use crate::input::{Input, lines};
use crate::output::Output;

#[derive(Deserialize)]
struct Case<'a> {
    #[serde(default)]
    id: Json,
    expr: Option<String>,
    rules: Option<Json>,
    #[serde(borrow)]
    bindings: Option<&'a RawValue>,
    #[serde(borrow)]
    events: Option<&'a RawValue>,
    now: Option<String>,
}

#[derive(Serialize)]
struct Answer {
    id: Json,
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<Json>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<Problem>,
}

#[derive(Serialize)]
struct Problem {
    /// A diagnostic's code, `not_compiled`, or `malformed_case`.
    code: &'static str,
    message: String,
}

/// Answers every case. `default_now` stands in for a missing `now`; without it, the wall's.
pub(crate) fn run_cases(
    input: &Input,
    schema: &Schema,
    engine: Engine,
    default_now: Option<i64>,
    out: &mut Output,
) -> Result<(), Failure> {
    let default_now = default_now.unwrap_or_else(now);
    for line in lines(&input.bytes) {
        let answer = match serde_json::from_slice::<Case<'_>>(line.bytes) {
            Ok(case) => {
                let id = case.id.clone();
                answer(id, value(case, schema, engine, default_now))
            }
            Err(error) => answer(
                Json::Null,
                Err(malformed(format!("line {}: {error}", line.number))),
            ),
        };
        out.json_line(&answer)?;
    }
    Ok(())
}

fn answer(id: Json, result: Result<Json, Problem>) -> Answer {
    let (value, error) = match result {
        Ok(value) => (Some(value), None),
        Err(error) => (None, Some(error)),
    };
    Answer { id, value, error }
}

fn value(
    case: Case<'_>,
    schema: &Schema,
    engine: Engine,
    default_now: i64,
) -> Result<Json, Problem> {
    let source = match (case.expr, case.rules) {
        (Some(expr), None) => RuleSource::from_text(expr),
        (None, Some(rules)) => RuleSource::from_json(&rules).map_err(|found| wrong(&found))?,
        _ => return Err(malformed("a case has either `expr` or `rules`".to_owned())),
    };
    let now = match case.now {
        Some(text) => rulelang::time::parse_timestamp(&text)
            .ok_or_else(|| malformed(format!("`{text}` is not an RFC 3339 timestamp")))?,
        None => default_now,
    };
    let bindings = case.bindings.map_or(Ok(Properties::new()), |text| {
        properties_from_json(text.get())
    });
    let events = case
        .events
        .map(|text| events_from_text(text.get(), now))
        .transpose();
    let known = Known {
        bindings: bindings.map_err(|error| malformed(format!("bindings: {error}")))?,
        events: events.map_err(|error| malformed(format!("events: {error}")))?,
        now,
    };
    let prepared = prepare(&source, known, schema.clone()).map_err(problem)?;
    let value = prepared.evaluate(engine).map_err(problem)?;
    Ok(value_to_json(&value))
}

fn problem(error: EvaluationError) -> Problem {
    match error {
        EvaluationError::Rule(diagnostics) => wrong(&diagnostics),
        EvaluationError::NotCompiled(message) => Problem {
            code: "not_compiled",
            message,
        },
    }
}

/// The first error stands for all.
fn wrong(diagnostics: &Diagnostics) -> Problem {
    let mut errors = diagnostics
        .iter()
        .filter(|item| item.severity == Severity::Error);
    errors.next().map_or_else(
        || malformed("the rule is wrong".to_owned()),
        |item| Problem {
            code: item.code.as_str(),
            message: item.message.clone(),
        },
    )
}

fn malformed(message: String) -> Problem {
    Problem {
        code: "malformed_case",
        message,
    }
}
