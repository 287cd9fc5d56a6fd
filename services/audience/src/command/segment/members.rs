//! `audience segment members`.

use std::io::{IsTerminal, Write};
use std::path::PathBuf;

use clap::ValueEnum;

use crate::client::{KeyArg, MemberPages};
use crate::export::{Csv, MemberSink, Ndjson, Parquet};
use crate::failure::Failure;
use crate::output::{AtomicFile, Output, grouped};

const EXAMPLES: &str = "\
Examples:
  audience segment members vip
  audience segment members vip --format csv --out vip.csv
  audience segment members vip --format parquet --out vip.parquet --url http://localhost:8081

Members who enter or leave while it runs may be in it or not; everybody else is in it once.";

#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// The segment
    #[arg(value_name = "ID")]
    segment: String,
    /// Where segment-api, or the console, of a running platform is
    #[arg(long, value_name = "URL", default_value = "http://localhost:30081")]
    url: String,
    #[command(flatten)]
    key: KeyArg,
    /// How the members are written
    #[arg(long, value_enum, default_value_t)]
    format: MemberFormat,
    /// The file to write; it is there whole or not at all [default: standard output]
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
enum MemberFormat {
    /// `{"userId","since","reason"}` a line
    #[default]
    Ndjson,
    /// With a header
    Csv,
    /// Columns of text, and of instants in UTC milliseconds
    Parquet,
}

impl MemberFormat {
    fn sink<'a>(self, to: impl Write + Send + 'a) -> Result<Box<dyn MemberSink + 'a>, Failure> {
        Ok(match self {
            Self::Ndjson => Box::new(Ndjson::new(to)),
            Self::Csv => Box::new(Csv::new(to)?),
            Self::Parquet => Box::new(Parquet::new(to)?),
        })
    }
}

pub(super) fn run(args: &Args, out: &mut Output) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let Some(path) = &args.out else {
        if args.format == MemberFormat::Parquet && std::io::stdout().is_terminal() {
            let message = "Parquet is nothing to read on a terminal";
            return Err(Failure::new(message, "name a file with --out"));
        }
        // Not through `out`: it holds standard output for this thread, and a sink may move.
        let sink = args.format.sink(std::io::stdout())?;
        return runtime.block_on(write(args, sink)).map(drop);
    };
    let failed = |error: std::io::Error| {
        Failure::message(format!("cannot write `{}`: {error}", path.display()))
    };
    let mut file = AtomicFile::create(path).map_err(failed)?;
    let count = runtime.block_on(write(args, args.format.sink(&mut file)?))?;
    file.finish().map_err(failed)?;
    let count = out.style().bold(&grouped(count));
    writeln!(
        out,
        "{count} members of {} in {}",
        args.segment,
        path.display()
    )?;
    Ok(())
}

/// How many were written.
async fn write(args: &Args, mut sink: Box<dyn MemberSink + '_>) -> Result<u64, Failure> {
    let http = args.key.client()?.build().unwrap_or_default();
    let (mut pages, mut count) = (MemberPages::new(&args.segment), 0);
    let url = args.url.trim_end_matches('/');
    while let Some(members) = pages.next(&http, url).await? {
        count += members.len() as u64;
        sink.write(members)?;
    }
    sink.finish()?;
    Ok(count)
}
