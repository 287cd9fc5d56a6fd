//! `audience status`.

use std::io::Write;

use crate::cli::Format;
use crate::client::KeyArg;
use crate::failure::Failure;
use crate::output::{Align, Output, Table, grouped};
use crate::status::{PartitionStatus, PlatformStatus, ServiceStatus, ask};

/// The demo's services.
const DEMO: [&str; 5] = [
    "http://localhost:30081",
    "http://localhost:30082",
    "http://localhost:30083",
    "http://localhost:30084",
    "http://localhost:30085",
];

const EXAMPLES: &str = "\
Examples:
  audience status
  audience status http://localhost:8081 http://localhost:8085
  audience status --format json | jq .isUp

Without a URL it asks the demo's services. How far partitions are is told to who may read segments. Exit code 1 if one does not answer, is down or is not ready.";

#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// Where services of a running platform are
    #[arg(value_name = "URL")]
    urls: Vec<String>,
    #[command(flatten)]
    key: KeyArg,
    /// How to answer
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

pub(crate) fn run(args: &Args, out: &mut Output) -> Result<(), Failure> {
    let urls = if args.urls.is_empty() {
        DEMO.map(str::to_owned).to_vec()
    } else {
        args.urls.clone()
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let status = runtime.block_on(ask(&urls, &args.key))?;
    match args.format {
        Format::Json => out.json(&status)?,
        Format::Text => print(&status, out)?,
    }
    if status.is_up {
        return Ok(());
    }
    Err(Failure::Reported)
}

fn print(status: &PlatformStatus, out: &mut Output) -> Result<(), Failure> {
    let style = out.style();
    let columns = ["service", "at", "version", "status"].map(|name| (name, Align::Left));
    let mut services = Table::new(&columns);
    for service in &status.services {
        let text = |text: &Option<String>| text.clone().unwrap_or_else(|| "?".to_owned());
        let (name, version) = (text(&service.name), text(&service.version));
        services.row([name, service.url.clone(), version, word(service).to_owned()]);
        for problem in &service.problems {
            services.note(problem);
        }
    }
    services.print("", style, out)?;
    if status.partitions.is_empty() {
        return Ok(());
    }
    writeln!(out)?;
    let columns = [
        "partition",
        "position",
        "lag",
        "late",
        "users",
        "dead letters",
    ];
    let mut partitions = Table::new(&columns.map(|name| (name, Align::Right)));
    for partition in &status.partitions {
        partitions.row(row(partition));
        if let Some(failure) = &partition.failure {
            partitions.note(failure);
        }
    }
    Ok(partitions.print("", style, out)?)
}

fn word(service: &ServiceStatus) -> &'static str {
    match (service.is_up, service.is_ready) {
        (true, true) => "up",
        (true, false) => "starting",
        (false, _) => "DOWN",
    }
}

fn row(partition: &PartitionStatus) -> [String; 6] {
    [
        partition.partition.to_string(),
        grouped(partition.position),
        grouped(partition.lag),
        format!("{} ms", grouped(partition.deadline_lag_ms)),
        grouped(partition.users),
        grouped(partition.dead_letters),
    ]
}
