//! Values that are not booleans: constants, inputs, and what chooses among values.

use rulelang::rule::{Node, NodeKind};
use rulelang::{Type, Value};

use super::Lowering;
use super::arithmetic::to_float;
use super::time::days_to_millis;
use crate::calls::Callee;
use crate::error::NotCompiled;
use crate::shape::{Op, Order, Sort};
use crate::term::Term;

impl Lowering<'_> {
    /// The term of a value.
    pub(super) fn value(&mut self, node: &Node) -> Result<Term, NotCompiled> {
        self.enter(node)?;
        let term = self.value_of(node);
        self.leave();
        term
    }

    fn value_of(&mut self, node: &Node) -> Result<Term, NotCompiled> {
        match &node.kind {
            NodeKind::Literal(value) => self.literal(value, node),
            NodeKind::Field(_) | NodeKind::Property(_) | NodeKind::Aggregate(_) => {
                if node.ty == Type::Null {
                    return Ok(Term::leaf(Op::Null(Sort::Any)));
                }
                self.input(node)
            }
            NodeKind::Trait { body, .. } => self.value(body),
            NodeKind::Now => Ok(Term::leaf(Op::Now)),
            NodeKind::Negate(operand) => self.negate(operand),
            NodeKind::Arithmetic { op, left, right } => self.arithmetic(*op, left, right, node.ty),
            NodeKind::Call { builtin, arguments } => self.function(builtin, arguments, node),
            NodeKind::List(items) => self.call(Callee::List, items, node),
            NodeKind::Quantified(_) => self.quantified(node),
            NodeKind::Coalesce(arguments) => self.coalesce(arguments, node),
            NodeKind::NullIf(left, right) => {
                let value = self.value_as(left, node)?;
                let equal = self.comparison(Order::Equal, left, right, false)?;
                let sort = super::sort_of(node.ty, node.span)?;
                Ok(choose(sort, equal, Term::leaf(Op::Null(sort)), value))
            }
            NodeKind::Case {
                branches,
                otherwise,
            } => {
                let sort = super::sort_of(node.ty, node.span)?;
                let mut answer = self.value_as(otherwise, node)?;
                for (condition, value) in branches.iter().rev() {
                    let condition = self.truth(condition, false)?;
                    answer = choose(sort, condition, self.value_as(value, node)?, answer);
                }
                Ok(answer)
            }
            _ => Err(NotCompiled {
                span: node.span,
                what: "a boolean where a value is meant",
            }),
        }
    }

    fn literal(&mut self, value: &Value, node: &Node) -> Result<Term, NotCompiled> {
        Ok(match value {
            Value::Null => Term::leaf(Op::Null(Sort::of(node.ty).unwrap_or(Sort::Any))),
            Value::Int(int) | Value::Timestamp(int) | Value::Duration(int) => {
                Term::constant(Sort::Word, *int as u64)
            }
            Value::Date(days) => Term::constant(Sort::Word, i64::from(*days) as u64),
            Value::Float(float) => Term::constant(Sort::Float, (float + 0.0).to_bits()),
            Value::String(text) => self.text_constant(text),
            Value::List(items) => self.list_constant(items),
            Value::Bool(_) | Value::Object(_) => {
                return Err(NotCompiled {
                    span: node.span,
                    what: "a boolean where a value is meant",
                });
            }
        })
    }

    /// A value in the type of the node that chooses it: an int among floats is a float, a date
    /// among timestamps its midnight.
    fn value_as(&mut self, node: &Node, chooser: &Node) -> Result<Term, NotCompiled> {
        let value = self.value(node)?;
        let value = match (node.ty, chooser.ty) {
            (_, Type::Float) => to_float(value),
            (Type::Date, Type::Timestamp) => days_to_millis(value),
            _ => value,
        };
        Ok(value.with_sort(super::sort_of(chooser.ty, chooser.span)?))
    }

    fn coalesce(&mut self, arguments: &[Node], node: &Node) -> Result<Term, NotCompiled> {
        let sort = super::sort_of(node.ty, node.span)?;
        let mut answer = Term::leaf(Op::Null(sort));
        for argument in arguments.iter().rev() {
            let value = self.value_as(argument, node)?;
            answer = match (value.op, answer.op) {
                (Op::Null(_), _) => answer,
                (_, Op::Null(_)) => value,
                _ if value.is_never_null() => value,
                _ => Term::new(Op::Coalesce(sort), Vec::new(), vec![value, answer]),
            };
        }
        Ok(answer)
    }
}

fn choose(sort: Sort, condition: Term, yes: Term, no: Term) -> Term {
    match condition.op {
        Op::True => yes,
        Op::False => no,
        _ => Term::new(Op::Choose(sort), Vec::new(), vec![condition, yes, no]),
    }
}
