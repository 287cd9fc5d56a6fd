//! The values of a series' entries, eight bytes each where the type allows it.

use std::borrow::Cow;
use std::collections::VecDeque;

use rulelang::{Type, Value};

use crate::memory::{queue_bytes, value_heap};

/// Values of one type in a queue.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Column {
    /// A series that only counts has none.
    Absent,
    /// Floats.
    Floats(VecDeque<f64>),
    /// Ints.
    Ints(VecDeque<i64>),
    /// Timestamps.
    Timestamps(VecDeque<i64>),
    /// Everything else.
    Values(VecDeque<Value>),
}

impl Column {
    pub(crate) fn new(ty: Option<Type>) -> Self {
        match ty {
            None => Self::Absent,
            Some(Type::Float) => Self::Floats(VecDeque::new()),
            Some(Type::Int) => Self::Ints(VecDeque::new()),
            Some(Type::Timestamp) => Self::Timestamps(VecDeque::new()),
            Some(_) => Self::Values(VecDeque::new()),
        }
    }

    /// Inserts a value of the column's type.
    pub(crate) fn insert(&mut self, at: usize, value: &Value) {
        match (self, value) {
            (Self::Floats(floats), Value::Float(float)) => floats.insert(at, *float),
            (Self::Ints(ints), Value::Int(int)) => ints.insert(at, *int),
            (Self::Timestamps(times), Value::Timestamp(time)) => times.insert(at, *time),
            (Self::Values(values), value) => values.insert(at, value.clone()),
            (column, _) => debug_assert!(matches!(column, Self::Absent), "{value:?} in {column:?}"),
        }
    }

    /// The value at `at`; NULL where there is none.
    pub(crate) fn get(&self, at: usize) -> Cow<'_, Value> {
        let owned = |value: Option<Value>| Cow::Owned(value.unwrap_or_default());
        match self {
            Self::Absent => owned(None),
            Self::Floats(floats) => owned(floats.get(at).map(|float| Value::Float(*float))),
            Self::Ints(ints) => owned(ints.get(at).map(|int| Value::Int(*int))),
            Self::Timestamps(times) => owned(times.get(at).map(|time| Value::Timestamp(*time))),
            Self::Values(values) => values.get(at).map_or_else(|| owned(None), Cow::Borrowed),
        }
    }

    /// The bytes on the heap; an estimate.
    pub(crate) fn heap_bytes(&self) -> usize {
        match self {
            Self::Absent => 0,
            Self::Floats(floats) => queue_bytes(floats),
            Self::Ints(ints) | Self::Timestamps(ints) => queue_bytes(ints),
            Self::Values(values) => {
                queue_bytes(values) + values.iter().map(value_heap).sum::<usize>()
            }
        }
    }

    /// Drops the first `count` values.
    pub(crate) fn drain(&mut self, count: usize) {
        match self {
            Self::Absent => {}
            Self::Floats(floats) => drop(floats.drain(..count)),
            Self::Ints(ints) | Self::Timestamps(ints) => drop(ints.drain(..count)),
            Self::Values(values) => drop(values.drain(..count)),
        }
    }
}
