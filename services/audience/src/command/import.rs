//! `audience import`.

use std::io::Write;
use std::path::PathBuf;

use serde::Serialize;

use crate::cli::Format;
use crate::client::KeyArg;
use crate::failure::Failure;
use crate::import::{Counts, Import, Mapping};
use crate::output::{Output, grouped};

const EXAMPLES: &str = "\
Examples:
  audience import --events segment-export.ndjson.gz
  audience import --mapping cloudevents --events events.ndjson --url http://localhost:8082
  audience import --mapping shop.json --events orders.ndjson.zst

A run that ends early goes on where it ended when the same command runs again. Mappings are explained
in docs/import.md. Exit code 1 if records were rejected.";

#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// JSON records, one a line; plain, .gz or .zst
    #[arg(long, value_name = "FILE")]
    events: String,
    /// What records are: segment, rudderstack, cloudevents, or a file
    #[arg(long, value_name = "NAME", default_value = "segment")]
    mapping: String,
    /// Where ingestion of a running platform is
    #[arg(long, value_name = "URL", default_value = "http://localhost:30082")]
    url: String,
    #[command(flatten)]
    key: KeyArg,
    /// Where it is kept how far the import is [default: FILE.import.json]
    #[arg(long, value_name = "FILE")]
    progress: Option<PathBuf>,
    /// Where records go that cannot be used [default: FILE.rejected.ndjson]
    #[arg(long, value_name = "FILE")]
    rejected: Option<PathBuf>,
    /// Begin at the first line, whatever was imported before
    #[arg(long)]
    restart: bool,
    /// How to answer
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Answer<'a> {
    #[serde(flatten)]
    counts: Counts,
    rejected_to: &'a str,
}

pub(crate) fn run(args: &Args, out: &mut Output) -> Result<(), Failure> {
    let beside = |ending: &str| PathBuf::from(format!("{}.{ending}", args.events));
    let import = Import {
        events: args.events.clone(),
        mapping: Mapping::read(&args.mapping)?,
        url: args.url.clone(),
        key: args.key.clone(),
        progress: args
            .progress
            .clone()
            .unwrap_or_else(|| beside("import.json")),
        rejected: args
            .rejected
            .clone()
            .unwrap_or_else(|| beside("rejected.ndjson")),
        restart: args.restart,
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let counts = runtime.block_on(crate::import::run(&import))?;
    let rejected_to = import.rejected.display().to_string();
    print(counts, &rejected_to, args.format, out)?;
    if counts.rejected > 0 {
        return Err(Failure::Reported);
    }
    Ok(())
}

fn print(
    counts: Counts,
    rejected_to: &str,
    format: Format,
    out: &mut Output,
) -> Result<(), Failure> {
    if format == Format::Json {
        return Ok(out.json(&Answer {
            counts,
            rejected_to,
        })?);
    }
    let style = out.style();
    let lines = grouped(counts.lines);
    let accepted = style.bold(&grouped(counts.accepted));
    let (duplicates, ignored) = (grouped(counts.duplicates), grouped(counts.ignored));
    writeln!(
        out,
        "{lines} lines: {accepted} facts accepted, {duplicates} known already, {ignored} ignored"
    )?;
    if counts.rejected > 0 {
        let rejected = style.red(&grouped(counts.rejected));
        writeln!(out, "{rejected} records rejected: {rejected_to} says why")?;
    }
    Ok(())
}
