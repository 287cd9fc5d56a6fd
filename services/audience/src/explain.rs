//! Why a rule is what it is: the tree of its conditions, each with its value and its operands'.

use std::io::{self, Write};

use kit::wire::value_to_json;
use rule_runtime::explain::ConditionKind;
use rulelang::facts::Facts;
use rulelang::rule::{Node, NodeKind, Rule};
use rulelang::{Value, evaluate_node, inputs};
use serde::Serialize;

use crate::output::Style;

/// A condition, or a group of them.
#[derive(Debug, Serialize)]
pub(crate) struct Condition {
    /// `all`, `any`, `not` for groups; `condition` for leaves.
    kind: &'static str,
    /// The text as written.
    text: String,
    /// TRUE, FALSE or null.
    value: serde_json::Value,
    /// What a leaf reads, with the values.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    operands: Vec<Operand>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    conditions: Vec<Condition>,
}

#[derive(Debug, PartialEq, Serialize)]
struct Operand {
    text: String,
    value: serde_json::Value,
}

impl From<&rule_runtime::explain::Condition> for Condition {
    fn from(condition: &rule_runtime::explain::Condition) -> Self {
        let operands = condition.operands.iter().map(|operand| Operand {
            text: operand.text.clone(),
            value: value_to_json(&operand.value),
        });
        Self {
            kind: match condition.kind {
                ConditionKind::All => "all",
                ConditionKind::Any => "any",
                ConditionKind::Not => "not",
                ConditionKind::Trait | ConditionKind::Leaf => "condition",
            },
            text: condition.text.clone(),
            value: condition.value.into(),
            operands: operands.collect(),
            conditions: condition.conditions.iter().map(Self::from).collect(),
        }
    }
}

/// Explains `rule` for the user of `facts` at `now`.
pub(crate) fn explain(rule: &Rule, facts: &Facts, now: i64) -> Condition {
    Explainer { rule, facts, now }.condition(&rule.root)
}

struct Explainer<'a> {
    rule: &'a Rule,
    facts: &'a Facts,
    now: i64,
}

impl Explainer<'_> {
    fn condition(&self, node: &Node) -> Condition {
        let (kind, terms): (_, Vec<&Node>) = match &node.kind {
            NodeKind::And(terms) => ("all", terms.iter().collect()),
            NodeKind::Or(terms) => ("any", terms.iter().collect()),
            NodeKind::Not(term) => ("not", vec![term]),
            _ => ("condition", vec![]),
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

    /// The inputs that a leaf reads: fields, aggregates, computed traits, segments.
    fn collect(&self, leaf: &Node, node: &Node, operands: &mut Vec<Operand>) {
        let text = match &node.kind {
            NodeKind::Field(index) => self
                .rule
                .fields
                .get(*index)
                .map(|field| field.name.to_string()),
            NodeKind::Aggregate(index) => {
                let aggregate = self.rule.aggregates.get(*index);
                aggregate.map(|aggregate| aggregate.text.to_string())
            }
            NodeKind::Trait { name, .. } => Some(name.to_string()),
            NodeKind::Now => Some("NOW()".to_owned()),
            _ => None,
        };
        match text {
            Some(text) if !std::ptr::eq(leaf, node) || leaf.ty == rulelang::Type::Bool => {
                let value = value_to_json(&self.value(node));
                let operand = Operand { text, value };
                if !operands.contains(&operand) {
                    operands.push(operand);
                }
            }
            Some(_) => {}
            None => {
                for child in node.children() {
                    self.collect(leaf, child, operands);
                }
            }
        }
    }

    fn value(&self, node: &Node) -> Value {
        evaluate_node(node, &inputs(self.rule, self.facts, self.now))
    }

    fn text(&self, node: &Node) -> String {
        let text = node.span.text(&self.rule.source);
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    }
}

/// Prints the tree, each line after `indent`.
pub(crate) fn print_tree(
    root: &Condition,
    indent: &str,
    style: Style,
    out: &mut impl Write,
) -> io::Result<()> {
    writeln!(out, "{indent}{}", line(root, style))?;
    print_below(root, indent, style, out)
}

fn print_below(
    condition: &Condition,
    indent: &str,
    style: Style,
    out: &mut impl Write,
) -> io::Result<()> {
    for (index, child) in condition.conditions.iter().enumerate() {
        let is_last = index + 1 == condition.conditions.len();
        let (branch, below) = if is_last {
            ("└─ ", "   ")
        } else {
            ("├─ ", "│  ")
        };
        writeln!(out, "{indent}{}{}", style.dim(branch), line(child, style))?;
        print_below(child, &format!("{indent}{}", style.dim(below)), style, out)?;
    }
    for operand in &condition.operands {
        let value = plain(&operand.value);
        let same = operand.text == condition.text;
        if !same {
            let indent = format!("{indent}         ");
            writeln!(
                out,
                "{indent}{} {}",
                style.dim(&format!("{} =", operand.text)),
                style.cyan(&value)
            )?;
        }
    }
    Ok(())
}

fn line(condition: &Condition, style: Style) -> String {
    let value = match &condition.value {
        serde_json::Value::Bool(true) => style.green("TRUE "),
        serde_json::Value::Bool(false) => style.yellow("FALSE"),
        serde_json::Value::Null => style.dim("NULL "),
        other => style.cyan(&plain(other)),
    };
    let text = match condition.kind {
        "all" => "all of".to_owned(),
        "any" => "any of".to_owned(),
        "not" => "not".to_owned(),
        _ => condition.text.clone(),
    };
    format!("{value}  {text}")
}

fn plain(value: &serde_json::Value) -> String {
    match value {
        serde_json::Value::Null => "NULL".to_owned(),
        other => other.to_string(),
    }
}
