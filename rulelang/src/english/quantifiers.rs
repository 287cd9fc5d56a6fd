//! Quantifiers over the items of a list.

use super::layout::Told;
use super::{Teller, named};
use crate::rule::{Quantified, Quantity};

impl<'a> Teller<'a> {
    /// ANY, ALL, NONE.
    pub(super) fn quantified(self, quantified: &'a Quantified, holds: bool) -> Told {
        let list = &quantified.list;
        // NONE is the opposite of ANY; to be FALSE of one item is the opposite of TRUE of each.
        let (of_each, item_holds) = match quantified.quantity {
            Quantity::All => (holds, holds),
            Quantity::None => (holds, !holds),
            Quantity::Any | Quantity::CountIf => (!holds, holds),
        };
        let condition = self.inside(quantified);
        let condition = condition.condition(&quantified.condition, item_holds);
        let condition = to_the_end(&condition);
        let value = self.value(list);
        Told::Compound(match (of_each, self.may_lack(list)) {
            (true, true) => format!("{value} is known and for each item of it, {condition}"),
            (true, false) => format!("for each item of {value}, {condition}"),
            (false, _) => format!("for at least one item of {value}, {condition}"),
        })
    }

    /// COUNT_IF.
    pub(super) fn counted_items(self, quantified: &'a Quantified) -> String {
        let condition = self.inside(quantified);
        let condition = to_the_end(&condition.condition(&quantified.condition, true));
        let value = self.value(&quantified.list);
        format!("(the number of items of {value} for which {condition})")
    }

    pub(super) fn inside(mut self, quantified: &'a Quantified) -> Self {
        if let Some(place) = self.quantifiers.get_mut(quantified.depth) {
            *place = Some(quantified);
        }
        self
    }

    /// The item at hand, or a member of it.
    pub(super) fn item(self, depth: usize, member: usize) -> String {
        let quantified = self.quantifiers.get(depth).copied().flatten();
        let member = quantified.and_then(|it| it.members.get(member));
        let name = member.and_then(|member| member.name.as_deref());
        let is_outer = matches!(self.quantifiers.get(depth + 1), Some(Some(_)));
        match (name, is_outer) {
            (Some(name), false) => named(name),
            (Some(name), true) => format!("the outer item's {}", named(name)),
            (None, false) => String::from("the item"),
            (None, true) => String::from("the outer item"),
        }
    }
}

/// The condition of an item, with which what is told of the list ends: several need no brackets then.
fn to_the_end(condition: &Told) -> String {
    match condition {
        Told::Group { .. } => condition.bare(),
        _ => condition.within(),
    }
}
