//! `audience key create`.

use std::io::Write;

use kit::clock::now;
use kit::scope::{Scope, Scopes};
use rulelang::time::format_timestamp;
use serde::Serialize;
use stores::{ApiKey, StoredKey};

use super::{Place, Shown, refused};
use crate::cli::Format;
use crate::failure::Failure;
use crate::output::Output;

const EXAMPLES: &str = "\
Examples:
  audience key create --scope admin
  audience key create --scope events:write --name \"web shop\" --expires 365d
  export AUDIENCE_KEY=$(audience key create --scope segments:read --scope profiles:read)

Scopes:
  events:write     send events, traits and consent
  segments:read    read segments, members and changes of membership; check rules
  segments:write   edit segments, members and the schema, preview rules; covers segments:read
  profiles:read    read users: their fields, their segments, and why; sessions
  campaigns:write  read, edit and send campaigns
  admin            everything, the deletion of users too

The key alone goes to standard output. A running platform takes it at once.";

const HOUR_MS: i64 = 3_600_000;
const DAY_MS: i64 = 24 * HOUR_MS;
/// The longest that a key may be good, if it is to end by itself.
const EXPIRES_MS_MAX: i64 = 3_660 * DAY_MS;
const NAME_MAX: usize = 200;

#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// What the key is good for; may be given several times
    #[arg(long = "scope", value_name = "SCOPE", required = true, value_parser = scope)]
    scopes: Vec<Scope>,
    /// What it is for, for people
    #[arg(long, value_name = "NAME", default_value = "", hide_default_value = true, value_parser = name)]
    name: String,
    /// How long it is good, as `12h` or `90d` [default: until it is revoked]
    #[arg(long, value_name = "TIME", value_parser = duration)]
    expires: Option<i64>,
    #[command(flatten)]
    place: Place,
    /// How to answer
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// A new key, with the key itself.
#[derive(Debug, Serialize)]
struct Made<'a> {
    key: &'a str,
    #[serde(flatten)]
    shown: Shown<'a>,
}

pub(super) fn run(args: &Args, out: &mut Output) -> Result<(), Failure> {
    let key = ApiKey::generate().map_err(|error| refused(&error))?;
    let created_at = now();
    let stored = StoredKey {
        id: key.id().to_owned(),
        name: args.name.clone(),
        hash: key.hash(),
        scopes: args.scopes.iter().copied().collect(),
        created_at,
        expires_at: args.expires.map(|time| created_at + time),
        last_used_at: None,
        revoked_at: None,
    };
    args.place.with_keys(true, async |keys| {
        let added = keys.port().add_key(&stored).await;
        added.map_err(|error| refused(&error))
    })?;
    if args.format == Format::Json {
        let shown = Shown::new(&stored, created_at);
        let key = key.text();
        return Ok(out.json(&Made { key, shown })?);
    }
    writeln!(out, "{}", key.text())?;
    out.flush()?;
    let note = note(&stored.id, &stored.scopes, stored.expires_at);
    Ok(writeln!(std::io::stderr(), "{note}")?)
}

fn note(id: &str, scopes: &Scopes, expires_at: Option<i64>) -> String {
    let end = expires_at.map_or_else(
        || format!("until `audience key revoke {id}`"),
        |end| format!("until {}", format_timestamp(end)),
    );
    format!("Good for {scopes}, {end}. Keep it: it is not shown again.")
}

fn scope(text: &str) -> Result<Scope, String> {
    Scope::from_name(text).ok_or_else(|| {
        let names = Scope::ALL.map(Scope::name);
        match rulelang::nearest(text, names) {
            Some(nearest) => format!("did you mean `{nearest}`?"),
            None => format!("use one of {}", names.join(", ")),
        }
    })
}

fn name(text: &str) -> Result<String, String> {
    if text.chars().count() > NAME_MAX || text.chars().any(char::is_control) {
        return Err(format!("at most {NAME_MAX} characters of one line"));
    }
    Ok(text.to_owned())
}

/// A time in milliseconds.
fn duration(text: &str) -> Result<i64, String> {
    let unit = [('h', HOUR_MS), ('d', DAY_MS)];
    let unit = unit.iter().find(|(unit, _)| text.ends_with(*unit));
    let time = unit.and_then(|(unit, ms)| {
        let count: i64 = text.strip_suffix(*unit)?.parse().ok()?;
        count.checked_mul(*ms)
    });
    match time {
        Some(ms) if (HOUR_MS..=EXPIRES_MS_MAX).contains(&ms) => Ok(ms),
        Some(_) => Err("between 1h and 3660d".to_owned()),
        None => Err("write hours or days, as `12h` or `90d`".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_hours_or_days() {
        assert_eq!(duration("90d"), Ok(90 * DAY_MS));
        assert_eq!(duration("12h"), Ok(12 * HOUR_MS));
        for wrong in [
            "",
            "d",
            "90",
            "-1d",
            "0h",
            "3661d",
            "1.5d",
            "99999999999999d",
            "é",
        ] {
            assert!(duration(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_scope_that_is_none_is_told_the_nearest() {
        assert_eq!(scope("admin"), Ok(Scope::Admin));
        let nearest = scope("event:write").unwrap_err();
        assert_eq!(nearest, "did you mean `events:write`?");
        assert!(scope("root").unwrap_err().contains("profiles:read"));
    }

    #[test]
    fn a_name_is_one_line() {
        assert!(name("web shop").is_ok());
        for wrong in ["a\nb", &"x".repeat(NAME_MAX + 1)] {
            assert!(name(wrong).is_err());
        }
    }
}
