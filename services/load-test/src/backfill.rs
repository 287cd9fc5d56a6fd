//! `load-test backfill`.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use crate::client::{Client, wait_until_active};
use crate::events::Events;
use crate::pace::Pace;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Events of the live traffic, as `generate-load` writes them
    #[arg(long, value_name = "FILE")]
    events: PathBuf,
    /// The new segment's rule
    #[arg(
        long,
        default_value = "SUM(purchase.amount WITHIN LAST 30 DAYS) > 250 AND country == 'DE'"
    )]
    expression: String,
    /// Live events a second
    #[arg(long, default_value_t = 1000)]
    rate: u64,
    /// Seconds of live traffic before, for comparison
    #[arg(long, default_value_t = 30)]
    before: u64,
}

pub(crate) async fn run(client: &Client, args: &Args) -> anyhow::Result<Value> {
    let events = Events::read(&args.events, 200_000)?;
    let (pace, follower) = Pace::start(client, events, args.rate)?;
    let changes = Arc::clone(&pace.changes);
    let hours = Duration::from_hours(24);
    let sender = tokio::spawn(async move { pace.run(Instant::now() + hours).await });
    sleep(Duration::from_secs(5)).await;
    changes.report().await;
    sleep(Duration::from_secs(args.before)).await;
    let before = changes.report().await;
    let started = Instant::now();
    let body = json!({"name": "Backfill under load", "type": "DYNAMIC", "rules": {"expression": args.expression}});
    let id = client.create(&body).await?;
    wait_until_active(client, &id).await?;
    let seconds = started.elapsed().as_secs_f64();
    let meanwhile = changes.report().await;
    sleep(Duration::from_secs(2)).await;
    let size = client.segment(&id).await?["size"].clone();
    sender.abort();
    follower.abort();
    Ok(json!({
        "segment": id,
        "members": size,
        "secondsUntilActive": seconds,
        "before": before,
        "meanwhile": meanwhile,
    }))
}
