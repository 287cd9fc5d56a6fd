//! The function for columns: loops over the rows of a block, in each the code of a row.
//!
//! A loop's constants and where its columns begin do not depend on the row, so Cranelift takes them
//! out and keeps them in registers. Those are few, so a rule of many terms becomes several loops, each
//! of as many terms as fit, and what is known of all rows after one of them skips the others.

use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{Block, BlockArg, InstBuilder, Value, types};

use super::{Emitter, Slots, malformed};
use crate::columns::BLOCK_ROWS;
use crate::error::CompileError;
use crate::row::SLOT_BYTES;
use crate::shape::{Entry, Op};

/// Registers that one loop may keep for its terms: of sixteen, what the loop itself leaves.
const LOOP_REGISTERS_MAX: usize = 8;

/// The parameters of the function that all loops use.
#[derive(Clone, Copy)]
pub(super) struct Columns {
    block: Value,
    answers: Value,
    rows: Value,
    /// A bit for each row.
    all: Value,
}

impl Emitter<'_, '_> {
    /// Runs over the first `rows` of a block, at least one; a bit for each of them, the first row's
    /// the lowest. An entry with answers writes one for each row.
    pub(super) fn columns_function(
        &mut self,
        entry: Entry,
        parameters: &[Value],
    ) -> Result<(), CompileError> {
        let &[block, .., answers, rows] = parameters else {
            return Err(malformed());
        };
        let ones = self.builder.ins().iconst(types::I64, -1);
        let most = self.builder.ins().iconst(types::I64, BLOCK_ROWS as i64);
        let over = self.builder.ins().isub(most, rows);
        let columns = Columns {
            block,
            answers,
            rows,
            all: self.builder.ins().ushr(ones, over),
        };
        let bits = match entry {
            Entry::Match => self.bits(columns)?,
            Entry::Truth | Entry::Value(_) => self.each_row(columns, |emitter, row| {
                let answer = emitter.builder.ins().imul_imm_u(row, SLOT_BYTES as i64);
                let answer = emitter.builder.ins().iadd(columns.answers, answer);
                emitter.answer(entry, answer)
            })?,
        };
        self.builder.ins().return_(&[bits]);
        Ok(())
    }

    /// The next bit of every row.
    fn bits(&mut self, columns: Columns) -> Result<Value, CompileError> {
        let next = self.ops.clone().next().ok_or_else(malformed)?;
        match next {
            Op::And(count) | Op::Or(count) if self.registers() > LOOP_REGISTERS_MAX => {
                self.next()?;
                self.join_bits(count, next == Op::And(count), columns)
            }
            _ => self.each_row(columns, |emitter, _| emitter.bit()),
        }
    }

    /// AND or OR of the next operands, some of them in each loop.
    fn join_bits(
        &mut self,
        count: u32,
        is_and: bool,
        columns: Columns,
    ) -> Result<Value, CompileError> {
        let done = self.builder.create_block();
        let joined = self.builder.append_block_param(done, types::I64);
        let mut left = count;
        let mut so_far = None;
        while left > 0 {
            let taken = self.operands_of_a_loop(left);
            left -= taken;
            if let Some(bits) = so_far {
                self.unless_known(bits, is_and, columns, done);
            }
            let bits = if taken == 1 && !self.next_calls_host() {
                self.bits(columns)?
            } else {
                self.each_row(columns, |emitter, row| {
                    // A call is skipped for a row of which the answer is known.
                    let known = so_far.filter(|_| emitter.next_calls_host());
                    let known = known.map(|bits| emitter.bit_of(bits, row));
                    emitter.join(known, taken, is_and)
                })?
            };
            so_far = Some(match so_far {
                Some(so_far) if is_and => self.builder.ins().band(so_far, bits),
                Some(so_far) => self.builder.ins().bor(so_far, bits),
                None => bits,
            });
        }
        let bits = so_far.ok_or_else(malformed)?;
        self.builder.ins().jump(done, &[BlockArg::Value(bits)]);
        self.builder.switch_to_block(done);
        self.builder.seal_block(done);
        Ok(joined)
    }

