//! Quantifiers: `ANY(list, item => condition)`, and what the item's name stands for in there.
//!
//! A list that nobody declared is of objects where the condition names a member of the item
//! (`i.price`), else of what the item itself is used as. Members' types are learnt as those of
//! undeclared properties are, one for all quantifiers over the same list.

mod items;

use std::sync::Arc;

use crate::ast::{Expr, ExprKind, Name, Quantity};
use crate::limits::QUANTIFIER_DEPTH_MAX;
use crate::rule::{Member, Node, NodeKind, Quantified};
use crate::{Code, Diagnostic, Span, Type};

use super::context::{Checker, Ty, Typed};
use super::slots::SlotKey;
pub(super) use items::{about_items, is_test};

/// The quantifiers around the present expression.
#[derive(Debug, Default)]
pub(super) struct Quantifiers {
    /// Outermost first.
    open: Vec<Open>,
    /// Those before it stand outside the computed trait whose body is checked, which cannot name
    /// their items.
    hidden: usize,
}

/// A quantifier whose condition is being checked.
#[derive(Debug)]
struct Open {
    /// What its condition calls an item.
    name: String,
    /// What tells its list from others.
    list: Arc<str>,
    items: Items,
    /// What its condition has read of an item so far.
    members: Vec<Member>,
    /// Whether it named a member.
    has_members: bool,
}

/// What a list holds.
#[derive(Debug, Clone, Copy)]
enum Items {
    Scalars(Type),
    Objects,
    /// Whatever this slot turns out to be; only while learning.
    Slot(usize),
    /// Nothing: the list is always NULL.
    Nothing,
    /// Unknown after a mistake.
    Error,
}

impl Quantifiers {
    /// Whether the present expression stands in a quantifier's condition.
    pub(super) fn is_empty(&self) -> bool {
        self.open.is_empty()
    }

    /// Hides the items from a computed trait's body; the answer goes to [`Self::show`].
    pub(super) fn hide(&mut self) -> usize {
        std::mem::replace(&mut self.hidden, self.open.len())
    }

    pub(super) fn show(&mut self, hidden: usize) {
        self.hidden = hidden;
    }

    /// The quantifier whose item `name` begins with, and the path behind that.
    fn item<'n>(&self, name: &'n str) -> Option<(usize, Option<&'n str>)> {
        let visible = self.open.iter().enumerate().skip(self.hidden);
        visible.rev().find_map(|(depth, open)| {
            let rest = name.strip_prefix(&open.name)?;
            match rest.strip_prefix('.') {
                Some(path) => Some((depth, Some(path))),
                None => rest.is_empty().then_some((depth, None)),
            }
        })
    }
}

