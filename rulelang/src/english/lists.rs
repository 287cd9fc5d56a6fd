//! IN, CONTAINS ANY and the like, and IS EMPTY.

use super::Teller;
use super::layout::Told;
use crate::rule::{Node, Quantifier};

/// So many items of a list are named; what is beyond is counted.
const ITEMS_NAMED: usize = 12;

impl Teller<'_> {
    /// IN and its opposite.
    pub(super) fn one_of(self, operand: &Node, items: &[Node], holds: bool) -> Told {
        if items.is_empty() {
            return Told::constant(!holds);
        }
        let value = self.value(operand);
        if holds {
            let one_of = if items.len() > 2 { "one of " } else { "" };
            return Told::Plain(format!("{value} is {one_of}{}", self.listed(items, "or")));
        }
        let (none_of, word) = match items.len() {
            1 => ("not", ""),
            2 => ("neither", "nor"),
            _ => ("none of", "and"),
        };
        let known = self.known_and(operand);
        let told = format!("{value} is {known}{none_of} {}", self.listed(items, word));
        if items.iter().any(|item| self.may_lack(item)) {
            Told::Compound(format!("{told}, all of which are known"))
        } else {
            Told::Plain(told)
        }
    }

    /// CONTAINS of lists.
    pub(super) fn includes(
        self,
        quantifier: Quantifier,
        operand: &Node,
        items: &[Node],
        holds: bool,
    ) -> Told {
        // NONE is the opposite of ANY.
        let (is_all, holds) = match quantifier {
            Quantifier::Any => (false, holds),
            Quantifier::All => (true, holds),
            Quantifier::None => (false, !holds),
        };
        let value = self.value(operand);
        let known = self.known_and(operand);
        // Told once: items may be conditions with lists of their own.
        let listed = self.listed(items, if is_all { "and" } else { "or" });
        let value = match (holds, known) {
            (true, _) | (false, "") => value,
            (false, _) => format!("{value} is known and"),
        };
        Told::Plain(match (items.len(), is_all, holds) {
            (1, _, true) => format!("{value} includes {listed}"),
            (1, _, false) => format!("{value} does not include {listed}"),
            (_, false, true) => format!("{value} includes any of {listed}"),
            (_, false, false) => format!("{value} does not include any of {listed}"),
            (_, true, true) => format!("{value} includes all of {listed}"),
            (_, true, false) => format!("{value} does not include all of {listed}"),
        })
    }

    /// IS EMPTY and its opposite.
    pub(super) fn emptiness(self, operand: &Node, is_empty: bool) -> Told {
        let value = self.value(operand);
        Told::Plain(if is_empty {
            format!("{value} is empty")
        } else {
            format!("{value} is {}not empty", self.known_and(operand))
        })
    }

    /// `1, 2 or 3`; of a long list the first items and how many more there are.
    pub(super) fn listed(self, items: &[Node], word: &str) -> String {
        joined(items, word, |item| self.atom(item))
    }
}

/// The same of anything that `tell` has words for; of what is not named nothing is told.
pub(super) fn joined<T>(items: &[T], word: &str, tell: impl Fn(&T) -> String) -> String {
    let mut named: Vec<String> = items.iter().take(ITEMS_NAMED).map(tell).collect();
    let more = items.len() - named.len();
    if more > 0 {
        named.push(format!("{more} more"));
    }
    match named.split_last() {
        None => String::from("nothing"),
        Some((only, [])) => only.clone(),
        Some((last, others)) => format!("{} {word} {last}", others.join(", ")),
    }
}
