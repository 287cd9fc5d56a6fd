//! `audience rule lsp`.

use std::io;

use super::names::{ListArgs, ParameterArgs};
use crate::failure::Failure;
use crate::input::Input;
use crate::language_server::{End, LanguageServer};
use crate::output::Output;
use crate::segments::{read_schema, read_segments};

const HELP: &str = "\
An editor starts this by itself and speaks the Language Server Protocol with it, over standard input and
output, about files that hold one rule each. It tells mistakes as they are written, with the changes
that mend them, completes what fits where somebody writes, tells types and meanings under the pointer,
and writes rules in their canonical form.

docs/editors.md says how to set up editors.";

#[derive(Debug, clap::Args)]
#[command(after_help = HELP)]
pub(crate) struct Args {
    /// Declared types and computed traits
    #[arg(long, value_name = "FILE")]
    schema: Option<String>,
    /// Segments that rules may name, as `replay` takes them; their rules declare types too
    #[arg(long, value_name = "FILE")]
    segments: Option<String>,
    #[command(flatten)]
    parameters: ParameterArgs,
    #[command(flatten)]
    lists: ListArgs,
}

pub(crate) fn run(args: &Args, out: &mut Output) -> Result<(), Failure> {
    let mut schema = read_schema(args.schema.as_deref())?;
    if let Some(path) = &args.segments {
        read_segments(&Input::read(path)?, &mut schema, out.error_style())?;
    }
    args.lists.declare(&mut schema)?;
    schema.parameters = args.parameters.read()?;
    let mut server = LanguageServer::new(schema);
    match server.serve(&mut io::stdin().lock(), out)? {
        End::Agreed => Ok(()),
        End::Abrupt => Err(Failure::message(
            "the editor went away without a word".to_owned(),
        )),
    }
}
