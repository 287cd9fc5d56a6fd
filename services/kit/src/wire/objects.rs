//! Objects in lists: what a quantifier of a rule reads the members of.

use std::fmt;
use std::sync::Arc;

use rulelang::Value;
use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};

use super::names::Names;
use super::number;
use super::properties::{Exact, Item, Walk, exact};
use super::text::PathKey;

/// The members of one object of a list; nested objects become dotted names.
pub(super) struct Members<'a, 'w, N: Names> {
    pub(super) walk: &'a mut Walk<'w, N>,
    /// That of the object.
    pub(super) depth: usize,
    /// In how many objects of lists its members stand.
    pub(super) objects: usize,
    /// The dotted name so far.
    pub(super) path: &'a mut String,
    pub(super) out: &'a mut Vec<(Arc<str>, Value)>,
}

impl<N: Names> Members<'_, '_, N> {
    /// Reads the members, each name with its value.
    pub(super) fn read_all<'de, A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        self.walk.check_depth(self.depth)?;
        let length = self.path.len();
        while map.next_key_seed(PathKey(self.path))?.is_some() {
            map.next_value_seed(Members {
                walk: &mut *self.walk,
                path: &mut *self.path,
                out: &mut *self.out,
                ..self
            })?;
            self.path.truncate(length);
        }
        Ok(())
    }

    fn put(self, value: Value) {
        self.out.push((self.path.as_str().into(), value));
    }
}

impl<'de, N: Names> DeserializeSeed<'de> for Members<'_, '_, N> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        if self.walk.is_fast() {
            return deserializer.deserialize_any(self);
        }
        match exact(self.walk, deserializer)? {
            Exact::Number(value) => {
                self.put(value);
                Ok(())
            }
            Exact::Other(text) => {
                let mut inner = serde_json::Deserializer::from_str(text);
                inner.deserialize_any(self).map_err(D::Error::custom)
            }
        }
    }
}

/// The value of the member at `path`.
impl<'de, N: Names> Visitor<'de> for Members<'_, '_, N> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<(), E> {
        self.put(Value::Bool(value));
        Ok(())
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<(), E> {
        self.put(Value::Int(value));
        Ok(())
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<(), E> {
        self.put(number::from_u64(value));
        Ok(())
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<(), E> {
        let value = self.walk.float(value)?;
        self.put(value);
        Ok(())
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<(), E> {
        self.put(Value::string(text));
        Ok(())
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        self.put(Value::Null);
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<(), A::Error> {
        let depth = self.depth + 1;
        Self { depth, ..self }.read_all(map)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, items: A) -> Result<(), A::Error> {
        let list = Item {
            walk: &mut *self.walk,
            depth: self.depth + 1,
            objects: self.objects,
            keep: true,
        };
        let values = list.read_all(items)?;
        self.put(Value::List(values.into()));
        Ok(())
    }
}
