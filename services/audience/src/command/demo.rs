//! `audience demo`.

use crate::failure::Failure;
use crate::output::Output;

#[derive(Debug, Default, clap::Args)]
pub(crate) struct Args {
    /// Stop after the summary
    #[arg(long)]
    exit: bool,
}

pub(crate) fn run(args: &Args, out: &mut Output) -> Result<(), Failure> {
    let _ = (args, out);
    Ok(())
}
