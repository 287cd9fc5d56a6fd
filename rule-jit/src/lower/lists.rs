//! Membership in a list of expressions.

use rulelang::Type;
use rulelang::rule::Node;

use super::Lowering;
use crate::error::NotCompiled;
use crate::shape::Order;
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
}
