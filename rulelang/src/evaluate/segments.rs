//! Effective memberships of one user in segments that may name one another.

use std::collections::{BTreeMap, BTreeSet};

use super::{evaluate, exists};
use crate::facts::Facts;
use crate::{Rule, Value};

/// A membership that somebody decided by hand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Override {
    /// A member whatever the rule says.
    Included,
    /// No member whatever the rule says; wins over everything.
    Excluded,
}

/// The effective membership of one user in each segment of `rules` at the instant `now`
/// (milliseconds): no where excluded, yes where included, else whether the user exists and the
/// rule is TRUE. `IN SEGMENT` reads the effective memberships of the same instant, so a segment
/// is decided after those it names; `facts.memberships` is not read.
///
/// A segment that is not among `rules` reads FALSE, and so do, of segments that name one another
/// in a circle (refused at save), those whose turn never comes.
pub fn memberships(
    rules: &[(String, Rule)],
    facts: &Facts,
    overrides: &BTreeMap<String, Override>,
    now: i64,
) -> BTreeMap<String, bool> {
    let mut facts = Facts {
        memberships: BTreeMap::new(),
        ..facts.clone()
    };
    let user_exists = exists(&facts, now);
    let mut waiting: BTreeMap<&str, &Rule> = rules
        .iter()
        .map(|(segment, rule)| (segment.as_str(), rule))
        .collect();
    while let Some(segment) = next_decidable(&waiting) {
        let Some(rule) = waiting.remove(segment) else {
            break;
        };
        let is_member = match overrides.get(segment) {
            Some(Override::Excluded) => false,
            Some(Override::Included) => true,
            None => user_exists && evaluate(rule, &facts, now) == Value::Bool(true),
        };
        facts.memberships.insert(segment.to_owned(), is_member);
    }
    let undecided = waiting
        .into_keys()
        .map(|segment| (segment.to_owned(), false));
    facts.memberships.extend(undecided);
    facts.memberships
}

/// A segment that names none that is still waiting.
fn next_decidable<'a>(waiting: &BTreeMap<&'a str, &Rule>) -> Option<&'a str> {
    let names: BTreeSet<&str> = waiting.keys().copied().collect();
    let decidable = waiting.iter().find(|(_, rule)| {
        let mut named = rule.segments.iter();
        named.all(|segment| !names.contains(segment.as_str()))
    });
    decidable.map(|(segment, _)| *segment)
}
