//! `load-test soak`.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::Instant;

use crate::changes::Changes;
use crate::client::{Client, create_all, read_segments};
use crate::events::Events;
use crate::pace::Pace;
use crate::process;

/// Between two lines of progress.
const PROGRESS_EVERY: Duration = Duration::from_secs(10);

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Events to send, as `generate-load` writes them
    #[arg(long, value_name = "FILE")]
    events: PathBuf,
    /// Segments to create first
    #[arg(long, value_name = "FILE")]
    segments: Option<PathBuf>,
    /// Segments over the last minute or two to create beside them, so that memberships expire
    #[arg(long, value_name = "COUNT", default_value_t = 10)]
    short_windows: u32,
    /// Events a second
    #[arg(long, default_value_t = 5000)]
    rate: u64,
    /// How long
    #[arg(long, default_value_t = 1200)]
    seconds: u64,
    /// Seconds at the start whose delays are not counted
    #[arg(long, default_value_t = 10)]
    warm_up: u64,
    /// The process whose memory is watched
    #[arg(long)]
    pid: Option<u32>,
}

pub(crate) async fn run(client: &Client, args: &Args) -> anyhow::Result<Value> {
    let mut segments = match &args.segments {
        Some(path) => read_segments(path)?,
        None => vec![],
    };
    segments.extend((0..args.short_windows).map(short_window));
    let created = create_all(client, segments).await?;
    let events = Events::read(&args.events, 1_000_000)?;
    let (pace, follower) = Pace::start(client, events, args.rate)?;
    let changes = Arc::clone(&pace.changes);
    let started = Instant::now();
    let cpu = args.pid.map(process::cpu_seconds).transpose()?;
    let until = started + Duration::from_secs(args.seconds);
    let sender = tokio::spawn({
        let pace = Arc::clone(&pace);
        async move { pace.run(until).await }
    });
    tokio::time::sleep(Duration::from_secs(args.warm_up)).await;
    changes.report().await;
    let memory = watch(&changes, args.pid, until).await?;
    sender.await?;
    let lag_at_end = client.lag().await?;
    let delays = changes.report().await;
    follower.abort();
    let cpu_seconds = match (args.pid, cpu) {
        (Some(pid), Some(before)) => Some(process::cpu_seconds(pid)? - before),
        _ => None,
    };
    Ok(json!({
        "segmentsCreated": created,
        "events": pace.sent.load(Ordering::Relaxed),
        "batchesFailed": pace.failed.load(Ordering::Relaxed),
        "seconds": started.elapsed().as_secs_f64(),
        "lagAtEnd": lag_at_end,
        "delays": delays,
        "cpuSeconds": cpu_seconds,
        "memory": memory,
    }))
}

/// Who did something several times within the last minute or two.
fn short_window(number: u32) -> Value {
    let (times, minutes) = (number + 2, number % 2 + 1);
    json!({
        "name": format!("busy {number}"),
        "rules": {"expression": format!("COUNT(* WITHIN LAST {minutes} MINUTES) >= {times}")},
    })
}

/// Samples memory every second until then, tells on standard error how it goes, and returns how much
/// memory grew over the second half.
async fn watch(changes: &Changes, pid: Option<u32>, until: Instant) -> anyhow::Result<Value> {
    let started = Instant::now();
    let mut samples: Vec<u64> = vec![];
    let mut next = started + PROGRESS_EVERY;
    while Instant::now() < until {
        if let Some(pid) = pid {
            samples.push(process::resident_bytes(pid)?);
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
        if Instant::now() >= next {
            next += PROGRESS_EVERY;
            let lately = changes.lately().await;
            let megabytes = samples.last().map_or(0, |bytes| bytes / 1_000_000);
            let (seconds, p50, p99) = (
                started.elapsed().as_secs(),
                &lately["p50Ms"],
                &lately["p99Ms"],
            );
            eprintln!("{seconds:5} s: published after p50 {p50}, p99 {p99} ms; {megabytes} MB");
        }
    }
    let half = samples.len() / 2;
    let (first, second) = (
        mean_of_start(&samples, half),
        mean_of_start(&samples, samples.len()),
    );
    Ok(json!({
        "peakBytes": samples.iter().max(),
        "atHalfBytes": first,
        "atEndBytes": second,
        "growthOfSecondHalf": (first > 0).then(|| second as f64 / first as f64 - 1.0),
    }))
}

/// The mean of the (up to) thirty samples before `end`.
fn mean_of_start(samples: &[u64], end: usize) -> u64 {
    let window = samples.get(end.saturating_sub(30)..end).unwrap_or_default();
    window.iter().sum::<u64>() / window.len().max(1) as u64
}
