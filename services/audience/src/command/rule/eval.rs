//! `audience rule eval`.

use std::io::Write;

use kit::evaluation::{EventsError, Known, events_from_text, prepare};
use kit::rules::RuleSource;
use kit::wire::{properties_from_json, value_to_json};
use rule_runtime::RuleCache;
use rulelang::Schema;
use rulelang::facts::Properties;

use super::names::{ListArgs, ParameterArgs};
use super::{read, refuse, rule_text};
use crate::cli::Format;
use crate::command::instant;
use crate::evaluation::cases::run_cases;
use crate::evaluation::{Engine, EvaluationError};
use crate::failure::Failure;
use crate::input::Input;
use crate::output::Output;
use crate::segments::read_schema;
use kit::clock::now;

const EXAMPLES: &str = "\
Examples:
  audience rule eval \"totalSpent > 100 AND plan == 'pro'\" \\
      --bindings '{\"totalSpent\": 120, \"plan\": \"pro\"}'
  audience rule eval 'COUNT(purchase WITHIN LAST 7 DAYS) >= 1' --now 2026-01-31 \\
      --events '[{\"eventType\":\"purchase\",\"timestamp\":\"2026-01-30T10:00:00Z\"}]'
  audience rule eval --cases cases.ndjson --engine jit

Each case is answered on a line of its own, `{\"id\",\"value\"}` or `{\"id\",\"error\":{\"code\",\"message\"}}`. An
error is the answer to its case and stops no other: the exit code is 0 when all are answered.";

#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// The rule, as text or, where it starts with `{`, in its JSON form; - reads standard input
    #[arg(value_name = "EXPR", allow_hyphen_values = true)]
    #[arg(required_unless_present_any = ["file", "cases"])]
    expr: Option<String>,
    /// Read the rule from a file
    #[arg(long, value_name = "FILE", conflicts_with = "expr")]
    file: Option<String>,
    #[command(flatten)]
    given: Given,
    /// Evaluate each line of a file: `{"id","expr" or "rules","bindings","events"?,"now"?,"user"?}`
    #[arg(long, value_name = "FILE", conflicts_with_all = ["expr", "file", "bindings", "events", "user"])]
    cases: Option<String>,
    /// Which engine answers; what it cannot run it refuses
    #[arg(long, value_enum, default_value_t)]
    engine: Engine,
}

/// What is known of the user that a rule is evaluated for.
#[derive(Debug, clap::Args)]
pub(crate) struct Given {
    /// Profile fields, as a JSON object
    #[arg(long, value_name = "JSON")]
    bindings: Option<String>,
    /// The user's events: a JSON array, or a file of one event a line; with --user, of everybody
    #[arg(long, value_name = "FILE|JSON")]
    events: Option<String>,
    /// The user's id: PERCENT goes by it, and events of somebody else do not count
    #[arg(long, value_name = "ID")]
    user: Option<String>,
    /// The instant of the evaluation [default: now]
    #[arg(long, value_name = "TS", value_parser = instant)]
    now: Option<i64>,
    /// Declared types and computed traits
    #[arg(long, value_name = "FILE")]
    schema: Option<String>,
    #[command(flatten)]
    pub(crate) parameters: ParameterArgs,
    #[command(flatten)]
    lists: ListArgs,
}

pub(crate) fn run(args: &Args, out: &mut Output) -> Result<(), Failure> {
    if let Some(path) = &args.cases {
        let mut schema = read_schema(args.given.schema.as_deref())?;
        args.given.lists.declare(&mut schema)?;
        schema.parameters = args.given.parameters.read()?;
        return run_cases(
            &Input::read(path)?,
            &schema,
            args.engine,
            args.given.now,
            out,
        );
    }
    let (expr, file) = (args.expr.as_deref(), args.file.as_deref());
    let source = read(
        &rule_text(expr, file, out.error_style())?,
        Format::Text,
        out,
    )?;
    let source = source.with_parameters(args.given.parameters.read()?);
    let (known, schema) = known(&args.given)?;
    match evaluate(&source, known, schema, args.engine) {
        Ok(value) => Ok(writeln!(out, "{value}")?),
        Err(EvaluationError::Rule(diagnostics)) => refuse(&diagnostics, &source, Format::Text, out),
        Err(error) => Err(Failure::message(error.to_string())),
    }
}

fn evaluate(
    source: &RuleSource,
    known: Known,
    schema: Schema,
    engine: Engine,
) -> Result<serde_json::Value, EvaluationError> {
    let prepared = prepare(source, known, schema).map_err(EvaluationError::Rule)?;
    let value = engine.evaluate(&prepared, &RuleCache::default())?;
    Ok(value_to_json(&value))
}

/// Reads what the options say of the user, and the schema.
pub(crate) fn known(given: &Given) -> Result<(Known, Schema), Failure> {
    let wrong = |what: &str, error: &dyn std::error::Error| {
        Failure::message(format!("cannot read the {what}: {error}"))
    };
    let bindings = match &given.bindings {
        Some(text) => properties_from_json(text).map_err(|error| wrong("bindings", &error))?,
        None => Properties::new(),
    };
    let now = given.now.unwrap_or_else(now);
    let events = match &given.events {
        Some(text) if text.trim_start().starts_with('[') => Some(text.clone()),
        Some(path) => Some(Input::read(path)?.text()?.to_owned()),
        None => None,
    };
    let user = given.user.as_deref();
    let events = events.map(|text| events_from_text(&text, user, now));
    let known = Known {
        user: user.map(Into::into),
        bindings,
        events: events.transpose().map_err(|error| wrong_events(&error))?,
        now,
    };
    let mut schema = read_schema(given.schema.as_deref())?;
    given.lists.declare(&mut schema)?;
    Ok((known, schema))
}

fn wrong_events(error: &EventsError) -> Failure {
    let message = format!("cannot read the events: {error}");
    match error {
        EventsError::Malformed(_) => Failure::message(message),
        EventsError::SeveralUsers(..) => Failure::new(message, "say whose count with --user ID"),
    }
}
