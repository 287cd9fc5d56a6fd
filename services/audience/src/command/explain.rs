//! `audience explain`.

use std::io::Write;

use kit::definitions::Definition;
use kit::explanation::{ExplainedUser, Membership};
use rule_runtime::RuleSet;
use rulelang::time::format_timestamp;

use super::replay::{run_timeline, sources, timeline};
use crate::cli::Format;
use crate::command::instant;
use crate::explain::print_membership;
use crate::failure::Failure;
use crate::input::Input;
use crate::output::Output;
use crate::replay::{Timeline, events};
use crate::segments;

const EXAMPLES: &str = "\
Examples:
  audience explain --segments segments.json --events events.ndjson --user ann
  audience explain --segments segments.json --events events.ndjson --user ann \\
      --segment vip --at 2026-02-15 --format json

TRUE, FALSE and NULL say what each condition is. Below a condition stands what it
reads, and below an aggregate the events that it counts, the newest first.";

#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// A JSON array of segments, each as POSTed to /api/segments, with an `id`
    #[arg(long, value_name = "FILE")]
    segments: String,
    /// `user-events` messages, one a line, in any order; plain, .gz or .zst, or - for stdin
    #[arg(long, value_name = "FILE")]
    events: String,
    /// Traits, one `{"userId","traits":{…},"timestamp"?}` a line
    #[arg(long, value_name = "FILE")]
    traits: Option<String>,
    /// Whose memberships to explain
    #[arg(long, value_name = "ID")]
    user: String,
    /// Which segment to explain [default: every one, those that the user is in first]
    #[arg(long, value_name = "ID")]
    segment: Option<String>,
    /// The instant to explain; later events do not count [default: the newest event]
    #[arg(long, value_name = "TS", value_parser = instant)]
    at: Option<i64>,
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

pub(crate) fn run(args: &Args, out: &mut Output) -> Result<(), Failure> {
    let mut schema = segments::read_schema(args.schema.as_deref())?;
    let file = Input::read(&args.segments)?;
    let definitions = segments::read_segments(&file, &mut schema, out.error_style())?;
    segments::warn(&definitions, out.error_style())?;
    let rules = segments::build(&definitions)?;
    let wanted = wanted(&rules, args.segment.as_deref())?;
    let sources = sources(&args.events, args.traits.as_deref())?;
    let (mut timeline, _) = timeline(&sources, args.skip_invalid)?;
    if !timeline.keep_user(&args.user) {
        return Err(unknown_user(args));
    }
    let at = args.at.or(timeline.span().map(|(_, newest)| newest));
    let at = at.ok_or_else(|| {
        let message = "there is no event, so there is no newest one to explain at";
        Failure::new(message, "say an instant with --at")
    })?;
    let wanted = wanted.iter().filter_map(|index| {
        let definition = definitions.get(*index as usize)?;
        Some((*index, definition))
    });
    let mut memberships = explain(args, &rules, &timeline, at, wanted)?;
    memberships.sort_by_key(|membership| !membership.is_member);
    let answer = ExplainedUser {
        user_id: args.user.clone(),
        at: format_timestamp(at),
        segments: memberships,
    };
    match args.format {
        Format::Json => out.json(&answer)?,
        Format::Text => print(&answer, out)?,
    }
    Ok(())
}

/// Lives through the user's facts and explains what came of them.
fn explain<'a>(
    args: &Args,
    rules: &std::sync::Arc<RuleSet>,
    timeline: &Timeline<'_>,
    at: i64,
    wanted: impl Iterator<Item = (u32, &'a Definition)>,
) -> Result<Vec<Membership>, Failure> {
    let outcome = run_timeline(rules, timeline, Some(at), &mut |_, _, _| {})?;
    let Some(state) = outcome.population.state(&args.user) else {
        return Err(too_early(args, timeline, at));
    };
    let history = events(timeline, rules).map_err(|error| Failure::message(error.to_string()))?;
    let memberships = wanted.map(|(index, definition)| {
        let explanation = rules.explain_at(state, index, at, &history);
        Membership::new(&explanation, &definition.name, at)
    });
    Ok(memberships.collect())
}

/// The indexes of the segments to explain.
fn wanted(rules: &RuleSet, id: Option<&str>) -> Result<Vec<u32>, Failure> {
    let Some(id) = id else {
        return Ok((0..).take(rules.segments().len()).collect());
    };
    if let Some(index) = rules.segment(id) {
        return Ok(vec![index]);
    }
    let known = rules.segments().iter().map(|segment| &*segment.id);
    let fix = match rulelang::nearest(id, known.clone()) {
        Some(nearest) => format!("did you mean `{nearest}`?"),
        None => format!(
            "active in the file: {}",
            known.collect::<Vec<_>>().join(", ")
        ),
    };
    let message = format!("there is no active segment `{id}`");
    Err(Failure::new(message, fix))
}

fn unknown_user(args: &Args) -> Failure {
    let files = [Some(&args.events), args.traits.as_ref()];
    let files: Vec<String> = files.iter().flatten().map(|f| format!("`{f}`")).collect();
    let message = format!(
        "nothing of user `{}` is in {}",
        args.user,
        files.join(" or ")
    );
    let fix = "write the `userId` letter for letter as the events have it";
    Failure::new(message, fix)
}

fn too_early(args: &Args, timeline: &Timeline<'_>, at: i64) -> Failure {
    let at = format_timestamp(at);
    let message = format!("nothing is known of user `{}` yet at {at}", args.user);
    let fix = timeline.timed.first().map_or_else(String::new, |first| {
        let first = format_timestamp(first.timestamp);
        format!("their first fact is of {first}; say a later --at")
    });
    Failure::new(message, fix)
}

fn print(answer: &ExplainedUser, out: &mut Output) -> std::io::Result<()> {
    let style = out.style();
    writeln!(out, "{}", style.dim(&format!("at {}", answer.at)))?;
    for membership in &answer.segments {
        writeln!(out)?;
        print_membership(membership, &answer.user_id, "", "", style, out)?;
    }
    Ok(())
}
