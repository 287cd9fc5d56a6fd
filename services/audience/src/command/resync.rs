//! `audience resync`.

use std::collections::BTreeMap;
use std::io::Write;
use std::time::Duration;

use serde::Serialize;

use crate::cli::Format;
use crate::client::{KeyArg, PartitionResync, ask_resync, resync_progress};
use crate::failure::Failure;
use crate::output::{Output, grouped};
use crate::progress::Progress;

/// Between two looks at how far it is.
const LOOK_EVERY: Duration = Duration::from_millis(200);

const EXAMPLES: &str = "\
Examples:
  audience resync
  audience resync http://localhost:8085 --format json

A view that lost what it had is written again without being asked; this is for one that lost a part. It
waits until everything is written. Ctrl-C ends the waiting, not the writing.";

#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// Where a stream processor of a running platform is: any of several asks them all
    #[arg(value_name = "URL", default_value = "http://localhost:30085")]
    url: String,
    #[command(flatten)]
    key: KeyArg,
    /// How to answer
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// What was written.
#[derive(Debug, Serialize)]
struct Done {
    partitions: Vec<u32>,
    users: u64,
}

pub(crate) fn run(args: &Args, out: &mut Output) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let done = runtime.block_on(resync(args))?;
    if args.format == Format::Json {
        return Ok(out.json(&done)?);
    }
    let (users, partitions) = (grouped(done.users), done.partitions.len());
    Ok(writeln!(
        out,
        "{users} users in {partitions} partitions are written again"
    )?)
}

async fn resync(args: &Args) -> Result<Done, Failure> {
    let url = args.url.trim_end_matches('/');
    let http = args.key.client()?.build().unwrap_or_default();
    let partitions = ask_resync(&http, url).await?;
    let mut progress: Option<Progress> = None;
    // By partition, the most that was told of it: when it is done nothing is.
    let mut written = BTreeMap::new();
    loop {
        let told = resync_progress(&http, url).await?;
        let told: Vec<PartitionResync> = told
            .into_iter()
            .filter(|it| partitions.contains(&it.partition))
            .collect();
        let total = told.iter().map(|it| it.users).sum();
        let progress = progress.get_or_insert_with(|| Progress::new("resync", total));
        let is_done = told.iter().all(|it| it.resynced_users.is_none());
        for partition in &told {
            // Where it is done, everybody was written.
            let users = partition.resynced_users.unwrap_or(partition.users);
            let before = written.insert(partition.partition, users);
            progress.advance(users.saturating_sub(before.unwrap_or_default()));
        }
        if is_done {
            break;
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
    if let Some(progress) = progress {
        progress.finish();
    }
    let users = written.values().sum();
    Ok(Done { partitions, users })
}
