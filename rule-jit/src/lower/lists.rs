//! Membership in a list of expressions, and what a list holds.

use rulelang::Type;
use rulelang::rule::{Node, NodeKind, Quantifier};

use super::Lowering;
use crate::constants::Object;
use crate::error::NotCompiled;
use crate::shape::{Op, Order, Sort};
use crate::term::{Term, Word};

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
            let (size, mut keys) = (value.size(), Vec::new());
            // A NULL literal is held in no way, and equal to nothing.
            let sort = value.sort().filter(|sort| *sort != Sort::Any);
            for item in items {
                let key = self.key_beside(operand, item)?;
                if let Some(key) = key.filter(|_| sort.is_some()) {
                    keys.push(key);
                } else {
                    self.charge(size, item.span)?;
                    tests.push(self.compare_with(order, value.clone(), operand.ty, item)?);
                }
            }
            if let Some(sort) = sort.filter(|_| !keys.is_empty()) {
                tests.push(Term::is_in(value, sort, keys, negated));
            }
        }
        Ok(if negated {
            Term::and(tests)
        } else {
            Term::or(tests)
        })
    }

    /// The key of a constant of the operand's own type, which may stand in a set.
    fn key_beside(&mut self, operand: &Node, item: &Node) -> Result<Option<u64>, NotCompiled> {
        let is_constant = matches!(&item.kind, NodeKind::Literal(_));
        if !is_constant || item.ty != operand.ty {
            return Ok(None);
        }
        Ok(self.value(item)?.as_key())
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
        let size = list.size();
        let mut tests = Vec::with_capacity(items.len() + 1);
        let is_all = quantifier == Quantifier::All;
        let mut keys = Vec::new();
        for item in items {
            let value = self.value(item)?;
            match value.as_key() {
                Some(key) if !is_all && operand.ty == list_of(item.ty) => keys.push(key),
                _ => {
                    self.charge(size, item.span)?;
                    tests.push(holds(&list, operand.ty, value, item, negated)?);
                }
            }
        }
        if !keys.is_empty() {
            tests.push(holds_key(&list, keys, negated));
        }
        Ok(if is_all == negated {
            Term::or(tests)
        } else {
            tests.push(list.presence());
            Term::and(tests)
        })
    }
}

/// Whether a list holds one of several constants; `negated`: is known not to.
fn holds_key(list: &Term, mut keys: Vec<u64>, negated: bool) -> Term {
    keys.sort_unstable();
    keys.dedup();
    let count = Word::Bits(keys.len() as u64);
    let words = vec![Word::Object(Object::Table(keys.into())), count];
    Term::new(Op::HoldsKey { negated }, words, vec![list.clone()])
}

/// Whether a list holds an item; `negated`: is known not to.
fn holds(
    list: &Term,
    list_type: Type,
    value: Term,
    item: &Node,
    negated: bool,
) -> Result<Term, NotCompiled> {
    let sort = value.sort().unwrap_or(Sort::Word);
    if value.sort().is_some() && list_type != list_of(item.ty) {
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

/// The type of lists of such items; of what cannot be in a list, that of no list.
fn list_of(item: Type) -> Type {
    item.as_scalar().map_or(Type::Null, Type::List)
}
