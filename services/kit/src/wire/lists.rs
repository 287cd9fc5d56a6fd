//! Lists, and the objects in them, of which quantifiers of rules read the members.

use std::sync::Arc;

use rulelang::Value;
use rulelang::limits::QUANTIFIER_DEPTH_MAX;
use serde::de::{IgnoredAny, MapAccess, SeqAccess};

use super::names::Names;
use super::place::{Place, Put};
use super::text::PathKey;
use super::walk::{Reading, Walk};

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
        self.walk.reading.check_depth(self.depth)?;
        let mut values = vec![];
        while let Some(value) = items.next_element_seed(Put(Item {
            walk: &mut *self.walk,
            ..self
        }))? {
            if keep {
                values.push(value);
            }
        }
        Ok(values)
    }
}

impl<N: Names> Place for Item<'_, '_, N> {
    type Done = Value;

    fn reading(&mut self) -> &mut Reading {
        self.walk.reading
    }

    fn is_kept(&self) -> bool {
        self.keep
    }

    fn put(self, value: Value) -> Value {
        value
    }

    fn object<'de, A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let (walk, depth, objects) = (self.walk, self.depth + 1, self.objects + 1);
        if self.keep && objects <= QUANTIFIER_DEPTH_MAX {
            let (mut path, mut members) = (String::new(), vec![]);
            let object = Member {
                walk,
                depth,
                objects,
                path: &mut path,
                out: &mut members,
            };
            object.read_all(map)?;
            return Ok(Value::object(members));
        }
        walk.reading.check_depth(depth)?;
        while map.next_key::<IgnoredAny>()?.is_some() {
            map.next_value_seed(Put(Item {
                walk: &mut *walk,
                depth,
                objects,
                keep: false,
            }))?;
        }
        Ok(Value::Null)
    }

    fn list<'de, A: SeqAccess<'de>>(self, items: A) -> Result<Value, A::Error> {
        let list = Item {
            depth: self.depth + 1,
            keep: false,
            ..self
        };
        list.read_all(items)?;
        Ok(Value::Null)
    }
}

/// A member of an object in a list; nested objects become dotted names.
struct Member<'a, 'w, N: Names> {
    walk: &'a mut Walk<'w, N>,
    /// That of the object.
    depth: usize,
    /// In how many objects of lists it stands.
    objects: usize,
    /// Its dotted name; so far, where it is an object itself.
    path: &'a mut String,
    out: &'a mut Vec<(Arc<str>, Value)>,
}

impl<N: Names> Member<'_, '_, N> {
    /// Reads the members of the object, each name with its value.
    fn read_all<'de, A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        self.walk.reading.check_depth(self.depth)?;
        let length = self.path.len();
        while map.next_key_seed(PathKey(self.path))?.is_some() {
            map.next_value_seed(Put(Member {
                walk: &mut *self.walk,
                path: &mut *self.path,
                out: &mut *self.out,
                ..self
            }))?;
            self.path.truncate(length);
        }
        Ok(())
    }
}

impl<N: Names> Place for Member<'_, '_, N> {
    type Done = ();

    fn reading(&mut self) -> &mut Reading {
        self.walk.reading
    }

    fn is_kept(&self) -> bool {
        true
    }

    fn put(self, value: Value) {
        self.out.push((self.path.as_str().into(), value));
    }

    fn object<'de, A: MapAccess<'de>>(self, map: A) -> Result<(), A::Error> {
        let depth = self.depth + 1;
        Self { depth, ..self }.read_all(map)
    }

    fn list<'de, A: SeqAccess<'de>>(self, items: A) -> Result<(), A::Error> {
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
