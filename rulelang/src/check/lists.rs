//! Lists written out: `['a', 'b']`.

use crate::ast::Expr;
use crate::rule::NodeKind;
use crate::{Code, Diagnostic, Scalar, Type, Value, builtins};

use super::compare::is_null_literal;
use super::context::{Checker, Ty, Typed};

impl Checker<'_> {
    /// A list of items of one type; an empty one is of strings.
    pub(super) fn list_literal(&mut self, items: &[Expr], expr: &Expr) -> Typed {
        if let Some(null) = items.iter().find(|item| is_null_literal(item)) {
            self.excuse_all(items);
            let message = "a list has no items that are NULL";
            return self.fail(Diagnostic::error(Code::CompareWithNull, null.span, message));
        }
        let typed = items.iter().map(|item| self.expr(item)).collect();
        let (nodes, ty) = match self.one_type(typed, expr) {
            Ok((nodes, Ty::Known(ty))) => (nodes, ty),
            Ok((nodes, Ty::Slot(slot))) => (nodes, self.slots.known(slot).unwrap_or(Type::String)),
            Ok((_, Ty::Error)) => return Typed::error(self.place(expr.span)),
            Err(failed) => return failed,
        };
        let item = match ty {
            Type::Null => Some(Scalar::String),
            ty => ty.as_scalar(),
        };
        let Some(item) = item else {
            let message = "lists do not hold lists";
            return self.fail(Diagnostic::error(Code::TypeMismatch, expr.span, message));
        };
        let constants = nodes.iter().map(|node| match &node.kind {
            NodeKind::Literal(value) => Some(value.clone()),
            _ => None,
        });
        let kind = match constants.collect::<Option<Vec<Value>>>() {
            Some(values) => NodeKind::Literal(builtins::list_of(&values)),
            None => NodeKind::List(nodes),
        };
        Typed::new(kind, Type::List(item), self.place(expr.span))
    }
}
