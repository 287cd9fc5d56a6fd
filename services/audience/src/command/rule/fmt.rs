//! `audience rule fmt`.

use std::io::Write;

use kit::rules::{Parameters, RuleSource};
use kit::wire::value_to_json;

use super::{RuleArg, read, refuse};
use crate::cli::Format;
use crate::failure::Failure;
use crate::language_server::has_comment;
use crate::output::{Output, note};

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    rule: RuleArg,
}

pub(crate) fn run(args: &Args, out: &mut Output) -> Result<(), Failure> {
    let source = read(&args.rule.text(out.error_style())?, Format::Text, out)?;
    let expr = match source.parse() {
        Ok(expr) => expr,
        Err(diagnostics) => return refuse(&diagnostics, &source, Format::Text, out),
    };
    writeln!(out, "{}", rulelang::format(&expr))?;
    for left_out in left_out(&source) {
        note(&left_out, out.error_style())?;
    }
    Ok(())
}

/// What the canonical text does not say of what was handed in.
fn left_out(source: &RuleSource) -> Vec<String> {
    let mut notes = vec![];
    if has_comment(&source.text) {
        let comments = "the comments are left out: the formatted rule has no place for them";
        notes.push(comments.to_owned());
    }
    if !source.parameters.is_empty() {
        let options = options(&source.parameters);
        notes.push(format!(
            "the text leaves out the values of parameters; to give them: {options}"
        ));
    }
    notes
}

/// The values as a shell takes them.
fn options(parameters: &Parameters) -> String {
    let options = parameters.iter().map(|(name, value)| {
        let value = value_to_json(value).to_string().replace('\'', r"'\''");
        format!("--param '{name}={value}'")
    });
    options.collect::<Vec<_>>().join(" ")
}
