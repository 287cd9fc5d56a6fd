//! `audience topics …`.

use std::path::PathBuf;

use clap::Subcommand;

use crate::cli::Format;
use crate::failure::Failure;
use crate::output::{Align, Output, Table};
use crate::platform::{MadeTopic, Settings, make_topics};

const EXAMPLES: &str = "\
Examples:
  audience topics create --config audience.toml
  AUDIENCE_KAFKA_BROKERS=localhost:9092 audience topics create

What is there stays as it is; a topic with another number of partitions than `log.partitions` is refused.";

#[derive(Debug, Subcommand)]
pub(crate) enum TopicsCommand {
    /// Make the topics that are missing
    Create(Args),
}

#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// A configuration file
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// How to answer
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

impl TopicsCommand {
    pub(crate) fn run(self, out: &mut Output) -> Result<(), Failure> {
        match self {
            Self::Create(args) => create(&args, out),
        }
    }
}

fn create(args: &Args, out: &mut Output) -> Result<(), Failure> {
    let config = Settings::serve(args.config.as_deref(), None)?.config;
    if config.kafka.brokers.is_empty() {
        let message = "no brokers are configured";
        return Err(Failure::new(
            message,
            "set `kafka.brokers`, or AUDIENCE_KAFKA_BROKERS",
        ));
    }
    let runtime = tokio::runtime::Runtime::new()?;
    let made = runtime.block_on(make_topics(&config))?;
    print(&made, args.format, out)
}

fn print(made: &[MadeTopic], format: Format, out: &mut Output) -> Result<(), Failure> {
    if format == Format::Json {
        return Ok(out.json(&made)?);
    }
    let mut table = Table::new(&[("topic", Align::Left), ("", Align::Left)]);
    for topic in made {
        let word = if topic.is_new { "made" } else { "was there" };
        table.row([topic.topic.clone(), word.to_owned()]);
    }
    Ok(table.print("", out.style(), out)?)
}
