//! `audience segment query`.

use std::collections::{HashMap, HashSet};
use std::io::Write;
use std::sync::Arc;

use kit::rules::RuleSource;
use rule_runtime::{Batch, RuleCache, RuleSet};
use rulelang::{Expected, Rule, Schema};
use serde::Serialize;

use crate::cli::Format;
use crate::command::instant;
use crate::command::replay::{no_instant, run_timeline, sources, timeline};
use crate::command::rule::{ListArgs, ParameterArgs, RuleArg};
use crate::failure::Failure;
use crate::input::Input;
use crate::output::{Output, Style, grouped, note};
use crate::replay::{Timeline, Unheard, ask_everybody};
use crate::segments::{self, read_schema};

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    rule: RuleArg,
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
    /// Segments that the rule may name: a JSON array, each as POSTed to /api/segments, with an `id`
    #[arg(long, value_name = "FILE")]
    segments: Option<String>,
    /// Declared types and computed traits
    #[arg(long, value_name = "FILE")]
    schema: Option<String>,
    #[command(flatten)]
    parameters: ParameterArgs,
    #[command(flatten)]
    lists: ListArgs,
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
    let style = out.error_style();
    let mut schema = read_schema(args.schema.as_deref())?;
    args.lists.declare(&mut schema)?;
    let segments = args.segments.as_deref();
    let segments = segments.map(|path| read_rules(path, &mut schema, style));
    let segments = segments.transpose()?;
    let rule = checked(args, &schema, style)?;
    let sources = sources(&args.events, args.traits.as_deref())?;
    let (timeline, _) = timeline(&sources, args.skip_invalid)?;
    let newest = timeline.span().map(|(_, newest)| newest);
    let until = args.until.or(newest).ok_or_else(no_instant)?;
    let members = members(&rule, segments.as_ref(), &timeline, until)?;
    let mut answer = ask(rule, &members, &timeline, until, style)?;
    if !args.list {
        answer.members = None;
    }
    print(&answer, args.format, out)
}

/// Reads the segments that the rule may name; lists of their file join those of the schema.
fn read_rules(path: &str, schema: &mut Schema, style: Style) -> Result<Arc<RuleSet>, Failure> {
    let given = schema.lists.clone();
    let definitions = segments::read_segments(&Input::read(path)?, schema, style)?;
    segments::warn(&definitions, style)?;
    for (name, list) in given {
        schema.lists.entry(name).or_insert(list);
    }
    segments::build(&definitions)
}

/// The rule, checked; what is to be warned of is told.
fn checked(args: &Args, schema: &Schema, style: Style) -> Result<Rule, Failure> {
    let parameters = args.parameters.read()?;
    let mut source = RuleSource::default();
    let checked = RuleSource::from_either(&args.rule.text(style)?).and_then(|read| {
        source = read.with_parameters(parameters);
        source.check(schema, Expected::Condition)
    });
    match checked {
        Ok(checked) => {
            segments::warn_of_rule(&checked.warnings, &source, style)?;
            Ok(checked.rule)
        }
        Err(found) => {
            let found = segments::render(&found, &source, style);
            Err(Failure::message(format!("the rule is wrong\n{found}")))
        }
    }
}

/// Who is in each of the segments that the rule names.
type Members = HashMap<String, HashSet<String>>;

/// Lives through everybody's facts up to `until`, where the rule names segments.
fn members(
    rule: &Rule,
    segments: Option<&Arc<RuleSet>>,
    timeline: &Timeline<'_>,
    until: i64,
) -> Result<Members, Failure> {
    let mut members = Members::new();
    let Some(segment) = rule.segments.first() else {
        return Ok(members);
    };
    let Some(rules) = segments else {
        let message =
            format!("the rule names segment `{segment}`, and events do not say who is in it");
        let fix = "give the file that has it with --segments, or write out its rule";
        return Err(Failure::new(message, fix));
    };
    let outcome = run_timeline(rules, timeline, Some(until), &mut |_, _, _| {})?;
    outcome.population.for_each_member(&mut |index, user| {
        let segment = rules.segments().get(index as usize);
        let named = segment.filter(|segment| rule.segments.iter().any(|id| **id == *segment.id));
        if let Some(segment) = named {
            let users = members.entry(segment.id.to_string()).or_default();
            users.insert(user.to_owned());
        }
    });
    Ok(members)
}

/// Asks the rule about everybody, as of `until`. What it reads and nobody told of is noted.
fn ask(
    rule: Rule,
    members: &Members,
    timeline: &Timeline<'_>,
    until: i64,
    style: Style,
) -> Result<Answer, Failure> {
    let failed = |error: &dyn std::error::Error| Failure::message(error.to_string());
    let read = rule.clone();
    let batch = Batch::new(rule, until, &RuleCache::default()).map_err(|error| failed(&error))?;
    let mut unheard = Unheard::of(&read, batch.rules());
    let is_member = |segment: &str, user: &str| {
        let users = members.get(segment);
        users.is_some_and(|users| users.contains(user))
    };
    let (mut matching, mut users) = (vec![], 0);
    let mut tell = |user: &str, is_match: bool| {
        users += 1;
        if is_match {
            matching.push(user.to_owned());
        }
    };
    ask_everybody(&batch, timeline, &is_member, &mut unheard, &mut tell)
        .map_err(|error| failed(&error))?;
    if users > 0 {
        for line in unheard.told(timeline) {
            note(&line, style)?;
        }
    }
    Ok(Answer::new(matching, users, until))
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
