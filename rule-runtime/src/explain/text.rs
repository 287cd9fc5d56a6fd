//! The text of a part of a rule: canonical, on one line.

use rulelang::ast::ExprKind;
use rulelang::rule::Node;
use rulelang::{Rule, format, parse};

/// The canonical text of a part of a rule. `is_undone` says that the node stands below a NOT that
/// is written inside it (`NOT IN SEGMENT 's'`), so that its own text is the one without.
pub(super) fn text_of(rule: &Rule, node: &Node, is_undone: bool) -> String {
    let written = node.span.text(&rule.source);
    let Ok(mut expr) = parse(written) else {
        return written.split_whitespace().collect::<Vec<_>>().join(" ");
    };
    if is_undone
        && let ExprKind::InSegment { negated, .. } | ExprKind::Time { negated, .. } = &mut expr.kind
    {
        *negated = false;
    }
    format(&expr)
}
