//! Syntax tree to the JSON form: groups, leaves where a leaf can say it, else the text.

use serde_json::{Map, Value as Json, json};

use crate::ast::{Aggregate, CompareOp, EventSelector, Expr, ExprKind, Literal};

use super::given::named_json;
use super::leaf::{AGGREGATES, VERSION_COMPARE};
use super::operators::{self, Operator};
use super::sequence::sequence_json;
use super::spans::time_json;
use super::values::{value_json, window_json};

pub(super) fn condition(expr: &Expr) -> Json {
    match &expr.kind {
        ExprKind::And(terms) => {
            json!({ "all": terms.iter().map(condition).collect::<Vec<_>>() })
        }
        ExprKind::Or(terms) => {
            json!({ "any": terms.iter().map(condition).collect::<Vec<_>>() })
        }
        ExprKind::Not(operand) => json!({ "not": condition(operand) }),
        ExprKind::InSegment { segment, negated } => {
            let operator = operators::name(Operator::InSegment { negated: *negated });
            json!({ "operator": operator, "value": segment.text })
        }
        ExprKind::Sequence(sequence) => sequence_json(sequence).unwrap_or_else(|| text(expr)),
        _ => leaf(expr).unwrap_or_else(|| text(expr)),
    }
}

/// What no leaf can say.
fn text(expr: &Expr) -> Json {
    json!({ "expression": crate::format(expr) })
}

/// A leaf, if a leaf can say it.
fn leaf(expr: &Expr) -> Option<Json> {
    let (operand, operator, value) = test(&expr.kind)?;
    let mut map = operand_json(operand)?;
    map.insert("operator".to_owned(), json!(operators::name(operator)));
    if let Some(value) = value {
        map.insert("value".to_owned(), value);
    }
    Some(Json::Object(map))
}

fn operand_json(operand: &Expr) -> Option<Map<String, Json>> {
    match &operand.kind {
        ExprKind::Field(name) => Some(Map::from_iter([("field".to_owned(), json!(name))])),
        ExprKind::Aggregate(aggregate) => aggregate_json(aggregate),
        _ => None,
    }
}

fn aggregate_json(aggregate: &Aggregate) -> Option<Map<String, Json>> {
    let mut functions = AGGREGATES.iter();
    let (function, _) = functions.find(|(_, function)| *function == aggregate.function)?;
    let event = match &aggregate.event {
        EventSelector::Any => "*",
        // A backticked `*` is an event of that name, which the JSON form cannot tell from any.
        EventSelector::Named(name) if name.text == "*" => return None,
        EventSelector::Named(name) => &name.text,
    };
    let mut map = Map::from_iter([("aggregate".to_owned(), json!(function))]);
    let property = aggregate.property.as_ref().map(|name| &name.text);
    match (event.contains('.'), property) {
        (true, property) => {
            map.insert("event".to_owned(), json!(event));
            if let Some(property) = property {
                map.insert("field".to_owned(), json!(property));
            }
        }
        (false, Some(property)) => {
            map.insert("field".to_owned(), json!(format!("{event}.{property}")));
        }
        (false, None) => {
            map.insert("field".to_owned(), json!(event));
        }
    }
    let window = window_json(&aggregate.window)?;
    if !window.is_null() {
        map.insert("window".to_owned(), window);
    }
    if let Some(filter) = &aggregate.filter {
        map.insert("where".to_owned(), condition(filter));
    }
    Some(map)
}

/// Operand, operator and value of a test that a leaf can say.
fn test(kind: &ExprKind) -> Option<(&Expr, Operator, Option<Json>)> {
    let list = |items: &[Expr]| items.iter().map(value_json).collect::<Option<Vec<_>>>();
    if let Some((operand, op, version)) = versions(kind) {
        return Some((operand, Operator::Version(op), Some(value_json(version)?)));
    }
    Some(match kind {
        ExprKind::Compare(op, left, right) => {
            (left, Operator::Compare(*op), Some(value_json(right)?))
        }
        ExprKind::Distinct {
            left,
            right,
            negated,
        } => {
            let operator = Operator::Distinct { negated: *negated };
            (left, operator, Some(value_json(right)?))
        }
        ExprKind::In {
            operand,
            items,
            negated,
        } => {
            let operator = Operator::In { negated: *negated };
            (operand, operator, Some(json!(list(items)?)))
        }
        ExprKind::InNamed {
            operand,
            list,
            negated,
        } => {
            let (operator, value) = named_json(list, *negated);
            (operand, operator, Some(value))
        }
        ExprKind::Between {
            operand,
            low,
            high,
            negated,
        } => {
            let bounds = json!([value_json(low)?, value_json(high)?]);
            let operator = Operator::Between { negated: *negated };
            (operand, operator, Some(bounds))
        }
        ExprKind::Text {
            test,
            operand,
            pattern,
            escape: None,
            negated,
        } => {
            let operator = Operator::Text(*test, *negated);
            (operand, operator, Some(value_json(pattern)?))
        }
        ExprKind::ContainsItems {
            quantifier,
            operand,
            items,
            negated,
        } => {
            let operator = Operator::Items(*quantifier, *negated);
            (operand, operator, Some(json!(list(items)?)))
        }
        _ => return presence_or_time(kind),
    })
}

/// The sides of `VERSION_COMPARE(x, y) op 0`, and the operator.
pub(super) fn versions(kind: &ExprKind) -> Option<(&Expr, CompareOp, &Expr)> {
    let ExprKind::Compare(op, left, right) = kind else {
        return None;
    };
    let ExprKind::Call {
        function,
        arguments,
    } = &left.kind
    else {
        return None;
    };
    let is_order = right.kind == ExprKind::Literal(Literal::Int(0));
    match &arguments[..] {
        [of, with] if is_order && function.text == VERSION_COMPARE => Some((of, *op, with)),
        _ => None,
    }
}

fn presence_or_time(kind: &ExprKind) -> Option<(&Expr, Operator, Option<Json>)> {
    Some(match kind {
        ExprKind::Exists(operand) => (operand, Operator::Exists, None),
        ExprKind::IsNull { operand, negated } => {
            (operand, Operator::IsNull { negated: *negated }, None)
        }
        ExprKind::IsEmpty { operand, negated } => {
            (operand, Operator::IsEmpty { negated: *negated }, None)
        }
        ExprKind::IsTruth {
            operand,
            truth,
            negated,
        } => {
            let (truth, negated) = (*truth, *negated);
            (operand, Operator::IsTruth { truth, negated }, None)
        }
        ExprKind::Time {
            test,
            operand,
            negated,
        } => {
            let (operator, value) = time_json(test, *negated)?;
            (operand, operator, Some(value))
        }
        _ => return None,
    })
}
