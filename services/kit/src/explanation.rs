//! Why a rule is what it is: one tree of conditions as JSON, whoever evaluated them.

mod interpreted;
mod literal;
mod membership;
mod next_change;
mod no_value;

use std::borrow::Cow;
use std::fmt::Display;

use rule_runtime::BuildError;
use rule_runtime::explain::{self as runtime, Alone, ConditionKind, Source, WhyNull};
use rulelang::facts::Facts;
use rulelang::time::format_timestamp;
use rulelang::{Rule, Type, Value};
use schemars::JsonSchema;
use serde::Serialize;

pub use literal::literal;
pub use membership::Membership;

use self::interpreted::explain;
use crate::schema::{RuleValue, Timestamp};
use crate::wire::value_to_json;

/// A rule explained for one user of whom everything is given.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ExplainedRule {
    /// Its value.
    #[schemars(with = "RuleValue")]
    pub value: serde_json::Value,
    /// Its canonical text.
    pub expression: String,
    /// When a condition becomes TRUE, or is TRUE no longer, without a new event; null if it never
    /// does or nobody can say.
    #[schemars(with = "Option<Timestamp>")]
    pub next_change_at: Option<String>,
    /// The same in words, or why nobody can say; absent of a rule that is no condition.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_change: Option<String>,
    /// Why the value is what it is.
    pub explanation: Condition,
}

impl ExplainedRule {
    /// Evaluates and explains a rule for the user of `facts` at `now` (milliseconds), by the
    /// reference interpreter.
    pub fn new(rule: &Rule, facts: &Facts, now: i64) -> Self {
        let value = rulelang::evaluate(rule, facts, now);
        let alone = Alone::new(rule, facts, now);
        let at = match &alone {
            Ok(alone) => alone.next_change_at.clone(),
            Err(error) => Err(error.clone()),
        };
        let unknown = |why: &dyn Display| format!("Nobody can say when it changes: {why}");
        let words = match &at {
            Ok(at) => next_change::of_condition(value == Value::Bool(true), *at, now),
            Err(BuildError::NotLive { reason, .. }) => unknown(reason),
            Err(error) => unknown(&error),
        };
        Self {
            value: value_to_json(&value),
            expression: rulelang::format(&rule.ast),
            next_change_at: at.ok().flatten().map(format_timestamp),
            next_change: (rule.root.ty == Type::Bool).then_some(words),
            explanation: explain(rule, facts, now, alone.as_ref().ok()),
        }
    }
}

/// One user's memberships, explained: what `audience explain` answers.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ExplainedUser {
    /// The user.
    pub user_id: String,
    /// The instant that is explained, as RFC 3339.
    #[schemars(with = "Timestamp")]
    pub at: String,
    /// The memberships asked for.
    pub segments: Vec<Membership>,
}

/// A condition, or a group of them.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Condition {
    /// What it is.
    pub kind: Kind,
    /// The text as written; a computed trait's name.
    pub text: String,
    /// TRUE, FALSE or null; any value where a rule is no condition.
    #[schemars(with = "RuleValue")]
    pub value: serde_json::Value,
    /// What a leaf reads, with the values.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub operands: Vec<Operand>,
    /// The conditions of a group; none of a leaf.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub conditions: Vec<Condition>,
}

/// What a condition is: a group, or a leaf.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(rename = "ConditionKind")]
pub enum Kind {
    /// AND.
    All,
    /// OR.
    Any,
    /// NOT.
    Not,
    /// A computed trait of several conditions.
    Trait,
    /// A leaf.
    Condition,
}

/// Something that a condition reads.
#[derive(Debug, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Operand {
    /// A name, or canonical text.
    pub text: String,
    /// Its value.
    #[schemars(with = "RuleValue")]
    pub value: serde_json::Value,
    /// Why the value is NULL, where that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why_null: Option<Cow<'static, str>>,
    /// The events behind an aggregate or a sequence; none where nobody looked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub evidence: Option<Evidence>,
    /// What a computed trait reads.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub operands: Vec<Operand>,
}

/// The events behind an aggregate, or the chain of a sequence.
#[derive(Debug, PartialEq, Serialize, JsonSchema)]
pub struct Evidence {
    /// How many there are.
    pub total: usize,
    /// The newest first.
    pub latest: Vec<EvidenceEvent>,
    /// Events left out for a value of a wrong type.
    pub misfits: usize,
}

/// An event that an aggregate counts.
#[derive(Debug, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct EvidenceEvent {
    /// Its id.
    pub event_id: String,
    /// When it happened, as RFC 3339.
    #[schemars(with = "Timestamp")]
    pub timestamp: String,
    /// What is aggregated; absent where events are only counted.
    #[serde(skip_serializing_if = "serde_json::Value::is_null")]
    #[schemars(with = "RuleValue")]
    pub value: serde_json::Value,
}

impl From<&runtime::Condition> for Condition {
    fn from(condition: &runtime::Condition) -> Self {
        let kind = match condition.kind {
            ConditionKind::All => Kind::All,
            ConditionKind::Any => Kind::Any,
            ConditionKind::Not => Kind::Not,
            ConditionKind::Trait => Kind::Trait,
            ConditionKind::Leaf => Kind::Condition,
        };
        // A computed trait that is one leaf: the leaf has no text of its own to show.
        let leaf = match condition.conditions.as_slice() {
            [body] if kind == Kind::Trait && body.kind == ConditionKind::Leaf => Some(body),
            _ => None,
        };
        let children = leaf.map_or(condition.conditions.as_slice(), |_| &[]);
        let operands = &leaf.unwrap_or(condition).operands;
        Self {
            kind: leaf.map_or(kind, |_| Kind::Condition),
            text: condition.text.clone(),
            value: condition.value.into(),
            operands: operands.iter().map(Operand::from).collect(),
            conditions: children.iter().map(Self::from).collect(),
        }
    }
}

impl From<&runtime::Operand> for Operand {
    fn from(operand: &runtime::Operand) -> Self {
        let (mut evidence, mut operands) = (None, vec![]);
        let mut text = operand.text.clone();
        match &operand.source {
            Source::Aggregate(found) | Source::Sequence(found) => {
                evidence = Some(Evidence::from(found));
            }
            Source::Trait(read) => operands = read.iter().map(Self::from).collect(),
            Source::Segment => text = format!("IN SEGMENT '{text}'"),
            Source::Field | Source::Now | Source::Percent => {}
        }
        Self {
            text,
            value: value_to_json(&operand.value),
            why_null: operand.why_null.map(|why| why_null(why).into()),
            evidence,
            operands,
        }
    }
}

impl From<&runtime::Evidence> for Evidence {
    fn from(evidence: &runtime::Evidence) -> Self {
        let latest = evidence.latest.iter().map(|event| EvidenceEvent {
            event_id: event.id.to_string(),
            timestamp: format_timestamp(event.timestamp),
            value: value_to_json(&event.value),
        });
        Self {
            total: evidence.total,
            latest: latest.collect(),
            misfits: evidence.misfits,
        }
    }
}

fn why_null(why: WhyNull) -> &'static str {
    match why {
        WhyNull::Absent => "there is no value",
        WhyNull::WrongType => "the last value has a wrong type",
        WhyNull::TooMany => "there were more events than are kept for one user",
        WhyNull::Overflow => "the sum does not fit its type",
    }
}
