//! What compiled code reads: one slot of 16 bytes for each input of a rule.
//!
//! | slot of | payload | meta |
//! |---|---|---|
//! | NULL | bits of a NaN | 0 |
//! | int, timestamp (ms), date (days), duration (ms) | the i64 | 1 |
//! | bool | 0 or 1 | 1 |
//! | float | its bits, finite, −0 as 0 | 1 |
//! | string | pointer to its bytes | length, and its symbol (never 0) in the high half |
//! | list | pointer to the slots of its items | the number of items plus 1, twice |
//! | list of objects, not empty | pointer to its [`Value`] | 3 |
//!
//! A NULL compares false as a float, so a float test needs no look at `meta`.
//! INVARIANT: a slot whose high half of `meta` is not 0 points to that many live bytes of UTF-8;
//! one whose high half is 0 and whose low half is even and not 0 points to that many live slots;
//! one whose meta is 3 points to a live value.
//! Pointers are followed only where `meta` says so ([`crate::host_calls`]), so a slot filled with
//! another type than its rule expects gives a meaningless answer, never an invalid access.

use std::marker::PhantomData;
use std::sync::Arc;

use rulelang::{Scalar, Type, Value};

use crate::symbols::{SYMBOL_UNKNOWN, Symbols};

/// Bytes of a slot.
pub(crate) const SLOT_BYTES: u64 = 16;
/// Offset of a slot's meta word.
pub(crate) const META_OFFSET: i32 = 8;
/// Offset of a string's symbol in its slot's meta word.
pub(crate) const SYMBOL_OFFSET: i32 = 4;
/// The payload of NULL.
pub(crate) const NULL_PAYLOAD: u64 = 0x7ff8_0000_0000_0000;

/// The meta of a list of objects that is not empty.
pub(crate) const OBJECTS_META: u64 = 3;

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
    #[inline]
    pub(crate) fn text(text: &str, symbol: u32) -> Self {
        // Longer strings than 4 GiB do not exist here: events are at most 32 KiB.
        let length = u64::from(u32::try_from(text.len()).unwrap_or(0));
        Self {
            payload: text.as_ptr().expose_provenance() as u64,
            meta: length | u64::from(symbol.max(SYMBOL_UNKNOWN)) << 32,
        }
    }

    #[inline]
    fn present(payload: u64) -> Self {
        Self { payload, meta: 1 }
    }

    /// What stands for it in a set of constants: its symbol if it is a string, else its payload.
    pub(crate) fn key(self) -> u64 {
        match self.meta >> 32 {
            0 => self.payload,
            symbol => symbol,
        }
    }

    pub(crate) fn list(items: &[Self]) -> Self {
        Self {
            payload: items.as_ptr().expose_provenance() as u64,
            meta: list_meta(items.len()),
        }
    }

    /// A list of objects that the slot's owner borrows.
    pub(crate) fn objects(list: &Value) -> Self {
        Self {
            payload: std::ptr::from_ref(list).expose_provenance() as u64,
            meta: OBJECTS_META,
        }
    }

    /// A scalar whose string the slot's owner borrows; NULL of a list.
    pub(crate) fn scalar(value: &Value, symbols: &Symbols) -> Self {
        match value {
            Value::String(text) => Self::text(text, symbols.lookup(text)),
            value => Self::number(value),
        }
    }

    /// A scalar that is not a string; NULL of others.
    pub(crate) fn number(value: &Value) -> Self {
        match value {
            Value::Null | Value::List(_) | Value::Object(_) | Value::String(_) => Self::NULL,
            Value::Bool(bool) => Self::present(u64::from(*bool)),
            Value::Int(int) | Value::Timestamp(int) | Value::Duration(int) => {
                Self::present(*int as u64)
            }
            Value::Date(days) => Self::present(i64::from(*days) as u64),
            Value::Float(float) => Self::float(*float),
        }
    }

    #[inline]
    fn float(value: f64) -> Self {
        if value.is_finite() {
            Self::present((value + 0.0).to_bits())
        } else {
            Self::NULL
        }
    }
}

/// The meta word of a list: even and not 0, its high half 0. A list that does not fit 30 bits
/// reads as empty; events are at most 32 KiB.
pub(crate) fn list_meta(items: usize) -> u64 {
    let items = if items < 1 << 30 { items as u64 } else { 0 };
    (items + 1) << 1
}

