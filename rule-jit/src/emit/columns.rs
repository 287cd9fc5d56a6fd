//! The function for columns: the code of a row in a loop over the rows of a block.

use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{BlockArg, InstBuilder, Value, types};

use super::{Emitter, Slots, malformed};
use crate::error::CompileError;
use crate::row::SLOT_BYTES;
use crate::shape::Entry;

impl Emitter<'_, '_> {
    /// Runs over the first `rows` of a block, at least one; a bit for each of them, the first row's
    /// the lowest. An entry with answers writes one for each row.
    ///
    /// What does not depend on the row, as the constants and where each column begins, is written
    /// in the loop like all else: Cranelift moves it out.
    pub(super) fn columns_function(
        &mut self,
        entry: Entry,
        parameters: &[Value],
    ) -> Result<(), CompileError> {
        let &[block, .., answers, rows] = parameters else {
            return Err(malformed());
        };
        let zero = self.builder.ins().iconst(types::I64, 0);
        let first = [BlockArg::Value(zero), BlockArg::Value(zero)];
        let body = self.builder.create_block();
        let row = self.builder.append_block_param(body, types::I64);
        let bits = self.builder.append_block_param(body, types::I64);
        self.builder.ins().jump(body, &first);
        self.builder.switch_to_block(body);

        let word = self.builder.ins().ishl_imm_u(row, 3);
        self.slots = Slots::Columns { block, row: word };
        let answer = self.builder.ins().imul_imm_u(row, SLOT_BYTES as i64);
        let answer = self.builder.ins().iadd(answers, answer);
        let bit = self.answer(entry, answer)?;

        let bit = self.builder.ins().uextend(types::I64, bit);
        let bit = self.builder.ins().ishl(bit, row);
        let bits = self.builder.ins().bor(bits, bit);
        let next = self.builder.ins().iadd_imm_u(row, 1);
        let goes_on = self.builder.ins().icmp(IntCC::UnsignedLessThan, next, rows);
        let again = [BlockArg::Value(next), BlockArg::Value(bits)];
        let done = self.builder.create_block();
        self.builder.ins().brif(goes_on, body, &again, done, &[]);
        self.builder.seal_block(body);
        self.builder.switch_to_block(done);
        self.builder.seal_block(done);
        self.builder.ins().return_(&[bits]);
        Ok(())
    }
}
