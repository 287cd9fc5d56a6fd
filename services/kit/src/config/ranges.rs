//! What values are allowed.

use std::ops::RangeInclusive;

use axum::http::Uri;
use toml::Value;

const GIB: i64 = 1 << 30;
const HOUR_MS: i64 = 3_600_000;

/// What is wrong with the value of a key, by its dotted name, and what to do about it.
pub(super) fn check(key: &str, value: &Value) -> Result<(), (String, String)> {
    match value {
        Value::Integer(number) => within(key, number, &range_of(key)),
        Value::Float(number) => within(key, number, &(0.0..=1.0)),
        Value::String(text) if key == "telemetry.otlp_endpoint" => check_collector(key, text),
        _ => Ok(()),
    }
}

fn within<T: PartialOrd + std::fmt::Display>(
    key: &str,
    number: &T,
    range: &RangeInclusive<T>,
) -> Result<(), (String, String)> {
    if range.contains(number) {
        return Ok(());
    }
    let (least, most) = (range.start(), range.end());
    let fix = format!("write a number between {least} and {most}");
    Err((format!("`{key}` is {number}"), fix))
}

/// The collector is spoken to in the clear: it stands on our own network.
fn check_collector(key: &str, text: &str) -> Result<(), (String, String)> {
    let uri: Option<Uri> = text.parse().ok();
    let is_good = uri.is_some_and(|uri| {
        uri.scheme_str() == Some("http") && uri.host().is_some() && uri.query().is_none()
    });
    if is_good || text.is_empty() {
        return Ok(());
    }
    let fix = "write the collector's address, like `http://collector:4318`".to_owned();
    Err((
        format!("`{key}` is `{text}`, no address of HTTP in the clear"),
        fix,
    ))
}

/// The numbers that a key takes, by its dotted name.
fn range_of(key: &str) -> RangeInclusive<i64> {
    match key {
        "catalog.connections_max" => 1..=1_000,
        "kafka.replication_factor" => 0..=100,
        "kafka.retention_hours" => 0..=24 * 36_500,
        "http.connections_max" => 1..=1_000_000,
        "log.partitions" => 1..=1024,
        "events.clock_skew_max_ms" => 0..=24 * HOUR_MS,
        "events.recent_ids" => 0..=10_000_000,
        "events.session_ttl_ms" => 1_000..=365 * 24 * HOUR_MS,
        "state.cache_bytes" => 1 << 20..=1024 * GIB,
        _ if key.ends_with("_port") => 0..=65_535,
        _ if key.ends_with("_timeout_ms") => 1..=HOUR_MS,
        _ => 0..=i64::MAX,
    }
}
