//! `audience rule check`.

use std::io::Write;

use kit::rule_report::RuleReport;
use kit::rules::RuleSource;
use rulelang::{Checked, Expected};

use super::names::{ListArgs, ParameterArgs};
use super::{RuleArg, read, refuse};
use crate::cli::Format;
use crate::failure::Failure;
use crate::output::Output;
use crate::segments::{read_schema, render};

#[derive(Debug, clap::Args)]
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
    let source = read(&args.rule.text()?, args.format, out)?.with_parameters(parameters);
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
    let fields = report
        .fields
        .iter()
        .map(|field| format!("{}: {}", field.name, field.ty));
    let rows = [
        ("fields", fields.collect::<Vec<_>>()),
        ("events", report.events.clone()),
        ("segments", report.segments.clone()),
    ];
    for (name, items) in rows.iter().filter(|(_, items)| !items.is_empty()) {
        writeln!(out, "    {} {}", style.dim(name), items.join(", "))?;
    }
    Ok(())
}
