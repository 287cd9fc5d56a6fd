//! `audience rule explain`.

use kit::wire::value_to_json;
use serde::Serialize;

use super::eval::{self, Given};
use super::{RuleArg, read, refuse};
use crate::cli::Format;
use crate::evaluation::{EvaluationError, prepare};
use crate::explain::{Condition, explain, print_tree};
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

#[derive(Debug, Serialize)]
struct Answer {
    value: serde_json::Value,
    expression: String,
    explanation: Condition,
}

pub(crate) fn run(args: &Args, out: &mut Output) -> Result<(), Failure> {
    let source = read(&args.rule.text()?, args.format, out)?;
    let (known, schema) = eval::known(&args.given)?;
    let prepared = match prepare(&source, known, schema) {
        Ok(prepared) => prepared,
        Err(EvaluationError::Rule(diagnostics)) => {
            return refuse(&diagnostics, &source, args.format, out);
        }
        Err(error) => return Err(Failure::message(error.to_string())),
    };
    let explanation = explain(&prepared.rule, &prepared.facts, prepared.now);
    let value = prepared.interpret();
    match args.format {
        Format::Json => out.json(&Answer {
            value: value_to_json(&value),
            expression: rulelang::format(&prepared.rule.ast),
            explanation,
        })?,
        Format::Text => {
            let style = out.style();
            print_tree(&explanation, "", style, out)?;
        }
    }
    Ok(())
}
