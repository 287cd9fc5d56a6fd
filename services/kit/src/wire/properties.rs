//! Properties: nested objects become dotted names.
//!
//! Everything is walked, so that what is malformed does not depend on what is kept; only kept
//! names are turned into values.

use std::fmt;

use rulelang::Value;
use rulelang::facts::Properties;
use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};

use super::WireError;
use super::lists::Item;
use super::names::{EveryName, Names, NoName};
use super::place::{Place, Put};
use super::text::PathKey;
use super::walk::{Note, Numbers, Reading, Walk};

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
        walk.reading.check_depth(depth)?;
        let length = walk.path.len();
        while map.next_key_seed(PathKey(walk.path))?.is_some() {
            let id = walk.names.id(walk.path);
            let slot = Slot { walk, depth, id };
            map.next_value_seed(Put(slot))?;
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

impl<N: Names> Place for Slot<'_, '_, N> {
    type Done = ();

    fn reading(&mut self) -> &mut Reading {
        self.walk.reading
    }

    fn is_kept(&self) -> bool {
        self.id.is_some()
    }

    fn put(self, value: Value) {
        if let Some(id) = self.id {
            self.walk.put(id, value);
        }
    }

    fn object<'de, A: MapAccess<'de>>(self, map: A) -> Result<(), A::Error> {
        let (walk, depth) = (self.walk, self.depth + 1);
        Object { walk, depth }.visit_map(map)
    }

    fn list<'de, A: SeqAccess<'de>>(self, items: A) -> Result<(), A::Error> {
        let list = Item {
            walk: &mut *self.walk,
            depth: self.depth + 1,
            objects: 0,
            keep: self.id.is_some(),
        };
        let values = list.read_all(items)?;
        self.put(Value::List(values.into()));
        Ok(())
    }
}

/// The members of a JSON object as raw properties; null counts as an empty object.
///
/// # Errors
/// Text that is not one JSON object, a number outside f64, or nesting beyond
/// [`EVENT_DEPTH_MAX`](super::EVENT_DEPTH_MAX).
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
    let (mut path, mut out, mut reading) = (String::new(), vec![], Reading::new(numbers));
    let mut walk = Walk {
        names,
        path: &mut path,
        out: &mut out,
        reading: &mut reading,
    };
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let object = Object {
        walk: &mut walk,
        depth,
    };
    let result = object
        .deserialize(&mut deserializer)
        .and_then(|()| deserializer.end());
    (result.map(|()| out), reading.note)
}
