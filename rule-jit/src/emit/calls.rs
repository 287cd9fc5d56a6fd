//! Calls of the language's functions, and the few that are operators.

use cranelift_codegen::ir::condcodes::{FloatCC, IntCC};
use cranelift_codegen::ir::{InstBuilder, MemFlagsData, StackSlot, Value, types};
use cranelift_codegen::ir::{StackSlotData, StackSlotKind};

use super::{Any, Emitter, Text, Word, malformed};
use crate::error::CompileError;
use crate::host_calls;
use crate::row::{META_OFFSET, SLOT_BYTES};
use crate::shape::{Op, Shape, Sort, Step};

/// Room on the stack for the arguments of a shape's calls and an answer. One place serves them
/// all: arguments are put there when all of them are known, and the answer is read at once.
pub(super) fn call_slots(
    shape: &Shape,
    builder: &mut cranelift_frontend::FunctionBuilder<'_>,
) -> Option<StackSlot> {
    let arguments = shape.ops.iter().filter_map(|op| match op {
        Op::Call { arguments, .. } => Some(u32::from(*arguments)),
        _ => None,
    });
    let bytes = (arguments.max()? + 1) * SLOT_BYTES as u32;
    let align_shift = 3;
    let data = StackSlotData::new(StackSlotKind::ExplicitSlot, bytes, align_shift);
    Some(builder.create_sized_stack_slot(data))
}

impl Emitter<'_, '_> {
    /// Calls a function of so many arguments, which follow; the words of its answer's slot.
    pub(super) fn function(&mut self, arguments: u8) -> Result<Any, CompileError> {
        let call = self.constant(types::I64);
        let mut values = Vec::with_capacity(usize::from(arguments));
        for _ in 0..arguments {
            values.push(self.argument()?);
        }
        let slots = self.call_slots.ok_or_else(malformed)?;
        let slots = self.builder.ins().stack_addr(types::I64, slots, 0);
        let flags = MemFlagsData::trusted();
        let mut offset = 0;
        for value in values {
            self.builder
                .ins()
                .store(flags, value.payload, slots, offset);
            self.builder
                .ins()
                .store(flags, value.meta, slots, offset + META_OFFSET);
            offset += SLOT_BYTES as i32;
        }
        let words = [self.frame, call, slots];
        self.call(host_calls::function_address(), &words, types::I8)?;
        Ok(Any {
            payload: self.builder.ins().load(types::I64, flags, slots, offset),
            meta: self
                .builder
                .ins()
                .load(types::I64, flags, slots, offset + META_OFFSET),
        })
    }

    /// The words of the slot of the next operand, of whatever sort it is.
    fn argument(&mut self) -> Result<Any, CompileError> {
        let next = self.ops.clone().next().ok_or_else(malformed)?;
        let sort = match next {
            Op::Null(sort) => sort,
            op => op.sort().ok_or_else(malformed)?,
        };
        let (payload, meta) = self.slot_words(sort)?;
        Ok(Any { payload, meta })
    }

    /// A bool as the words of its slot.
    pub(super) fn truth(&mut self) -> Result<Any, CompileError> {
        let (is_true, is_false) = (self.bit()?, self.bit()?);
        let known = self.builder.ins().bor(is_true, is_false);
        Ok(Any {
            payload: self.builder.ins().uextend(types::I64, is_true),
            meta: self.builder.ins().uextend(types::I64, known),
        })
    }

    /// Whether a call answered TRUE (or FALSE). NULL's payload is neither 0 nor 1.
    pub(super) fn answer_is(&mut self, value: bool) -> Result<Value, CompileError> {
        let answer = self.any()?;
        let payload = answer.payload;
        Ok(self
            .builder
            .ins()
            .icmp_imm_u(IntCC::Equal, payload, i64::from(value)))
    }

    /// The answer of a call as an int, an instant or a duration.
    pub(super) fn function_word(&mut self, arguments: u8) -> Result<Word, CompileError> {
        let answer = self.function(arguments)?;
        let present = self.is_any(answer);
        Ok(Word {
            payload: answer.payload,
            present: Some(present),
        })
    }

    /// The answer of a call as a float: NULL's payload is a NaN.
    pub(super) fn function_float(&mut self, arguments: u8) -> Result<Value, CompileError> {
        let answer = self.function(arguments)?;
        let flags = MemFlagsData::new();
        Ok(self
            .builder
            .ins()
            .bitcast(types::F64, flags, answer.payload))
    }

