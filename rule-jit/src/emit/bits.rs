//! Bits: conjunctions, disjunctions, and the tests at their leaves.

use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{BlockArg, InstBuilder, Value, types};

use super::{Emitter, malformed};
use crate::error::CompileError;
use crate::shape::{Op, Sort};

impl Emitter<'_, '_> {
    /// The code of the next bit. One arm, one call.
    pub(super) fn bit(&mut self) -> Result<Value, CompileError> {
        match self.next()? {
            Op::False => Ok(self.bit_constant(false)),
            Op::True => Ok(self.bit_constant(true)),
            Op::Flag(value) => Ok(self.flag(value)),
            Op::And(count) => self.join(None, count, true),
            Op::Or(count) => self.join(None, count, false),
            Op::Not => {
                let bit = self.bit()?;
                Ok(self.not(bit))
            }
            Op::ChooseBit => {
                let (condition, yes, no) = (self.bit()?, self.bit()?, self.bit()?);
                Ok(self.builder.ins().select(condition, yes, no))
            }
            Op::AnswerIs(value) => self.answer_is(value),
            Op::IsPresent(sort) => self.is_present(sort),
            Op::Compare(order, Sort::Word) => self.compare_words(order),
            Op::Compare(order, Sort::Float) => self.compare_floats(order),
            Op::Compare(order, Sort::Text) => self.compare_texts(order),
            Op::CompareMixed(order) => self.compare_mixed(order),
            Op::InFew {
                sort,
                items,
                negated,
            } => self.in_few(sort, items, negated),
            Op::InTable { sort, negated } => self.in_table(sort, negated),
            Op::Text { test, negated } => self.text_test(test, negated),
            Op::IsEmpty { sort, negated } => self.is_empty(sort, negated),
            Op::HoldsKey { negated } => self.holds_key(negated),
            Op::Holds { item, negated } => self.holds(item, negated),
            Op::SameList { negated } => self.same_list(negated),
            Op::Past { negated } => self.past(negated),
            Op::Future { negated } => self.future(negated),
            Op::Returns { negated } => self.returns(negated),
            _ => Err(malformed()),
        }
    }

    /// A bool slot: NULL's payload is neither 0 nor 1.
    fn flag(&mut self, value: bool) -> Value {
        let slot = self.slot();
        let payload = self.load(types::I64, slot, 0);
        self.builder
            .ins()
            .icmp_imm_u(IntCC::Equal, payload, i64::from(value))
    }

    /// AND or OR. Operands without calls come first and are joined without branches; each operand
    /// with a call is skipped where the answer is already known; `joined` is what was joined before.
    pub(super) fn join(
        &mut self,
        mut joined: Option<Value>,
        count: u32,
        is_and: bool,
    ) -> Result<Value, CompileError> {
        let mut exit = None;
        for _ in 0..count {
            let (Some(so_far), true) = (joined, self.next_calls_host()) else {
                let bit = self.bit()?;
                joined = Some(match joined {
                    Some(so_far) if is_and => self.builder.ins().band(so_far, bit),
                    Some(so_far) => self.builder.ins().bor(so_far, bit),
                    None => bit,
                });
                continue;
            };
            let (done, _) = *exit.get_or_insert_with(|| self.exit_block());
            let next = self.builder.create_block();
            let known = [BlockArg::Value(so_far)];
            if is_and {
                self.builder.ins().brif(so_far, next, &[], done, &known);
            } else {
                self.builder.ins().brif(so_far, done, &known, next, &[]);
            }
            self.builder.switch_to_block(next);
            self.builder.seal_block(next);
            joined = Some(self.bit()?);
        }
        let joined = joined.ok_or_else(malformed)?;
        let Some((done, bit)) = exit else {
            return Ok(joined);
        };
        self.builder.ins().jump(done, &[BlockArg::Value(joined)]);
        self.builder.switch_to_block(done);
        self.builder.seal_block(done);
        Ok(bit)
    }

    /// Whether the next operand contains a call of the host.
    pub(super) fn next_calls_host(&self) -> bool {
        let mut ops = self.ops.clone();
        let mut left = 1;
        while left > 0 {
            let Some(op) = ops.next() else { return false };
            if op.calls_host() {
                return true;
            }
            left = left - 1 + op.operands();
        }
        false
    }

    pub(super) fn is_present(&mut self, sort: Sort) -> Result<Value, CompileError> {
        match sort {
            Sort::Word => {
                let word = self.word()?;
                Ok(self.present_or_true(word.present))
            }
            Sort::Float => {
                let float = self.float()?;
                Ok(self.is_number(float))
            }
            Sort::Text => {
                let text = self.text()?;
                Ok(self.is_text(text))
            }
            Sort::Any => {
                let any = self.any()?;
                Ok(self.is_any(any))
            }
        }
    }

    /// The next operand as a key of sets, its type, and whether it is present.
    fn key(&mut self, sort: Sort) -> Result<(Value, Option<Value>), CompileError> {
        match sort {
            Sort::Word => {
                let word = self.word()?;
                Ok((word.payload, word.present))
            }
            Sort::Float => {
                let float = self.float()?;
                let present = self.is_number(float);
                Ok((self.float_bits(float), Some(present)))
            }
            Sort::Text => {
                let text = self.text()?;
                let present = self.is_text(text);
                Ok((text.symbol, Some(present)))
            }
            Sort::Any => Err(malformed()),
        }
    }

    /// A set of a few, compared one by one. Its constants stand before its operand's.
    fn in_few(&mut self, sort: Sort, items: u8, negated: bool) -> Result<Value, CompileError> {
        let ty = if sort == Sort::Text {
            types::I32
        } else {
            types::I64
        };
        let items: Vec<Value> = (0..items).map(|_| self.constant(ty)).collect();
        let (key, present) = self.key(sort)?;
        let mut found = None;
        for item in items {
            let bit = if negated {
                self.builder.ins().icmp(IntCC::NotEqual, key, item)
            } else {
                self.builder.ins().icmp(IntCC::Equal, key, item)
            };
            found = Some(match found {
                None => bit,
                Some(found) if negated => self.builder.ins().band(found, bit),
                Some(found) => self.builder.ins().bor(found, bit),
            });
        }
        let found = found.ok_or_else(malformed)?;
        Ok(self.found(found, sort, present, negated))
    }

    /// A set of many: two places of a table (see [`crate::membership`]).
    fn in_table(&mut self, sort: Sort, negated: bool) -> Result<Value, CompileError> {
        let table = self.constant(types::I64);
        let multipliers = [self.constant(types::I64), self.constant(types::I64)];
        let shift = self.constant(types::I64);
        let (key, present) = self.key(sort)?;
        let key = match sort {
            Sort::Text => self.builder.ins().uextend(types::I64, key),
            _ => key,
        };
        let [one, other] = multipliers.map(|multiplier| {
            let product = self.builder.ins().imul(key, multiplier);
            let place = self.builder.ins().ushr(product, shift);
            let offset = self.builder.ins().ishl_imm_u(place, 3);
            let address = self.builder.ins().iadd(table, offset);
            let candidate = self.load(types::I64, address, 0);
            self.builder.ins().icmp(IntCC::Equal, key, candidate)
        });
        let found = self.builder.ins().bor(one, other);
        let found = if negated { self.not(found) } else { found };
        Ok(self.found(found, sort, present, negated))
    }

    /// A NULL float or string equals no item, as its bits are in no set; a NULL word might.
    fn found(&mut self, found: Value, sort: Sort, present: Option<Value>, negated: bool) -> Value {
        if negated || sort == Sort::Word {
            self.and_present(found, present)
        } else {
            found
        }
    }
}
