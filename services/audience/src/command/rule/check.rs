//! `audience rule check`.

use std::collections::BTreeSet;
use std::io::Write;

use kit::rules::{Finding, RuleSource};
use rulelang::rule::{NodeKind, Window};
use rulelang::{Checked, Expected, Rule};
use serde::Serialize;

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
    /// How to answer
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

pub(crate) fn run(args: &Args, out: &mut Output) -> Result<(), Failure> {
    let schema = read_schema(args.schema.as_deref())?;
    let source = read(&args.rule.text()?, args.format, out)?;
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
    let report = Report::new(checked, source);
    if format == Format::Json {
        return Ok(out.json(&report)?);
    }
    let style = out.style();
    write!(out, "{}", render(&checked.warnings, source, style))?;
    writeln!(out, "{}  {}", style.green("ok"), report.expression)?;
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

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Report {
    valid: bool,
    expression: String,
    rules: serde_json::Value,
    #[serde(rename = "type")]
    ty: String,
    fields: Vec<FieldReport>,
    events: Vec<String>,
    segments: Vec<String>,
    time_dependent: bool,
    diagnostics: Vec<Finding>,
}

#[derive(Debug, Serialize)]
struct FieldReport {
    name: String,
    #[serde(rename = "type")]
    ty: String,
}

impl Report {
    fn new(checked: &Checked, source: &RuleSource) -> Self {
        let rule = &checked.rule;
        let fields = rule.fields.iter().map(|field| FieldReport {
            name: field.name.to_string(),
            ty: field.ty.to_string(),
        });
        let events = rule.aggregates.iter().map(|aggregate| {
            let event = aggregate.event.as_deref();
            event.unwrap_or("*").to_owned()
        });
        Self {
            valid: true,
            expression: rulelang::format(&rule.ast),
            rules: rulelang::json::to_json(&rule.ast),
            ty: rule.root.ty.to_string(),
            fields: fields.collect(),
            events: events.collect::<BTreeSet<_>>().into_iter().collect(),
            segments: rule.segments.clone(),
            time_dependent: is_time_dependent(rule),
            diagnostics: source.report(&checked.warnings),
        }
    }
}

/// Whether the answer can change without a fact, other segments aside.
fn is_time_dependent(rule: &Rule) -> bool {
    let mut found = rule
        .aggregates
        .iter()
        .any(|aggregate| aggregate.window != Window::AllTime);
    rule.root.walk(&mut |node| {
        found |= matches!(node.kind, NodeKind::Now | NodeKind::Time { .. });
    });
    found
}
