//! What compiled code reads: one slot of 16 bytes for each input of a rule.
//!
//! | slot of | payload | meta |
//! |---|---|---|
//! | NULL | bits of a NaN | 0 |
//! | int, timestamp (ms), date (days), duration (ms) | the i64 | 1 |
//! | bool | 0 or 1 | 1 |
//! | float | its bits, finite, −0 as 0 | 1 |
//! | string | pointer to its bytes | length, and its symbol (never 0) in the high half |
//!
//! A NULL compares false as a float, so a float test needs no look at `meta`.
//! INVARIANT: a slot whose high half of `meta` is not 0 points to that many live bytes of UTF-8.
//! Compiled code follows a pointer only where that half is not 0, so a slot filled with another
//! type than its rule expects gives a meaningless answer, never an invalid access.

use std::marker::PhantomData;

use rulelang::Value;

use crate::symbols::{SYMBOL_UNKNOWN, Symbols};

/// Bytes of a slot.
pub(crate) const SLOT_BYTES: u64 = 16;
/// Offset of a slot's meta word.
pub(crate) const META_OFFSET: i32 = 8;
/// Offset of a string's symbol.
pub(crate) const SYMBOL_OFFSET: i32 = 12;
/// The payload of NULL.
pub(crate) const NULL_PAYLOAD: u64 = 0x7ff8_0000_0000_0000;

/// One input of a rule; see the module's table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(C)]
pub(crate) struct Slot {
    pub(crate) payload: u64,
    pub(crate) meta: u64,
}

impl Slot {
    pub(crate) const NULL: Self = Self {
        payload: NULL_PAYLOAD,
        meta: 0,
    };

    /// A string that carries a symbol; [`crate::symbols::SYMBOL_NULL`] is taken as unknown.
    pub(crate) fn text(text: &str, symbol: u32) -> Self {
        // Longer strings than 4 GiB do not exist here: events are at most 32 KiB.
        let length = u64::from(u32::try_from(text.len()).unwrap_or(0));
        Self {
            payload: text.as_ptr().expose_provenance() as u64,
            meta: length | u64::from(symbol.max(SYMBOL_UNKNOWN)) << 32,
        }
    }

    fn present(payload: u64) -> Self {
        Self { payload, meta: 1 }
    }
}

/// The inputs of a rule for one user at one instant. Strings are borrowed, not copied.
#[derive(Debug, Clone)]
pub struct Row<'a> {
    slots: Vec<Slot>,
    now: i64,
    strings: PhantomData<&'a str>,
}

impl<'a> Row<'a> {
    /// A row of `slots` NULLs at the instant `now` (milliseconds).
    pub fn new(slots: usize, now: i64) -> Self {
        Self {
            slots: vec![Slot::NULL; slots],
            now,
            strings: PhantomData,
        }
    }

    /// The same memory for other inputs: all slots NULL, borrowing nothing.
    #[must_use]
    pub fn recycle<'b>(mut self, now: i64) -> Row<'b> {
        self.slots.fill(Slot::NULL);
        Row {
            slots: self.slots,
            now,
            strings: PhantomData,
        }
    }

    /// How many slots it has.
    pub fn len(&self) -> usize {
        self.slots.len()
    }

    /// Whether it has no slots.
    pub fn is_empty(&self) -> bool {
        self.slots.is_empty()
    }

    /// The instant of the evaluation in milliseconds.
    pub fn now(&self) -> i64 {
        self.now
    }

    /// Moves the instant of the evaluation.
    pub fn set_now(&mut self, now: i64) {
        self.now = now;
    }

    /// NULL. Like all setters, it does nothing where there is no such slot.
    pub fn set_null(&mut self, slot: u32) {
        self.put(slot, Slot::NULL);
    }

    /// A bool.
    pub fn set_bool(&mut self, slot: u32, value: bool) {
        self.put(slot, Slot::present(u64::from(value)));
    }

    /// An int, or a timestamp or duration in milliseconds, or a date in days.
    pub fn set_int(&mut self, slot: u32, value: i64) {
        self.put(slot, Slot::present(value as u64));
    }

    /// A float; NaN and the infinities are NULL, −0 is 0.
    pub fn set_float(&mut self, slot: u32, value: f64) {
        let float = if value.is_finite() {
            Slot::present((value + 0.0).to_bits())
        } else {
            Slot::NULL
        };
        self.put(slot, float);
    }

    /// A string and its symbol ([`Symbols::lookup`]).
    pub fn set_str(&mut self, slot: u32, text: &'a str, symbol: u32) {
        self.put(slot, Slot::text(text, symbol));
    }

    /// A value that already has the type of its slot ([`Value::typed`]). A list is NULL: rules
    /// that read lists are not compiled.
    pub fn set_value(&mut self, slot: u32, value: &'a Value, symbols: &Symbols) {
        match value {
            Value::Null | Value::List(_) => self.set_null(slot),
            Value::Bool(bool) => self.set_bool(slot, *bool),
            Value::Int(int) | Value::Timestamp(int) | Value::Duration(int) => {
                self.set_int(slot, *int);
            }
            Value::Date(days) => self.set_int(slot, i64::from(*days)),
            Value::Float(float) => self.set_float(slot, *float),
            Value::String(text) => self.set_str(slot, text, symbols.lookup(text)),
        }
    }

    pub(crate) fn slots(&self) -> &[Slot] {
        &self.slots
    }

    fn put(&mut self, slot: u32, value: Slot) {
        if let Some(place) = self.slots.get_mut(slot as usize) {
            *place = value;
        }
    }
}
