//! How many distinct values a window holds.

use std::collections::HashMap;
use std::hash::{Hash, Hasher};

use rulelang::Value;
use rulelang::value::exact_int;

use super::ENTRIES_MAX;

/// A multiset of values. Equal numbers are one value however they were written.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Distinct {
    pub(crate) counts: HashMap<Key, u32>,
    /// It held more than [`ENTRIES_MAX`] values once, and cannot be trusted any more.
    pub(crate) overflowed: bool,
}

/// A non-null value with the equality of the language.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Key(pub(crate) Value);

impl Key {
    pub(crate) fn new(value: &Value) -> Self {
        match value {
            Value::Float(float) => Self(exact_int(*float).map_or(Value::Float(*float), Value::Int)),
            value => Self(value.clone()),
        }
    }
}

// Floats are finite and never −0 here, so structural equality is an equivalence.
impl Eq for Key {}

impl Hash for Key {
    fn hash<H: Hasher>(&self, state: &mut H) {
        match &self.0 {
            Value::Null | Value::List(_) | Value::Object(_) => {}
            Value::Bool(truth) => truth.hash(state),
            Value::Int(int) | Value::Timestamp(int) | Value::Duration(int) => int.hash(state),
            Value::Float(float) => float.to_bits().hash(state),
            Value::String(text) => text.hash(state),
            Value::Date(days) => days.hash(state),
        }
    }
}

impl Distinct {
    pub(crate) fn add(&mut self, value: &Value) {
        if self.counts.len() >= ENTRIES_MAX {
            self.overflowed = true;
            self.counts.clear();
        }
        if !self.overflowed {
            *self.counts.entry(Key::new(value)).or_default() += 1;
        }
    }

    pub(crate) fn remove(&mut self, value: &Value) {
        let key = Key::new(value);
        if let Some(count) = self.counts.get_mut(&key) {
            *count -= 1;
            if *count == 0 {
                self.counts.remove(&key);
            }
        }
    }

    /// How many, or NULL once it overflowed.
    pub(crate) fn value(&self) -> Value {
        if self.overflowed {
            Value::Null
        } else {
            Value::Int(self.counts.len() as i64)
        }
    }
}
