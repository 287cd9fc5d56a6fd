//! Strings and lists: presence and emptiness inline, all else by calls of the host.

use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{InstBuilder, Value, types};

use super::numbers::int_condition;
use super::{Emitter, Text, malformed};
use crate::error::CompileError;
use crate::host_calls;
use crate::row::list_meta;
use crate::shape::{Order, Sort, TextTest};

impl Emitter<'_, '_> {
    pub(super) fn is_text(&mut self, text: Text) -> Value {
        self.builder
            .ins()
            .icmp_imm_u(IntCC::NotEqual, text.symbol, 0)
    }

    /// By bytes, of two strings that no dictionary tells apart.
    pub(super) fn compare_texts(&mut self, order: Order) -> Result<Value, CompileError> {
        let (a, b) = (self.text()?, self.text()?);
        let address = host_calls::compare_texts_address();
        let words = [a.payload, a.meta, b.payload, b.meta];
        let sign = self.call(address, &words, types::I32)?;
        let bit = self.builder.ins().icmp_imm_s(int_condition(order), sign, 0);
        let (a, b) = (self.is_text(a), self.is_text(b));
        let bit = self.and(bit, a);
        Ok(self.and(bit, b))
    }

    pub(super) fn text_test(
        &mut self,
        test: TextTest,
        negated: bool,
    ) -> Result<Value, CompileError> {
        let address = host_calls::text_test(test);
        if test.is_prepared() {
            let object = self.constant(types::I64);
            let text = self.text()?;
            let bit = self.call(address, &[object, text.payload, text.meta], types::I8)?;
            return Ok(self.passes(bit, &[text], negated));
        }
        let (text, pattern) = (self.text()?, self.text()?);
        let words = [text.payload, text.meta, pattern.payload, pattern.meta];
        let bit = self.call(address, &words, types::I8)?;
        Ok(self.passes(bit, &[text, pattern], negated))
    }

    /// The host passes no NULL, so only a failed test asks whether there was anything to test.
    fn passes(&mut self, bit: Value, texts: &[Text], negated: bool) -> Value {
        if !negated {
            return bit;
        }
        let mut failed = self.not(bit);
        for text in texts {
            let present = self.is_text(*text);
            failed = self.and(failed, present);
        }
        failed
    }

    pub(super) fn is_empty(&mut self, sort: Sort, negated: bool) -> Result<Value, CompileError> {
        let (empty, present) = if sort == Sort::Text {
            let text = self.text()?;
            let length = self.builder.ins().ireduce(types::I32, text.meta);
            let empty = self.builder.ins().icmp_imm_u(IntCC::Equal, length, 0);
            (empty, self.is_text(text))
        } else {
            let list = self.any()?;
            let none = list_meta(0) as i64;
            let empty = self.builder.ins().icmp_imm_u(IntCC::Equal, list.meta, none);
            (empty, self.is_any(list))
        };
        Ok(self.unless_negated(empty, Some(present), negated))
    }

    /// Whether a list holds one of several constants, or `negated`, is known not to.
    pub(super) fn holds_key(&mut self, negated: bool) -> Result<Value, CompileError> {
        let (keys, count) = (self.constant(types::I64), self.constant(types::I64));
        let list = self.any()?;
        let negated = self.builder.ins().iconst(types::I64, i64::from(negated));
        let words = [list.payload, list.meta, keys, count, negated];
        self.call(host_calls::holds_key_address(), &words, types::I8)
    }

    /// Whether a list holds a value, or `negated`, is known not to.
    pub(super) fn holds(&mut self, item: Sort, negated: bool) -> Result<Value, CompileError> {
        let list = self.any()?;
        let item = match item {
            Sort::Word => {
                let word = self.word()?;
                let present = self.present_or_true(word.present);
                let meta = self.builder.ins().uextend(types::I64, present);
                [word.payload, meta]
            }
            Sort::Float => {
                let float = self.float()?;
                let present = self.is_number(float);
                let meta = self.builder.ins().uextend(types::I64, present);
                [self.float_bits(float), meta]
            }
            Sort::Text => {
                let text = self.text()?;
                [text.payload, text.meta]
            }
            Sort::Any => return Err(malformed()),
        };
        let negated = self.builder.ins().iconst(types::I64, i64::from(negated));
        let words = [list.payload, list.meta, item[0], item[1], negated];
        self.call(host_calls::holds_address(), &words, types::I8)
    }

    /// Whether two lists are equal, or `negated`, are known not to be.
    pub(super) fn same_list(&mut self, negated: bool) -> Result<Value, CompileError> {
        let (a, b) = (self.any()?, self.any()?);
        let negated = self.builder.ins().iconst(types::I64, i64::from(negated));
        let words = [a.payload, a.meta, b.payload, b.meta, negated];
        self.call(host_calls::same_list_address(), &words, types::I8)
    }
}
