//! `audience key list`.

use kit::clock::now;

use super::{Place, Shown, refused};
use crate::cli::Format;
use crate::failure::Failure;
use crate::output::{Align, Output, Table};

const EXAMPLES: &str = "\
Examples:
  audience key list
  audience key list --config audience.toml --format json | jq '.[] | select(.isGood)'

When a key was last used is known to five minutes.";

/// Keys that are listed at most: all that are good, and the newest of the others.
const LISTED_MAX: usize = 2 * stores::KEYS_MAX;

#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    #[command(flatten)]
    place: Place,
    /// How to answer
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

pub(super) fn run(args: &Args, out: &mut Output) -> Result<(), Failure> {
    let keys = args.place.with_keys(false, async |keys| {
        let keys = keys.port().keys(LISTED_MAX).await;
        keys.map_err(|error| refused(&error))
    })?;
    let now = now();
    let shown: Vec<Shown<'_>> = keys.iter().map(|key| Shown::new(key, now)).collect();
    if args.format == Format::Json {
        return Ok(out.json(&shown)?);
    }
    let columns = ["id", "name", "scopes", "made", "last used", ""];
    let mut table = Table::new(&columns.map(|name| (name, Align::Left)));
    for key in &shown {
        table.row([
            key.id.to_owned(),
            key.name.to_owned(),
            key.scopes.join(" "),
            day(&key.created_at).to_owned(),
            key.last_used_at
                .clone()
                .unwrap_or_else(|| "never".to_owned()),
            state(key),
        ]);
    }
    Ok(table.print("", out.style(), out)?)
}

/// The day of an instant.
fn day(instant: &str) -> &str {
    instant.split('T').next().unwrap_or_default()
}

fn state(key: &Shown<'_>) -> String {
    match (&key.revoked_at, &key.expires_at) {
        (Some(at), _) => format!("revoked {}", day(at)),
        (None, Some(at)) if key.is_good => format!("until {at}"),
        (None, Some(at)) => format!("expired {at}"),
        (None, None) => String::new(),
    }
}
