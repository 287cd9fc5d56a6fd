//! Ids of events that were accepted lately, to tell duplicates at once.
//!
//! It forgets, and a restart forgets everything: which copies count is decided by the reader of
//! the log, exactly. INVARIANT: only what is durable is remembered, so a retry of what failed is no
//! duplicate.

use std::collections::HashSet;
use std::hash::{BuildHasher, RandomState};

/// A user's event, by two keyed hashes: 128 bits that nobody outside can aim at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Key(u64, u64);

/// At most so many ids, in two generations: when the young one is full, the old one is dropped.
#[derive(Debug)]
pub(crate) struct Recent {
    hashers: [RandomState; 2],
    young: HashSet<Key>,
    old: HashSet<Key>,
    generation_max: usize,
}

impl Recent {
    /// Remembers between half of `ids_max` and `ids_max` ids.
    pub(crate) fn new(ids_max: usize) -> Self {
        Self {
            hashers: [RandomState::new(), RandomState::new()],
            young: HashSet::new(),
            old: HashSet::new(),
            generation_max: ids_max / 2,
        }
    }

    /// The key of a user's event.
    pub(crate) fn key(&self, user_id: &str, event_id: &str) -> Key {
        let [first, second] = &self.hashers;
        let event = (user_id, event_id);
        Key(first.hash_one(event), second.hash_one(event))
    }

    /// Whether it is remembered.
    pub(crate) fn contains(&self, key: Key) -> bool {
        self.young.contains(&key) || self.old.contains(&key)
    }

    /// Remembers them.
    pub(crate) fn extend(&mut self, keys: impl IntoIterator<Item = Key>) {
        for key in keys {
            if self.young.len() >= self.generation_max {
                self.old = std::mem::take(&mut self.young);
            }
            if self.generation_max > 0 {
                self.young.insert(key);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Recent;

    #[test]
    fn the_oldest_are_forgotten() {
        let mut recent = Recent::new(4);
        let keys = ["a", "b", "c", "d", "e"].map(|id| recent.key("u", id));
        recent.extend(keys);
        let known = keys.map(|key| recent.contains(key));
        assert_eq!(known, [false, false, true, true, true]);
        assert!(!recent.contains(recent.key("ua", "")));
    }

    #[test]
    fn nothing_is_remembered_where_nothing_may_be() {
        let mut recent = Recent::new(0);
        let key = recent.key("u", "a");
        recent.extend([key, key]);
        assert!(!recent.contains(key));
    }
}
