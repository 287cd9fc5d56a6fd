//! Strings: presence and emptiness inline, all else by calls of the host.

use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{InstBuilder, Value, types};

use super::numbers::int_condition;
use super::{Emitter, Text};
use crate::error::CompileError;
use crate::host_calls;
use crate::shape::{Order, TextTest};

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

    pub(super) fn is_empty(&mut self, negated: bool) -> Result<Value, CompileError> {
        let text = self.text()?;
        let length = self.builder.ins().ireduce(types::I32, text.meta);
        let empty = self.builder.ins().icmp_imm_u(IntCC::Equal, length, 0);
        let present = self.is_text(text);
        Ok(self.unless_negated(empty, Some(present), negated))
    }
}
