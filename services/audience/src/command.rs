//! One file a command: its arguments and what it does.

pub(crate) mod completions;
pub(crate) mod demo;
pub(crate) mod explain;
pub(crate) mod import;
pub(crate) mod key;
pub(crate) mod replay;
pub(crate) mod resync;
pub(crate) mod rule;
pub(crate) mod segment;
pub(crate) mod serve;
pub(crate) mod status;
pub(crate) mod tail;
pub(crate) mod topics;

/// Reads an instant of the command line: RFC 3339, or a day, which is its midnight in UTC.
pub(crate) fn instant(text: &str) -> Result<i64, String> {
    let day =
        || rulelang::time::parse_date(text).map(|day| i64::from(day) * rulelang::time::DAY_MS);
    rulelang::time::parse_timestamp(text)
        .or_else(day)
        .ok_or_else(|| "write it like `2026-01-31T10:00:00Z` or `2026-01-31`".to_owned())
}
