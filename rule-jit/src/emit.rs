//! From a shape to Cranelift's intermediate code.
//!
//! The ops are read once, in order, and the constants beside them. Code is branchless but around
//! calls of the host. Bits are `i8` of 0 or 1. A shape has two functions, one for a row and one for
//! a block of columns ([`columns`]); what they do with a row's slots is the same code.

mod bits;
mod calls;
mod columns;
mod numbers;
mod texts;
mod values;

use cranelift_codegen::ir::{
    AbiParam, Block, Function, InstBuilder, MemFlagsData, Signature, StackSlot, Type, Value, types,
};
use cranelift_codegen::isa::{CallConv, TargetIsa};
use cranelift_frontend::{FunctionBuilder, FunctionBuilderContext};

use crate::columns::{BLOCK_ROWS, COLUMN_META_OFFSET};
use crate::error::CompileError;
use crate::row::META_OFFSET;
use crate::shape::{Entry, Op, Shape, Sort};

/// Which function of a shape.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Over {
    /// `(slots, constants, now, frame) -> bit`
    Row,
    /// `(block, constants, now, frame, answers, rows) -> bits`
    Columns,
}

/// Writes a function of a shape.
pub(crate) fn emit(
    shape: &Shape,
    over: Over,
    isa: &dyn TargetIsa,
    function: &mut Function,
    context: &mut FunctionBuilderContext,
) -> Result<(), CompileError> {
    let convention = CallConv::triple_default(isa.triple());
    let pointer = isa.pointer_type();
    if pointer != types::I64 {
        let problem = "slots are laid out for 64-bit machines";
        return Err(CompileError::UnsupportedHost(problem.to_owned()));
    }
    function.signature = match over {
        Over::Row => signature(convention, &[types::I64; 4], types::I8),
        Over::Columns => signature(convention, &[types::I64; 6], types::I64),
    };
    let mut builder = FunctionBuilder::new(function, context);
    let block = builder.create_block();
    builder.append_block_params_for_function_params(block);
    builder.switch_to_block(block);
    builder.seal_block(block);
    let parameters = builder.block_params(block).to_vec();
    let &[slots, constants, now, frame, ..] = parameters.as_slice() else {
        return Err(malformed());
    };
    let mut emitter = Emitter {
        call_slots: calls::call_slots(shape, &mut builder),
        builder,
        convention,
        ops: shape.ops.iter().copied(),
        constant_offset: 0,
        slots: Slots::Row(slots),
        constants,
        now,
        frame,
    };
    match over {
        Over::Row => emitter.row_function(shape.entry)?,
        Over::Columns => emitter.columns_function(shape.entry, &parameters)?,
    }
    if emitter.ops.next().is_some() {
        return Err(malformed());
    }
    emitter.builder.finalize(isa.frontend_config());
    Ok(())
}

fn signature(convention: CallConv, parameters: &[Type], returns: Type) -> Signature {
    let mut signature = Signature::new(convention);
    signature
        .params
        .extend(parameters.iter().map(|ty| AbiParam::new(*ty)));
    signature.returns.push(AbiParam::new(returns));
    signature
}

/// Only lowering makes shapes, so this is our bug.
fn malformed() -> CompileError {
    CompileError::Generator("a shape that is not one expression".to_owned())
}

/// A value held in an i64, and whether it is present; `None` where it always is.
#[derive(Clone, Copy)]
struct Word {
    payload: Value,
    present: Option<Value>,
}

/// The parts of a string. What is not used costs nothing: Cranelift drops loads without users.
#[derive(Clone, Copy)]
struct Text {
    payload: Value,
    meta: Value,
    /// An i32; 0 is NULL.
    symbol: Value,
}

/// The two words of a slot that is a list or of unknown type; NULL where `meta` is 0.
#[derive(Clone, Copy)]
struct Any {
    payload: Value,
    meta: Value,
}

/// Where the slots are that the ops read.
#[derive(Clone, Copy)]
enum Slots {
    /// Side by side, from this address.
    Row(Value),
    /// Each in its column of a block (see [`crate::columns`]); which row is told in bytes.
    Columns { block: Value, row: Value },
}

struct Emitter<'f, 's> {
    builder: FunctionBuilder<'f>,
    convention: CallConv,
    ops: std::iter::Copied<std::slice::Iter<'s, Op>>,
    /// Offset of the next constant in bytes.
    constant_offset: i32,
    slots: Slots,
    constants: Value,
    now: Value,
    frame: Value,
    /// Where calls of functions have their arguments; a shape without them has none.
    call_slots: Option<StackSlot>,
}

impl Emitter<'_, '_> {
    fn next(&mut self) -> Result<Op, CompileError> {
        self.ops.next().ok_or_else(malformed)
    }

