//! `audience tail`.

use std::io::Write;

use serde::Deserialize;
use tokio_stream::StreamExt;

use crate::cli::Format;
use crate::client::{KeyArg, refused};
use crate::failure::Failure;
use crate::output::{Output, Style};

const EXAMPLES: &str = "\
Examples:
  audience tail
  audience tail --segment vip
  audience tail --url http://localhost:30081 --format json | grep expired";

#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// Where the stream processor, or the console, of a running platform is
    #[arg(long, value_name = "URL", default_value = "http://localhost:30081")]
    url: String,
    /// Only changes of this segment
    #[arg(long, value_name = "ID")]
    segment: Option<String>,
    /// Only changes of this user
    #[arg(long, value_name = "ID")]
    user: Option<String>,
    /// Begin with the oldest change that is kept, not with the next one
    #[arg(long)]
    from_start: bool,
    /// Stop after so many changes
    #[arg(long, value_name = "N")]
    count: Option<u64>,
    #[command(flatten)]
    key: KeyArg,
    /// Lines for people, or `user-segments` messages
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Change<'a> {
    #[serde(borrow)]
    user_id: std::borrow::Cow<'a, str>,
    segment_id: &'a str,
    action: &'a str,
    reason: &'a str,
    timestamp: &'a str,
}

pub(crate) fn run(args: &Args, out: &mut Output) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(follow(args, out))
}

async fn follow(args: &Args, out: &mut Output) -> Result<(), Failure> {
    let mut query: Vec<(&str, &str)> = vec![];
    query.extend(args.segment.as_deref().map(|id| ("segment", id)));
    query.extend(args.user.as_deref().map(|id| ("user", id)));
    query.extend(args.from_start.then_some(("from", "start")));
    let url = reqwest::Url::parse_with_params(&format!("{}/api/changes", args.url), query)
        .map_err(|error| Failure::message(format!("`{}` is not a URL: {error}", args.url)))?;
    let http = args.key.client()?.build().unwrap_or_default();
    let response = http.get(url).send().await;
    let response = response.map_err(|error| gone(args, &error))?;
    let status = response.status();
    if !status.is_success() {
        return Err(refused(status, &response.bytes().await.unwrap_or_default()));
    }
    let mut stream = response.bytes_stream();
    let mut left = args.count.unwrap_or(u64::MAX);
    let mut pending: Vec<u8> = vec![];
    while let Some(piece) = stream.next().await {
        pending.extend_from_slice(&piece.map_err(|error| gone(args, &error))?);
        while let Some(end) = pending.iter().position(|byte| *byte == b'\n') {
            let line: Vec<u8> = pending.drain(..=end).collect();
            let Some(data) = line.strip_prefix(b"data:") else {
                continue;
            };
            print(data.trim_ascii(), args.format, out)?;
            left -= 1;
            if left == 0 {
                return Ok(());
            }
        }
        out.flush()?;
    }
    Err(Failure::message(format!(
        "the platform at `{}` ended",
        args.url
    )))
}

fn print(data: &[u8], format: Format, out: &mut Output) -> Result<(), Failure> {
    if format == Format::Json {
        out.write_all(data)?;
        return Ok(writeln!(out)?);
    }
    let change: Change<'_> = serde_json::from_slice(data)
        .map_err(|error| Failure::message(format!("a change cannot be read: {error}")))?;
    let style = out.style();
    let Change {
        user_id,
        segment_id,
        action,
        reason,
        timestamp,
    } = &change;
    let verb = verb(action, style);
    Ok(writeln!(
        out,
        "{timestamp}  {user_id} {verb} {segment_id}  ({reason})"
    )?)
}

fn verb(action: &str, style: Style) -> String {
    if action == "added" {
        style.green("entered")
    } else {
        style.red("left")
    }
}

fn gone(args: &Args, error: &reqwest::Error) -> Failure {
    Failure::new(
        format!("the platform at `{}` does not answer: {error}", args.url),
        "start it with `audience serve`, or say where it is with --url",
    )
}
