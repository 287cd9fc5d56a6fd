//! Quantifiers: `ANY(list, item => condition)`.

use super::build::{Builder, span_of};
use super::{Pair, Rule};
use crate::ast::{ExprKind, Literal, Name, Quantity};

impl Builder<'_> {
    pub(super) fn quantified(&mut self, pair: Pair, depth: usize) -> Option<ExprKind> {
        if !self.is_deep_enough(depth, span_of(&pair)) {
            return Some(ExprKind::Literal(Literal::Null));
        }
        let mut quantity = None;
        let mut item = None;
        let mut parts = vec![];
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::quantity => quantity = part.into_inner().next(),
                Rule::item => item = Some(part),
                Rule::expr => parts.push(self.expr(part, depth)?.expr),
                _ => {}
            }
        }
        let (item, mut parts) = (item?, parts.into_iter());
        Some(ExprKind::Quantified {
            quantity: quantity_of(&quantity?),
            list: Box::new(parts.next()?),
            item: Name {
                text: item.as_str().to_owned(),
                span: span_of(&item),
            },
            condition: Box::new(parts.next()?),
        })
    }
}

fn quantity_of(word: &Pair) -> Quantity {
    match word.as_rule() {
        Rule::kw_any => Quantity::Any,
        Rule::kw_all => Quantity::All,
        Rule::kw_none => Quantity::None,
        _ => Quantity::CountIf,
    }
}
