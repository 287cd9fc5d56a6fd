//! Values: loads, constants, and what chooses among values.

use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{InstBuilder, MemFlagsData, Value, types};

use super::{Any, Emitter, Text, Word, malformed};
use crate::error::CompileError;
use crate::row::{NULL_PAYLOAD, SYMBOL_OFFSET};
use crate::shape::{Op, Sort};

impl Emitter<'_, '_> {
    /// The code of the next int, instant or duration.
    pub(super) fn word(&mut self) -> Result<Word, CompileError> {
        match self.next()? {
            Op::Slot(Sort::Word) => {
                let slot = self.slot();
                Ok(Word {
                    payload: self.load(types::I64, slot, 0),
                    present: Some(self.load(types::I8, slot, self.meta_offset())),
                })
            }
            Op::Constant(Sort::Word) => Ok(Word {
                payload: self.constant(types::I64),
                present: None,
            }),
            Op::Null(_) => Ok(Word {
                payload: self.builder.ins().iconst(types::I64, NULL_PAYLOAD as i64),
                present: Some(self.bit_constant(false)),
            }),
            Op::Now => Ok(Word {
                payload: self.now,
                present: None,
            }),
            Op::CalendarStart => self.calendar_start(),
            Op::Arithmetic(op, Sort::Word) => self.word_arithmetic(op),
            Op::Negate(Sort::Word) => self.negate_word(),
            Op::DaysToMillis => self.days_to_millis(),
            Op::Step(step, Sort::Word) => self.step_word(step),
            Op::Extreme {
                greatest,
                sort: Sort::Word,
            } => self.extreme_word(greatest),
            Op::Call {
                arguments,
                sort: Sort::Word,
            } => self.function_word(arguments),
            Op::Choose(Sort::Word) => {
                let condition = self.bit()?;
                let (yes, no) = (self.word()?, self.word()?);
                Ok(self.choose_word(condition, yes, no))
            }
            Op::Coalesce(Sort::Word) => {
                let (first, second) = (self.word()?, self.word()?);
                match first.present {
                    Some(present) => Ok(self.choose_word(present, first, second)),
                    None => Ok(first),
                }
            }
            _ => Err(malformed()),
        }
    }

    fn choose_word(&mut self, condition: Value, yes: Word, no: Word) -> Word {
        let payload = self
            .builder
            .ins()
            .select(condition, yes.payload, no.payload);
        let present = if yes.present.is_none() && no.present.is_none() {
            None
        } else {
            let yes = self.present_or_true(yes.present);
            let no = self.present_or_true(no.present);
            Some(self.builder.ins().select(condition, yes, no))
        };
        Word { payload, present }
    }

    /// The code of the next float.
    pub(super) fn float(&mut self) -> Result<Value, CompileError> {
        match self.next()? {
            Op::Slot(Sort::Float) => {
                let slot = self.slot();
                Ok(self.load(types::F64, slot, 0))
            }
            Op::Constant(Sort::Float) => Ok(self.constant(types::F64)),
            Op::Null(_) => Ok(self.null_float()),
            Op::Arithmetic(op, Sort::Float) => self.float_arithmetic(op),
            Op::Negate(Sort::Float) => {
                let float = self.float()?;
                let negative = self.builder.ins().fneg(float);
                Ok(self.finite(negative))
            }
            Op::ToFloat => self.float_of_int(),
            Op::Step(step, Sort::Float) => self.step_float(step),
            Op::Extreme {
                greatest,
                sort: Sort::Float,
            } => self.extreme_float(greatest),
            Op::Call {
                arguments,
                sort: Sort::Float,
            } => self.function_float(arguments),
            Op::Choose(Sort::Float) => {
                let condition = self.bit()?;
                let (yes, no) = (self.float()?, self.float()?);
                Ok(self.builder.ins().select(condition, yes, no))
            }
            Op::Coalesce(Sort::Float) => {
                let (first, second) = (self.float()?, self.float()?);
                let present = self.is_number(first);
                Ok(self.builder.ins().select(present, first, second))
            }
            _ => Err(malformed()),
        }
    }

