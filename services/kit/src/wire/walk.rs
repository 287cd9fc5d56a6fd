//! The state of a walk over an event's properties, and what stops it.

use rulelang::Value;
use serde::Deserialize;
use serde::de::{Deserializer, Error};
use serde_json::value::RawValue;

use super::names::Names;
use super::{EVENT_DEPTH_MAX, WireError, number};

/// How numbers are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Numbers {
    /// As serde_json parses them; stops with [`Note::Rounded`] at one that may be rounded.
    Fast,
    /// From their text.
    Exact,
}

/// Why a walk stopped, where serde's error cannot say it.
#[derive(Debug)]
pub(super) enum Note {
    /// A number that must be read again by [`Numbers::Exact`].
    Rounded,
    /// What is wrong.
    Problem(WireError),
}

/// What reading one value after the other needs and finds.
#[derive(Debug)]
pub(super) struct Reading {
    pub(super) numbers: Numbers,
    pub(super) note: Option<Note>,
}

/// A value as the text has it.
pub(super) enum Token<'de> {
    Number(Value),
    Other(&'de str),
}

impl Reading {
    pub(super) fn new(numbers: Numbers) -> Self {
        let note = None;
        Self { numbers, note }
    }

    fn stop<E: Error>(&mut self, note: Note) -> E {
        self.note = Some(note);
        E::custom("stopped")
    }

    fn refuse<E: Error>(&mut self, message: String, fix: &str) -> E {
        self.stop(Note::Problem(WireError::new(message, fix)))
    }

    pub(super) fn check_depth<E: Error>(&mut self, depth: usize) -> Result<(), E> {
        if depth <= EVENT_DEPTH_MAX {
            return Ok(());
        }
        let message = format!("objects and arrays nest more than {EVENT_DEPTH_MAX} deep");
        Err(self.refuse(message, "flatten the properties"))
    }

    /// A number as serde_json parsed it.
    pub(super) fn float<E: Error>(&mut self, float: f64) -> Result<Value, E> {
        if self.numbers == Numbers::Fast && float.abs() >= number::ROUNDED_FROM {
            return Err(self.stop(Note::Rounded));
        }
        Ok(Value::float(float))
    }

    /// The next value's text, read where it is a number.
    pub(super) fn token<'de, D: Deserializer<'de>>(
        &mut self,
        deserializer: D,
    ) -> Result<Token<'de>, D::Error> {
        let text = <&RawValue>::deserialize(deserializer)?.get();
        if !text.starts_with(|first: char| first == '-' || first.is_ascii_digit()) {
            return Ok(Token::Other(text));
        }
        number::from_text(text).map(Token::Number).ok_or_else(|| {
            let message = format!("the number `{text}` is out of range");
            self.refuse(message, "write a smaller number")
        })
    }
}

/// The state of one walk.
pub(super) struct Walk<'w, N: Names> {
    pub(super) names: &'w N,
    /// The dotted name so far; empty between walks.
    pub(super) path: &'w mut String,
    pub(super) out: &'w mut Vec<(N::Id, Value)>,
    pub(super) reading: &'w mut Reading,
}

impl<N: Names> Walk<'_, N> {
    pub(super) fn put(&mut self, id: N::Id, value: Value) {
        let mut known = self.out.iter_mut();
        match known.find(|(known, _)| N::ONCE && *known == id) {
            Some((_, last)) => *last = value,
            None => self.out.push((id, value)),
        }
    }
}