    /// The answer of a call as a string.
    pub(super) fn function_text(&mut self, arguments: u8) -> Result<Text, CompileError> {
        let answer = self.function(arguments)?;
        Ok(self.text_of(answer.payload, answer.meta))
    }

    /// ABS or SIGN of an int.
    pub(super) fn step_word(&mut self, step: Step) -> Result<Word, CompileError> {
        let word = self.word()?;
        let x = word.payload;
        match step {
            Step::Abs => {
                let least = self.builder.ins().icmp_imm_s(IntCC::Equal, x, i64::MIN);
                let payload = self.builder.ins().iabs(x);
                Ok(self.unless(least, payload, [word.present, None]))
            }
            Step::Sign => {
                let above = self
                    .builder
                    .ins()
                    .icmp_imm_s(IntCC::SignedGreaterThan, x, 0);
                let below = self.builder.ins().icmp_imm_s(IntCC::SignedLessThan, x, 0);
                let above = self.builder.ins().uextend(types::I64, above);
                let below = self.builder.ins().uextend(types::I64, below);
                Ok(Word {
                    payload: self.builder.ins().isub(above, below),
                    present: word.present,
                })
            }
            _ => Err(malformed()),
        }
    }

    pub(super) fn step_float(&mut self, step: Step) -> Result<Value, CompileError> {
        let x = self.float()?;
        Ok(match step {
            Step::Abs => self.builder.ins().fabs(x),
            Step::Sign => self.float_sign(x),
            step => {
                let whole = self.call(host_calls::step_address(step), &[x], types::F64)?;
                self.finite(whole)
            }
        })
    }

    fn float_sign(&mut self, x: Value) -> Value {
        let zero = self.builder.ins().f64const(0.0);
        let one = self.builder.ins().f64const(1.0);
        let minus_one = self.builder.ins().f64const(-1.0);
        let above = self.builder.ins().fcmp(FloatCC::GreaterThan, x, zero);
        let below = self.builder.ins().fcmp(FloatCC::LessThan, x, zero);
        // What is neither is 0, or NaN, which stays.
        let sign = self.builder.ins().select(below, minus_one, x);
        self.builder.ins().select(above, one, sign)
    }

    /// LEAST or GREATEST of two, a NULL passed over.
    pub(super) fn extreme_word(&mut self, greatest: bool) -> Result<Word, CompileError> {
        let (a, b) = (self.word()?, self.word()?);
        let condition = if greatest {
            IntCC::SignedGreaterThan
        } else {
            IntCC::SignedLessThan
        };
        let mut takes_b = self.builder.ins().icmp(condition, b.payload, a.payload);
        if let Some(a) = a.present {
            let no_a = self.not(a);
            takes_b = self.builder.ins().bor(takes_b, no_a);
        }
        takes_b = self.and_present(takes_b, b.present);
        let payload = self.builder.ins().select(takes_b, b.payload, a.payload);
        let present = match (a.present, b.present) {
            (Some(a), Some(b)) => Some(self.builder.ins().bor(a, b)),
            _ => None,
        };
        Ok(Word { payload, present })
    }

    pub(super) fn extreme_float(&mut self, greatest: bool) -> Result<Value, CompileError> {
        let (a, b) = (self.float()?, self.float()?);
        let condition = if greatest {
            FloatCC::GreaterThan
        } else {
            FloatCC::LessThan
        };
        let beyond = self.builder.ins().fcmp(condition, b, a);
        let no_a = self.builder.ins().fcmp(FloatCC::Unordered, a, a);
        let beyond = self.builder.ins().bor(beyond, no_a);
        let is_number = self.is_number(b);
        let takes_b = self.and(beyond, is_number);
        Ok(self.builder.ins().select(takes_b, b, a))
    }

    /// The two words of the next operand as a slot holds them.
    pub(super) fn slot_words(&mut self, sort: Sort) -> Result<(Value, Value), CompileError> {
        Ok(match sort {
            Sort::Word => {
                let word = self.word()?;
                let present = self.present_or_true(word.present);
                (
                    word.payload,
                    self.builder.ins().uextend(types::I64, present),
                )
            }
            Sort::Float => {
                let float = self.float()?;
                let present = self.is_number(float);
                let bits = self.float_bits(float);
                (bits, self.builder.ins().uextend(types::I64, present))
            }
            Sort::Text => {
                let text = self.text()?;
                (text.payload, text.meta)
            }
            Sort::Any => {
                let any = self.any()?;
                (any.payload, any.meta)
            }
        })
    }
}
