//! Why a user is in a segment or not, and when that changes by itself.

use std::io::{self, Write};

use rule_runtime::{Explanation, OverrideEffect};
use rulelang::time::{DAY_MS, format_timestamp};
use serde::Serialize;

use super::{Condition, print_tree};
use crate::output::Style;

const UNITS: [(i64, &str); 4] = [
    (DAY_MS, "days"),
    (DAY_MS / 24, "hours"),
    (60_000, "minutes"),
    (1_000, "seconds"),
];

/// One user's membership of one segment, explained.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Membership {
    segment_id: String,
    name: String,
    /// Whether the user exists; who does not is in no segment.
    exists: bool,
    is_member: bool,
    since: Option<String>,
    reason: Option<String>,
    /// `include` or `exclude` where an override decides in the rule's place.
    #[serde(rename = "override")]
    manual: Option<&'static str>,
    /// When the membership flips without a new fact; `None` if it never does.
    next_change_at: Option<String>,
    /// The same in words.
    next_change: String,
    rule: Condition,
}

impl Membership {
    /// Of the segment with the name `name`, at the instant `now` in milliseconds.
    pub(crate) fn new(explanation: &Explanation, name: &str, now: i64) -> Self {
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

    pub(crate) fn is_member(&self) -> bool {
        self.is_member
    }

    /// Prints who is in what and why; `remark` goes beside the segment's name.
    pub(crate) fn print(
        &self,
        user: &str,
        remark: &str,
        indent: &str,
        style: Style,
        out: &mut impl Write,
    ) -> io::Result<()> {
        let (user, id) = (style.bold(user), style.bold(&self.segment_id));
        let is_in = if self.is_member {
            style.green("is in")
        } else {
            style.yellow("is not in")
        };
        writeln!(out, "{indent}{user} {is_in} {id}{}", self.circumstances())?;
        let name = if self.name == self.segment_id {
            ""
        } else {
            &self.name
        };
        let told = [name, remark].map(|text| text.trim_end_matches('.'));
        let told: Vec<&str> = told.into_iter().filter(|text| !text.is_empty()).collect();
        if !told.is_empty() {
            writeln!(
                out,
                "{indent}{}",
                style.dim(&format!("{}.", told.join(". ")))
            )?;
        }
        let below = format!("{indent}  ");
        print_tree(&self.rule, &below, style, out)?;
        writeln!(out, "{below}{}.", self.next_change)
    }

    fn circumstances(&self) -> String {
        let since = self.since.iter().map(|since| format!(" since {since}"));
        let reason = match (&self.reason, self.manual) {
            (Some(reason), _) => Some(format!(" ({reason})")),
            (None, Some(_)) => Some(" (manual)".to_owned()),
            (None, None) if !self.exists => Some(" (no such user yet)".to_owned()),
            (None, None) => None,
        };
        since.chain(reason).collect()
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
