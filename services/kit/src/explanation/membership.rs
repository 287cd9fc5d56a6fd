//! Why a user is in a segment or not, and when that changes by itself.

use rule_runtime::{Explanation, OverrideEffect};
use rulelang::time::{DAY_MS, format_timestamp};
use schemars::JsonSchema;
use serde::Serialize;

use super::Condition;
use crate::schema::Timestamp;

const UNITS: [(i64, &str); 4] = [
    (DAY_MS, "days"),
    (DAY_MS / 24, "hours"),
    (60_000, "minutes"),
    (1_000, "seconds"),
];

/// One user's membership of one segment, explained.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "ExplainedMembership")]
pub struct Membership {
    /// The segment.
    pub segment_id: String,
    /// Its name for people.
    pub name: String,
    /// Whether the user exists; who does not is in no segment.
    pub exists: bool,
    /// Whether the user is an effective member.
    pub is_member: bool,
    /// When the membership began, null if there is none.
    #[schemars(with = "Option<Timestamp>")]
    pub since: Option<String>,
    /// Why it began; null if there is none.
    pub reason: Option<String>,
    /// `include` or `exclude` where an override decides in the rule's place.
    #[serde(rename = "override")]
    pub manual: Option<&'static str>,
    /// When the membership flips without a new fact; null if it never does.
    #[schemars(with = "Option<Timestamp>")]
    pub next_change_at: Option<String>,
    /// The same in words.
    pub next_change: String,
    /// The rule, condition by condition.
    pub rule: Condition,
}

impl Membership {
    /// Of the segment with the name `name`, at the instant `now` in milliseconds.
    pub fn new(explanation: &Explanation, name: &str, now: i64) -> Self {
        Self {
            segment_id: explanation.segment.to_string(),
            name: name.to_owned(),
            exists: explanation.exists,
            is_member: explanation.is_member,
            since: explanation.since.map(format_timestamp),
            reason: explanation.reason.map(|reason| reason.to_string()),
            manual: match explanation.manual {
                OverrideEffect::Include => Some("include"),
                OverrideEffect::Exclude => Some("exclude"),
                OverrideEffect::Clear => None,
            },
            next_change_at: explanation.next_change_at.map(format_timestamp),
            next_change: next_change(explanation, now),
            rule: Condition::from(&explanation.rule),
        }
    }
}

fn next_change(explanation: &Explanation, now: i64) -> String {
    match (explanation.is_member, explanation.next_change_at) {
        (true, None) => "Stays in until a new event".to_owned(),
        (false, None) => "Stays out until a new event".to_owned(),
        (is_member, Some(at)) => {
            let verb = if is_member { "Leaves" } else { "Enters" };
            let span = in_words(at.saturating_sub(now));
            format!("{verb} by itself at {}, {span}", format_timestamp(at))
        }
    }
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
