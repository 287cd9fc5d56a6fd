//! Values: names, constants, arithmetic, choices.

use super::lists::joined;
use super::{Teller, named, times};
use crate::rule::{ArithmeticOp, Node, NodeKind, Quantity};
use crate::time::format_date;
use crate::types::Type;
use crate::value::Value;

impl Teller<'_> {
    /// A value; what is made of others may need brackets beside further words.
    pub(super) fn value(self, node: &Node) -> String {
        match &node.kind {
            NodeKind::Literal(value) => literal(value),
            NodeKind::Field(index) => {
                let field = self.rule.fields.get(*index);
                field.map_or_else(String::new, |field| named(&field.name))
            }
            NodeKind::Property(index) => self.property(*index),
            NodeKind::Aggregate(index) => self.aggregated(*index),
            NodeKind::Trait { name, .. } => named(name),
            NodeKind::Now => String::from("now"),
            NodeKind::Negate(operand) => format!("minus {}", self.atom(operand)),
            NodeKind::Arithmetic { op, left, right } => self.arithmetic(*op, left, right),
            NodeKind::Coalesce(values) => {
                format!("(the first known of {})", self.listed(values, "and"))
            }
            NodeKind::NullIf(value, other) => {
                let (value, other) = (self.value(value), self.value(other));
                format!("({value}, but unknown where that is {other})")
            }
            NodeKind::Case {
                branches,
                otherwise,
            } => self.choice(branches, otherwise),
            NodeKind::Call { builtin, arguments } => self.called(builtin, arguments),
            NodeKind::List(items) => format!("(the list of {})", self.listed(items, "and")),
            NodeKind::Item { depth, member } => self.item(*depth, *member),
            NodeKind::Quantified(quantified) if quantified.quantity == Quantity::CountIf => {
                self.counted_items(quantified)
            }
            _ => format!("(whether {})", self.condition(node, true).within()),
        }
    }

    /// A value in brackets where it is made of others.
    pub(super) fn atom(self, node: &Node) -> String {
        let value = self.value(node);
        match &node.kind {
            NodeKind::Negate(_)
            | NodeKind::Arithmetic { .. }
            | NodeKind::Call { .. }
            | NodeKind::Aggregate(_) => format!("({value})"),
            _ => value,
        }
    }

    fn arithmetic(self, op: ArithmeticOp, left: &Node, right: &Node) -> String {
        if let (NodeKind::Now, NodeKind::Literal(Value::Duration(span))) = (&left.kind, &right.kind)
        {
            match op {
                ArithmeticOp::Subtract => return format!("{} ago", times::duration(*span)),
                ArithmeticOp::Add => return format!("{} from now", times::duration(*span)),
                _ => {}
            }
        }
        let (l, r) = (self.atom(left), self.atom(right));
        match op {
            ArithmeticOp::Add => format!("{l} plus {r}"),
            ArithmeticOp::Subtract => format!("{l} minus {r}"),
            ArithmeticOp::Multiply => format!("{l} times {r}"),
            ArithmeticOp::Divide => format!("{l} divided by {r}"),
            ArithmeticOp::Remainder => format!("the remainder of {l} divided by {r}"),
            ArithmeticOp::IntDivide => format!("the whole part of {l} divided by {r}"),
        }
    }

    fn choice(self, branches: &[(Node, Node)], otherwise: &Node) -> String {
        let branches = branches.iter().map(|(condition, value)| {
            let condition = self.condition(condition, true).within();
            format!("{} if {condition}, ", self.atom(value))
        });
        let branches: String = branches.collect();
        format!("({branches}otherwise {})", self.atom(otherwise))
    }
}

/// Whether it is told as a condition and not as the name of something.
pub(super) fn is_condition(node: &Node) -> bool {
    let is_value = matches!(
        node.kind,
        NodeKind::Literal(_)
            | NodeKind::Field(_)
            | NodeKind::Property(_)
            | NodeKind::Item { .. }
            | NodeKind::Aggregate(_)
            | NodeKind::Trait { .. }
            | NodeKind::Coalesce(_)
            | NodeKind::NullIf(..)
            | NodeKind::Case { .. }
            | NodeKind::Call { .. }
    );
    node.ty == Type::Bool && !is_value
}

fn literal(value: &Value) -> String {
    match value {
        Value::Null => String::from("an unknown value"),
        Value::Bool(truth) => truth.to_string(),
        Value::Int(int) => int.to_string(),
        Value::Float(float) => {
            // `{:?}` of a float is the shortest that reads back.
            let text = format!("{float:?}");
            text.strip_suffix(".0").map_or(text.clone(), str::to_owned)
        }
        Value::String(text) => quoted(text),
        Value::Timestamp(milliseconds) => times::instant(*milliseconds),
        Value::Date(days) => format_date(*days),
        Value::Duration(milliseconds) => times::duration(*milliseconds),
        Value::List(items) => {
            format!("(the list of {})", joined(items, "and", literal))
        }
        // No constant is one.
        Value::Object(_) => String::from("an object"),
    }
}

/// A string in quotes, on one line.
pub(super) fn quoted(text: &str) -> String {
    let shown = text
        .chars()
        .flat_map(|one| -> Box<dyn Iterator<Item = char>> {
            if one.is_control() {
                Box::new(one.escape_default())
            } else {
                Box::new(std::iter::once(one))
            }
        });
    format!("'{}'", shown.collect::<String>())
}
