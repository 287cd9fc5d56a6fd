//! The commands and how they are called.

use clap::{Parser, Subcommand, ValueEnum};

use crate::command::{
    completions, demo, explain, import, key, replay, resync, rule, segment, serve, status, tail,
    topics,
};
use crate::failure::Failure;
use crate::output::Output;

const AFTER_HELP: &str = "\
Examples:
  audience demo
  audience serve --data ./data
  audience key create --scope admin --data ./data
  audience rule check \"totalSpent > 100 AND DID purchase WITHIN LAST 7 DAYS\"
  audience replay --segments segments.json --events events.ndjson.gz
  audience explain --segments segments.json --events events.ndjson.gz --user ann

Each command has its own --help. Exit codes: 0 success, 1 the rule or the input is wrong, 2 wrong usage.
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
    /// Show why a user of recorded events is in a segment or not, and when that changes
    Explain(explain::Args),
    /// Count or list the users of recorded events that match a rule
    #[command(subcommand)]
    Segment(segment::SegmentCommand),
    /// Run the whole platform with 69,659 real purchases in it
    Demo(demo::Args),
    /// Run the whole platform: every service, on stores in one folder
    Serve(serve::Args),
    /// Make, list and revoke the keys of callers
    #[command(subcommand)]
    Key(key::KeyCommand),
    /// Send foreign events from a file into a running platform
    Import(import::Args),
    /// Show whether the services of a running platform work, and how far they are
    Status(status::Args),
    /// Write everything of the serving view again
    Resync(resync::Args),
    /// Follow who enters and leaves segments, as it happens
    Tail(tail::Args),
    /// Make the topics of a platform on Kafka
    #[command(subcommand)]
    Topics(topics::TopicsCommand),
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
            Some(Command::Resync(args)) => resync::run(&args, out),
            Some(Command::Explain(args)) => explain::run(&args, out),
            Some(Command::Segment(command)) => command.run(out),
            Some(Command::Demo(args)) => demo::run(&args, out),
            Some(Command::Serve(args)) => serve::run(&args, out),
            Some(Command::Key(command)) => command.run(out),
            Some(Command::Import(args)) => import::run(&args, out),
            Some(Command::Status(args)) => status::run(&args, out),
            Some(Command::Tail(args)) => tail::run(&args, out),
            Some(Command::Topics(command)) => command.run(out),
            Some(Command::Completions(args)) => completions::run(&args, out),
            None => demo::run(&demo::Args::default(), out),
        }
    }
}