    pub(super) fn null_float(&mut self) -> Value {
        self.builder.ins().f64const(f64::from_bits(NULL_PAYLOAD))
    }

    pub(super) fn float_bits(&mut self, float: Value) -> Value {
        self.builder
            .ins()
            .bitcast(types::I64, MemFlagsData::new(), float)
    }

    /// The code of the next string.
    pub(super) fn text(&mut self) -> Result<Text, CompileError> {
        match self.next()? {
            Op::Slot(Sort::Text) => {
                let slot = self.slot();
                Ok(Text {
                    payload: self.load(types::I64, slot, 0),
                    meta: self.load(types::I64, slot, self.meta_offset()),
                    symbol: self.load(types::I32, slot, self.meta_offset() + SYMBOL_OFFSET),
                })
            }
            Op::Constant(Sort::Text) => {
                let (payload, meta) = (self.constant(types::I64), self.constant(types::I64));
                Ok(self.text_of(payload, meta))
            }
            Op::Null(_) => Ok(Text {
                payload: self.builder.ins().iconst(types::I64, NULL_PAYLOAD as i64),
                meta: self.builder.ins().iconst(types::I64, 0),
                symbol: self.builder.ins().iconst(types::I32, 0),
            }),
            Op::Call {
                arguments,
                sort: Sort::Text,
            } => self.function_text(arguments),
            Op::Choose(Sort::Text) => {
                let condition = self.bit()?;
                let (yes, no) = (self.text()?, self.text()?);
                Ok(self.choose_text(condition, yes, no))
            }
            Op::Coalesce(Sort::Text) => {
                let (first, second) = (self.text()?, self.text()?);
                let present = self.is_text(first);
                Ok(self.choose_text(present, first, second))
            }
            _ => Err(malformed()),
        }
    }

    fn choose_text(&mut self, condition: Value, yes: Text, no: Text) -> Text {
        let payload = self
            .builder
            .ins()
            .select(condition, yes.payload, no.payload);
        let meta = self.builder.ins().select(condition, yes.meta, no.meta);
        self.text_of(payload, meta)
    }

    pub(super) fn text_of(&mut self, payload: Value, meta: Value) -> Text {
        let high = self.builder.ins().ushr_imm_u(meta, 32);
        Text {
            payload,
            meta,
            symbol: self.builder.ins().ireduce(types::I32, high),
        }
    }

    /// The code of the next list, or value of unknown type.
    pub(super) fn any(&mut self) -> Result<Any, CompileError> {
        match self.next()? {
            Op::Slot(Sort::Any) => {
                let slot = self.slot();
                Ok(Any {
                    payload: self.load(types::I64, slot, 0),
                    meta: self.load(types::I64, slot, self.meta_offset()),
                })
            }
            Op::Null(_) => Ok(Any {
                payload: self.builder.ins().iconst(types::I64, NULL_PAYLOAD as i64),
                meta: self.builder.ins().iconst(types::I64, 0),
            }),
            Op::Constant(Sort::Any) => Ok(Any {
                payload: self.constant(types::I64),
                meta: self.constant(types::I64),
            }),
            Op::Truth => self.truth(),
            Op::Call {
                arguments,
                sort: Sort::Any,
            } => self.function(arguments),
            Op::Choose(Sort::Any) => {
                let condition = self.bit()?;
                let (yes, no) = (self.any()?, self.any()?);
                Ok(self.choose_any(condition, yes, no))
            }
            Op::Coalesce(Sort::Any) => {
                let (first, second) = (self.any()?, self.any()?);
                let present = self.is_any(first);
                Ok(self.choose_any(present, first, second))
            }
            _ => Err(malformed()),
        }
    }

    pub(super) fn is_any(&mut self, any: Any) -> Value {
        self.builder.ins().icmp_imm_u(IntCC::NotEqual, any.meta, 0)
    }

    fn choose_any(&mut self, condition: Value, yes: Any, no: Any) -> Any {
        Any {
            payload: self
                .builder
                .ins()
                .select(condition, yes.payload, no.payload),
            meta: self.builder.ins().select(condition, yes.meta, no.meta),
        }
    }
}
