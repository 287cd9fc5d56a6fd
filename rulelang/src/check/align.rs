//! Operands that must be of one type: those of a comparison, of `IN`, the values of `CASE`.

use crate::rule::{ArithmeticOp, Node, NodeKind};
use crate::value::{exact_float, exact_int};
use crate::{Scalar, Type, Value};

use super::context::{Checker, Ty, Typed};

/// What the operands have in common.
pub(super) enum Aligned {
    /// They agree on this type.
    As(Ty),
    /// These two, by their places in the list, do not agree.
    Clash(usize, usize),
}

impl Checker<'_> {
    /// Makes operands agree so that they can be compared: undeclared names take the type of the
    /// others, number literals that of the field, literal NULLs too. int stands with float and
    /// date with timestamp; a list literal takes the type of a list whose items its own fit.
    pub(super) fn align(&mut self, operands: &mut [Typed]) -> Aligned {
        adapt_lists(operands);
        self.given_beside_instants(operands);
        let (common, clash) = match common_type(operands, |_| true) {
            Ok(common) => (common, None),
            Err(clash) => (None, Some(clash)),
        };
        let spoilt = clash.is_some() || operands.iter().any(Typed::is_error);
        if self.is_learning() {
            return Aligned::As(self.learn_common(operands, common, spoilt));
        }
        if let Some((a, b)) = clash {
            return Aligned::Clash(a, b);
        }
        if spoilt {
            return Aligned::As(Ty::Error);
        }
        let not_literal = |node: &Node| !matches!(node.kind, NodeKind::Literal(_));
        let target = common_type(operands, not_literal);
        let target = target.ok().flatten().or(common).unwrap_or(Type::Null);
        for operand in operands.iter_mut() {
            adapt_literal(operand, target);
        }
        Aligned::As(Ty::Known(common.unwrap_or(Type::Null)))
    }

    /// As [`Checker::align`], for operands one of which becomes the value: they end up of exactly
    /// one type.
    pub(super) fn unify(&mut self, operands: &mut [Typed]) -> Aligned {
        let aligned = self.align(operands);
        let Aligned::As(Ty::Known(_)) = aligned else {
            return aligned;
        };
        match common_type(operands, |_| true) {
            Err((a, b)) => Aligned::Clash(a, b),
            Ok(common) => {
                let ty = common.unwrap_or(Type::Null);
                for operand in operands.iter_mut() {
                    widen(operand, ty);
                }
                Aligned::As(Ty::Known(ty))
            }
        }
    }

    fn learn_common(&mut self, operands: &[Typed], common: Option<Type>, spoilt: bool) -> Ty {
        let mut first = None;
        for operand in operands {
            let Ty::Slot(slot) = operand.ty else {
                continue;
            };
            if spoilt {
                self.slots.excuse(slot);
                continue;
            }
            match first {
                None => first = Some(slot),
                Some(first) => self.slots.link(first, slot),
            }
            if let Some(ty) = common {
                let ty = inferred(ty, operands);
                if ty == Type::Date && operands.iter().all(is_constant_or_name) {
                    // As AFTER has it: a day is an instant too.
                    self.slots.suppose(slot, Type::Timestamp, operand.span());
                } else if operands.iter().any(says_its_type) {
                    self.slots.bind(slot, ty, operand.span());
                } else {
                    self.slots.prefer(slot, ty, operand.span());
                }
            }
        }
        match (spoilt, first, common) {
            (true, ..) => Ty::Error,
            (_, Some(slot), _) => Ty::Slot(slot),
            (_, None, common) => Ty::Known(common.unwrap_or(Type::Null)),
        }
    }
}

/// What a name compared with operands of type `ty` is: an int that is made of literals alone says
/// "a number", and that is a float.
pub(super) fn inferred(ty: Type, operands: &[Typed]) -> Type {
    let constant =
        |operand: &Typed| operand.ty != Ty::Known(Type::Int) || is_literal(&operand.node);
    let list = Type::List(Scalar::Int);
    let constant_list =
        |operand: &Typed| operand.ty != Ty::Known(list) || is_literal(&operand.node);
    match ty {
        Type::Int if operands.iter().all(constant) => Type::Float,
        ty if ty == list && operands.iter().all(constant_list) => Type::List(Scalar::Float),
        ty => ty,
    }
}

/// Whether an operand is a constant, or a name of which nothing is known yet.
fn is_constant_or_name(operand: &Typed) -> bool {
    matches!(operand.ty, Ty::Slot(_)) || is_literal(&operand.node)
}