    /// A load of memory that is there and does not change during the call.
    fn load(&mut self, ty: Type, base: Value, offset: i32) -> Value {
        let flags = MemFlagsData::trusted().with_readonly().with_can_move();
        self.builder.ins().load(ty, flags, base, offset)
    }

    /// The next constant.
    fn constant(&mut self, ty: Type) -> Value {
        let offset = self.constant_offset;
        self.constant_offset += 8;
        self.load(ty, self.constants, offset)
    }

    /// The address of the payload of the slot that the next constant is the offset of in a row.
    /// Where a column begins does not depend on the row, so Cranelift takes that out of the loop.
    fn slot(&mut self) -> Value {
        let offset = self.constant(types::I64);
        match self.slots {
            Slots::Row(slots) => self.builder.ins().iadd(slots, offset),
            Slots::Columns { block, row } => {
                let bits = i64::from(BLOCK_ROWS.trailing_zeros());
                let column = self.builder.ins().ishl_imm_u(offset, bits);
                let column = self.builder.ins().iadd(block, column);
                self.builder.ins().iadd(column, row)
            }
        }
    }

    /// The distance from a slot's payload to its meta word.
    fn meta_offset(&self) -> i32 {
        match self.slots {
            Slots::Row(_) => META_OFFSET,
            Slots::Columns { .. } => COLUMN_META_OFFSET,
        }
    }

    /// The function for one row.
    fn row_function(&mut self, entry: Entry) -> Result<(), CompileError> {
        // The answer's slot is the first thing in the frame.
        let bit = self.answer(entry, self.frame)?;
        self.builder.ins().return_(&[bit]);
        Ok(())
    }

    /// The whole rule: a bit, and in the slot at `answer` what else the shape's entry says.
    fn answer(&mut self, entry: Entry, answer: Value) -> Result<Value, CompileError> {
        match entry {
            Entry::Match => self.bit(),
            Entry::Truth => self.answer_truth(answer),
            Entry::Value(sort) => self.answer_value(sort, answer),
        }
    }

    fn bit_constant(&mut self, value: bool) -> Value {
        self.builder.ins().iconst(types::I8, i64::from(value))
    }

    fn and(&mut self, a: Value, b: Value) -> Value {
        self.builder.ins().band(a, b)
    }

    fn not(&mut self, bit: Value) -> Value {
        self.builder.ins().bxor_imm_u(bit, 1)
    }

    fn and_present(&mut self, bit: Value, present: Option<Value>) -> Value {
        match present {
            Some(present) => self.and(bit, present),
            None => bit,
        }
    }

    /// Calls a function of the host by its address.
    fn call(
        &mut self,
        address: usize,
        parameters: &[Value],
        returns: Type,
    ) -> Result<Value, CompileError> {
        let types: Vec<Type> = parameters
            .iter()
            .map(|value| self.builder.func.dfg.value_type(*value))
            .collect();
        let signature = signature(self.convention, &types, returns);
        let signature = self.builder.import_signature(signature);
        let callee = self.builder.ins().iconst(types::I64, address as i64);
        let call = self
            .builder
            .ins()
            .call_indirect(signature, callee, parameters);
        self.builder
            .inst_results(call)
            .first()
            .copied()
            .ok_or_else(malformed)
    }

    fn answer_truth(&mut self, answer: Value) -> Result<Value, CompileError> {
        let is_true = self.bit()?;
        let is_false = self.bit()?;
        let known = self.builder.ins().bor(is_true, is_false);
        let payload = self.builder.ins().uextend(types::I64, is_true);
        let meta = self.builder.ins().uextend(types::I64, known);
        self.store(answer, payload, meta);
        Ok(is_true)
    }

    fn answer_value(&mut self, sort: Sort, answer: Value) -> Result<Value, CompileError> {
        let (payload, meta) = self.slot_words(sort)?;
        self.store(answer, payload, meta);
        Ok(self.bit_constant(false))
    }

    fn present_or_true(&mut self, present: Option<Value>) -> Value {
        match present {
            Some(present) => present,
            None => self.bit_constant(true),
        }
    }

    fn store(&mut self, slot: Value, payload: Value, meta: Value) {
        let flags = MemFlagsData::trusted();
        self.builder.ins().store(flags, payload, slot, 0);
        self.builder.ins().store(flags, meta, slot, META_OFFSET);
    }

    /// A new block that ends with one bit as its parameter.
    fn exit_block(&mut self) -> (Block, Value) {
        let block = self.builder.create_block();
        let bit = self.builder.append_block_param(block, types::I8);
        (block, bit)
    }
}
