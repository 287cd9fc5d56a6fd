//! The expressions directly below an expression, to be changed in place.

use super::{Aggregate, Expr, ExprKind, Sequence, TimeOp, Window};

impl Expr {
    /// In the order of the text, those of a window and of a WHERE included.
    pub(crate) fn children_mut(&mut self) -> Vec<&mut Self> {
        match &mut self.kind {
            ExprKind::Literal(_)
            | ExprKind::Field(_)
            | ExprKind::Parameter(_)
            | ExprKind::InSegment { .. } => vec![],
            ExprKind::Negate(operand)
            | ExprKind::Not(operand)
            | ExprKind::Exists(operand)
            | ExprKind::IsNull { operand, .. }
            | ExprKind::IsTruth { operand, .. }
            | ExprKind::IsEmpty { operand, .. }
            | ExprKind::InNamed { operand, .. } => vec![operand],
            ExprKind::Arithmetic(_, left, right)
            | ExprKind::Compare(_, left, right)
            | ExprKind::Distinct { left, right, .. } => vec![left, right],
            ExprKind::And(items)
            | ExprKind::Or(items)
            | ExprKind::List(items)
            | ExprKind::Call {
                arguments: items, ..
            } => items.iter_mut().collect(),
            ExprKind::In { operand, items, .. }
            | ExprKind::ContainsItems { operand, items, .. } => {
                std::iter::once(&mut **operand).chain(items).collect()
            }
            ExprKind::Between {
                operand, low, high, ..
            } => vec![operand, low, high],
            ExprKind::Text {
                operand, pattern, ..
            } => vec![operand, pattern],
            ExprKind::Time { test, operand, .. } => {
                let operand = std::iter::once(&mut **operand);
                operand.chain(of_test(test)).collect()
            }
            ExprKind::Aggregate(Aggregate { window, filter, .. })
            | ExprKind::Did { window, filter, .. } => {
                let filter = filter.iter_mut().map(|filter| &mut **filter);
                of_window(window).into_iter().chain(filter).collect()
            }
            ExprKind::Sequence(sequence) => of_sequence(sequence),
            ExprKind::Quantified {
                list, condition, ..
            } => vec![list, condition],
            ExprKind::Case {
                branches,
                otherwise,
            } => {
                let pairs = branches.iter_mut();
                let pairs = pairs.flat_map(|(condition, value)| [condition, value]);
                let otherwise = otherwise.iter_mut().map(|value| &mut **value);
                pairs.chain(otherwise).collect()
            }
        }
    }
}

fn of_test(test: &mut TimeOp) -> Vec<&mut Expr> {
    match test {
        TimeOp::Before(instant) | TimeOp::After(instant) => vec![instant],
        TimeOp::During(start, end) => vec![start, end],
        TimeOp::WithinLast(_)
        | TimeOp::WithinLastCalendar(_)
        | TimeOp::WithinNext(_)
        | TimeOp::OlderThan(_)
        | TimeOp::FromToAgo(..)
        | TimeOp::Anniversary { .. } => vec![],
    }
}

fn of_window(window: &mut Window) -> Vec<&mut Expr> {
    match window {
        Window::During(start, end) => vec![start, end],
        Window::AllTime
        | Window::WithinLast(_)
        | Window::WithinLastCalendar(_)
        | Window::FromToAgo(..) => vec![],
    }
}

fn of_sequence(sequence: &mut Sequence) -> Vec<&mut Expr> {
    let steps = sequence.then.iter_mut().chain(&mut sequence.then_not);
    let filters = steps.filter_map(|step| step.filter.as_deref_mut());
    let first = sequence.first.filter.as_deref_mut();
    let window = of_window(&mut sequence.first.window);
    window.into_iter().chain(first).chain(filters).collect()
}
