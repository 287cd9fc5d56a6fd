//! `audience rule fmt`.

use std::io::Write;

use super::{RuleArg, read, refuse};
use crate::cli::Format;
use crate::failure::Failure;
use crate::output::Output;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    rule: RuleArg,
}

pub(crate) fn run(args: &Args, out: &mut Output) -> Result<(), Failure> {
    let source = read(&args.rule.text()?, Format::Text, out)?;
    match source.parse() {
        Ok(expr) => Ok(writeln!(out, "{}", rulelang::format(&expr))?),
        Err(diagnostics) => refuse(&diagnostics, &source, Format::Text, out),
    }
}