    /// Goes on only where some row's answer is not known yet.
    fn unless_known(&mut self, bits: Value, is_and: bool, columns: Columns, done: Block) {
        let next = self.builder.create_block();
        let known = [BlockArg::Value(bits)];
        let open = if is_and {
            bits
        } else {
            self.builder.ins().bxor(bits, columns.all)
        };
        self.builder.ins().brif(open, next, &[], done, &known);
        self.builder.switch_to_block(next);
        self.builder.seal_block(next);
    }

    /// A loop over the rows: `bit` writes the code of one, and is told which.
    fn each_row(
        &mut self,
        columns: Columns,
        bit: impl FnOnce(&mut Self, Value) -> Result<Value, CompileError>,
    ) -> Result<Value, CompileError> {
        let zero = self.builder.ins().iconst(types::I64, 0);
        let first = [BlockArg::Value(zero), BlockArg::Value(zero)];
        let body = self.builder.create_block();
        let row = self.builder.append_block_param(body, types::I64);
        let bits = self.builder.append_block_param(body, types::I64);
        self.builder.ins().jump(body, &first);
        self.builder.switch_to_block(body);

        let offset = self.builder.ins().ishl_imm_u(row, 3);
        self.slots = Slots::Columns {
            block: columns.block,
            row: offset,
        };
        let bit = bit(self, row)?;
        let bit = self.builder.ins().uextend(types::I64, bit);
        let bit = self.builder.ins().ishl(bit, row);
        let bits = self.builder.ins().bor(bits, bit);
        let next = self.builder.ins().iadd_imm_u(row, 1);
        let goes_on = self
            .builder
            .ins()
            .icmp(IntCC::UnsignedLessThan, next, columns.rows);
        let again = [BlockArg::Value(next), BlockArg::Value(bits)];
        let done = self.builder.create_block();
        self.builder.ins().brif(goes_on, body, &again, done, &[]);
        self.builder.seal_block(body);
        self.builder.switch_to_block(done);
        self.builder.seal_block(done);
        Ok(bits)
    }

    fn bit_of(&mut self, bits: Value, row: Value) -> Value {
        let bits = self.builder.ins().ushr(bits, row);
        let bit = self.builder.ins().ireduce(types::I8, bits);
        self.builder.ins().band_imm_u(bit, 1)
    }

    /// How many of the next operands go into one loop: as many as its registers hold, at least one.
    /// One with a call of the host is alone: what is known spares whole loops of it.
    fn operands_of_a_loop(&self, left: u32) -> u32 {
        let mut ops = self.ops.clone();
        let (mut taken, mut registers) = (0, 0);
        while taken < left {
            let (calls_host, operand) = measure(&mut ops);
            registers += operand;
            if taken > 0 && (calls_host || registers > LOOP_REGISTERS_MAX) {
                break;
            }
            taken += 1;
            if calls_host {
                break;
            }
        }
        taken
    }

    /// How many registers a loop keeps for the next operand.
    fn registers(&self) -> usize {
        measure(&mut self.ops.clone()).1
    }
}

/// Whether an operand contains a call of the host, and how many registers a loop keeps for it: those
/// of columns and constants.
fn measure(ops: &mut impl Iterator<Item = Op>) -> (bool, usize) {
    let (mut calls_host, mut registers) = (false, 0);
    let mut left = 1;
    while left > 0 {
        let Some(op) = ops.next() else { break };
        calls_host |= op.calls_host();
        registers += match op {
            Op::Slot(_) | Op::Flag(_) | Op::Constant(_) | Op::Future { .. } => 1,
            Op::Past { .. } => 2,
            Op::InFew { items, .. } => usize::from(items),
            Op::InTable { .. } => 4,
            _ => 0,
        };
        left = left - 1 + op.operands();
    }
    (calls_host, registers)
}
