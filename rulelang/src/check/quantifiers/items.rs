//! What the names of items stand for: the item, its members, and what is no member of a list.

use std::sync::Arc;

use super::Items;
use crate::ast::{Expr, ExprKind};
use crate::check::context::{Checker, Ty, Typed};
use crate::check::slots::{Resolved, SlotKey};
use crate::rule::{Member, NodeKind};
use crate::{Code, Diagnostic, Span, Type};

impl Checker<'_> {
    /// What a name stands for that is the item's or begins with it; `None` of all others.
    pub(in crate::check) fn item(&mut self, name: &str, span: Span) -> Option<Typed> {
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

    /// Refuses `items.price` of a list of objects: items have members, their list has none.
    /// `None` of a name that is no such path. `ty` tells the type of what a shorter name stands for.
    pub(in crate::check) fn broadcast(
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
pub(in crate::check) fn about_items(list: &str) -> String {
    format!("ask about its items, as in `ANY({list}, i => i.price > 100)`")
}

/// Whether an expression is a test by itself, around which a quantifier can be written.
pub(in crate::check) fn is_test(expr: &Expr) -> bool {
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
