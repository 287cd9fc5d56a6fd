//! `audience key revoke`.

use std::io::Write;

use kit::clock::now;

use super::{Place, Shown, refused};
use crate::cli::Format;
use crate::failure::Failure;
use crate::output::Output;

const EXAMPLES: &str = "\
Examples:
  audience key list
  audience key revoke 3f2a9c81d04e

A running platform refuses the key within some seconds.";

#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// The key's id, as `audience key list` shows it
    #[arg(value_name = "ID")]
    id: String,
    #[command(flatten)]
    place: Place,
    /// How to answer
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

pub(super) fn run(args: &Args, out: &mut Output) -> Result<(), Failure> {
    let now = now();
    let revoked = args.place.with_keys(false, async |keys| {
        let revoked = keys.port().revoke_key(&args.id, now).await;
        revoked.map_err(|error| refused(&error))
    })?;
    let Some(revoked) = revoked else {
        let message = format!("there is no key `{}`", args.id);
        return Err(Failure::new(message, "`audience key list` shows their ids"));
    };
    if args.format == Format::Json {
        return Ok(out.json(&Shown::new(&revoked, now))?);
    }
    Ok(writeln!(out, "{} is revoked.", revoked.id)?)
}
