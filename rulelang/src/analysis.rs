//! What can be said of a rule for every user: conditions that are never or always true, and those that
//! the others beside them make superfluous.
//!
//! A condition about one value is the set of values of which it is TRUE and the set of which it is
//! FALSE ([`set`]); of the rest it is NULL. AND, OR and NOT are intersections, unions and an exchange, so
//! all three truth values are kept, and what is said holds wherever the condition stands. What is
//! about several values is a value of its own, TRUE, FALSE or NULL.
//! INVARIANT: nothing is said that is not so. Numbers and instants count as dense, which may leave
//! something unsaid (`n > 1 AND n < 2` of an int).

mod claims;
mod judge;
mod leaves;
mod merged;
mod operands;
mod relation;
mod set;
#[cfg(test)]
mod tests;

use crate::rule::{Aggregate, Node};
use crate::span::{Span, shortened};
use crate::{Code, Diagnostic, Diagnostics};

use claims::{Claim, claims};
pub use relation::{Relation, relation};

/// Warns of what is constant or superfluous in a rule and in the WHEREs of its aggregates.
pub(crate) fn warn(found: &mut Diagnostics, source: &str, aggregates: &[Aggregate], root: &Node) {
    let filters = aggregates.iter().filter_map(|it| it.filter.as_ref());
    for condition in filters.chain([root]) {
        for claim in claims(condition, aggregates) {
            found.push(told(&claim, source));
        }
    }
}

fn told(claim: &Claim<'_>, source: &str) -> Diagnostic {
    let shown = |span: Span| shortened(span.text(source));
    match claim {
        Claim::Never(node) => {
            let message = format!("`{}` is never true", shown(node.span));
            Diagnostic::warning(Code::ConstantCondition, node.span, message)
        }
        Claim::Always(node, None) => {
            let message = format!("`{}` is always true", shown(node.span));
            Diagnostic::warning(Code::ConstantCondition, node.span, message)
        }
        Claim::Always(node, Some(value)) => {
            let value = shown(value.span);
            let message = format!("`{}` is true whenever `{value}` is known", shown(node.span));
            Diagnostic::warning(Code::ConstantCondition, node.span, message)
                .with_help(format!("write `{value} IS NOT NULL` if that is meant"))
        }
        Claim::Superfluous { term, same, .. } => {
            let text = shown(term.span);
            let message = match same {
                Some(_) => format!("`{text}` stands here twice"),
                None => format!("`{text}` changes nothing beside the other conditions"),
            };
            let found = Diagnostic::warning(Code::SuperfluousCondition, term.span, message)
                .with_help("leave it out");
            match same {
                Some(same) => found.with_label(same.span, "also here"),
                None => found,
            }
        }
    }
}
