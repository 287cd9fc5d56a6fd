//! The single place where an address becomes a function and compiled code is called.
#![expect(
    unsafe_code,
    reason = "calling compiled code is what this crate is for"
)]

use std::sync::Arc;

use rulelang::{Type, Value};

use crate::calls::Frame;
use crate::code_memory::CodeMemory;
use crate::column_rule::ColumnRule;
use crate::columns::{BLOCK_ROWS, Columns};
use crate::compiled::CompiledRule;
use crate::constants::Constants;
use crate::error::RowTooShort;
use crate::host_calls::{list_of, objects_of, text_of};
use crate::row::{Row, Slot};
use crate::shape::Entry;

/// Signature of all compiled code: the row's slots, the rule's constants, now in milliseconds,
/// and the frame, which begins with the slot for the answer (untouched by
/// [`crate::shape::Entry::Match`]).
type Code = unsafe extern "C" fn(*const Slot, *const u64, i64, *mut Frame) -> u8;

/// Compiled code that can be called, and keeps its memory alive.
#[derive(Debug, Clone)]
pub(crate) struct EntryPoint {
    code: Code,
    memory: Arc<CodeMemory>,
}

impl EntryPoint {
    /// `memory` holds the code of a shape, as [`crate::compiler`], the only caller, makes it.
    pub(crate) fn new(memory: CodeMemory) -> Self {
        // SAFETY: a function of that signature starts there; `memory`,
        // which is kept beside it, keeps the code mapped.
        let code = unsafe { std::mem::transmute::<*const u8, Code>(memory.start()) };
        Self {
            code,
            memory: Arc::new(memory),
        }
    }

    pub(crate) fn code_bytes(&self) -> usize {
        self.memory.len()
    }

    /// Calls the code; `frame` is where it may write.
    ///
    /// # Safety
    /// `constants` were lowered with the shape of this code.
    #[inline]
    unsafe fn call(
        &self,
        row: &Row<'_>,
        constants: &Constants,
        frame: &mut Frame,
    ) -> Result<bool, RowTooShort> {
        let slots = row.slots();
        if slots.len() < constants.slots as usize {
            return Err(RowTooShort);
        }
        let words = constants.words.as_ptr();
        // SAFETY: code of a shape reads the words that its ops take, which by the contract above
        // are there; slots at the offsets among those words, which are below `constants.slots`
        // and so inside the row; and what those slots and words point to, which lives as long as
        // the row's borrows and the constants. It writes nothing but `frame`, and passes it to
        // nobody but `host_calls::function`.
        let bit = unsafe { (self.code)(slots.as_ptr(), words, row.now(), frame) };
        Ok(bit != 0)
    }
}

impl CompiledRule {
    /// Calls the rule's code; `frame` is where it may write.
    #[inline]
    pub(crate) fn call(&self, row: &Row<'_>, frame: &mut Frame) -> Result<bool, RowTooShort> {
        // SAFETY: by the invariant of `CompiledRule` its constants are of its shape.
        unsafe { self.shape.entry.call(row, &self.constants, frame) }
    }

    /// Calls the rule's code for its value.
    pub(crate) fn call_for_value(&self, row: &Row<'_>) -> Result<Value, RowTooShort> {
        let mut frame = Frame::new();
        let bit = self.call(row, &mut frame)?;
        if self.shape.shape.entry == Entry::Match {
            return Ok(Value::Bool(bit));
        }
        // SAFETY: the code of this rule has just written the answer; row and constants are
        // borrowed here, and the frame lives to the end of this function.
        Ok(unsafe { value_of(frame.answer, self.constants.ty) })
    }
}

/// Signature of code over columns: a block's words, the rule's constants, now in milliseconds, the
/// frame for what calls make, a slot for each row's answer (untouched by
/// [`crate::shape::Entry::Match`]), and how many rows there are, at least one.
type ColumnCode =
    unsafe extern "C" fn(*const u64, *const u64, i64, *mut Frame, *mut Slot, u64) -> u64;

/// Compiled code over columns that can be called, and keeps its memory alive.
#[derive(Debug, Clone)]
pub(crate) struct ColumnEntryPoint {
    code: ColumnCode,
    memory: Arc<CodeMemory>,
}

impl ColumnEntryPoint {
    /// `memory` holds code over columns, as [`crate::compiler`], the only caller, makes it.
    pub(crate) fn new(memory: CodeMemory) -> Self {
        // SAFETY: a function of that signature starts there; `memory`,
        // which is kept beside it, keeps the code mapped.
        let code = unsafe { std::mem::transmute::<*const u8, ColumnCode>(memory.start()) };
        Self {
            code,
            memory: Arc::new(memory),
        }
    }

