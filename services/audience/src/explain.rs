//! Why a rule is what it is: one tree of conditions, whoever evaluated them, printed and
//! serialised in one way.

mod interpreted;
mod membership;
mod render;

use kit::wire::value_to_json;
use rule_runtime::explain::{self as runtime, ConditionKind, Source, WhyNull};
use rulelang::time::format_timestamp;
use serde::Serialize;

pub(crate) use interpreted::explain;
pub(crate) use membership::Membership;
pub(crate) use render::print_tree;

/// A condition, or a group of them.
#[derive(Debug, Serialize)]
pub(crate) struct Condition {
    kind: Kind,
    /// The text as written; a computed trait's name.
    text: String,
    /// TRUE, FALSE or null; any value where a rule is no condition.
    value: serde_json::Value,
    /// What a leaf reads, with the values.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    operands: Vec<Operand>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    conditions: Vec<Condition>,
}

/// What a condition is: a group, or a leaf.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Kind {
    All,
    Any,
    Not,
    /// A computed trait of several conditions.
    Trait,
    /// A leaf.
    Condition,
}

/// Something that a condition reads.
#[derive(Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
struct Operand {
    text: String,
    value: serde_json::Value,
    /// Why the value is NULL, where that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    why_null: Option<&'static str>,
    /// The events behind an aggregate; none where nobody looked.
    #[serde(skip_serializing_if = "Option::is_none")]
    evidence: Option<Evidence>,
    /// What a computed trait reads.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    operands: Vec<Operand>,
}

/// The events behind an aggregate.
#[derive(Debug, PartialEq, Serialize)]
struct Evidence {
    total: usize,
    /// The newest first.
    latest: Vec<EvidenceEvent>,
    /// Events left out for a value of a wrong type.
    misfits: usize,
}

#[derive(Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
struct EvidenceEvent {
    event_id: String,
    timestamp: String,
    /// What is aggregated; absent where events are only counted.
    #[serde(skip_serializing_if = "serde_json::Value::is_null")]
    value: serde_json::Value,
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
            Source::Aggregate(found) => evidence = Some(Evidence::from(found)),
            Source::Trait(read) => operands = read.iter().map(Self::from).collect(),
            Source::Segment => text = format!("IN SEGMENT '{text}'"),
            Source::Field | Source::Now => {}
        }
        Self {
            text,
            value: value_to_json(&operand.value),
            why_null: operand.why_null.map(why_null),
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