impl Checker<'_> {
    pub(super) fn quantified(&mut self, expr: &Expr) -> Typed {
        let ExprKind::Quantified {
            quantity,
            list,
            item,
            condition,
        } = &expr.kind
        else {
            return Typed::error(self.place(expr.span));
        };
        let depth = self.quantifiers.open.len();
        if depth == QUANTIFIER_DEPTH_MAX {
            let message = format!(
                "quantifiers nest too deeply; the limit (quantifiers) is {QUANTIFIER_DEPTH_MAX}"
            );
            return self.fail(Diagnostic::error(Code::NestingTooDeep, expr.span, message));
        }
        let key = self.list_key(list);
        let list = self.expr(list);
        let items = if depth > 0 && !self.is_learning() && !is_of_item(&list.node) {
            self.not_of_its_item(&list);
            Items::Error
        } else {
            self.items(&list, &key)
        };
        let (condition, open) = self.of_each(item, key, items, condition);
        if self.is_learning() {
            self.learn_items(&list, &open, &condition);
            return self.answer(*quantity, expr);
        }
        match items {
            Items::Scalars(_) | Items::Objects if !condition.is_error() => {
                let quantified = Quantified {
                    quantity: *quantity,
                    list: list.node,
                    depth,
                    members: open.members,
                    condition: condition.node,
                };
                let mut answer = self.answer(*quantity, expr);
                answer.node.kind = NodeKind::Quantified(Box::new(quantified));
                answer
            }
            Items::Nothing if !condition.is_error() => self.answer(*quantity, expr),
            _ => Typed::error(self.place(expr.span)),
        }
    }

    /// Refuses a list that is the same for every item: it would be gone through for each of them.
    fn not_of_its_item(&mut self, list: &Typed) {
        if list.is_error() {
            return;
        }
        let message = "a quantifier within another goes over a list of the other's item";
        let help = "as in `ANY(cart, i => ANY(i.options, o => o.price > 1))`; whether a list holds a value is `tags CONTAINS i.tag`";
        let found = Diagnostic::error(Code::Misplaced, list.span(), message);
        self.report(found.with_help(help));
    }

    /// NULL in the place and of the type of a quantifier.
    fn answer(&self, quantity: Quantity, expr: &Expr) -> Typed {
        let ty = match quantity {
            Quantity::CountIf => Type::Int,
            Quantity::Any | Quantity::All | Quantity::None => Type::Bool,
        };
        let mut answer = Typed::placeholder(Ty::Known(Type::Null), self.place(expr.span));
        answer.become_null(ty);
        answer
    }

    /// What tells a list from others: its text, of a property with the event before it, of an
    /// item's member with the list that the item is of.
    fn list_key(&self, list: &Expr) -> Arc<str> {
        if let ExprKind::Field(name) = &list.kind
            && let Some((depth, Some(path))) = self.quantifiers.item(name)
            && let Some(around) = self.quantifiers.open.get(depth)
        {
            return format!("{}.{path}", around.list).into();
        }
        let text = crate::format(list);
        match &self.event {
            Some(scope) => format!("{}.{text}", scope.event).into(),
            None => text.into(),
        }
    }

    /// What a list holds; reports what is no list.
    fn items(&mut self, list: &Typed, key: &Arc<str>) -> Items {
        match list.ty {
            Ty::Error => Items::Error,
            Ty::Slot(_) => Items::Slot(self.slots.intern(SlotKey::Item(key.clone()), None)),
            Ty::Known(Type::List(item)) => Items::Scalars(item.as_type()),
            Ty::Known(Type::Objects) => Items::Objects,
            Ty::Known(Type::Null) => Items::Nothing,
            Ty::Known(_) => {
                self.wrong_operand(list, "a list", Type::Null);
                Items::Error
            }
        }
    }

    /// Checks the condition of a quantifier over such items.
    fn of_each(
        &mut self,
        item: &Name,
        list: Arc<str>,
        items: Items,
        condition: &Expr,
    ) -> (Typed, Open) {
        let open = Open {
            name: item.text.clone(),
            list: list.clone(),
            items,
            members: vec![],
            has_members: false,
        };
        self.quantifiers.open.push(open);
        let checked = self.typed_condition(condition);
        let closed = self.quantifiers.open.pop();
        let closed = closed.unwrap_or_else(|| Open {
            name: String::new(),
            list,
            items: Items::Error,
            members: vec![],
            has_members: false,
        });
        (checked, closed)
    }

    /// What a quantifier says of a list that nobody declared.
    fn learn_items(&mut self, list: &Typed, open: &Open, condition: &Typed) {
        let (Ty::Slot(slot), Items::Slot(item)) = (list.ty, open.items) else {
            return;
        };
        if condition.is_error() {
            self.slots.excuse(slot);
        }
        if open.has_members {
            self.slots.bind(slot, Type::Objects, list.span());
        } else {
            self.slots.list_of(slot, item, list.span());
        }
    }

    /// Refuses what asks about the user where one item is asked about.
    pub(super) fn not_of_an_item(&mut self, what: &str, span: Span) -> Typed {
        let message = format!(
            "{what} cannot stand in the condition of a quantifier, which asks about one item"
        );
        self.fail(Diagnostic::error(Code::Misplaced, span, message))
    }
}

/// Whether a list follows from the items of the quantifiers around it, and from constants, alone.
fn is_of_item(list: &Node) -> bool {
    let mut reads_others = false;
    list.walk(&mut |node| {
        reads_others |= matches!(node.kind, NodeKind::Field(_) | NodeKind::Property(_));
    });
    !reads_others
}