    pub(crate) fn code_bytes(&self) -> usize {
        self.memory.len()
    }
}

/// What a rule said of the rows of a block.
pub(crate) struct Answered<'a> {
    /// Whether it is TRUE: a bit for each row, the first row's the lowest.
    pub(crate) bits: u64,
    pub(crate) rows: usize,
    /// An answer for each row; none of a [`crate::shape::Entry::Match`].
    answers: &'a [Slot],
}

impl ColumnRule {
    /// Calls the rule's code for each block. What answers point to is gone after `visit`.
    #[inline]
    pub(crate) fn call(
        &self,
        columns: &Columns,
        mut visit: impl FnMut(Answered<'_>),
    ) -> Result<(), RowTooShort> {
        if columns.slots() < self.slots() {
            return Err(RowTooShort);
        }
        let mut answers = match self.shape.shape.entry {
            Entry::Match => vec![],
            Entry::Truth | Entry::Value(_) => vec![Slot::NULL; BLOCK_ROWS],
        };
        let (words, now) = (self.constants.words.as_ptr(), columns.now());
        for (block, rows) in columns.blocks() {
            let (mut frame, places) = (Frame::new(), answers.as_mut_ptr());
            // SAFETY: by the invariant of `ColumnRule` its constants are of its shape, and code of a
            // shape reads the words that its ops take, which are there; in the block the columns
            // whose offsets are among those words, which are below `slots` and so inside it; and
            // what those slots and words point to, which lives as long as the columns and the
            // constants. It writes nothing but the frame, which it passes to nobody but
            // `host_calls::function`, and the places of the first `rows` answers, of which there
            // are `BLOCK_ROWS` if its entry has any: as many as a block has rows at most.
            let bits = unsafe {
                let code = self.shape.entry.code;
                code(
                    block.as_ptr(),
                    words,
                    now,
                    &raw mut frame,
                    places,
                    rows as u64,
                )
            };
            let answers = answers.get(..rows).unwrap_or_default();
            visit(Answered {
                bits,
                rows,
                answers,
            });
        }
        Ok(())
    }

    /// Calls the rule's code for its values.
    pub(crate) fn call_for_values(&self, columns: &Columns) -> Result<Vec<Value>, RowTooShort> {
        let mut values = Vec::with_capacity(columns.len());
        let is_match = self.shape.shape.entry == Entry::Match;
        self.call(columns, |block| {
            if is_match {
                let bits = (0..block.rows).map(|row| block.bits >> row & 1 != 0);
                values.extend(bits.map(Value::Bool));
                return;
            }
            // SAFETY: the code of this rule has just written the answers; columns and constants
            // are borrowed, and the frame lives until `call` gets this block back.
            let value = |answer: &Slot| unsafe { value_of(*answer, self.constants.ty) };
            values.extend(block.answers.iter().map(value));
        })?;
        Ok(values)
    }
}

/// The value in a slot that code wrote.
///
/// # Safety
/// `slot` was written by code of a rule, for a value of type `ty`; the rule's row, constants and
/// frame are still alive.
pub(crate) unsafe fn value_of(slot: Slot, ty: Type) -> Value {
    if ty == Type::String {
        // SAFETY: such code writes a string of the row, the constants or the frame, or NULL.
        return unsafe { text_of(slot.payload, slot.meta) }.map_or(Value::Null, Value::string);
    }
    if let Type::List(item) = ty {
        // SAFETY: such code writes a list of the row, the constants or the frame, whose items are
        // of that type, or NULL.
        let items = unsafe { list_of(slot.payload, slot.meta) };
        let value = |item_slot: &Slot| {
            // SAFETY: a string among the items lives where the list does.
            unsafe { value_of(*item_slot, item.as_type()) }
        };
        return items.map_or(Value::Null, |items| {
            Value::List(items.iter().map(value).collect())
        });
    }
    if ty == Type::Objects {
        // SAFETY: such code writes a list of the row, or NULL.
        return unsafe { objects_of(slot.payload, slot.meta) };
    }
    if slot.meta == 0 {
        return Value::Null;
    }
    let word = slot.payload as i64;
    match ty {
        Type::Bool => Value::Bool(word != 0),
        Type::Int => Value::Int(word),
        Type::Float => Value::float(f64::from_bits(slot.payload)),
        Type::Timestamp => Value::Timestamp(word),
        Type::Date => i32::try_from(word).map_or(Value::Null, Value::Date),
        Type::Duration => Value::Duration(word),
        Type::String | Type::Null | Type::Any | Type::List(_) | Type::Objects => Value::Null,
    }
}
