//! `audience completions SHELL`.

use std::io::Write;

use clap::CommandFactory;
use clap_complete::Shell;

use crate::failure::Failure;
use crate::output::Output;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The shell
    shell: Shell,
}

pub(crate) fn run(args: &Args, out: &mut Output) -> Result<(), Failure> {
    let mut script = vec![];
    let mut command = crate::cli::Cli::command();
    clap_complete::generate(args.shell, &mut command, "audience", &mut script);
    Ok(out.write_all(&script)?)
}
