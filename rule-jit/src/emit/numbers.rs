//! Numbers and instants: comparisons and arithmetic. Nothing traps; what is undefined is NULL.

use cranelift_codegen::ir::condcodes::{FloatCC, IntCC};
use cranelift_codegen::ir::{InstBuilder, Value, types};
use rulelang::time::DAY_MS;

use super::{Emitter, Word, malformed};
use crate::error::CompileError;
use crate::host_calls;
use crate::shape::{Arithmetic, Order};

impl Emitter<'_, '_> {
    pub(super) fn compare_words(&mut self, order: Order) -> Result<Value, CompileError> {
        let (a, b) = (self.word()?, self.word()?);
        let bit = self
            .builder
            .ins()
            .icmp(int_condition(order), a.payload, b.payload);
        let bit = self.and_present(bit, a.present);
        Ok(self.and_present(bit, b.present))
    }

    /// A NaN, which is NULL, is in no order to anything.
    pub(super) fn compare_floats(&mut self, order: Order) -> Result<Value, CompileError> {
        let (a, b) = (self.float()?, self.float()?);
        let condition = match order {
            Order::Equal => FloatCC::Equal,
            Order::NotEqual => FloatCC::OrderedNotEqual,
            Order::Less => FloatCC::LessThan,
            Order::LessOrEqual => FloatCC::LessThanOrEqual,
            Order::Greater => FloatCC::GreaterThan,
            Order::GreaterOrEqual => FloatCC::GreaterThanOrEqual,
        };
        Ok(self.builder.ins().fcmp(condition, a, b))
    }

    pub(super) fn compare_mixed(&mut self, order: Order) -> Result<Value, CompileError> {
        let (int, float) = (self.word()?, self.float()?);
        let address = host_calls::compare_mixed_address();
        let sign = self.call(address, &[int.payload, float], types::I32)?;
        let bit = self.builder.ins().icmp_imm_s(int_condition(order), sign, 0);
        let bit = self.and_present(bit, int.present);
        let present = self.is_number(float);
        Ok(self.and(bit, present))
    }

    pub(super) fn is_number(&mut self, float: Value) -> Value {
        self.builder.ins().fcmp(FloatCC::Ordered, float, float)
    }

    /// NaN for NaN and the infinities, 0 for −0: `x − x` is 0 or NaN.
    pub(super) fn finite(&mut self, float: Value) -> Value {
        let zero = self.builder.ins().fsub(float, float);
        self.builder.ins().fadd(float, zero)
    }

    pub(super) fn float_of_int(&mut self) -> Result<Value, CompileError> {
        let word = self.word()?;
        let float = self.builder.ins().fcvt_from_sint(types::F64, word.payload);
        let Some(present) = word.present else {
            return Ok(float);
        };
        let null = self.null_float();
        Ok(self.builder.ins().select(present, float, null))
    }

    pub(super) fn float_arithmetic(&mut self, op: Arithmetic) -> Result<Value, CompileError> {
        let (a, b) = (self.float()?, self.float()?);
        let result = match op {
            Arithmetic::Add => self.builder.ins().fadd(a, b),
            Arithmetic::Subtract => self.builder.ins().fsub(a, b),
            Arithmetic::Multiply => self.builder.ins().fmul(a, b),
            Arithmetic::Divide => self.builder.ins().fdiv(a, b),
            Arithmetic::IntDivide => {
                self.call(host_calls::float_quotient_address(), &[a, b], types::F64)?
            }
            Arithmetic::Remainder => {
                self.call(host_calls::float_remainder_address(), &[a, b], types::F64)?
            }
        };
        Ok(self.finite(result))
    }

    pub(super) fn negate_word(&mut self) -> Result<Word, CompileError> {
        let word = self.word()?;
        let zero = self.builder.ins().iconst(types::I64, 0);
        let (payload, overflow) = self.builder.ins().ssub_overflow(zero, word.payload);
        Ok(self.unless(overflow, payload, [word.present, None]))
    }

    pub(super) fn word_arithmetic(&mut self, op: Arithmetic) -> Result<Word, CompileError> {
        let (a, b) = (self.word()?, self.word()?);
        let (payload, undefined) = match op {
            Arithmetic::Add => self.builder.ins().sadd_overflow(a.payload, b.payload),
            Arithmetic::Subtract => self.builder.ins().ssub_overflow(a.payload, b.payload),
            Arithmetic::Multiply => self.builder.ins().smul_overflow(a.payload, b.payload),
            Arithmetic::IntDivide => self.quotient(a.payload, b.payload),
            Arithmetic::Remainder => self.remainder(a.payload, b.payload),
            Arithmetic::Divide => return Err(malformed()),
        };
        Ok(self.unless(undefined, payload, [a.present, b.present]))
    }

