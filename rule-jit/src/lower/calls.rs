//! Functions: a few of numbers as operators of their own, all others as calls of the host.

use std::sync::Arc;

use rulelang::builtins::Builtin;
use rulelang::rule::{ArithmeticOp, Node};
use rulelang::{Type, Value};

use super::{Lowering, sort_of};
use crate::calls::{Call, Callee, ListConstant};
use crate::constants::Object;
use crate::error::NotCompiled;
use crate::quantifiers::Quantifier;
use crate::row::Slot;
use crate::shape::{Op, Sort, Step};
use crate::term::{Term, Word};

/// Arguments of one call; their slots stand on the stack.
const ARGUMENTS_MAX: usize = 64;

impl Lowering<'_> {
    /// A function's value; of a bool, its slot's two words.
    pub(super) fn function(
        &mut self,
        builtin: &'static Builtin,
        arguments: &[Node],
        node: &Node,
    ) -> Result<Term, NotCompiled> {
        match self.operator(builtin.name, arguments, node.ty)? {
            Some(term) => Ok(term),
            None => self.call(Callee::Builtin(builtin), arguments, node),
        }
    }

    /// The functions that code does itself.
    fn operator(
        &mut self,
        name: &str,
        arguments: &[Node],
        ty: Type,
    ) -> Result<Option<Term>, NotCompiled> {
        let sort = match ty {
            Type::Float => Sort::Float,
            Type::Int | Type::Timestamp | Type::Date | Type::Duration => Sort::Word,
            _ => return Ok(None),
        };
        let step = match name {
            "ABS" => Step::Abs,
            "SIGN" => Step::Sign,
            "FLOOR" => Step::Floor,
            "CEIL" => Step::Ceil,
            "ROUND" => Step::Round,
            "TRUNC" => Step::Trunc,
            _ => return self.of_many(name, arguments, ty, sort),
        };
        let [argument] = arguments else {
            return Ok(None);
        };
        let value = self.value(argument)?.with_sort(sort);
        let is_whole = sort == Sort::Word && !matches!(step, Step::Abs | Step::Sign);
        Ok(Some(if is_whole || value.sort().is_none() {
            value
        } else {
            Term::new(Op::Step(step, sort), Vec::new(), vec![value])
        }))
    }

    fn of_many(
        &mut self,
        name: &str,
        arguments: &[Node],
        ty: Type,
        sort: Sort,
    ) -> Result<Option<Term>, NotCompiled> {
        let greatest = match (name, arguments) {
            ("LEAST", _) => false,
            ("GREATEST", _) => true,
            ("MOD", [x, y]) => {
                return self.arithmetic(ArithmeticOp::Remainder, x, y, ty).map(Some);
            }
            _ => return Ok(None),
        };
        let mut best = Term::leaf(Op::Null(sort));
        for argument in arguments {
            let value = self.value(argument)?.with_sort(sort);
            best = match (best.sort(), value.sort()) {
                (_, None) => best,
                (None, _) => value,
                _ => Term::new(
                    Op::Extreme { greatest, sort },
                    Vec::new(),
                    vec![best, value],
                ),
            };
        }
        Ok(Some(best))
    }

    /// A call of the host, which any function can be.
    pub(super) fn call(
        &mut self,
        callee: Callee,
        arguments: &[Node],
        node: &Node,
    ) -> Result<Term, NotCompiled> {
        if arguments.len() > ARGUMENTS_MAX {
            return Err(NotCompiled {
                span: node.span,
                what: "a call with so many arguments",
            });
        }
        let mut operands = Vec::with_capacity(arguments.len());
        for argument in arguments {
            operands.push(self.argument(argument)?);
        }
        let sort = Sort::of(node.ty).unwrap_or(Sort::Any);
        let op = Op::Call {
            arguments: arguments.len() as u8,
            sort,
        };
        let types = arguments.iter().map(|argument| argument.ty).collect();
        let call = self.shared_call(callee, types, node.ty);
        Ok(Term::new(
            op,
            vec![Word::Object(Object::Call(call))],
            operands,
        ))
    }

    /// A quantifier's value; of a bool, its slot's two words.
    pub(super) fn quantified(&mut self, node: &Node) -> Result<Term, NotCompiled> {
        let (quantifier, arguments) = Quantifier::new(node);
        self.call(Callee::Quantifier(Arc::new(quantifier)), &arguments, node)
    }

    fn argument(&mut self, node: &Node) -> Result<Term, NotCompiled> {
        if node.ty == Type::Bool {
            let both = [self.truth(node, false)?, self.truth(node, true)?];
            return Ok(Term::new(Op::Truth, Vec::new(), both.into()));
        }
        let sort = sort_of(node.ty, node.span)?;
        Ok(self.value(node)?.with_sort(sort))
    }

    /// Equal calls share what describes them, so that their terms are equal.
    fn shared_call(&mut self, callee: Callee, types: Box<[Type]>, ty: Type) -> Arc<Call> {
        let is_same =
            |call: &&Arc<Call>| call.callee == callee && call.types == types && call.ty == ty;
        if let Some(known) = self.calls.iter().find(is_same) {
            return Arc::clone(known);
        }
        let call = Arc::new(Call::new(callee, types, ty, Arc::clone(&self.names)));
        self.calls.push(Arc::clone(&call));
        call
    }

    /// A list that is a constant.
    pub(super) fn list_constant(&mut self, items: &[Value]) -> Term {
        let list = ListConstant::new(items, |text| self.symbol(text));
        let meta = Slot::list(&list.slots).meta;
        let words = vec![Word::Object(Object::List(Arc::new(list))), Word::Bits(meta)];
        Term::new(Op::Constant(Sort::Any), words, Vec::new())
    }

    /// The symbol of a string that the rule names.
    pub(super) fn symbol(&mut self, text: &str) -> u32 {
        let symbol = self.symbols.intern(text);
        self.named.entry(text.into()).or_insert(symbol);
        symbol
    }
}
