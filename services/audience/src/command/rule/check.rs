//! `audience rule check`.

use std::fmt::Write as _;
use std::io::Write;

use kit::rule_cost::CostReport;
use kit::rule_report::RuleReport;
use kit::rules::RuleSource;
use rulelang::time::DAY_MS;
use rulelang::{Checked, Expected};

use super::names::{ListArgs, ParameterArgs};
use super::{RuleArg, more, read, refuse};
use crate::cli::Format;
use crate::failure::Failure;
use crate::output::{Output, grouped};
use crate::segments::{read_schema, render};

const HELP: &str = "\
Of a rule that is right it says, line by line: its canonical text; what it means in plain English; the
fields, with their types, the events and the segments that it reads; what keeping it live costs. What
it warns of stands before that.

Examples:
  audience rule check \"country != 'US' AND DID purchase WITHIN LAST 7 DAYS\"
  audience rule check --file my.rule --schema schema.json";

#[derive(Debug, clap::Args)]
#[command(after_help = HELP)]
pub(crate) struct Args {
    #[command(flatten)]
    rule: RuleArg,
    /// Declared types and computed traits
    #[arg(long, value_name = "FILE")]
    schema: Option<String>,
    #[command(flatten)]
    parameters: ParameterArgs,
    #[command(flatten)]
    lists: ListArgs,
    /// How to answer
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

pub(crate) fn run(args: &Args, out: &mut Output) -> Result<(), Failure> {
    let mut schema = read_schema(args.schema.as_deref())?;
    args.lists.declare(&mut schema)?;
    let parameters = args.parameters.read()?;
    let source =
        read(&args.rule.text(out.error_style())?, args.format, out)?.with_parameters(parameters);
    match source.check(&schema, Expected::Condition) {
        Err(diagnostics) => refuse(&diagnostics, &source, args.format, out),
        Ok(checked) => accept(&checked, &source, args.format, out),
    }
}

fn accept(
    checked: &Checked,
    source: &RuleSource,
    format: Format,
    out: &mut Output,
) -> Result<(), Failure> {
    let report = RuleReport::new(checked, source);
    if format == Format::Json {
        return Ok(out.json(&report)?);
    }
    let style = out.style();
    write!(out, "{}", render(&checked.warnings, source, style))?;
    writeln!(out, "{}  {}", style.green("ok"), report.expression)?;
    for line in report.description.lines() {
        writeln!(out, "    {line}")?;
    }
    for (name, text) in rows(&report) {
        writeln!(out, "    {}  {text}", style.dim(&format!("{name:<8}")))?;
    }
    Ok(write!(
        out,
        "{}",
        more(&[&report.diagnostics, &report.not_live])
    )?)
}

/// What a rule reads and takes, a name and a text each.
fn rows(report: &RuleReport) -> Vec<(&'static str, String)> {
    let fields = report
        .fields
        .iter()
        .map(|field| format!("{}: {}", field.name, field.ty));
    let rows = [
        ("fields", fields.collect::<Vec<_>>()),
        ("events", report.events.clone()),
        ("segments", report.segments.clone()),
    ];
    let mut rows: Vec<_> = rows
        .into_iter()
        .filter(|(_, items)| !items.is_empty())
        .map(|(name, items)| (name, items.join(", ")))
        .collect();
    let not_live = report.not_live.first();
    rows.extend(not_live.map(|found| ("live", format!("no: {}", found.message))));
    rows.extend(report.cost.iter().map(|cost| ("costs", costs(cost))));
    rows
}

/// `about 3 ns per evaluation and 250 bytes a user, 8 bytes for each purchase, kept for 30 days`
fn costs(cost: &CostReport) -> String {
    let mut text = format!(
        "about {} ns per evaluation and {} bytes a user",
        cost.nanoseconds.ceil(),
        grouped(cost.user_bytes as u64)
    );
    for kept in &cost.kept_events {
        let event = match kept.event.as_str() {
            "*" => "event",
            named => named,
        };
        let lasts = kept.milliseconds.map(rounded_duration);
        let time = lasts.map_or_else(|| "for ever".to_owned(), |lasts| format!("for {lasts}"));
        let bytes = kept.event_bytes;
        let _ = write!(text, ", {bytes} bytes for each {event}, kept {time}");
    }
    if let Some(why) = &cost.not_compiled {
        let _ = write!(text, "; interpreted: {why}");
    }
    text
}

/// `30 days`; `about 35 days` where it is two days or more and no whole number of them, as of
/// windows of the calendar, which last as long as the longest of their kind and some hours.
fn rounded_duration(milliseconds: i64) -> String {
    let days = milliseconds.saturating_add(DAY_MS / 2) / DAY_MS;
    if milliseconds >= 2 * DAY_MS && milliseconds % DAY_MS != 0 {
        return format!("about {days} days");
    }
    rulelang::english_duration(milliseconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_rounded_where_nobody_counts_hours() {
        const HOUR_MS: i64 = DAY_MS / 24;
        assert_eq!(rounded_duration(30 * DAY_MS), "30 days");
        assert_eq!(rounded_duration(832 * HOUR_MS), "about 35 days");
        assert_eq!(rounded_duration(52 * HOUR_MS), "about 2 days");
        assert_eq!(rounded_duration(36 * HOUR_MS), "36 hours");
    }
}
