//! The walk over an event's properties: nested objects become dotted names.
//!
//! Everything is walked, so that what is malformed does not depend on what is kept; only kept
//! names are turned into values.

use std::fmt;

use rulelang::Value;
use rulelang::facts::Properties;
use rulelang::limits::QUANTIFIER_DEPTH_MAX;
use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::names::{EveryName, Names, NoName};
use super::objects::Members;
use super::text::PathKey;
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

/// The state of one walk.
pub(super) struct Walk<'w, N: Names> {
    pub(super) names: &'w N,
    pub(super) numbers: Numbers,
    /// The dotted name so far; empty between walks.
    pub(super) path: &'w mut String,
    pub(super) out: &'w mut Vec<(N::Id, Value)>,
    pub(super) note: &'w mut Option<Note>,
}

impl<N: Names> Walk<'_, N> {
    /// Whether numbers are read as they come.
    pub(super) fn is_fast(&self) -> bool {
        self.numbers == Numbers::Fast
    }

    fn put(&mut self, id: N::Id, value: Value) {
        let mut known = self.out.iter_mut();
        match known.find(|(known, _)| N::ONCE && *known == id) {
            Some((_, last)) => *last = value,
            None => self.out.push((id, value)),
        }
    }

    fn stop<E: Error>(&mut self, note: Note) -> E {
        *self.note = Some(note);
        E::custom("stopped")
    }

    pub(super) fn check_depth<E: Error>(&mut self, depth: usize) -> Result<(), E> {
        if depth <= EVENT_DEPTH_MAX {
            return Ok(());
        }
        let message = format!("objects and arrays nest more than {EVENT_DEPTH_MAX} deep");
        Err(self.stop(Note::Problem(WireError::new(
            message,
            "flatten the properties",
        ))))
    }

    pub(super) fn float<E: Error>(&mut self, float: f64) -> Result<Value, E> {
        if self.numbers == Numbers::Fast && float.abs() >= number::ROUNDED_FROM {
            return Err(self.stop(Note::Rounded));
        }
        Ok(Value::float(float))
    }
}

/// An object whose members become properties. `depth` is its own.
pub(super) struct Object<'a, 'w, N: Names> {
    pub(super) walk: &'a mut Walk<'w, N>,
    pub(super) depth: usize,
}

impl<'de, N: Names> DeserializeSeed<'de> for Object<'_, '_, N> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de, N: Names> Visitor<'de> for Object<'_, '_, N> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let Self { walk, depth } = self;
        walk.check_depth(depth)?;
        let length = walk.path.len();
        while map.next_key_seed(PathKey(walk.path))?.is_some() {
            let id = walk.names.id(walk.path);
            let slot = Slot { walk, depth, id };
            map.next_value_seed(slot)?;
            walk.path.truncate(length);
        }
        Ok(())
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        Ok(())
    }
}

/// The value under a name. `depth` is that of the object around it.
struct Slot<'a, 'w, N: Names> {
    walk: &'a mut Walk<'w, N>,
    depth: usize,
    id: Option<N::Id>,
}

impl<N: Names> Slot<'_, '_, N> {
    fn put(self, value: Value) {
        if let Some(id) = self.id {
            self.walk.put(id, value);
        }
    }
}

impl<'de, N: Names> DeserializeSeed<'de> for Slot<'_, '_, N> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        if self.walk.numbers == Numbers::Fast {
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

impl<'de, N: Names> Visitor<'de> for Slot<'_, '_, N> {
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
        if let Some(id) = self.id {
            self.walk.put(id, Value::string(text));
        }
        Ok(())
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        self.put(Value::Null);
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<(), A::Error> {
        let (walk, depth) = (self.walk, self.depth + 1);
        Object { walk, depth }.visit_map(map)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, items: A) -> Result<(), A::Error> {
        let (depth, keep) = (self.depth + 1, self.id.is_some());
        let list = Item {
            walk: &mut *self.walk,
            depth,
            objects: 0,
            keep,
        };
        let values = list.read_all(items)?;
        self.put(Value::List(values.into()));
        Ok(())
    }
}

/// An item of a list. A list within a list, and an object in more objects than quantifiers nest,
/// are walked for their form alone: no rule can read them, and as items they are NULL.
pub(super) struct Item<'a, 'w, N: Names> {
    pub(super) walk: &'a mut Walk<'w, N>,
    pub(super) depth: usize,
    /// In how many objects of lists its list stands.
    pub(super) objects: usize,
    pub(super) keep: bool,
}

impl<N: Names> Item<'_, '_, N> {
    pub(super) fn read_all<'de, A: SeqAccess<'de>>(
        self,
        mut items: A,
    ) -> Result<Vec<Value>, A::Error> {
        let keep = self.keep;
        self.walk.check_depth(self.depth)?;
        let mut values = vec![];
        while let Some(value) = items.next_element_seed(Item {
            walk: &mut *self.walk,
            ..self
        })? {
            if keep {
                values.push(value);
            }
        }
        Ok(values)
    }
}

impl<'de, N: Names> DeserializeSeed<'de> for Item<'_, '_, N> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        if self.walk.numbers == Numbers::Fast {
            return deserializer.deserialize_any(self);
        }
        match exact(self.walk, deserializer)? {
            Exact::Number(value) => Ok(value),
            Exact::Other(text) => {
                let mut inner = serde_json::Deserializer::from_str(text);
                inner.deserialize_any(self).map_err(D::Error::custom)
            }
        }
    }
}

