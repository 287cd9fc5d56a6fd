//! A rule as a request names it: `expression`, `rules`, or a stored segment's `segmentId`.

use std::fmt::Display;

use kit::http::{Fault, Problem};
use kit::rules::RuleSource;
use rulelang::Diagnostics;
use rulelang::time::parse_timestamp;
use serde_json::Value;

use crate::definitions::Definitions;

/// What is wrong with a rule, and as what it was read.
#[derive(Debug)]
pub(crate) struct WrongRule {
    pub(crate) source: RuleSource,
    pub(crate) diagnostics: Diagnostics,
}

impl WrongRule {
    /// 400, with the findings.
    pub(crate) fn into_problem(self) -> Problem {
        let findings = self.source.report(&self.diagnostics);
        Problem::bad_request("the rule is wrong").faults(findings)
    }
}

/// The rule that a request hands in; exactly one of the two must be there.
pub(crate) fn given(
    expression: Option<String>,
    rules: Option<Value>,
) -> Result<Result<RuleSource, WrongRule>, Problem> {
    match (expression, rules) {
        (Some(expression), None) => Ok(Ok(RuleSource::from_text(expression))),
        (None, Some(rules)) => Ok(
            RuleSource::from_json(&rules).map_err(|diagnostics| WrongRule {
                source: RuleSource::default(),
                diagnostics,
            }),
        ),
        _ => Err(Problem::bad_request(
            "a rule is given by one of `expression` or `rules`",
        )),
    }
}

/// The rule that a request names, if it names one: at most one of the three may be there.
pub(crate) fn named(
    expression: Option<String>,
    rules: Option<Value>,
    segment_id: Option<&str>,
    definitions: &Definitions,
) -> Result<Option<RuleSource>, Problem> {
    match (expression, rules, segment_id) {
        (None, None, None) => Ok(None),
        (None, None, Some(id)) => stored(id, definitions).map(Some),
        (expression, rules, None) => {
            let read = given(expression, rules)?;
            read.map(Some).map_err(WrongRule::into_problem)
        }
        _ => Err(one_of()),
    }
}

fn stored(id: &str, definitions: &Definitions) -> Result<RuleSource, Problem> {
    if let Some(segment) = definitions.segments.get(id) {
        return Ok(segment.source.clone());
    }
    let problem = Problem::not_found(format!("there is no active segment `{id}`"));
    let ids = definitions.segments.keys().map(String::as_str);
    Err(match rulelang::nearest(id, ids) {
        Some(nearest) => {
            let fault = Fault::new("unknown segment").at("/segmentId");
            problem.fault(fault.suggestion(format!("did you mean `{nearest}`?")))
        }
        None => problem,
    })
}

/// 400 where the one rule is missing, or is one of several.
pub(crate) fn one_of() -> Problem {
    Problem::bad_request("a rule is given by one of `expression`, `rules` or `segmentId`")
}

/// The instant that a request asks about, in milliseconds.
pub(crate) fn instant(text: Option<&str>) -> Result<Option<i64>, Problem> {
    let Some(text) = text else { return Ok(None) };
    parse_timestamp(text).map(Some).ok_or_else(|| {
        let detail = format!("`{text}` is not an RFC 3339 timestamp");
        let fault = Fault::new(detail.clone()).at("/now");
        Problem::bad_request(detail).fault(fault.suggestion("write it like `2026-01-31T10:00:00Z`"))
    })
}

/// 400 for a part of the body.
pub(crate) fn wrong_part(pointer: &str, detail: impl Display) -> Problem {
    let detail = detail.to_string();
    let fault = Fault::new(detail.clone()).at(pointer);
    Problem::bad_request(detail).fault(fault)
}
