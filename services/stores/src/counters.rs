//! What is counted over a span of time and begins anew with the next: days and hours of UTC.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

const HOUR_MS: i64 = 3_600_000;
const DAY_MS: i64 = 24 * HOUR_MS;

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Counter {
    /// By segment: how many members more it has than when the day began, by the instants of changes;
    /// below 0 where it has fewer.
    DailyGrowth,
    /// By event type: the events that were taken in the hour, each once, by the stamps of their records.
    HourlyEvents,
}

impl Counter {
    /// All there are.
    pub const ALL: [Self; 2] = [Self::DailyGrowth, Self::HourlyEvents];

    /// The begin of the span that an instant is in; both in milliseconds.
    pub fn begin_of(self, at: i64) -> i64 {
        let span = match self {
            Self::DailyGrowth => DAY_MS,
            Self::HourlyEvents => HOUR_MS,
        };
        at - at.rem_euclid(span)
    }
}

/// What one partition has counted in a span of time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Counted {
    /// What.
    pub counter: Counter,
    /// When the span began, in milliseconds.
    pub begins_at: i64,
    /// How many, by name.
    pub counts: BTreeMap<String, i64>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_those_of_utc() {
        let at = 1_705_314_600_123; // 2024-01-15T10:30:00.123Z
        assert_eq!(Counter::DailyGrowth.begin_of(at), 1_705_276_800_000);
        assert_eq!(Counter::HourlyEvents.begin_of(at), 1_705_312_800_000);
        let begin = Counter::HourlyEvents.begin_of(at);
        assert_eq!(Counter::HourlyEvents.begin_of(begin), begin);
        assert_eq!(Counter::HourlyEvents.begin_of(-1), -HOUR_MS);
    }
}
