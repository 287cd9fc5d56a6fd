//! A file of cases, one a line, answered in order: `{"id","value"}` or
//! `{"id","error":{"code","message"}}`. No case stops the others.

use kit::clock::now;
use kit::evaluation::{EventsError, Known, events_from_text, prepare};
use kit::rules::RuleSource;
use kit::wire::{properties_from_json, value_to_json};
use rule_runtime::RuleCache;
use rulelang::facts::Properties;
use rulelang::{Diagnostics, Schema, Severity};
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use serde_json::value::RawValue;

use super::{Engine, EvaluationError};
use crate::failure::Failure;
use crate::input::{Input, lines};
use crate::output::Output;

#[derive(Deserialize)]
struct Case<'a> {
    #[serde(borrow)]
    id: Option<&'a RawValue>,
    expr: Option<String>,
    #[serde(borrow)]
    rules: Option<&'a RawValue>,
    #[serde(borrow)]
    bindings: Option<&'a RawValue>,
    #[serde(borrow)]
    events: Option<&'a RawValue>,
    now: Option<String>,
    user: Option<String>,
}

/// What is left of a case that is not of the documented shape.
#[derive(Deserialize)]
struct CaseId<'a> {
    #[serde(borrow)]
    id: Option<&'a RawValue>,
}

/// The id is what the case holds, to the letter.
#[derive(Serialize)]
struct Answer<'a> {
    id: Option<&'a RawValue>,
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

/// Who evaluates.
struct By<'a> {
    engine: Engine,
    cache: &'a RuleCache,
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
    let cache = &RuleCache::default();
    let by = By { engine, cache };
    for line in lines(&input.bytes) {
        let (id, result) = match serde_json::from_slice::<Case<'_>>(line.bytes) {
            Ok(case) => (case.id, value(case, schema, &by, default_now)),
            Err(error) => {
                let case = serde_json::from_slice::<CaseId<'_>>(line.bytes);
                let error = malformed(format!("line {}: {error}", line.number));
                (case.ok().and_then(|case| case.id), Err(error))
            }
        };
        let (value, error) = match result {
            Ok(value) => (Some(value), None),
            Err(error) => (None, Some(error)),
        };
        let answer = Answer { id, value, error };
        out.json_line(&answer)?;
    }
    Ok(())
}

fn value(case: Case<'_>, schema: &Schema, by: &By<'_>, default_now: i64) -> Result<Json, Problem> {
    let source = match (case.expr, case.rules) {
        (Some(expr), None) => RuleSource::from_text(expr),
        (None, Some(rules)) => {
            RuleSource::from_either(rules.get()).map_err(|found| wrong(&found))?
        }
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
        .map(|text| events_from_text(text.get(), case.user.as_deref(), now))
        .transpose();
    let known = Known {
        user: case.user.map(Into::into),
        bindings: bindings.map_err(|error| malformed(format!("bindings: {error}")))?,
        events: events.map_err(|error| wrong_events(&error))?,
        now,
    };
    let prepared = prepare(&source, known, schema.clone()).map_err(|found| wrong(&found))?;
    let value = by.engine.evaluate(&prepared, by.cache).map_err(problem)?;
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

fn wrong_events(error: &EventsError) -> Problem {
    let fix = match error {
        EventsError::Malformed(_) => "",
        EventsError::SeveralUsers(..) => "; say whose count with `user`",
    };
    malformed(format!("events: {error}{fix}"))
}

fn malformed(message: String) -> Problem {
    Problem {
        code: "malformed_case",
        message,
    }
}
