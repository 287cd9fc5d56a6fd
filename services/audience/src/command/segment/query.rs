//! `audience segment query`.

use std::io::Write;

use kit::rules::RuleSource;
use rule_runtime::{Batch, RuleCache};
use rulelang::{Expected, Rule};
use serde::Serialize;

use crate::cli::Format;
use crate::command::instant;
use crate::command::replay::{no_instant, sources, timeline};
use crate::failure::Failure;
use crate::output::{Output, grouped};
use crate::replay::{Timeline, ask_everybody};
use crate::segments::{read_schema, render};

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
    let mut answer = ask(rule, &timeline, args.until)?;
    if !args.list {
        answer.members = None;
    }
    print(&answer, args.format, out)
}

/// Asks the rule about everybody, as of `until` or the newest event.
fn ask(rule: Rule, timeline: &Timeline<'_>, until: Option<i64>) -> Result<Answer, Failure> {
    let newest = timeline.span().map(|(_, newest)| newest);
    let until = until.or(newest).ok_or_else(no_instant)?;
    if let Some(segment) = rule.segments.first() {
        let message =
            format!("the rule names segment `{segment}`, and events do not say who is in it");
        return Err(Failure::new(message, "write out that segment's rule"));
    }
    let failed = |error: &dyn std::error::Error| Failure::message(error.to_string());
    let batch = Batch::new(rule, until, &RuleCache::default()).map_err(|error| failed(&error))?;
    let (mut members, mut users) = (vec![], 0);
    ask_everybody(&batch, timeline, &mut |user, is_match| {
        users += 1;
        if is_match {
            members.push(user.to_owned());
        }
    })
    .map_err(|error| failed(&error))?;
    Ok(Answer::new(members, users, until))
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
