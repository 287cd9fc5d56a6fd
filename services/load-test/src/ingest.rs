//! `load-test ingest`.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::client::Client;
use crate::events::Events;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Events to send, as `generate-load` writes them
    #[arg(long, value_name = "FILE")]
    events: PathBuf,
    /// Events a batch
    #[arg(long, default_value_t = 1000)]
    batch: u64,
    /// Batches under way at once
    #[arg(long, default_value_t = 8)]
    connections: u64,
    /// How long
    #[arg(long, default_value_t = 20)]
    seconds: u64,
}

pub(crate) async fn run(client: &Client, args: &Args) -> anyhow::Result<Value> {
    let events = Arc::new(Events::read(&args.events, 200_000)?);
    let next = Arc::new(AtomicU64::new(0));
    let started = Instant::now();
    let until = started + Duration::from_secs(args.seconds);
    let mut senders = JoinSet::new();
    for _ in 0..args.connections {
        let (client, events, next, count) =
            (client.clone(), events.clone(), next.clone(), args.batch);
        senders.spawn(async move {
            while Instant::now() < until {
                let from = next.fetch_add(count, Ordering::Relaxed);
                client.send(events.batch(from, count)).await?;
            }
            anyhow::Ok(())
        });
    }
    while let Some(done) = senders.join_next().await {
        done??;
    }
    let (sent, seconds) = (
        next.load(Ordering::Relaxed),
        started.elapsed().as_secs_f64(),
    );
    Ok(json!({
        "events": sent,
        "seconds": seconds,
        "eventsPerSecond": sent as f64 / seconds,
        "lagAtEnd": client.lag().await?,
    }))
}
