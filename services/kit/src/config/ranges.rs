//! What numbers are allowed.

use std::ops::RangeInclusive;

const GIB: i64 = 1 << 30;
const HOUR_MS: i64 = 3_600_000;

/// The numbers that a key takes, by its dotted name.
pub(super) fn range_of(key: &str) -> RangeInclusive<i64> {
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
