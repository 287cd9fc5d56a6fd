//! `audience segment …`.

mod members;
mod query;

use clap::Subcommand;

use crate::failure::Failure;
use crate::output::Output;

#[derive(Debug, Subcommand)]
pub(crate) enum SegmentCommand {
    /// How many users of recorded events match a rule, or who
    Query(query::Args),
    /// The members of a segment of a running platform, as NDJSON, CSV or Parquet
    Members(members::Args),
}

impl SegmentCommand {
    pub(crate) fn run(self, out: &mut Output) -> Result<(), Failure> {
        match self {
            Self::Query(args) => query::run(&args, out),
            Self::Members(args) => members::run(&args, out),
        }
    }
}
