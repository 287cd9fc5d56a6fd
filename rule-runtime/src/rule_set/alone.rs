//! One rule as a set: itself, and segments in the place of those that it names.

use rulelang::rule::{Node, NodeKind};
use rulelang::{Rule, Type, Value};

use super::{BuildError, RuleSet, Segment};
use crate::cache::RuleCache;

/// A set of the one rule as its last segment, after [`stand_ins`].
pub(crate) fn alone(rule: &Rule) -> Result<RuleSet, BuildError> {
    RuleSet::build(segments(rule))
}

/// As [`alone`], of a rule that need not be live, to be asked at one instant in milliseconds.
pub(crate) fn alone_at(rule: &Rule, now: i64) -> Result<RuleSet, BuildError> {
    RuleSet::build_at(segments(rule), now, &RuleCache::default())
}

fn segments(rule: &Rule) -> Vec<Segment> {
    let mut segments = stand_ins(rule);
    // No segment has an empty id.
    let (id, rule) = ("".into(), rule.clone());
    segments.push(Segment { id, rule });
    segments
}

/// One of nobody for each segment that a rule names, in the order of [`Rule::segments`].
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
