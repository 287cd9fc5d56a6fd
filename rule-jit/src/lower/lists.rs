//! Membership in a list of expressions, and what a list holds.

use rulelang::Type;
use rulelang::rule::{Node, Quantifier};

use super::Lowering;
use crate::error::NotCompiled;
use crate::shape::{Op, Order, Sort};
use crate::term::Term;

impl Lowering<'_> {
    /// `operand == item` OR …; of no items FALSE, even of a NULL operand. Equalities with
    /// constants gather into one set.
    pub(super) fn membership(
        &mut self,
        operand: &Node,
        items: &[Node],
        negated: bool,
    ) -> Result<Term, NotCompiled> {
        let order = if negated {
            Order::NotEqual
        } else {
            Order::Equal
        };
        let mut tests = Vec::with_capacity(items.len());
        if operand.ty == Type::Bool {
            for item in items {
                tests.push(self.compare_truths(order, operand, item)?);
            }
        } else {
            let value = self.value(operand)?;
            for item in items {
                tests.push(self.compare_with(order, value.clone(), operand.ty, item)?);
            }
        }
        Ok(if negated {
            Term::and(tests)
        } else {
            Term::or(tests)
        })
    }

    /// `CONTAINS ANY | ALL | NONE`: one test for each item, joined as the quantifier says. Of no
    /// items it is known where the list is.
    pub(super) fn contains_items(
        &mut self,
        quantifier: Quantifier,
        operand: &Node,
        items: &[Node],
        negated: bool,
    ) -> Result<Term, NotCompiled> {
        let negated = negated != (quantifier == Quantifier::None);
        let list = self.value(operand)?;
        let mut tests = Vec::with_capacity(items.len() + 1);
        for item in items {
            tests.push(self.holds(&list, operand.ty, item, negated)?);
        }
        let is_all = quantifier == Quantifier::All;
        Ok(if is_all == negated {
            Term::or(tests)
        } else {
            tests.push(list.presence());
            Term::and(tests)
        })
    }

    /// Whether a list holds an item; `negated`: is known not to.
    fn holds(
        &mut self,
        list: &Term,
        list_type: Type,
        item: &Node,
        negated: bool,
    ) -> Result<Term, NotCompiled> {
        let value = self.value(item)?;
        let sort = value.sort().unwrap_or(Sort::Word);
        let item_type = match list_type {
            Type::List(item) => Some(item.as_type()),
            _ => None,
        };
        if value.sort().is_some() && item_type != Some(item.ty) {
            return Err(NotCompiled {
                span: item.span,
                what: "an item of another type than the list's",
            });
        }
        let op = Op::Holds {
            item: sort,
            negated,
        };
        Ok(Term::new(op, Vec::new(), vec![list.clone(), value]))
    }
}
