//! What there is to say of a rule: its forms, its type, what it reads, what is wrong with it.

use std::collections::BTreeSet;

use rulelang::{Checked, Diagnostics, live_reasons};
use schemars::JsonSchema;
use serde::Serialize;

use crate::rule_cost::CostReport;
use crate::rules::{Finding, RuleSource};
use crate::schema::Rules;

/// A rule that can be used.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RuleReport {
    valid: bool,
    /// The canonical text.
    pub expression: String,
    /// The rule in plain English: a sentence, or an indented list of several lines.
    pub description: String,
    /// The JSON form.
    #[schemars(with = "Rules")]
    pub rules: serde_json::Value,
    /// What it evaluates to.
    #[serde(rename = "type")]
    pub ty: String,
    /// The profile fields that it reads.
    pub fields: Vec<FieldReport>,
    /// The event types that it reads, sorted; `*` is every one.
    pub events: Vec<String>,
    /// The segments that it names.
    pub segments: Vec<String>,
    /// Whether the answer can change without a fact, other segments aside.
    pub time_dependent: bool,
    /// Warnings.
    pub diagnostics: Vec<Finding>,
    /// Why it can answer questions, but be no segment's rule; absent where it can be kept live.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub not_live: Vec<Finding>,
    /// What keeping it live takes; absent where it cannot be.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cost: Option<CostReport>,
}

/// A profile field that a rule reads.
#[derive(Debug, Serialize, JsonSchema)]
pub struct FieldReport {
    /// Its name.
    pub name: String,
    /// Its type.
    #[serde(rename = "type")]
    pub ty: String,
}

/// A rule that cannot be used.
#[derive(Debug, Serialize, JsonSchema)]
pub struct InvalidRule {
    valid: bool,
    /// The text that places and fixes are about, of a rule that was handed in as JSON; absent where that
    /// could not be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expression: Option<String>,
    /// What is wrong.
    pub diagnostics: Vec<Finding>,
}

impl InvalidRule {
    /// What is wrong with the rule.
    pub fn new(diagnostics: &Diagnostics, source: &RuleSource) -> Self {
        Self {
            valid: false,
            expression: source.text_of_json().map(str::to_owned),
            diagnostics: source.report(diagnostics),
        }
    }
}

impl RuleReport {
    /// Of a checked rule and what it was handed in as.
    pub fn new(checked: &Checked, source: &RuleSource) -> Self {
        let rule = &checked.rule;
        let fields = rule.fields.iter().map(|field| FieldReport {
            name: field.name.to_string(),
            ty: field.ty.to_string(),
        });
        let events = rule.events().map(|events| {
            let event = events.event.as_deref();
            event.unwrap_or("*").to_owned()
        });
        Self {
            valid: true,
            expression: rulelang::format(&rule.ast),
            description: rulelang::english(rule),
            rules: source.beside_parameters(rulelang::json::to_json(&rule.ast)),
            ty: rule.root.ty.to_string(),
            fields: fields.collect(),
            events: events.collect::<BTreeSet<_>>().into_iter().collect(),
            segments: rule.segments.clone(),
            time_dependent: rule.is_time_dependent(),
            diagnostics: source.report(&checked.warnings),
            not_live: source.report(&live_reasons(rule)),
            cost: CostReport::new(rule).ok(),
        }
    }
}
