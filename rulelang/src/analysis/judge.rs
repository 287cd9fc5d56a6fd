//! Conditions from the leaves up: what each is, and which of its terms are superfluous.

use std::collections::BTreeMap;

use super::leaves::{Domain, leaf};
use super::operands::Operands;
use super::set::Set;
use crate::rule::{Node, NodeKind};
use crate::types::Type;

/// Groups that take more steps than this are not looked into: it bounds what one condition costs.
const STEPS_MAX: usize = 1 << 20;

/// Whether a condition is the same for everybody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It is TRUE of nobody.
    Never,
    /// It is TRUE of everybody.
    Always,
    /// It is TRUE of everybody of whom the value of this number is known.
    WhereKnown(usize),
}

/// A condition, judged.
pub(super) struct Judged<'a> {
    pub(super) node: &'a Node,
    pub(super) domain: Domain,
    pub(super) verdict: Option<Verdict>,
    /// The conditions below it: its terms where it is made of some.
    pub(super) parts: Vec<Self>,
    /// Terms without which it is the same, by their places.
    pub(super) superfluous: Vec<usize>,
}

/// Judges a condition and those below it.
pub(super) fn judge<'a>(node: &'a Node, operands: &mut Operands<'a>) -> Judged<'a> {
    match &node.kind {
        NodeKind::And(terms) => group(node, terms, true, operands),
        NodeKind::Or(terms) => group(node, terms, false, operands),
        NodeKind::Not(operand) => seen(node, operand, operands, |domain, _| domain.opposite()),
        NodeKind::IsTruth {
            operand,
            truth,
            negated,
        } => seen(node, operand, operands, |domain, universe| {
            let set = if *truth { domain.truth } else { domain.falsity };
            let is = Domain::total(domain.operand, &set, universe);
            if *negated { is.opposite() } else { is }
        }),
        NodeKind::IsNull { operand, negated } if operand.ty == Type::Bool => {
            seen(node, operand, operands, |domain, universe| {
                let known = domain.truth.or(&domain.falsity);
                let is = Domain::total(domain.operand, &known, universe);
                if *negated { is } else { is.opposite() }
            })
        }
        // What is odd within a computed trait is not this rule's.
        NodeKind::Trait { body, .. } if body.ty == Type::Bool => {
            let body = judge(body, operands);
            Judged {
                node,
                parts: vec![],
                superfluous: vec![],
                ..body
            }
        }
        _ => {
            let domain = leaf(node, operands);
            let parts = below(node, operands);
            judged(node, domain, parts, operands)
        }
    }
}

fn judged<'a>(
    node: &'a Node,
    domain: Domain,
    parts: Vec<Judged<'a>>,
    operands: &Operands<'a>,
) -> Judged<'a> {
    Judged {
        node,
        verdict: verdict(&domain, operands),
        domain,
        parts,
        superfluous: vec![],
    }
}

/// A condition about the truth value of another.
fn seen<'a>(
    node: &'a Node,
    operand: &'a Node,
    operands: &mut Operands<'a>,
    see: impl FnOnce(Domain, &Set) -> Domain,
) -> Judged<'a> {
    let below = judge(operand, operands);
    let universe = universe(&below.domain, operands);
    let domain = see(below.domain.clone(), &universe);
    judged(node, domain, vec![below], operands)
}

fn universe(domain: &Domain, operands: &Operands<'_>) -> Set {
    domain
        .operand
        .map_or_else(Set::all, |number| operands.universe(number))
}

fn verdict(domain: &Domain, operands: &Operands<'_>) -> Option<Verdict> {
    let universe = universe(domain, operands);
    if domain.truth.and(&universe).is_empty() {
        return Some(Verdict::Never);
    }
    if universe.is_within(&domain.truth) {
        return Some(Verdict::Always);
    }
    // `a IS NOT NULL` is not meant: it is FALSE where `a` is not known, and never NULL.
    let is_where_known = domain.falsity.and(&universe).is_empty()
        && universe.without(&Set::null()).is_within(&domain.truth);
    domain
        .operand
        .filter(|_| is_where_known)
        .map(Verdict::WhereKnown)
}

/// The conditions nearest below a node that is not made of conditions, as in CASE.
fn below<'a>(node: &'a Node, operands: &mut Operands<'a>) -> Vec<Judged<'a>> {
    let mut found = vec![];
    for child in node.children() {
        match child.kind {
            NodeKind::Literal(_) | NodeKind::Trait { .. } => {}
            _ if child.ty == Type::Bool => found.push(judge(child, operands)),
            _ => found.extend(below(child, operands)),
        }
    }
    found
}

