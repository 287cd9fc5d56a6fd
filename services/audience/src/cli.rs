//! The commands and how they are called.

use clap::{Parser, Subcommand, ValueEnum};

use crate::command::{completions, demo, replay, rule, segment};
use crate::failure::Failure;
use crate::output::Output;

const AFTER_HELP: &str = "\
Exit codes: 0 success, 1 the rule or the input is wrong, 2 wrong usage.
NO_COLOR turns colours off. Without a command, the demo runs.";

/// Audience segments by rule: check rules, replay events, see who is in and why.
#[derive(Debug, Parser)]
#[command(version, after_help = AFTER_HELP)]
pub(crate) struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Check, format, convert, evaluate and explain rules
    #[command(subcommand)]
    Rule(rule::RuleCommand),
    /// Run recorded events through segments on a virtual clock
    Replay(replay::Args),
    /// Ask questions about segments
    #[command(subcommand)]
    Segment(segment::SegmentCommand),
    /// Run 69,659 real purchases through telling segments
    Demo(demo::Args),
    /// Print a shell's completions
    Completions(completions::Args),
}

/// How a command answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum Format {
    /// For people
    #[default]
    Text,
    /// For scripts
    Json,
}

impl Cli {
    /// Runs the command.
    pub(crate) fn run(self, out: &mut Output) -> Result<(), Failure> {
        match self.command {
            Some(Command::Rule(command)) => command.run(out),
            Some(Command::Replay(args)) => replay::run(&args, out),
            Some(Command::Segment(command)) => command.run(out),
            Some(Command::Demo(args)) => demo::run(&args, out),
            Some(Command::Completions(args)) => completions::run(&args, out),
            None => demo::run(&demo::Args::default(), out),
        }
    }
}
