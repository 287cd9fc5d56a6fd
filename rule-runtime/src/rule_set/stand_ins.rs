//! Segments in the place of those that a rule names, where it is asked alone.

use rulelang::rule::{Node, NodeKind};
use rulelang::{Rule, Type, Value};

use super::Segment;

/// One of nobody for each segment that a rule names.
pub(crate) fn stand_ins(rule: &Rule) -> Vec<Segment> {
    let of_nobody = |id: &String| Segment {
        id: id.as_str().into(),
        rule: never(rule),
    };
    rule.segments.iter().map(of_nobody).collect()
}

/// A rule that is TRUE of nobody.
fn never(rule: &Rule) -> Rule {
    let root = Node {
        kind: NodeKind::Literal(Value::Bool(false)),
        ty: Type::Bool,
        span: rule.root.span,
    };
    Rule {
        ast: rule.ast.clone(),
        given: None,
        source: rule.source.clone(),
        root,
        fields: vec![],
        aggregates: vec![],
        segments: vec![],
        sequences: vec![],
        percents: vec![],
    }
}