impl<'de, N: Names> Visitor<'de> for Item<'_, '_, N> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Int(value))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Value, E> {
        Ok(number::from_u64(value))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Value, E> {
        self.walk.float(value)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Value, E> {
        Ok(if self.keep {
            Value::string(text)
        } else {
            Value::Null
        })
    }

    fn visit_unit<E: Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let (walk, depth, objects) = (self.walk, self.depth + 1, self.objects + 1);
        if self.keep && objects <= QUANTIFIER_DEPTH_MAX {
            let (mut path, mut members) = (String::new(), vec![]);
            let object = Members {
                walk,
                depth,
                objects,
                path: &mut path,
                out: &mut members,
            };
            object.read_all(map)?;
            return Ok(Value::object(members));
        }
        walk.check_depth(depth)?;
        while map.next_key::<serde::de::IgnoredAny>()?.is_some() {
            map.next_value_seed(Item {
                walk: &mut *walk,
                depth,
                objects,
                keep: false,
            })?;
        }
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, items: A) -> Result<Value, A::Error> {
        let list = Item {
            depth: self.depth + 1,
            keep: false,
            ..self
        };
        list.read_all(items)?;
        Ok(Value::Null)
    }
}

pub(super) enum Exact<'de> {
    Number(Value),
    Other(&'de str),
}

pub(super) fn exact<'de, N: Names, D: Deserializer<'de>>(
    walk: &mut Walk<'_, N>,
    deserializer: D,
) -> Result<Exact<'de>, D::Error> {
    let text = <&RawValue>::deserialize(deserializer)?.get();
    if !text.starts_with(|first: char| first == '-' || first.is_ascii_digit()) {
        return Ok(Exact::Other(text));
    }
    number::from_text(text).map(Exact::Number).ok_or_else(|| {
        let message = format!("the number `{text}` is out of range");
        walk.stop(Note::Problem(WireError::new(
            message,
            "write a smaller number",
        )))
    })
}

/// The members of a JSON object as raw properties; null counts as an empty object.
///
/// # Errors
/// Text that is not one JSON object, a number outside f64, or nesting beyond
/// [`EVENT_DEPTH_MAX`].
pub fn properties_from_json(text: &str) -> Result<Properties, WireError> {
    let properties = read_object(text, 1, &EveryName)?;
    Ok(properties.into_iter().collect())
}

/// Checks the JSON of an event's properties (or of its context) as reading the event would.
///
/// # Errors
/// As of [`properties_from_json`], the event itself counting as the first level.
pub fn check_properties(text: &str) -> Result<(), WireError> {
    read_object(text, 2, &NoName).map(|_| ())
}

/// The members of a JSON object, itself at `depth`, that `names` keeps.
fn read_object<N: Names>(
    text: &str,
    depth: usize,
    names: &N,
) -> Result<Vec<(N::Id, Value)>, WireError> {
    let (result, note) = match walk_object(text, depth, names, Numbers::Fast) {
        (_, Some(Note::Rounded)) => walk_object(text, depth, names, Numbers::Exact),
        walked => walked,
    };
    let problem = match note {
        Some(Note::Problem(problem)) => Some(problem),
        _ => None,
    };
    result.map_err(|error| WireError::from_json(&error, problem))
}

type Walked<Id> = Result<Vec<(Id, Value)>, serde_json::Error>;

fn walk_object<N: Names>(
    text: &str,
    depth: usize,
    names: &N,
    numbers: Numbers,
) -> (Walked<N::Id>, Option<Note>) {
    let (mut path, mut out, mut note) = (String::new(), vec![], None);
    let mut walk = Walk {
        names,
        numbers,
        path: &mut path,
        out: &mut out,
        note: &mut note,
    };
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let object = Object {
        walk: &mut walk,
        depth,
    };
    let result = object
        .deserialize(&mut deserializer)
        .and_then(|()| deserializer.end());
    (result.map(|()| out), note)
}
