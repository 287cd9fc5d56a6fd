//! Writes the load of the throughput figure: `segments.json` and `events.ndjson`.
#![forbid(unsafe_code)]

use std::fs::{self, File};
use std::io::{BufWriter, IsTerminal, Write};
use std::path::PathBuf;
use std::time::Instant;

use anyhow::Context;
use benches::generator::{Events, segments_json};
use clap::Parser;

/// Writes the load of the throughput figure.
#[derive(Debug, Parser)]
struct Options {
    /// How many events.
    #[arg(long, default_value_t = 10_000_000)]
    events: u64,
    /// The folder that gets segments.json and events.ndjson.
    #[arg(long)]
    out: PathBuf,
}

fn main() -> anyhow::Result<()> {
    let options = Options::parse();
    fs::create_dir_all(&options.out)
        .with_context(|| format!("cannot make `{}`", options.out.display()))?;
    fs::write(options.out.join("segments.json"), segments_json())?;
    let mut file =
        BufWriter::with_capacity(1 << 20, File::create(options.out.join("events.ndjson"))?);
    let mut progress = Progress::new(options.events);
    let mut line = Vec::with_capacity(512);
    for event in Events::new(options.events) {
        line.clear();
        event.write_json(&mut line);
        file.write_all(&line)?;
        progress.tick();
    }
    file.flush()?;
    progress.finish();
    Ok(())
}

/// One line on a terminal that is written over; a line now and then elsewhere.
struct Progress {
    begin: Instant,
    done: u64,
    total: u64,
    end_of_line: &'static str,
}

impl Progress {
    const EVERY: u64 = 500_000;

    fn new(total: u64) -> Self {
        let is_terminal = std::io::stderr().is_terminal();
        Self {
            begin: Instant::now(),
            done: 0,
            total,
            end_of_line: if is_terminal { "\r" } else { "\n" },
        }
    }

    fn tick(&mut self) {
        self.done += 1;
        if self.done.is_multiple_of(Self::EVERY) {
            eprint!("{}{}", self.line(), self.end_of_line);
        }
    }

    fn finish(&self) {
        eprintln!("{}", self.line());
    }

    fn line(&self) -> String {
        let rate = self.done as f64 / self.begin.elapsed().as_secs_f64() / 1e6;
        format!(
            "{} of {} events, {rate:.2} million a second",
            self.done, self.total
        )
    }
}
