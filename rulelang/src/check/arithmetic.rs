//! `+ - * / % DIV` and unary minus.

use crate::ast::{ArithmeticOp, Expr};
use crate::rule::NodeKind;
use crate::{Code, Diagnostic, Type, Value};

use super::align::{adapt_literal, widen};
use super::context::{Checker, Ty, Typed};

impl Checker<'_> {
    pub(super) fn negate(&mut self, operand: &Expr, expr: &Expr) -> Typed {
        let mut operand = self.expr(operand);
        let span = self.place(expr.span);
        if operand.is_error() {
            return Typed::error(span);
        }
        if self.known(&operand).is_none() {
            self.fits(&mut operand, Type::Float);
        }
        let Some(ty @ (Type::Int | Type::Float | Type::Duration)) = self.known(&operand) else {
            return self.wrong_operand(&operand, "a number or a duration", Type::Float);
        };
        // A negative constant is one literal, so that it adapts to its place like any other.
        let constant = match &operand.node.kind {
            NodeKind::Literal(Value::Int(value)) => value.checked_neg().map(Value::Int),
            NodeKind::Literal(Value::Float(value)) => Some(Value::float(-value)),
            NodeKind::Literal(Value::Duration(value)) => value.checked_neg().map(Value::Duration),
            _ => None,
        };
        match constant {
            Some(value) => Typed::new(NodeKind::Literal(value), ty, span),
            None => Typed::new(NodeKind::Negate(Box::new(operand.node)), ty, span),
        }
    }

    pub(super) fn arithmetic(
        &mut self,
        op: ArithmeticOp,
        left: &Expr,
        right: &Expr,
        expr: &Expr,
    ) -> Typed {
        let mut left = self.expr(left);
        let mut right = self.expr(right);
        let span = self.place(expr.span);
        if left.is_error() || right.is_error() {
            self.excuse(&left);
            self.excuse(&right);
            return Typed::error(span);
        }
        if self.known(&right).is_some_and(is_time) {
            self.given_instant(&mut left);
        }
        if self.known(&left).is_some_and(is_time) {
            self.given_instant(&mut right);
        }
        self.learn_operand(op, &mut left, &right);
        self.learn_operand(op, &mut right, &left);
        let types = (self.known(&left), self.known(&right));
        let (Some(left_ty), Some(right_ty)) = types else {
            return Typed::error(span);
        };
        let Some(ty) = result(op, left_ty, right_ty) else {
            self.excuse(&left);
            self.excuse(&right);
            return self.wrong_arithmetic(op, &left, &right, expr);
        };
        settle(op, &mut left, &mut right);
        let kind = NodeKind::Arithmetic {
            op,
            left: Box::new(left.node),
            right: Box::new(right.node),
        };
        Typed::new(kind, ty, span)
    }

    /// An undeclared operand is what goes with the other one: a number unless that is a time.
    fn learn_operand(&mut self, op: ArithmeticOp, operand: &mut Typed, other: &Typed) {
        if !matches!(operand.ty, Ty::Slot(_)) || self.known(operand).is_some_and(is_time) {
            return;
        }
        let ty = match (op, self.known(other)) {
            (
                ArithmeticOp::Add | ArithmeticOp::Subtract,
                Some(Type::Duration | Type::Timestamp),
            ) => Type::Timestamp,
            (ArithmeticOp::Subtract, Some(Type::Date)) => Type::Date,
            (ArithmeticOp::Multiply, Some(Type::Duration)) => Type::Int,
            _ => Type::Float,
        };
        self.fits(operand, ty);
    }

    fn wrong_arithmetic(
        &mut self,
        op: ArithmeticOp,
        left: &Typed,
        right: &Typed,
        expr: &Expr,
    ) -> Typed {
        for (operand, other) in [(left, right), (right, left)] {
            let ty = self.known(operand);
            let other_is_number = self.known(other).is_some_and(Type::is_numeric);
            if other_is_number && !ty.is_some_and(|ty| ty.is_numeric() || is_time(ty)) {
                return self.wrong_operand(operand, "a number", Type::Float);
            }
        }
        let symbol = symbol(op);
        let message = format!(
            "`{symbol}` is not defined here: {}, {}",
            self.describe(left),
            self.describe(right)
        );
        let help = "arithmetic takes numbers, instants and durations, as in `NOW() - 30d`";
        self.fail(Diagnostic::error(Code::TypeMismatch, expr.span, message).with_help(help))
    }
}

fn is_time(ty: Type) -> bool {
    matches!(ty, Type::Timestamp | Type::Date | Type::Duration)
}

/// The type of an operation; `None` where it is not defined.
fn result(op: ArithmeticOp, left: Type, right: Type) -> Option<Type> {
    use ArithmeticOp::{Add, Divide, Multiply, Subtract};
    use Type::{Date, Duration, Int, Timestamp};
    Some(match (op, left, right) {
        (_, left, right) if left.is_numeric() && right.is_numeric() => {
            if left == Int && right == Int && op != Divide {
                Int
            } else {
                Type::Float
            }
        }
        (Add | Subtract, Timestamp | Date, Duration) | (Add, Duration, Timestamp | Date) => {
            Timestamp
        }
        (Subtract, Timestamp | Date, Timestamp | Date)
        | (Add | Subtract, Duration, Duration)
        | (Multiply, Duration, Int)
        | (Multiply, Int, Duration) => Duration,
        _ => return None,
    })
}

/// Brings operands into the few forms that the typed tree has: literals of the other's numeric
/// type, the instant or duration on the left, no date mixed with a timestamp.
fn settle(op: ArithmeticOp, left: &mut Typed, right: &mut Typed) {
    match (left.node.ty, right.node.ty) {
        (Type::Int, Type::Float) => adapt_literal(left, Type::Float),
        (Type::Float, Type::Int) => adapt_literal(right, Type::Float),
        (Type::Duration, Type::Timestamp | Type::Date) | (Type::Int, Type::Duration) => {
            std::mem::swap(left, right);
        }
        (Type::Date, Type::Timestamp) if op == ArithmeticOp::Subtract => {
            widen(left, Type::Timestamp);
        }
        (Type::Timestamp, Type::Date) if op == ArithmeticOp::Subtract => {
            widen(right, Type::Timestamp);
        }
        _ => {}
    }
}

fn symbol(op: ArithmeticOp) -> &'static str {
    match op {
        ArithmeticOp::Add => "+",
        ArithmeticOp::Subtract => "-",
        ArithmeticOp::Multiply => "*",
        ArithmeticOp::Divide => "/",
        ArithmeticOp::Remainder => "%",
        ArithmeticOp::IntDivide => "DIV",
    }
}
