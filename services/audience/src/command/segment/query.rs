//! `audience segment query`.

use std::io::Write;
use std::sync::Arc;

use kit::rules::RuleSource;
use rule_runtime::Segment;
use rulelang::facts::Facts;
use rulelang::{Expected, Rule, Value};
use serde::Serialize;

use crate::cli::Format;
use crate::command::instant;
use crate::command::replay::{no_instant, run_timeline, sources, timeline};
use crate::failure::Failure;
use crate::output::{Output, grouped};
use crate::replay::{Timeline, facts_by_user};
use crate::segments::{build_segments, read_schema, render};

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The rule, as text or, where it starts with `{`, in its JSON form
    #[arg(value_name = "EXPR")]
    expr: String,
    /// `user-events` messages, one a line, in any order; plain, .gz or .zst, or - for stdin
    #[arg(long, value_name = "FILE")]
    events: String,
    /// Traits, one `{"userId","traits":{…},"timestamp"?}` a line
    #[arg(long, value_name = "FILE")]
    traits: Option<String>,
    /// The instant that is asked [default: the newest event]
    #[arg(long, value_name = "TS", value_parser = instant)]
    until: Option<i64>,
    /// Print who matches, one a line
    #[arg(long)]
    list: bool,
    /// Declared types and computed traits
    #[arg(long, value_name = "FILE")]
    schema: Option<String>,
    /// Leave out lines that cannot be read instead of refusing the file
    #[arg(long)]
    skip_invalid: bool,
    /// How to answer
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

#[derive(Debug, Serialize)]
struct Answer {
    matches: usize,
    users: usize,
    until: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    members: Option<Vec<String>>,
}

impl Answer {
    fn new(mut members: Vec<String>, users: usize, until: i64) -> Self {
        members.sort_unstable();
        Self {
            matches: members.len(),
            users,
            until: rulelang::time::format_timestamp(until),
            members: Some(members),
        }
    }
}

pub(super) fn run(args: &Args, out: &mut Output) -> Result<(), Failure> {
    let schema = read_schema(args.schema.as_deref())?;
    let style = out.error_style();
    let mut source = RuleSource::default();
    let checked = RuleSource::from_either(&args.expr).and_then(|read| {
        source = read;
        source.check(&schema, Expected::Condition)
    });
    let rule = match checked {
        Ok(checked) => checked.rule,
        Err(found) => {
            return Err(Failure::message(format!(
                "the rule is wrong\n{}",
                render(&found, &source, style)
            )));
        }
    };
    let sources = sources(&args.events, args.traits.as_deref())?;
    let (timeline, _) = timeline(&sources, args.skip_invalid)?;
    let mut answer = if rulelang::live_reasons(&rule).is_empty() {
        by_replay(rule, &timeline, args.until)?
    } else {
        by_interpreter(&rule, &timeline, args.until)?
    };
    if !args.list {
        answer.members = None;
    }
    print(&answer, args.format, out)
}

/// One segment, replayed.
fn by_replay(rule: Rule, timeline: &Timeline<'_>, until: Option<i64>) -> Result<Answer, Failure> {
    let id: Arc<str> = "query".into();
    let rules = build_segments(vec![Segment { id, rule }])?;
    let outcome = run_timeline(&rules, timeline, until, &mut |_, _, _| {})?;
    let mut members = vec![];
    outcome
        .population
        .for_each_member(&mut |_, user| members.push(user.to_owned()));
    Ok(Answer::new(
        members,
        outcome.population.users(),
        outcome.span.1,
    ))
}

/// Everybody's facts, asked once: for what cannot be kept live.
fn by_interpreter(
    rule: &Rule,
    timeline: &Timeline<'_>,
    until: Option<i64>,
) -> Result<Answer, Failure> {
    let until = until
        .or(timeline.span().map(|(_, newest)| newest))
        .ok_or_else(no_instant)?;
    let facts = facts_by_user(timeline).map_err(|error| Failure::message(error.to_string()))?;
    let existing = facts
        .iter()
        .filter(|(_, facts)| rulelang::exists(facts, until));
    let is_match = |facts: &Facts| rulelang::evaluate(rule, facts, until) == Value::Bool(true);
    let matching = existing.clone().filter(|(_, facts)| is_match(facts));
    let members = matching.map(|(user, _)| user.clone()).collect();
    Ok(Answer::new(members, existing.count(), until))
}

fn print(answer: &Answer, format: Format, out: &mut Output) -> Result<(), Failure> {
    match (format, &answer.members) {
        (Format::Json, _) => out.json(answer)?,
        (Format::Text, Some(members)) => {
            for member in members {
                writeln!(out, "{member}")?;
            }
        }
        (Format::Text, None) => {
            let matches = out.style().bold(&grouped(answer.matches as u64));
            let users = grouped(answer.users as u64);
            writeln!(out, "{matches} of {users} users match at {}", answer.until)?;
        }
    }
    Ok(())
}
