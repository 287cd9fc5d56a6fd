//! `audience replay`.

mod files;
mod recorded;

use std::io::Write;
use std::path::PathBuf;
use std::time::Instant;

use kit::wire::{Body, Metadata, encode_change};
use rule_runtime::{Change, RuleSet, UserState};
use serde::Serialize;

use self::files::{ChangesFile, write_members};
use crate::cli::Format;
use crate::command::instant;
use crate::failure::Failure;
use crate::input::Input;
use crate::output::{Align, Output, Table, grouped, peak_memory_bytes};
use crate::platform::{Settings, open_on_kafka, open_recorded};
use crate::replay::{Outcome, Source, Timeline};
use crate::{replay, segments};

const EXAMPLES: &str = "\
Examples:
  audience replay --segments segments.json --events events.ndjson
  audience replay --segments segments.json --events events.ndjson.zst \\
      --traits traits.ndjson --until 2026-01-31 --members members.ndjson
  zcat events.gz | audience replay --segments segments.json --events - --format json
  audience replay --data ./audience-demo --changes changes.ndjson

A segment: {\"id\":\"recent\",\"rules\":{\"expression\":\"DID purchase WITHIN LAST 7 DAYS\"}}
An event:  {\"eventId\":\"e1\",\"userId\":\"ann\",\"eventType\":\"purchase\",
            \"timestamp\":\"2026-01-20T10:00:00Z\",\"properties\":{\"amount\":60}}";

#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// A JSON array of segments, each as POSTed to /api/segments, with an `id`
    #[arg(long, value_name = "FILE", required_unless_present_any = ["data", "brokers"])]
    segments: Option<String>,
    /// `user-events` messages, one a line, in any order; plain, .gz or .zst, or - for stdin
    #[arg(long, value_name = "FILE", required_unless_present_any = ["data", "brokers"])]
    events: Option<String>,
    /// The folder of a platform that is not running: its log with the log's own stamps, definitions
    /// and overrides
    #[arg(long, value_name = "DIR", conflicts_with_all = ["segments", "events", "traits", "until", "schema", "skip_invalid"])]
    data: Option<PathBuf>,
    /// Brokers of a platform on Kafka, as `host:port,host:port`: its log likewise, up to now
    #[arg(long, value_name = "LIST", conflicts_with_all = ["data", "segments", "events", "traits", "until", "schema", "skip_invalid"])]
    brokers: Option<String>,
    /// What stands before the names of its topics
    #[arg(long, value_name = "TEXT", default_value = "", requires = "brokers")]
    topic_prefix: String,
    /// Traits, one `{"userId","traits":{…},"timestamp"?}` a line
    #[arg(long, value_name = "FILE")]
    traits: Option<String>,
    /// The last instant of the run [default: the newest event]
    #[arg(long, value_name = "TS", value_parser = instant)]
    until: Option<i64>,
    /// Where to write who is in at the end, one `{"segmentId","userId"}` a line
    #[arg(long, value_name = "FILE")]
    members: Option<PathBuf>,
    /// Where to write the `user-segments` messages, in time order
    #[arg(long, value_name = "FILE")]
    changes: Option<PathBuf>,
    /// Declared types and computed traits
    #[arg(long, value_name = "FILE")]
    schema: Option<String>,
    /// Leave out lines that cannot be read instead of refusing the file
    #[arg(long)]
    skip_invalid: bool,
    /// How to print the summary
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

pub(crate) fn run(args: &Args, out: &mut Output) -> Result<(), Failure> {
    let files = (args.members.as_deref(), args.changes.as_deref());
    if let Some(data) = &args.data {
        let events = open_recorded(data)?;
        return recorded::run(&*events, files, args.format, out);
    }
    if let Some(brokers) = &args.brokers {
        // How brokers are spoken to is told by the environment.
        let mut config = Settings::serve(None, None)?.config.kafka;
        config.brokers.clone_from(brokers);
        config.topic_prefix.clone_from(&args.topic_prefix);
        let events = open_on_kafka(&config)?;
        return recorded::run(&*events, files, args.format, out);
    }
    let (segments, events) = (args.segments.as_deref(), args.events.as_deref());
    run_files(
        args,
        segments.unwrap_or_default(),
        events.unwrap_or_default(),
        out,
    )
}

fn run_files(args: &Args, file: &str, events: &str, out: &mut Output) -> Result<(), Failure> {
    let started = Instant::now();
    let mut schema = segments::read_schema(args.schema.as_deref())?;
    let file = Input::read(file)?;
    let definitions = segments::read_segments(&file, &mut schema, out.error_style())?;
    segments::warn(&definitions, out.error_style())?;
    let rules = segments::build(&definitions)?;
    let sources = sources(events, args.traits.as_deref())?;
    let (timeline, invalid) = timeline(&sources, args.skip_invalid)?;
    let mut changes = args
        .changes
        .as_deref()
        .map(ChangesFile::create)
        .transpose()?;
    let mut observe = |user: &str, change: &Change, state: &UserState| {
        if let Some(file) = &mut changes {
            file.write(|line| encode(&rules, user, change, state, line));
        }
    };
    let outcome = run_timeline(&rules, &timeline, args.until, &mut observe)?;
    if let Some(file) = changes {
        file.finish()?;
    }
    if let Some(path) = &args.members {
        let members = members(&outcome);
        let members = members.iter();
        let members = members.map(|(segment, user)| (segment_id(&rules, *segment), user.as_str()));
        write_members(path, members)?;
    }
    let summary = Summary::new(&rules, &outcome, invalid, started);
    match args.format {
        Format::Json => out.json(&summary)?,
        Format::Text => summary.print(out)?,
    }
    Ok(())
}

/// Reads the files of facts.
pub(crate) fn sources(events: &str, traits: Option<&str>) -> Result<Vec<Source>, Failure> {
    let traits = traits.map(|path| (path, Body::Traits));
    let files = [(events, Body::Event)].into_iter().chain(traits);
    let sources = files.map(|(path, body)| {
        let input = Input::read(path)?;
        Ok(Source { input, body })
    });
    sources.collect()
}

/// Puts facts in order, and counts the lines left out; without `skip_invalid` one is too many.
pub(crate) fn timeline(
    sources: &[Source],
    skip_invalid: bool,
) -> Result<(Timeline<'_>, u64), Failure> {
    let (timeline, bad) = Timeline::read(sources);
    if bad.count() == 0 {
        return Ok((timeline, 0));
    }
    if !skip_invalid {
        let fix = "nothing was run; mend the lines, or leave them out with --skip-invalid";
        return Err(Failure::new(bad.to_string(), fix));
    }
    writeln!(std::io::stderr(), "{bad}; left out")?;
    Ok((timeline, bad.count()))
}

/// Runs a timeline to its end.
pub(crate) fn run_timeline(
    rules: &std::sync::Arc<RuleSet>,
    timeline: &Timeline<'_>,
    until: Option<i64>,
    observe: &mut replay::Observer<'_>,
) -> Result<Outcome, Failure> {
    match replay::run(rules, timeline, until, observe) {
        Some(outcome) => outcome.map_err(|error| Failure::message(error.to_string())),
        None => Err(no_instant()),
    }
}

/// A run of nothing that ends nowhere.
pub(crate) fn no_instant() -> Failure {
    let message = "there is no event, so the run has no last instant";
    Failure::new(message, "say one with --until")
}

/// The message of a change.
fn encode(
    rules: &RuleSet,
    user: &str,
    change: &Change,
    state: &UserState,
    line: &mut Vec<u8>,
) -> serde_json::Result<()> {
    let metadata = Metadata {
        rule_score: rules.rule_score(state, change.segment),
        latency_ms: 0,
    };
    encode_change(
        user,
        segment_id(rules, change.segment),
        change,
        metadata,
        line,
    )
}

fn segment_id(rules: &RuleSet, segment: u32) -> &str {
    let segment = rules.segments().get(segment as usize);
    segment.map_or("", |segment| &*segment.id)
}

/// Everybody who is in at the end, by segment in the order of the file, then by user id.
fn members(outcome: &Outcome) -> Vec<(u32, String)> {
    let mut members = vec![];
    outcome.population.for_each_member(&mut |segment, user| {
        members.push((segment, user.to_owned()));
    });
    members.sort_unstable();
    members
}

/// What a run came to, for people and scripts.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Summary {
    events: u64,
    duplicates: u64,
    invalid: u64,
    after_until: u64,
    users: usize,
    from: String,
    until: String,
    wall_seconds: f64,
    events_per_second: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    peak_memory_bytes: Option<u64>,
    segments: Vec<SegmentSummary>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct SegmentSummary {
    segment_id: String,
    members: u64,
    entered: u64,
    left: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    not_compiled: Option<String>,
}

impl Summary {
    fn new(rules: &RuleSet, outcome: &Outcome, invalid: u64, started: Instant) -> Self {
        let wall_seconds = started.elapsed().as_secs_f64();
        let (from, until) = outcome.span;
        let not_compiled = rules.not_compiled();
        let counts = outcome.entered.iter().zip(&outcome.left);
        let segments = rules.segments().iter().zip(0..).zip(counts);
        let segments = segments.map(|((segment, index), (entered, left))| SegmentSummary {
            segment_id: segment.id.to_string(),
            members: outcome.population.size(index),
            entered: *entered,
            left: *left,
            not_compiled: not_compiled
                .iter()
                .find(|(id, _)| *id == &*segment.id)
                .map(|(_, reason)| reason.clone()),
        });
        Self {
            events: outcome.facts,
            duplicates: outcome.duplicates,
            invalid,
            after_until: outcome.after_until,
            users: outcome.population.users(),
            from: rulelang::time::format_timestamp(from),
            until: rulelang::time::format_timestamp(until),
            wall_seconds,
            events_per_second: (outcome.facts as f64 / wall_seconds.max(1e-9)) as u64,
            peak_memory_bytes: peak_memory_bytes(),
            segments: segments.collect(),
        }
    }

    fn print(&self, out: &mut Output) -> std::io::Result<()> {
        let style = out.style();
        let events = style.bold(&grouped(self.events));
        let users = style.bold(&grouped(self.users as u64));
        writeln!(
            out,
            "{events} events of {users} users, {} to {}",
            self.from, self.until
        )?;
        let rate = grouped(self.events_per_second);
        let memory = self.peak_memory_bytes.map_or_else(String::new, |bytes| {
            format!(", {} MB at most", bytes.div_ceil(1_000_000))
        });
        writeln!(out, "{:.2} s, {rate} events/s{memory}", self.wall_seconds)?;
        let left_out = [
            (self.duplicates, "duplicate"),
            (self.invalid, "unreadable"),
            (self.after_until, "after the end"),
        ];
        for (count, why) in left_out.iter().filter(|(count, _)| *count > 0) {
            writeln!(out, "{} left out: {why}", grouped(*count))?;
        }
        writeln!(out)?;
        let columns = ["members", "entered", "left"].map(|name| (name, Align::Right));
        let mut table = Table::new(&[&[("segment", Align::Left)], columns.as_slice()].concat());
        for segment in &self.segments {
            let counts = [segment.members, segment.entered, segment.left].map(grouped);
            table.row([segment.segment_id.clone()].into_iter().chain(counts));
        }
        table.print("", style, out)?;
        for segment in &self.segments {
            if let Some(reason) = &segment.not_compiled {
                let id = &segment.segment_id;
                writeln!(
                    out,
                    "{} `{id}` runs interpreted: {reason}",
                    style.yellow("note:")
                )?;
            }
        }
        Ok(())
    }
}
