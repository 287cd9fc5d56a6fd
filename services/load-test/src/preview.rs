//! `load-test preview`.

use serde_json::{Value, json};
use tokio::time::Instant;

use crate::client::Client;
use crate::process;

/// An all-time sum with a field, a window, a negation, and what cannot be kept live.
const EXPRESSIONS: [&str; 4] = [
    "totalSpent > 250 AND country == 'DE'",
    "SUM(purchase.amount WITHIN LAST 30 DAYS) > 250",
    "NOT (DID purchase WITHIN LAST 7 DAYS)",
    "NOW() - lastActivity > 7 DAYS",
];

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// A rule to try; several if given several times
    #[arg(long = "expression", default_values = EXPRESSIONS)]
    expressions: Vec<String>,
    /// How often each is tried
    #[arg(long, default_value_t = 3)]
    repeat: usize,
    /// The process whose memory is watched
    #[arg(long)]
    pid: Option<u32>,
}

pub(crate) async fn run(client: &Client, args: &Args) -> anyhow::Result<Value> {
    let mut rules = vec![];
    for expression in &args.expressions {
        let (mut seconds, mut answer) = (vec![], Value::Null);
        for _ in 0..args.repeat {
            let started = Instant::now();
            answer = client.preview(expression).await?;
            seconds.push(started.elapsed().as_secs_f64());
        }
        rules.push(json!({
            "expression": expression,
            "seconds": seconds,
            "count": answer["count"],
            "users": answer["users"],
            "isComplete": answer["isComplete"],
        }));
    }
    Ok(json!({
        "rules": rules,
        "residentBytes": args.pid.map(process::resident_bytes).transpose()?,
    }))
}
