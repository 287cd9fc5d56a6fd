//! Which range of the text came from which part of the JSON form.
//!
//! The text is the formatted whole and was parsed again, so both trees have one shape: they are
//! walked side by side, and the parsed one has the spans.

use crate::Span;
use crate::ast::{Expr, ExprKind, NamedList, TimeOp};

use super::read::{Part, PartKind};
use super::write::versions;

/// The ranges of a rule, outer ones before inner ones.
pub(super) fn ranges(part: &Part, parsed: &Expr) -> Vec<(Span, String)> {
    let mut ranges = vec![];
    locate(part, parsed, &mut ranges);
    ranges
}

fn locate(part: &Part, parsed: &Expr, ranges: &mut Vec<(Span, String)>) {
    ranges.push((parsed.span, part.pointer.clone()));
    match (&part.kind, &parsed.kind) {
        (PartKind::All(parts) | PartKind::Any(parts), _) if parts.len() == 1 => {
            for only in parts {
                locate(only, parsed, ranges);
            }
        }
        (PartKind::All(parts), ExprKind::And(terms))
        | (PartKind::Any(parts), ExprKind::Or(terms)) => {
            for (part, term) in parts.iter().zip(terms) {
                locate(part, term, ranges);
            }
        }
        (PartKind::Not(part), ExprKind::Not(operand)) => locate(part, operand, ranges),
        (PartKind::Text(_), _) => {
            ranges.push((parsed.span, format!("{}/expression", part.pointer)));
        }
        (PartKind::Leaf(expr, filter), kind) => {
            // `"missing": "match"` put the leaf under an OR.
            let added_or = matches!((&expr.kind, kind), (ExprKind::Or(_), ExprKind::Or(_)));
            let test = match kind {
                ExprKind::Or(terms) if added_or => terms.first().unwrap_or(parsed),
                _ => parsed,
            };
            locate_leaf(&part.pointer, test, filter.as_deref(), ranges);
        }
        (PartKind::Sequence(_, filters), ExprKind::Sequence(sequence)) => {
            let first = sequence.first.filter.as_deref();
            let later = sequence.then.iter().chain(&sequence.then_not);
            let parsed = std::iter::once(first).chain(later.map(|step| step.filter.as_deref()));
            for (filter, parsed) in filters.iter().zip(parsed) {
                if let (Some(filter), Some(parsed)) = (filter, parsed) {
                    locate(filter, parsed, ranges);
                }
            }
        }
        _ => {}
    }
}

fn locate_leaf(
    pointer: &str,
    test: &Expr,
    filter: Option<&Part>,
    ranges: &mut Vec<(Span, String)>,
) {
    let versions = versions(&test.kind);
    let (operand, values): (&Expr, Vec<&Expr>) = match &test.kind {
        ExprKind::Compare(..) if versions.is_some() => {
            let Some((operand, _, version)) = versions else {
                return;
            };
            (operand, vec![version])
        }
        ExprKind::Compare(_, left, right) | ExprKind::Distinct { left, right, .. } => {
            (left, vec![right])
        }
        ExprKind::Text {
            operand, pattern, ..
        } => (operand, vec![pattern]),
        ExprKind::Between {
            operand, low, high, ..
        } => (operand, vec![low, high]),
        ExprKind::In { operand, items, .. } | ExprKind::ContainsItems { operand, items, .. } => {
            (operand, items.iter().collect())
        }
        ExprKind::Time {
            operand,
            test: TimeOp::Before(instant) | TimeOp::After(instant),
            ..
        } => (operand, vec![instant]),
        ExprKind::Exists(operand)
        | ExprKind::IsNull { operand, .. }
        | ExprKind::IsEmpty { operand, .. }
        | ExprKind::IsTruth { operand, .. }
        | ExprKind::Time { operand, .. } => (operand, vec![]),
        ExprKind::InNamed { operand, list, .. } => {
            let (NamedList::Stored(name) | NamedList::Parameter(name)) = list;
            ranges.push((name.span, format!("{pointer}/value")));
            (operand, vec![])
        }
        ExprKind::InSegment { segment, .. } => {
            ranges.push((segment.span, format!("{pointer}/value")));
            return;
        }
        _ => return,
    };
    match (&operand.kind, filter) {
        (ExprKind::Aggregate(aggregate), filter) => {
            if let (Some(filter), Some(parsed)) = (filter, aggregate.filter.as_deref()) {
                locate(filter, parsed, ranges);
            }
        }
        _ => ranges.push((operand.span, format!("{pointer}/field"))),
    }
    let is_list = matches!(
        test.kind,
        ExprKind::Between { .. } | ExprKind::In { .. } | ExprKind::ContainsItems { .. }
    );
    for (index, value) in values.into_iter().enumerate() {
        let at = if is_list {
            format!("{pointer}/value/{index}")
        } else {
            format!("{pointer}/value")
        };
        ranges.push((value.span, at));
    }
}
