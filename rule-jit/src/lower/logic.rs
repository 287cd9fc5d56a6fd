//! Booleans: whether they are TRUE, or FALSE, each one bit.

use rulelang::rule::{Node, NodeKind};
use rulelang::{Type, Value};

use super::Lowering;
use crate::calls::Callee;
use crate::error::NotCompiled;
use crate::shape::{Op, Order};
use crate::term::Term;

/// A boolean in full: whether it is TRUE and whether it is FALSE.
#[derive(Clone)]
pub(super) struct Truth {
    pub(super) is_true: Term,
    pub(super) is_false: Term,
}

impl Truth {
    fn is_known(&self) -> Term {
        Term::or([self.is_true.clone(), self.is_false.clone()])
    }
}

impl Lowering<'_> {
    /// One bit: whether a boolean is TRUE, or `negated`, whether it is FALSE.
    pub(super) fn truth(&mut self, node: &Node, negated: bool) -> Result<Term, NotCompiled> {
        self.enter(node)?;
        let term = self.truth_of(node, negated);
        self.leave();
        term
    }

    fn truth_of(&mut self, node: &Node, negated: bool) -> Result<Term, NotCompiled> {
        match &node.kind {
            NodeKind::Literal(Value::Bool(value)) => Ok(Term::bit(*value != negated)),
            NodeKind::Literal(_) => Ok(Term::bit(false)),
            NodeKind::Field(_) | NodeKind::Property(_) | NodeKind::Aggregate(_)
                if node.ty != Type::Bool =>
            {
                // Without a type it is NULL.
                Ok(Term::bit(false))
            }
            NodeKind::Field(_)
            | NodeKind::Property(_)
            | NodeKind::Aggregate(_)
            | NodeKind::InSegment(_)
            | NodeKind::Sequence(_) => {
                let slot = self.slot(node)?;
                Ok(Term::new(Op::Flag(!negated), vec![slot], Vec::new()))
            }
            NodeKind::Trait { body, .. } => self.truth(body, negated),
            NodeKind::Not(inner) => self.truth(inner, !negated),
            NodeKind::And(terms) if !negated => Ok(Term::and(self.truths(terms, false)?)),
            NodeKind::And(terms) => Ok(Term::or(self.truths(terms, true)?)),
            NodeKind::Or(terms) if !negated => Ok(Term::or(self.truths(terms, false)?)),
            NodeKind::Or(terms) => Ok(Term::and(self.truths(terms, true)?)),
            _ => self.test(node, negated),
        }
    }

    /// The tests: leaves of a formula that have operands of their own. One arm, one call.
    fn test(&mut self, node: &Node, not: bool) -> Result<Term, NotCompiled> {
        use NodeKind as N;
        match &node.kind {
            N::Compare { op, left, right } => self.comparison((*op).into(), left, right, not),
            N::Distinct {
                left,
                right,
                negated,
            } => self.distinct(left, right, *negated != not),
            N::In {
                operand,
                items,
                negated,
            } => self.membership(operand, items, *negated != not),
            N::ContainsItems {
                quantifier,
                operand,
                items,
                negated,
            } => self.contains_items(*quantifier, operand, items, *negated != not),
            N::Between {
                operand,
                low,
                high,
                negated,
            } => self.between(operand, low, high, *negated != not),
            N::Text {
                test,
                operand,
                pattern,
                negated,
            } => self.text_test(test, operand, pattern, *negated != not),
            N::IsNull { operand, negated } => self.is_null(operand, *negated != not),
            N::IsTruth {
                operand,
                truth,
                negated,
            } => {
                let is = self.truth(operand, !truth)?;
                Ok(if *negated == not { is } else { is.not() })
            }
            N::IsEmpty { operand, negated } => self.is_empty(operand, *negated != not),
            N::Time {
                test,
                operand,
                negated,
            } => self.time_test(*test, operand, *negated != not),
            N::Call { builtin, arguments } => {
                let answer = self.call(Callee::Builtin(builtin), arguments, node)?;
                Ok(Term::new(Op::AnswerIs(!not), Vec::new(), vec![answer]))
            }
            N::Quantified(_) => {
                let answer = self.quantified(node)?;
                Ok(Term::new(Op::AnswerIs(!not), Vec::new(), vec![answer]))
            }
            N::Coalesce(arguments) => self.coalesced_truth(arguments, not),
            N::NullIf(left, right) => {
                let equal = self.comparison(Order::Equal, left, right, false)?;
                Ok(Term::and([self.truth(left, not)?, equal.not()]))
            }
            N::Case {
                branches,
                otherwise,
            } => self.chosen_truth(branches, otherwise, not),
            _ => Err(NotCompiled {
                span: node.span,
                what: "a condition of an unknown kind",
            }),
        }
    }

    fn truths(&mut self, nodes: &[Node], negated: bool) -> Result<Vec<Term>, NotCompiled> {
        nodes.iter().map(|node| self.truth(node, negated)).collect()
    }

    pub(super) fn both(&mut self, node: &Node) -> Result<Truth, NotCompiled> {
        Ok(Truth {
            is_true: self.truth(node, false)?,
            is_false: self.truth(node, true)?,
        })
    }

    /// Two booleans compared, FALSE before TRUE.
    pub(super) fn compare_truths(
        &mut self,
        order: Order,
        left: &Node,
        right: &Node,
    ) -> Result<Term, NotCompiled> {
        let (a, b) = (self.both(left)?, self.both(right)?);
        Ok(match order {
            Order::Equal => Term::or([
                Term::and([a.is_true, b.is_true]),
                Term::and([a.is_false, b.is_false]),
            ]),
            Order::NotEqual => Term::or([
                Term::and([a.is_true, b.is_false]),
                Term::and([a.is_false, b.is_true]),
            ]),
            Order::Less => Term::and([a.is_false, b.is_true]),
            Order::Greater => Term::and([a.is_true, b.is_false]),
            Order::LessOrEqual => at_most(a, b),
            Order::GreaterOrEqual => at_most(b, a),
        })
    }

    /// `IS NULL` (`IS NOT NULL` if negated).
    fn is_null(&mut self, operand: &Node, negated: bool) -> Result<Term, NotCompiled> {
        let known = self.is_known(operand)?;
        Ok(if negated { known } else { known.not() })
    }

    /// Whether anything but NULL.
    pub(super) fn is_known(&mut self, operand: &Node) -> Result<Term, NotCompiled> {
        if operand.ty == Type::Bool {
            return Ok(self.both(operand)?.is_known());
        }
        Ok(self.value(operand)?.presence())
    }

    /// The first boolean that is not NULL is TRUE (or FALSE).
    fn coalesced_truth(&mut self, arguments: &[Node], not: bool) -> Result<Term, NotCompiled> {
        let mut answer = Term::bit(false);
        for argument in arguments.iter().rev() {
            let Truth { is_true, is_false } = self.both(argument)?;
            let (wanted, other) = if not {
                (is_false, is_true)
            } else {
                (is_true, is_false)
            };
            answer = Term::or([wanted, Term::and([other.not(), answer])]);
        }
        Ok(answer)
    }

    fn chosen_truth(
        &mut self,
        branches: &[(Node, Node)],
        otherwise: &Node,
        not: bool,
    ) -> Result<Term, NotCompiled> {
        let mut answer = self.truth(otherwise, not)?;
        for (condition, value) in branches.iter().rev() {
            let operands = vec![
                self.truth(condition, false)?,
                self.truth(value, not)?,
                answer,
            ];
            answer = Term::new(Op::ChooseBit, Vec::new(), operands);
        }
        Ok(answer)
    }
}

/// `a <= b`: a is FALSE and b known, or b is TRUE and a known.
fn at_most(a: Truth, b: Truth) -> Term {
    let (a_known, b_known) = (a.is_known(), b.is_known());
    Term::or([
        Term::and([a.is_false, b_known]),
        Term::and([b.is_true, a_known]),
    ])
}
