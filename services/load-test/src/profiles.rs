//! `load-test profiles`.

use std::fmt::Write;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use crate::client::Client;
use crate::events::run_id;
use crate::process;

const BATCH: u64 = 1000;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// How many users
    #[arg(long, default_value_t = 1_000_000)]
    users: u64,
    /// How many purchases each
    #[arg(long, default_value_t = 1)]
    purchases: u64,
    /// The process whose memory is watched
    #[arg(long)]
    pid: Option<u32>,
}

pub(crate) async fn run(client: &Client, args: &Args) -> anyhow::Result<Value> {
    let run = run_id();
    let started = Instant::now();
    for round in 0..args.purchases {
        for from in (0..args.users).step_by(BATCH as usize) {
            let until = args.users.min(from + BATCH);
            client.send(batch(&run, round, from..until).into()).await?;
        }
    }
    let accepted = started.elapsed().as_secs_f64();
    while client.lag().await? > 0 {
        sleep(Duration::from_millis(200)).await;
    }
    let caught_up = started.elapsed().as_secs_f64();
    sleep(Duration::from_secs(5)).await;
    Ok(json!({
        "users": args.users,
        "events": args.users * args.purchases,
        "secondsUntilAccepted": accepted,
        "secondsUntilCaughtUp": caught_up,
        "residentBytes": args.pid.map(process::resident_bytes).transpose()?,
    }))
}

fn batch(run: &str, round: u64, users: std::ops::Range<u64>) -> String {
    let mut body = String::from("{\"events\":[");
    let first = users.start;
    for user in users {
        let comma = if user == first { "" } else { "," };
        let amount = (user * 7919 + round * 104_729) % 50_000;
        let country = ["US", "DE", "FR", "JP", "BR"]
            .get(user as usize % 5)
            .unwrap_or(&"US");
        // Writing to a string does not fail.
        let _ = write!(
            body,
            concat!(
                r#"{}{{"eventId":"{}{}-{}","userId":"profile-{:07}","eventType":"purchase","#,
                r#""properties":{{"amount":{}.{:02},"country":"{}","category":"c{}"}}}}"#
            ),
            comma,
            run,
            round,
            user,
            user,
            amount / 100,
            amount % 100,
            country,
            user % 40
        );
    }
    body.push_str("]}");
    body
}
