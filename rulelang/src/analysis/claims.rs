//! What is said of a rule: the nearest condition that explains it, once.

use super::judge::{Judged, Verdict, judge};
use super::operands::Operands;
use crate::rule::{Aggregate, Node, NodeKind};

/// Something that holds for every user.
#[derive(Debug)]
pub(super) enum Claim<'a> {
    /// The condition is TRUE of nobody.
    Never(&'a Node),
    /// The condition is TRUE of everybody, or of everybody of whom a value is known.
    Always(&'a Node, Option<&'a Node>),
    /// AND or OR answers the same without one of its terms, and without all that are claimed so.
    Superfluous {
        /// The whole.
        #[cfg_attr(not(test), expect(dead_code, reason = "what tests hold the claim to"))]
        group: &'a Node,
        /// The term.
        term: &'a Node,
        /// Another term that is equal to it.
        same: Option<&'a Node>,
    },
}

/// What can be said of a condition and of those below it.
pub(super) fn claims<'a>(condition: &'a Node, aggregates: &'a [Aggregate]) -> Vec<Claim<'a>> {
    let mut operands = Operands::new(aggregates);
    let judged = judge(condition, &mut operands);
    let mut found = vec![];
    collect(&judged, &operands, &mut found);
    found
}

fn collect<'a>(judged: &Judged<'a>, operands: &Operands<'a>, found: &mut Vec<Claim<'a>>) {
    if let Some(verdict) = judged.verdict
        && !is_literal(judged.node)
        && !judged.parts.iter().any(|part| explains(part, judged))
    {
        found.push(match verdict {
            Verdict::Never => Claim::Never(judged.node),
            Verdict::Always => Claim::Always(judged.node, None),
            Verdict::WhereKnown(number) => Claim::Always(judged.node, operands.node(number)),
        });
        return;
    }
    for place in &judged.superfluous {
        let Some(term) = judged.parts.get(*place).map(|part| part.node) else {
            continue;
        };
        let others = judged.parts.iter().enumerate();
        let mut others = others
            .filter(|(other, _)| other != place)
            .map(|(_, part)| part.node);
        found.push(Claim::Superfluous {
            group: judged.node,
            term,
            same: others.find(|other| *other == term),
        });
    }
    for part in &judged.parts {
        collect(part, operands, found);
    }
}

/// Whether what is said of a condition is better said of a part of it.
fn explains(part: &Judged<'_>, whole: &Judged<'_>) -> bool {
    let is_group = matches!(whole.node.kind, NodeKind::And(_) | NodeKind::Or(_));
    match (part.verdict, whole.verdict) {
        _ if is_literal(part.node) => false,
        (Some(part), Some(whole)) if is_group => {
            (part == Verdict::Never) == (whole == Verdict::Never)
        }
        (verdict, _) => verdict.is_some(),
    }
}

fn is_literal(node: &Node) -> bool {
    matches!(node.kind, NodeKind::Literal(_))
}
