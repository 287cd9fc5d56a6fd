//! `audience rule explain`.

use std::io::Write;

use kit::evaluation::prepare;
use kit::explanation::ExplainedRule;

use super::eval::{self, Given};
use super::{RuleArg, read, refuse};
use crate::cli::Format;
use crate::explain::print_tree;
use crate::failure::Failure;
use crate::output::Output;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    rule: RuleArg,
    #[command(flatten)]
    given: Given,
    /// How to answer
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

pub(crate) fn run(args: &Args, out: &mut Output) -> Result<(), Failure> {
    let source = read(&args.rule.text(out.error_style())?, args.format, out)?;
    let source = source.with_parameters(args.given.parameters.read()?);
    let (known, schema) = eval::known(&args.given)?;
    let prepared = match prepare(&source, known, schema) {
        Ok(prepared) => prepared,
        Err(diagnostics) => return refuse(&diagnostics, &source, args.format, out),
    };
    let explained = ExplainedRule::new(&prepared.rule, &prepared.facts, prepared.now);
    match args.format {
        Format::Json => out.json(&explained)?,
        Format::Text => {
            let style = out.style();
            print_tree(&explained.explanation, "", style, out)?;
            if let Some(next_change) = &explained.next_change {
                writeln!(out, "{next_change}.")?;
            }
        }
    }
    Ok(())
}
