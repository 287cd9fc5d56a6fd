//! A checked rule in plain English, for people who do not read rules.
//!
//! What is told is when the rule is TRUE, which is when a user is in its segment. NOT is carried down to
//! what it negates, so that nobody has to turn a bracket around; where an absent value would be a
//! surprise it is said to be known or unknown. One family of expressions lives in each submodule.
//! INVARIANT: the text depends on the rule alone and names every part of it but the further items
//! of long lists.

mod comparisons;
mod conditions;
mod events;
mod functions;
mod layout;
mod lists;
mod percents;
mod quantifiers;
mod sequences;
mod texts;
mod times;
mod values;

use crate::Rule;
use crate::limits::QUANTIFIER_DEPTH_MAX;
use crate::rule::{Aggregate, Node, NodeKind, Quantified};
use crate::types::Type;

pub use times::duration as english_duration;

/// A rule as a sentence, or as a short indented list where a sentence could be read in two ways:
///
/// ```text
/// all of:
/// - country is 'DE'
/// - any of:
///   - at least 3 `purchase` events in the last 30 days
///   - churned is false
/// ```
///
/// Lines are separated by `\n`, of which there is none at the end. An expression that is no
/// condition is told as the value that it is. Computed traits keep their names.
pub fn english(rule: &Rule) -> String {
    english_of(rule, &rule.root, None)
}

/// One expression of a rule, told as [`english`] tells a whole one; `events` is the aggregate in
/// whose WHERE it stands.
pub fn english_of(rule: &Rule, node: &Node, events: Option<&Aggregate>) -> String {
    let mut teller = Teller {
        rule,
        aggregate: events,
        quantifiers: [None; QUANTIFIER_DEPTH_MAX],
    };
    let root = events.and_then(|it| it.filter.as_ref());
    root.unwrap_or(&rule.root).walk(&mut |outer| {
        if let NodeKind::Quantified(it) = &outer.kind
            && it.condition.span.to(node.span) == it.condition.span
        {
            teller = teller.inside(it);
        }
    });
    if node.ty == Type::Bool {
        teller.condition(node, true).told()
    } else {
        teller.value(node)
    }
}

/// Who tells an expression: the names that its indexes stand for.
#[derive(Clone, Copy)]
struct Teller<'a> {
    rule: &'a Rule,
    /// The aggregate whose WHERE the expression stands in.
    aggregate: Option<&'a Aggregate>,
    /// The quantifiers whose conditions it stands in, outermost first.
    quantifiers: [Option<&'a Quantified>; QUANTIFIER_DEPTH_MAX],
}

/// `name` as it is, in backticks where it would not be seen to be one.
fn named(name: &str) -> String {
    let is_plain = |one: char| one.is_alphanumeric() || matches!(one, '_' | '.' | '$' | '-');
    if !name.is_empty() && name.chars().all(is_plain) {
        name.to_owned()
    } else {
        format!("`{name}`")
    }
}