    /// `a DIV b` and whether it is undefined. The processor divides by 1 where the divisor is 0
    /// or −1, which could trap; by −1 the quotient is `−a`.
    fn quotient(&mut self, a: Value, b: Value) -> (Value, Value) {
        let (by_zero, by_minus_one, divisor) = self.safe_divisor(b);
        let quotient = self.builder.ins().sdiv(a, divisor);
        let zero = self.builder.ins().iconst(types::I64, 0);
        let (negative, overflow) = self.builder.ins().ssub_overflow(zero, a);
        let overflow = self.and(overflow, by_minus_one);
        let quotient = self.builder.ins().select(by_minus_one, negative, quotient);
        (quotient, self.builder.ins().bor(by_zero, overflow))
    }

    /// `a % b` and whether it is undefined; by −1 it is 0, as by 1.
    fn remainder(&mut self, a: Value, b: Value) -> (Value, Value) {
        let (by_zero, _, divisor) = self.safe_divisor(b);
        (self.builder.ins().srem(a, divisor), by_zero)
    }

    fn safe_divisor(&mut self, b: Value) -> (Value, Value, Value) {
        let by_zero = self.builder.ins().icmp_imm_s(IntCC::Equal, b, 0);
        let by_minus_one = self.builder.ins().icmp_imm_s(IntCC::Equal, b, -1);
        let special = self.builder.ins().bor(by_zero, by_minus_one);
        let one = self.builder.ins().iconst(types::I64, 1);
        let divisor = self.builder.ins().select(special, one, b);
        (by_zero, by_minus_one, divisor)
    }

    /// A result that is present where its operands are, unless it is undefined.
    pub(super) fn unless(
        &mut self,
        undefined: Value,
        payload: Value,
        operands: [Option<Value>; 2],
    ) -> Word {
        let mut present = self.not(undefined);
        for operand in operands {
            present = self.and_present(present, operand);
        }
        Word {
            payload,
            present: Some(present),
        }
    }

    /// Days fit 32 bits, so this does not overflow.
    pub(super) fn days_to_millis(&mut self) -> Result<Word, CompileError> {
        let days = self.word()?;
        Ok(Word {
            payload: self.builder.ins().imul_imm_s(days.payload, DAY_MS),
            present: days.present,
        })
    }

    /// `ts <= now`, and the age less its lower bound below the width. As differences of two i64s
    /// ages need 64 bits without a sign.
    pub(super) fn past(&mut self, negated: bool) -> Result<Value, CompileError> {
        let (low, width) = (self.constant(types::I64), self.constant(types::I64));
        let ts = self.word()?;
        let not_future =
            self.builder
                .ins()
                .icmp(IntCC::SignedLessThanOrEqual, ts.payload, self.now);
        let age = self.builder.ins().isub(self.now, ts.payload);
        let beyond = self.builder.ins().isub(age, low);
        let within = self
            .builder
            .ins()
            .icmp(IntCC::UnsignedLessThan, beyond, width);
        let bit = self.and(not_future, within);
        Ok(self.unless_negated(bit, ts.present, negated))
    }

    /// The first instant of a calendar window.
    pub(super) fn calendar_start(&mut self) -> Result<Word, CompileError> {
        let calendar = self.constant(types::I64);
        let address = host_calls::calendar_start_address();
        Ok(Word {
            payload: self.call(address, &[calendar, self.now], types::I64)?,
            present: None,
        })
    }

    /// `now < ts`, and no further ahead than the bound.
    pub(super) fn future(&mut self, negated: bool) -> Result<Value, CompileError> {
        let bound = self.constant(types::I64);
        let ts = self.word()?;
        let ahead = self
            .builder
            .ins()
            .icmp(IntCC::SignedGreaterThan, ts.payload, self.now);
        let distance = self.builder.ins().isub(ts.payload, self.now);
        let within = self
            .builder
            .ins()
            .icmp(IntCC::UnsignedLessThanOrEqual, distance, bound);
        let bit = self.and(ahead, within);
        Ok(self.unless_negated(bit, ts.present, negated))
    }

    /// Whether an anniversary is near.
    pub(super) fn returns(&mut self, negated: bool) -> Result<Value, CompileError> {
        let anniversary = self.constant(types::I64);
        let ts = self.word()?;
        let address = host_calls::returns_address();
        let bit = self.call(address, &[anniversary, ts.payload, self.now], types::I8)?;
        Ok(self.unless_negated(bit, ts.present, negated))
    }

    /// Whether an operand is present and passes, or is present and fails.
    pub(super) fn unless_negated(
        &mut self,
        bit: Value,
        present: Option<Value>,
        negated: bool,
    ) -> Value {
        let bit = if negated { self.not(bit) } else { bit };
        self.and_present(bit, present)
    }
}

pub(super) fn int_condition(order: Order) -> IntCC {
    match order {
        Order::Equal => IntCC::Equal,
        Order::NotEqual => IntCC::NotEqual,
        Order::Less => IntCC::SignedLessThan,
        Order::LessOrEqual => IntCC::SignedLessThanOrEqual,
        Order::Greater => IntCC::SignedGreaterThan,
        Order::GreaterOrEqual => IntCC::SignedGreaterThanOrEqual,
    }
}
