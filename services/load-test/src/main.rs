//! Drives a running platform over HTTP, as its users would, and reports what it saw: delays from the
//! sending of an event to the change of membership that it caused, throughput, memory.
//!
//! Each command prints one JSON object; `benches/README.md` says how the figures are taken.

#![forbid(unsafe_code)]
#![expect(
    clippy::indexing_slicing,
    reason = "a key that a JSON answer lacks reads as null"
)]
#![expect(clippy::print_stdout, reason = "a program that prints its results")]

mod backfill;
mod changes;
mod client;
mod delays;
mod events;
mod ingest;
mod pace;
mod preview;
mod process;
mod profiles;
mod soak;

use clap::{Parser, Subcommand};

/// Drives a running platform over HTTP and reports what it saw.
#[derive(Debug, Parser)]
#[command(version)]
struct Cli {
    #[command(flatten)]
    target: client::Target,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Sends events at a steady rate and measures how long their changes take
    Soak(soak::Args),
    /// Sends batches as fast as they are accepted
    Ingest(ingest::Args),
    /// Makes many users known
    Profiles(profiles::Args),
    /// Tries rules on everybody and times the answers
    Preview(preview::Args),
    /// Creates a segment under live traffic and times its backfill
    Backfill(backfill::Args),
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let Cli { target, command } = Cli::parse();
    let client = client::Client::new(&target)?;
    let report = match command {
        Command::Soak(args) => soak::run(&client, &args).await?,
        Command::Ingest(args) => ingest::run(&client, &args).await?,
        Command::Profiles(args) => profiles::run(&client, &args).await?,
        Command::Preview(args) => preview::run(&client, &args).await?,
        Command::Backfill(args) => backfill::run(&client, &args).await?,
    };
    println!("{}", serde_json::to_string_pretty(&report)?);
    Ok(())
}
