//! A rule explained by the reference interpreter: for rules that belong to no segment.

use std::borrow::Cow;

use rule_runtime::explain::Alone;
use rulelang::facts::Facts;
use rulelang::rule::{Node, NodeKind, Rule};
use rulelang::{Value, evaluate_node, inputs};

use super::{Condition, Evidence, Kind, Operand, no_value};
use crate::wire::value_to_json;

/// Explains `rule` for the user of `facts` at `now`; `alone` has the events behind its values.
pub(super) fn explain(rule: &Rule, facts: &Facts, now: i64, alone: Option<&Alone>) -> Condition {
    let explainer = Explainer {
        rule,
        facts,
        now,
        alone,
    };
    explainer.condition(&rule.root)
}

struct Explainer<'a> {
    rule: &'a Rule,
    facts: &'a Facts,
    now: i64,
    alone: Option<&'a Alone>,
}

impl Explainer<'_> {
    fn condition(&self, node: &Node) -> Condition {
        let (kind, terms): (_, Vec<&Node>) = match &node.kind {
            NodeKind::And(terms) => (Kind::All, terms.iter().collect()),
            NodeKind::Or(terms) => (Kind::Any, terms.iter().collect()),
            NodeKind::Not(term) => (Kind::Not, vec![term]),
            _ => (Kind::Condition, vec![]),
        };
        let mut operands = vec![];
        if terms.is_empty() {
            self.collect(node, node, &mut operands);
        }
        Condition {
            kind,
            text: self.text(node),
            value: value_to_json(&self.value(node)),
            operands,
            conditions: terms.into_iter().map(|term| self.condition(term)).collect(),
        }
    }

    /// The inputs that a leaf reads: fields, aggregates, sequences, shares of users, computed traits,
    /// segments.
    fn collect(&self, leaf: &Node, node: &Node, operands: &mut Vec<Operand>) {
        let Some(text) = self.input(node) else {
            for child in node.children() {
                self.collect(leaf, child, operands);
            }
            return;
        };
        // A rule that is one value shows it itself.
        if std::ptr::eq(leaf, node) && leaf.ty != rulelang::Type::Bool {
            return;
        }
        let mut read = vec![];
        if let NodeKind::Trait { body, .. } = &node.kind {
            self.collect(leaf, body, &mut read);
        }
        let value = self.value(node);
        let operand = Operand {
            text,
            value: value_to_json(&value),
            why_null: value.is_null().then(|| self.why_null(node)).flatten(),
            evidence: self.evidence(node),
            operands: read,
        };
        if !operands.contains(&operand) {
            operands.push(operand);
        }
    }

    fn evidence(&self, node: &Node) -> Option<Evidence> {
        let found = match &node.kind {
            NodeKind::Aggregate(index) => self.alone?.aggregates.get(*index),
            NodeKind::Sequence(index) => self.alone?.sequences.get(*index),
            _ => None,
        };
        found.map(Evidence::from)
    }

    /// The text of an input; `None` of anything composed, and of constants.
    fn input(&self, node: &Node) -> Option<String> {
        match &node.kind {
            NodeKind::Field(index) => Some(self.rule.fields.get(*index)?.name.to_string()),
            NodeKind::Aggregate(index) => Some(self.rule.aggregates.get(*index)?.text.to_string()),
            NodeKind::Sequence(index) => Some(self.rule.sequences.get(*index)?.text.to_string()),
            NodeKind::Percent(index) => Some(self.rule.percents.get(*index)?.text()),
            NodeKind::Trait { name, .. } => Some(name.to_string()),
            NodeKind::Now => Some("NOW()".to_owned()),
            _ => None,
        }
    }

    /// Why an input is NULL; of a computed trait what it reads says so.
    fn why_null(&self, node: &Node) -> Option<Cow<'static, str>> {
        Some(match &node.kind {
            NodeKind::Field(index) => {
                let field = self.rule.fields.get(*index)?;
                no_value::of_field(field, self.facts, self.now).into()
            }
            NodeKind::Aggregate(index) => {
                no_value::of_aggregate(self.rule.aggregates.get(*index)?).into()
            }
            NodeKind::Percent(_) => "the user's id is not known".into(),
            _ => return None,
        })
    }

    fn value(&self, node: &Node) -> Value {
        evaluate_node(node, &inputs(self.rule, self.facts, self.now))
    }

    fn text(&self, node: &Node) -> String {
        let text = node.span.text(&self.rule.source);
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    }
}
