//! What keeping a rule takes, as reports show it.

use std::collections::BTreeSet;

use rule_runtime::{BuildError, Cost, KeptEvents};
use rulelang::Rule;
use rulelang::rule::{Node, NodeKind};
use schemars::JsonSchema;
use serde::Serialize;

/// What keeping a rule live takes. Times and sizes are estimates, good for comparing rules.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "RuleCost")]
pub struct CostReport {
    /// Comparisons and other conditions.
    pub conditions: usize,
    /// Aggregates over events and sequences of them, equal ones once.
    pub aggregates: usize,
    /// Nanoseconds of one evaluation.
    pub nanoseconds: f64,
    /// Why it runs interpreted; absent where it is machine code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub not_compiled: Option<String>,
    /// Bytes of memory for a user of whom every field is known, kept events aside.
    pub user_bytes: usize,
    /// Events that are kept of each user because they will leave a window again.
    pub kept_events: Vec<KeptReport>,
    /// What makes somebody look at the rule.
    pub wakes_on: WakesReport,
}

/// Events of one type that are kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "KeptEvents")]
pub struct KeptReport {
    /// Their type; `*` is every one.
    pub event: String,
    /// Bytes of memory for each.
    pub event_bytes: usize,
    /// How long each is kept; absent where for ever.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub milliseconds: Option<i64>,
}

/// What makes somebody look at a rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(rename = "WakesOn")]
pub struct WakesReport {
    /// Events of these types; `*` is every one.
    pub events: BTreeSet<String>,
    /// Traits, and properties of any event, of these names.
    pub fields: BTreeSet<String>,
    /// Who enters or leaves these segments.
    pub segments: BTreeSet<String>,
    /// Time alone.
    pub time: bool,
}

impl CostReport {
    /// Of a rule kept alone.
    ///
    /// # Errors
    /// A rule that cannot be kept live.
    pub fn new(rule: &Rule) -> Result<Self, BuildError> {
        let cost = Cost::of(rule)?;
        Ok(Self {
            conditions: conditions(&rule.root),
            aggregates: rule.aggregates.len() + rule.sequences.len(),
            nanoseconds: (cost.nanoseconds * 10.0).round() / 10.0,
            not_compiled: cost.not_compiled,
            user_bytes: cost.user_bytes,
            kept_events: cost.kept.into_iter().map(KeptReport::from).collect(),
            wakes_on: WakesReport {
                events: cost.wakes.events,
                fields: cost.wakes.fields,
                segments: cost.wakes.segments,
                time: cost.wakes.time,
            },
        })
    }
}

impl From<KeptEvents> for KeptReport {
    fn from(kept: KeptEvents) -> Self {
        Self {
            event: kept.event.as_deref().unwrap_or("*").to_owned(),
            event_bytes: kept.event_bytes,
            milliseconds: kept.milliseconds,
        }
    }
}

/// The conditions below AND, OR and NOT.
fn conditions(root: &Node) -> usize {
    let mut count = 0;
    let mut stack = vec![root];
    while let Some(node) = stack.pop() {
        match &node.kind {
            NodeKind::And(terms) | NodeKind::Or(terms) => stack.extend(terms),
            NodeKind::Not(body) | NodeKind::Trait { body, .. } => stack.push(body),
            _ => count += 1,
        }
    }
    count
}