/// AND and OR. The terms about one value become one condition about it.
fn group<'a>(
    node: &'a Node,
    terms: &'a [Node],
    is_all: bool,
    operands: &mut Operands<'a>,
) -> Judged<'a> {
    let parts: Vec<Judged<'a>> = terms.iter().map(|term| judge(term, operands)).collect();
    let mut by_operand: BTreeMap<Option<usize>, Vec<usize>> = BTreeMap::new();
    for (place, part) in parts.iter().enumerate() {
        by_operand
            .entry(part.domain.operand)
            .or_default()
            .push(place);
    }
    let mut domains = vec![];
    let mut superfluous = vec![];
    for (operand, places) in by_operand {
        let places: Vec<(usize, &Domain)> = places
            .into_iter()
            .filter_map(|place| Some((place, &parts.get(place)?.domain)))
            .collect();
        let Some(together) = together(operand, &places, is_all) else {
            let domain = Domain::of_truth(node, operands);
            return judged(node, domain, parts, operands);
        };
        if verdict(&together.domain, operands).is_none() {
            superfluous.extend(together.superfluous);
        }
        domains.push(together.domain);
    }
    superfluous.retain(|place| parts.get(*place).is_some_and(|part| part.verdict.is_none()));
    superfluous.sort_unstable();
    let (domain, verdict) = whole(node, domains, is_all, operands);
    Judged {
        node,
        domain,
        verdict,
        parts,
        superfluous,
    }
}

/// What conditions about several values come to.
fn whole<'a>(
    node: &'a Node,
    mut domains: Vec<Domain>,
    is_all: bool,
    operands: &mut Operands<'a>,
) -> (Domain, Option<Verdict>) {
    let verdicts: Vec<_> = domains
        .iter()
        .map(|domain| verdict(domain, operands))
        .collect();
    if let ([verdict], Some(_)) = (verdicts.as_slice(), domains.first()) {
        return (domains.swap_remove(0), *verdict);
    }
    let has = |wanted: Verdict| verdicts.contains(&Some(wanted));
    let is_each = |wanted: Verdict| verdicts.iter().all(|one| *one == Some(wanted));
    let found = match is_all {
        true if has(Verdict::Never) => Some(Verdict::Never),
        true if is_each(Verdict::Always) => Some(Verdict::Always),
        false if has(Verdict::Always) => Some(Verdict::Always),
        false if is_each(Verdict::Never) => Some(Verdict::Never),
        false => {
            let where_known = |one: &&Option<Verdict>| matches!(one, Some(Verdict::WhereKnown(_)));
            verdicts.iter().find(where_known).copied().flatten()
        }
        true => None,
    };
    let mut domain = Domain::of_truth(node, operands);
    match found {
        Some(Verdict::Always) => domain = Domain::constant(Some(true)),
        Some(Verdict::Never) => domain.truth = Set::empty(),
        _ => {}
    }
    (domain, found)
}

/// The terms about one value together, and which of them the others make superfluous.
struct Together {
    domain: Domain,
    superfluous: Vec<usize>,
}

/// `None` where it would take too long.
fn together(operand: Option<usize>, terms: &[(usize, &Domain)], is_all: bool) -> Option<Together> {
    let size = |domain: &Domain| domain.truth.size() + domain.falsity.size();
    let sizes: usize = terms.iter().map(|(_, domain)| size(domain)).sum();
    if sizes.saturating_mul(terms.len()) > STEPS_MAX {
        return None;
    }
    // AND is TRUE where all terms are, FALSE where one is; OR is the same with both exchanged.
    let sides = |domain: &Domain| {
        let (truth, falsity) = (domain.truth.clone(), domain.falsity.clone());
        if is_all {
            Sides {
                each: truth,
                some: falsity,
            }
        } else {
            Sides {
                each: falsity,
                some: truth,
            }
        }
    };
    let terms: Vec<(usize, Sides)> = terms
        .iter()
        .map(|(place, domain)| (*place, sides(domain)))
        .collect();
    let mut before = vec![Sides::of_nothing()];
    for (_, term) in &terms {
        before.extend(before.last().map(|so_far| so_far.with(term)));
    }
    let all = before.pop()?;
    let mut after = Sides::of_nothing();
    let mut superfluous = vec![];
    for ((place, term), before) in terms.iter().zip(&before).rev() {
        let others = before.with(&after);
        if others.each.is_within(&term.each) && term.some.is_within(&others.some) {
            superfluous.push(*place);
        } else {
            after = after.with(term);
        }
    }
    let (truth, falsity) = if is_all {
        (all.each, all.some)
    } else {
        (all.some, all.each)
    };
    let domain = Domain {
        operand,
        truth,
        falsity,
    };
    Some(Together {
        domain,
        superfluous,
    })
}

/// The values of which each of some terms holds (or fails, of OR), and those of which one fails (or
/// holds).
struct Sides {
    each: Set,
    some: Set,
}

impl Sides {
    fn of_nothing() -> Self {
        Self {
            each: Set::all(),
            some: Set::empty(),
        }
    }

    fn with(&self, term: &Self) -> Self {
        Self {
            each: self.each.and(&term.each),
            some: self.some.or(&term.some),
        }
    }
}
