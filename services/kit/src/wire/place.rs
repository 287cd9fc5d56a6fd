//! Where a JSON value goes: under a name, into a list, into an object of a list. How a value is read
//! is the same for all of them.

use std::fmt;

use rulelang::Value;
use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};

use super::number;
use super::walk::{Numbers, Reading, Token};

/// A place for one value.
pub(super) trait Place: Sized {
    /// What is left once the value is in its place.
    type Done;

    fn reading(&mut self) -> &mut Reading;

    /// Whether anybody will look at the value.
    fn is_kept(&self) -> bool;

    /// Takes a scalar.
    fn put(self, value: Value) -> Self::Done;

    fn object<'de, A: MapAccess<'de>>(self, map: A) -> Result<Self::Done, A::Error>;

    fn list<'de, A: SeqAccess<'de>>(self, items: A) -> Result<Self::Done, A::Error>;
}

/// Reads a value into a place.
pub(super) struct Put<P>(pub(super) P);

impl<'de, P: Place> DeserializeSeed<'de> for Put<P> {
    type Value = P::Done;

    fn deserialize<D: Deserializer<'de>>(mut self, deserializer: D) -> Result<P::Done, D::Error> {
        let reading = self.0.reading();
        if reading.numbers == Numbers::Fast {
            return deserializer.deserialize_any(self);
        }
        match reading.token(deserializer)? {
            Token::Number(value) => Ok(self.0.put(value)),
            Token::Other(text) => {
                let mut inner = serde_json::Deserializer::from_str(text);
                inner.deserialize_any(self).map_err(D::Error::custom)
            }
        }
    }
}

impl<'de, P: Place> Visitor<'de> for Put<P> {
    type Value = P::Done;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<P::Done, E> {
        Ok(self.0.put(Value::Bool(value)))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<P::Done, E> {
        Ok(self.0.put(Value::Int(value)))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<P::Done, E> {
        Ok(self.0.put(number::from_u64(value)))
    }

    fn visit_f64<E: Error>(mut self, value: f64) -> Result<P::Done, E> {
        let value = self.0.reading().float(value)?;
        Ok(self.0.put(value))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<P::Done, E> {
        let value = if self.0.is_kept() {
            Value::string(text)
        } else {
            Value::Null
        };
        Ok(self.0.put(value))
    }

    fn visit_unit<E: Error>(self) -> Result<P::Done, E> {
        Ok(self.0.put(Value::Null))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<P::Done, A::Error> {
        self.0.object(map)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, items: A) -> Result<P::Done, A::Error> {
        self.0.list(items)
    }
}
