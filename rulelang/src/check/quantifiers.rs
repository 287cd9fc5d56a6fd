//! Quantifiers: `ANY(list, item => condition)`, and what the item's name stands for in there.
//!
//! A list that nobody declared is of objects where the condition names a member of the item
//! (`i.price`), else of what the item itself is used as. Members' types are learnt as those of
//! undeclared properties are, one for all quantifiers over the same list.

use std::sync::Arc;

use crate::ast::{Expr, ExprKind, Name, Quantity};
use crate::limits::QUANTIFIER_DEPTH_MAX;
use crate::rule::{Member, NodeKind, Quantified};
use crate::{Code, Diagnostic, Span, Type};

use super::context::{Checker, Ty, Typed};
use super::slots::{Resolved, SlotKey};

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
        let items = self.items(&list, &key);
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

    /// What a name stands for that is the item's or begins with it; `None` of all others.
    pub(super) fn item(&mut self, name: &str, span: Span) -> Option<Typed> {
        let (depth, path) = self.quantifiers.item(name)?;
        let place = self.place(span);
        let open = self.quantifiers.open.get_mut(depth)?;
        open.has_members |= path.is_some();
        let list = open.list.clone();
        Some(match (open.items, path) {
            (Items::Error, _) => Typed::error(place),
            (Items::Nothing, _) => Typed::placeholder(Ty::Known(Type::Null), place),
            (Items::Slot(item), None) => Typed::placeholder(Ty::Slot(item), place),
            (Items::Scalars(ty), None) => self.member(depth, None, ty, place),
            (Items::Objects | Items::Slot(_), Some(path)) => {
                self.object_member(depth, path, list, place)
            }
            (Items::Objects, None) => {
                let message = format!("`{name}` is an object, of which only members can be read");
                let help = format!("name one of them, as in `{name}.price`");
                self.fail(Diagnostic::error(Code::TypeMismatch, span, message).with_help(help))
            }
            (Items::Scalars(ty), Some(path)) => {
                let item = name.get(..name.len() - path.len() - 1).unwrap_or(name);
                let message = format!("`{item}` is {ty} and has no members");
                let help = format!("write `{item}` for the item itself");
                self.fail(Diagnostic::error(Code::TypeMismatch, span, message).with_help(help))
            }
        })
    }

    fn object_member(&mut self, depth: usize, path: &str, list: Arc<str>, place: Span) -> Typed {
        let key = SlotKey::Member(list, path.into());
        if self.is_learning() {
            let slot = self.slots.intern(key, Some(place));
            return Typed::placeholder(Ty::Slot(slot), place);
        }
        match self.slots.resolved(&key) {
            Resolved::Known(ty) => self.member(depth, Some(path.into()), ty, place),
            Resolved::AlwaysNull => Typed::placeholder(Ty::Known(Type::Null), place),
            Resolved::Error => Typed::error(place),
        }
    }

    fn member(&mut self, depth: usize, name: Option<Arc<str>>, ty: Type, place: Span) -> Typed {
        let Some(open) = self.quantifiers.open.get_mut(depth) else {
            return Typed::error(place);
        };
        let member = Member { name, ty };
        let known = open.members.iter().position(|known| *known == member);
        let index = known.unwrap_or_else(|| {
            open.members.push(member);
            open.members.len() - 1
        });
        let kind = NodeKind::Item {
            depth,
            member: index,
        };
        Typed::new(kind, ty, place)
    }

    /// Refuses what asks about the user where one item is asked about.
    pub(super) fn not_of_an_item(&mut self, what: &str, span: Span) -> Typed {
        let message = format!(
            "{what} cannot stand in the condition of a quantifier, which asks about one item"
        );
        self.fail(Diagnostic::error(Code::Misplaced, span, message))
    }

    /// Refuses `items.price` of a list of objects: items have members, their list has none.
    /// `None` of a name that is no such path. `ty` tells the type of what a shorter name stands for.
    pub(super) fn broadcast(
        &mut self,
        name: &str,
        span: Span,
        ty: impl Fn(&Self, &str) -> Option<Type>,
    ) -> Option<Typed> {
        let (list, path) = name
            .match_indices('.')
            .filter_map(|(dot, _)| Some((name.get(..dot)?, name.get(dot + 1..)?)))
            .find(|(list, _)| ty(self, list) == Some(Type::Objects))?;
        let message = format!("`{list}` is a {}: its items have members", Type::Objects);
        let item = if self.quantifiers.is_empty() {
            "i"
        } else {
            "j"
        };
        let member = crate::format_field(&format!("{item}.{path}"));
        let list = crate::format_field(list);
        let found = Diagnostic::error(Code::TypeMismatch, span, message);
        let test = self.test.filter(|_| self.traits.stack.is_empty());
        let around = test.and_then(|test| {
            let before = self.source.get(test.start as usize..span.start as usize)?;
            let after = self.source.get(span.end as usize..test.end as usize)?;
            let text = format!("ANY({list}, {item} => {before}{member}{after})");
            Some((test, text))
        });
        Some(
            self.fail(match around {
                Some((test, text)) => found
                    .with_help(format!("write `{text}`"))
                    .with_fix(test, text),
                None => found.with_help(about_items(&list)),
            }),
        )
    }
}

/// What to do with a list of objects instead.
pub(super) fn about_items(list: &str) -> String {
    format!("ask about its items, as in `ANY({list}, i => i.price > 100)`")
}

/// Whether an expression is a test by itself, around which a quantifier can be written.
pub(super) fn is_test(expr: &Expr) -> bool {
    matches!(
        expr.kind,
        ExprKind::Compare(..)
            | ExprKind::Distinct { .. }
            | ExprKind::In { .. }
            | ExprKind::Between { .. }
            | ExprKind::Text { .. }
            | ExprKind::ContainsItems { .. }
            | ExprKind::IsNull { .. }
            | ExprKind::Exists(_)
            | ExprKind::IsTruth { .. }
            | ExprKind::IsEmpty { .. }
            | ExprKind::Time { .. }
    )
}