/// The inputs of a rule for one user at one instant. Strings are borrowed, not copied.
#[derive(Debug, Clone)]
pub struct Row<'a> {
    slots: Vec<Slot>,
    now: i64,
    /// The items of the lists, by slot.
    lists: Vec<(u32, Arc<[Slot]>)>,
    strings: PhantomData<&'a str>,
}

impl<'a> Row<'a> {
    /// A row of `slots` NULLs at the instant `now` (milliseconds).
    pub fn new(slots: usize, now: i64) -> Self {
        Self {
            slots: vec![Slot::NULL; slots],
            now,
            lists: Vec::new(),
            strings: PhantomData,
        }
    }

    /// The same memory for other inputs: all slots NULL, borrowing nothing.
    #[must_use]
    pub fn recycle<'b>(mut self, now: i64) -> Row<'b> {
        self.slots.fill(Slot::NULL);
        self.lists.clear();
        Row {
            slots: self.slots,
            now,
            lists: self.lists,
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
    #[inline]
    pub fn now(&self) -> i64 {
        self.now
    }

    /// Moves the instant of the evaluation.
    pub fn set_now(&mut self, now: i64) {
        self.now = now;
    }

    /// NULL. Like all setters, it does nothing where there is no such slot.
    #[inline]
    pub fn set_null(&mut self, slot: u32) {
        self.put(slot, Slot::NULL);
    }

    /// A bool.
    #[inline]
    pub fn set_bool(&mut self, slot: u32, value: bool) {
        self.put(slot, Slot::present(u64::from(value)));
    }

    /// An int, or a timestamp or duration in milliseconds, or a date in days.
    #[inline]
    pub fn set_int(&mut self, slot: u32, value: i64) {
        self.put(slot, Slot::present(value as u64));
    }

    /// A float; NaN and the infinities are NULL, −0 is 0.
    #[inline]
    pub fn set_float(&mut self, slot: u32, value: f64) {
        self.put(slot, Slot::float(value));
    }

    /// A string and its symbol ([`Symbols::lookup`]).
    #[inline]
    pub fn set_str(&mut self, slot: u32, text: &'a str, symbol: u32) {
        self.put(slot, Slot::text(text, symbol));
    }

    /// A value that already has the type of its slot ([`Value::typed`]). Strings and lists of objects
    /// are borrowed, the items of other lists copied into memory of the row.
    pub fn set_value(&mut self, slot: u32, value: &'a Value, symbols: &Symbols) {
        match value {
            Value::List(items) if matches!(items.first(), Some(Value::Object(_))) => {
                self.put(slot, Slot::objects(value));
            }
            Value::List(items) => {
                self.set_list(slot, items.iter().map(|item| Slot::scalar(item, symbols)));
            }
            value => self.put(slot, Slot::scalar(value, symbols)),
        }
    }

    /// A raw value in the type of its slot, NULL where it does not fit ([`Value::typed`]).
    pub fn set_typed(&mut self, slot: u32, value: &'a Value, ty: Type, symbols: &Symbols) {
        match value.typed(ty) {
            // Neither strings nor objects change when they are typed, and the row borrows the given ones.
            Value::String(_) => self.set_value(slot, value, symbols),
            Value::List(_) if matches!(ty, Type::List(Scalar::String) | Type::Objects) => {
                self.set_value(slot, value, symbols);
            }
            Value::List(items) => self.set_list(slot, items.iter().map(Slot::number)),
            typed => self.put(slot, Slot::number(&typed)),
        }
    }

    fn set_list(&mut self, slot: u32, items: impl Iterator<Item = Slot>) {
        let items: Arc<[Slot]> = items.collect();
        self.put(slot, Slot::list(&items));
        self.lists.retain(|(other, _)| *other != slot);
        self.lists.push((slot, items));
    }

    #[inline]
    pub(crate) fn slots(&self) -> &[Slot] {
        &self.slots
    }

    #[inline]
    fn put(&mut self, slot: u32, value: Slot) {
        if let Some(place) = self.slots.get_mut(slot as usize) {
            *place = value;
        }
    }
}