/// Whether an operand says of what type the others are: all but `[]` of those that have one.
fn says_its_type(operand: &Typed) -> bool {
    let is_empty =
        matches!(&operand.node.kind, NodeKind::Literal(Value::List(items)) if items.is_empty());
    matches!(operand.ty, Ty::Known(ty) if ty != Type::Null) && !is_empty
}

/// Gives list literals the type of a list that is none, else of the first literal with items.
fn adapt_lists(operands: &mut [Typed]) {
    let as_literal = |operand: &Typed| match &operand.node.kind {
        NodeKind::Literal(Value::List(items)) => Some(items.len()),
        _ => None,
    };
    let is_list = |operand: &&Typed| matches!(operand.ty, Ty::Known(Type::List(_)));
    let named = |operand: &&Typed| as_literal(operand).is_none();
    let lists = || operands.iter().filter(is_list);
    let filled = |operand: &&Typed| as_literal(operand).is_some_and(|items| items > 0);
    let Some(ty) = lists()
        .find(named)
        .or_else(|| lists().find(filled))
        .map(|list| list.node.ty)
    else {
        return;
    };
    for operand in operands.iter_mut().filter(|one| one.node.ty != ty) {
        if let NodeKind::Literal(list @ Value::List(_)) = &operand.node.kind
            && let typed @ Value::List(_) = list.typed(ty)
        {
            *operand = Typed::new(NodeKind::Literal(typed), ty, operand.node.span);
        }
    }
}

/// Whether a node is made of literals alone. (A call of literals is a literal itself.)
pub(super) fn is_literal(node: &Node) -> bool {
    let mut literal = true;
    node.walk(&mut |node| {
        literal &= !matches!(
            node.kind,
            NodeKind::Field(_)
                | NodeKind::Property(_)
                | NodeKind::Item { .. }
                | NodeKind::Aggregate(_)
                | NodeKind::InSegment(_)
                | NodeKind::Sequence(_)
                | NodeKind::Percent(_)
                | NodeKind::Now
                | NodeKind::Call { .. }
        );
    });
    literal
}

/// The type that the operands chosen by `chosen` share; `None` where none has one.
fn common_type(
    operands: &[Typed],
    chosen: impl Fn(&Node) -> bool,
) -> Result<Option<Type>, (usize, usize)> {
    let mut common: Option<(Type, usize)> = None;
    for (index, operand) in operands.iter().enumerate() {
        let Ty::Known(ty) = operand.ty else {
            continue;
        };
        if ty == Type::Null || !chosen(&operand.node) {
            continue;
        }
        common = match common {
            None => Some((ty, index)),
            Some((so_far, first)) => Some((comparable(so_far, ty).ok_or((first, index))?, first)),
        };
    }
    Ok(common.map(|(ty, _)| ty))
}

/// The wider of two types whose values compare.
fn comparable(a: Type, b: Type) -> Option<Type> {
    match (a, b) {
        _ if a == b => Some(a),
        (Type::Int, Type::Float) | (Type::Float, Type::Int) => Some(Type::Float),
        (Type::Date, Type::Timestamp) | (Type::Timestamp, Type::Date) => Some(Type::Timestamp),
        _ => None,
    }
}

/// Gives a number literal the numeric type of the other operands, where that holds it exactly,
/// and a NULL literal any.
pub(super) fn adapt_literal(operand: &mut Typed, ty: Type) {
    if operand.node.ty == Type::Null {
        return operand.become_null(ty);
    }
    let value = match (&operand.node.kind, ty) {
        (NodeKind::Literal(Value::Int(int)), Type::Float) => exact_float(*int).map(Value::Float),
        (NodeKind::Literal(Value::Float(float)), Type::Int) => exact_int(*float).map(Value::Int),
        _ => None,
    };
    if let Some(value) = value {
        *operand = Typed::new(NodeKind::Literal(value), ty, operand.node.span);
    }
}

/// Makes an int a float, or a date a timestamp, by adding nothing to it: arithmetic is where the
/// language widens.
pub(super) fn widen(operand: &mut Typed, ty: Type) {
    let nothing = match (operand.node.ty, ty) {
        (Type::Int, Type::Float) => Value::Float(0.0),
        (Type::Date, Type::Timestamp) => Value::Duration(0),
        _ => return,
    };
    let span = operand.node.span;
    let right = Typed::new(NodeKind::Literal(nothing.clone()), nothing.type_of(), span);
    let placeholder = Typed::error(span);
    let left = std::mem::replace(operand, placeholder);
    let kind = NodeKind::Arithmetic {
        op: ArithmeticOp::Add,
        left: Box::new(left.node),
        right: Box::new(right.node),
    };
    *operand = Typed::new(kind, ty, span);
}
