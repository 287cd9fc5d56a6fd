//! When an answer changes without a new event, in words.

use rule_runtime::Explanation;
use rulelang::time::{DAY_MS, format_timestamp};

const UNITS: [(i64, &str); 4] = [
    (DAY_MS, "days"),
    (DAY_MS / 24, "hours"),
    (60_000, "minutes"),
    (1_000, "seconds"),
];

/// Of a membership that is explained at the instant `now` in milliseconds.
pub(super) fn of_membership(explanation: &Explanation, now: i64) -> String {
    match (explanation.is_member, explanation.next_change_at) {
        (true, None) => "Stays in until a new event".to_owned(),
        (false, None) => "Stays out until a new event".to_owned(),
        (true, Some(at)) => format!("Leaves {}", by_itself(at, now)),
        (false, Some(at)) => format!("Enters {}", by_itself(at, now)),
    }
}

/// Of a condition that is TRUE now or is not, and becomes the other at the instant `at`.
pub(super) fn of_condition(is_true: bool, at: Option<i64>, now: i64) -> String {
    match (is_true, at) {
        (true, None) => "Stays TRUE until a new event".to_owned(),
        (false, None) => "Does not become TRUE without a new event".to_owned(),
        (true, Some(at)) => format!("Is TRUE no longer {}", by_itself(at, now)),
        (false, Some(at)) => format!("Becomes TRUE {}", by_itself(at, now)),
    }
}

fn by_itself(at: i64, now: i64) -> String {
    let span = in_words(at.saturating_sub(now));
    format!("by itself at {}, {span}", format_timestamp(at))
}

/// A span of milliseconds in the largest unit of which it has two or more.
fn in_words(span_ms: i64) -> String {
    let counts = UNITS.map(|(unit_ms, name)| (span_ms.saturating_add(unit_ms / 2) / unit_ms, name));
    let largest = counts.into_iter().find(|(count, _)| *count >= 2);
    largest.map_or_else(
        || "in a moment".to_owned(),
        |(count, name)| format!("in {count} {name}"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_told_in_the_largest_unit_that_fits() {
        assert_eq!(in_words(17 * DAY_MS - 3_600_000), "in 17 days");
        assert_eq!(in_words(DAY_MS), "in 24 hours");
        assert_eq!(in_words(5 * 60_000), "in 5 minutes");
        assert_eq!(in_words(60_000), "in 60 seconds");
        assert_eq!(in_words(1), "in a moment");
    }
}
