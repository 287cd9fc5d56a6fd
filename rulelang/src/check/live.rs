//! What a rule must keep to so that it can be evaluated live.
//!
//! A live rule must say in advance at which instant it flips by itself. It can where now is only
//! compared with something that does not move: in the time tests, and as `NOW() ± constant` on
//! one side of an order comparison.

use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::rule::{ArithmeticOp, CompareOp, Node, NodeKind};
use crate::{Code, Rule};

use super::align::is_literal;

/// Why a rule cannot be evaluated live: one E0501 for each such use of `NOW()`; empty if it can.
pub fn live_reasons(rule: &Rule) -> Diagnostics {
    let mut found = Diagnostics::default();
    visit(&rule.root, "as a value", &mut found);
    found.sort();
    found
}

/// Reports each `NOW()` below `node` that does not stand where it may; `role` is what `node` is
/// to what stands above it.
fn visit(node: &Node, role: &str, found: &mut Diagnostics) {
    match &node.kind {
        NodeKind::Now => {
            let message = format!("`NOW()` cannot stand here {role} in a rule that is kept live");
            let help = "compare an instant with `NOW()` plus or minus a constant, as in `ts < NOW() - 30d` or `ts WITHIN LAST 30 DAYS`";
            let diagnostic = Diagnostic::error(Code::NotLive, node.span, message);
            found.push(diagnostic.with_help(help));
        }
        NodeKind::Compare { op, left, right } => match (moves(left), moves(right)) {
            (true, true) => visit_all(node, "on both sides of a comparison", found),
            (true, false) if is_order(*op) && is_now_offset(left) => {}
            (false, true) if is_order(*op) && is_now_offset(right) => {}
            (false, false) => visit_all(node, "", found),
            _ if is_order(*op) => visit_all(node, "within other arithmetic", found),
            _ => visit_all(
                node,
                "under an operator that is true for one millisecond",
                found,
            ),
        },
        _ => visit_all(node, role_below(node), found),
    }
}

fn visit_all(node: &Node, role: &str, found: &mut Diagnostics) {
    for child in node.children() {
        // Within arithmetic the reason is that of the comparison above it.
        match &child.kind {
            NodeKind::Arithmetic { .. } | NodeKind::Negate(_) => visit_all(child, role, found),
            _ => visit(child, role, found),
        }
    }
}

fn role_below(node: &Node) -> &'static str {
    match &node.kind {
        NodeKind::Between { .. } => "under BETWEEN",
        NodeKind::In { .. } => "under IN",
        NodeKind::Distinct { .. } => "under IS DISTINCT FROM",
        NodeKind::Time { .. } => "as the instant of a time test",
        _ => "as a value",
    }
}

fn is_order(op: CompareOp) -> bool {
    !matches!(op, CompareOp::Equal | CompareOp::NotEqual)
}

/// Whether now is a part of it.
fn moves(node: &Node) -> bool {
    let mut moves = false;
    node.walk(&mut |node| moves |= matches!(node.kind, NodeKind::Now));
    moves
}

/// `NOW()`, plus or minus durations that are constant.
fn is_now_offset(node: &Node) -> bool {
    match &node.kind {
        NodeKind::Now => true,
        NodeKind::Arithmetic {
            op: ArithmeticOp::Add | ArithmeticOp::Subtract,
            left,
            right,
        } => is_now_offset(left) && is_literal(right),
        _ => false,
    }
}
