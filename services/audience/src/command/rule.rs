//! `audience rule …`: one file a subcommand.

mod check;
mod eval;
mod explain;
mod fmt;
mod json;
mod lsp;
mod names;
mod why;

use std::collections::BTreeSet;
use std::io::Write;
use std::path::Path;

use clap::Subcommand;
use kit::rule_report::InvalidRule;
use kit::rules::{Finding, RuleSource};
pub(crate) use names::{ListArgs, ParameterArgs};
use rulelang::Diagnostics;

use crate::cli::Format;
use crate::failure::Failure;
use crate::input::Input;
use crate::output::{Output, Style, note};
use crate::segments::render;

#[derive(Debug, Subcommand)]
pub(crate) enum RuleCommand {
    /// Say what is wrong with a rule, and what it reads
    Check(check::Args),
    /// Say more of a code such as E0201: rules that have the mistake, and the same rules mended
    Why(why::Args),
    /// Print a rule's canonical text
    Fmt(fmt::Args),
    /// Print a rule's JSON form
    Json(json::Args),
    /// Show which conditions of a rule hold for given values
    Explain(explain::Args),
    /// Evaluate a rule, or a file of cases
    Eval(eval::Args),
    /// Help editors: a language server on standard input and output
    Lsp(lsp::Args),
}

impl RuleCommand {
    pub(crate) fn run(self, out: &mut Output) -> Result<(), Failure> {
        match self {
            Self::Check(args) => check::run(&args, out),
            Self::Why(args) => why::run(&args, out),
            Self::Fmt(args) => fmt::run(&args, out),
            Self::Json(args) => json::run(&args, out),
            Self::Explain(args) => explain::run(&args, out),
            Self::Eval(args) => eval::run(&args, out),
            Self::Lsp(args) => lsp::run(&args, out),
        }
    }
}

/// Where a rule comes from.
#[derive(Debug, clap::Args)]
#[group(required = true, multiple = false)]
pub(crate) struct RuleArg {
    /// The rule, as text or, where it starts with `{`, in its JSON form; - reads standard input
    #[arg(value_name = "EXPR", allow_hyphen_values = true)]
    expr: Option<String>,
    /// Read the rule from a file
    #[arg(long, value_name = "FILE")]
    file: Option<String>,
}

impl RuleArg {
    /// The rule as written.
    pub(crate) fn text(&self, style: Style) -> Result<String, Failure> {
        rule_text(self.expr.as_deref(), self.file.as_deref(), style)
    }
}

/// The rule as written: `expr` itself, or what a file or standard input (`-`) holds. Where `expr`
/// names a file, standard error says how to read that.
fn rule_text(expr: Option<&str>, file: Option<&str>, style: Style) -> Result<String, Failure> {
    let Some(expr) = expr.filter(|expr| *expr != "-") else {
        return Ok(Input::read(file.unwrap_or("-"))?.text()?.to_owned());
    };
    if Path::new(expr).is_file() {
        let hint = format!("there is a file `{expr}`; to read it: --file {expr}");
        note(&hint, style)?;
    }
    Ok(expr.to_owned())
}

/// Tells what is wrong with a rule.
fn refuse(
    diagnostics: &Diagnostics,
    source: &RuleSource,
    format: Format,
    out: &mut Output,
) -> Result<(), Failure> {
    match format {
        Format::Json => out.json(&InvalidRule::new(diagnostics, source))?,
        Format::Text => write!(
            std::io::stderr(),
            "{}{}",
            render(diagnostics, source, out.error_style()),
            more(&[&source.report(diagnostics)])
        )?,
    }
    Err(Failure::Reported)
}

/// Where there is more to read of what was found.
fn more(found: &[&[Finding]]) -> String {
    let findings = found.iter().copied().flatten();
    more_of(findings.map(|finding| finding.code))
}

/// Where there is more to read of these codes.
pub(crate) fn more_of<'a>(codes: impl Iterator<Item = &'a str>) -> String {
    let codes: BTreeSet<&str> = codes.collect();
    let commands = codes
        .iter()
        .map(|code| format!("`audience rule why {code}`"));
    match commands.collect::<Vec<_>>().as_slice() {
        [] => String::new(),
        commands => format!("\nmore: {}\n", commands.join(", ")),
    }
}

/// Reads a rule in either form; what is wrong is told.
fn read(text: &str, format: Format, out: &mut Output) -> Result<RuleSource, Failure> {
    match RuleSource::from_either(text) {
        Ok(source) => Ok(source),
        Err(diagnostics) => {
            refuse(&diagnostics, &RuleSource::default(), format, out)?;
            Err(Failure::Reported)
        }
    }
}
