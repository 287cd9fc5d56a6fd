//! Why a user is in a segment or not, and when that changes by itself.

use rule_runtime::{Explanation, OverrideEffect};
use rulelang::time::format_timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use super::{Condition, next_change};
use crate::schema::Timestamp;

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
            next_change: next_change::of_membership(explanation, now),
            rule: Condition::from(&explanation.rule),
        }
    }
}
