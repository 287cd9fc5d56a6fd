//! `audience rule json`.

use super::names::ParameterArgs;
use super::{RuleArg, read, refuse};
use crate::cli::Format;
use crate::failure::Failure;
use crate::output::Output;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    rule: RuleArg,
    #[command(flatten)]
    parameters: ParameterArgs,
}

pub(crate) fn run(args: &Args, out: &mut Output) -> Result<(), Failure> {
    let source = read(&args.rule.text(out.error_style())?, Format::Text, out)?;
    let source = source.with_parameters(args.parameters.read()?);
    match source.parse() {
        Ok(expr) => Ok(out.json(&source.beside_parameters(rulelang::json::to_json(&expr)))?),
        Err(diagnostics) => refuse(&diagnostics, &source, Format::Text, out),
    }
}
