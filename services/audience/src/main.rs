//! The one binary: rules, replays, queries and the demo on the command line.

#![forbid(unsafe_code)]

mod cli;
mod client;
mod command;
mod demo;
mod evaluation;
mod explain;
mod export;
mod failure;
mod import;
mod input;
mod language_server;
mod output;
mod platform;
mod progress;
mod replay;
mod segments;
mod status;

use std::process::ExitCode;

use clap::Parser;

/// Owners make and drop many small things; the system's allocator took a quarter of their time.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let mut out = output::Output::new();
    let result = cli::Cli::parse().run(&mut out);
    match result.and_then(|()| Ok(std::io::Write::flush(&mut out)?)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report(&mut out),
    }
}
