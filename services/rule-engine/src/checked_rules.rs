//! Checked rules by their text, so that a rule asked again is not checked again.
//!
//! INVARIANT: the key holds all that a check depends on: the text, the revision of the schema, and
//! the types of the bindings. The bytes of the texts kept are bounded; the least used goes first.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use lru::LruCache;
use rulelang::{Rule, Type};

use crate::limits::KEPT_RULES_BYTES_MAX;

/// The types that bindings show, by name.
pub(crate) type Types = BTreeMap<String, Type>;

/// What a check depends on.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct CheckKey {
    /// The rule.
    pub(crate) text: String,
    /// Of the schema.
    pub(crate) revision: u64,
    /// Of the bindings.
    pub(crate) types: Arc<Types>,
}

/// Checked rules by their text.
#[derive(Debug)]
pub(crate) struct CheckedRules {
    kept: Mutex<Kept>,
}

#[derive(Debug)]
struct Kept {
    rules: LruCache<CheckKey, Arc<Rule>>,
    /// Bytes of the keys.
    bytes: usize,
}

impl Default for CheckedRules {
    fn default() -> Self {
        let rules = LruCache::unbounded();
        Self {
            kept: Mutex::new(Kept { rules, bytes: 0 }),
        }
    }
}

impl CheckedRules {
    /// The rule; where it is not kept, as `check` answers. Two that ask at once may both check;
    /// errors are not kept.
    pub(crate) fn get<E>(
        &self,
        key: CheckKey,
        check: impl FnOnce() -> Result<Rule, E>,
    ) -> Result<Arc<Rule>, E> {
        if let Some(rule) = self.kept().rules.get(&key) {
            return Ok(Arc::clone(rule));
        }
        let rule = Arc::new(check()?);
        self.kept().put(key, Arc::clone(&rule));
        Ok(rule)
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kept {
    fn put(&mut self, key: CheckKey, rule: Arc<Rule>) {
        let added = key.bytes();
        if added > KEPT_RULES_BYTES_MAX {
            return;
        }
        self.bytes += added;
        if let Some((replaced, _)) = self.rules.push(key, rule) {
            self.bytes -= replaced.bytes();
        }
        while self.bytes > KEPT_RULES_BYTES_MAX {
            let Some((dropped, _)) = self.rules.pop_lru() else {
                break;
            };
            self.bytes -= dropped.bytes();
        }
    }
}

impl CheckKey {
    fn bytes(&self) -> usize {
        let names: usize = self.types.keys().map(String::len).sum();
        self.text.len() + names
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rulelang::{Schema, check};

    fn get(rules: &CheckedRules, number: usize, revision: u64) -> Arc<Rule> {
        let key = CheckKey {
            text: format!("plan == '{}'", "x".repeat(1_000 + number)),
            revision,
            types: Arc::default(),
        };
        let text = key.text.clone();
        let checked = rules.get(key, || check(&text, &Schema::default()).map(|it| it.rule));
        checked.unwrap()
    }

    #[test]
    fn the_texts_kept_are_bounded_and_the_least_used_goes_first() {
        let rules = CheckedRules::default();
        let first = get(&rules, 0, 1);
        for number in 0..1_500 {
            get(&rules, number, 1);
            get(&rules, 0, 1);
        }
        assert!(rules.kept().bytes <= KEPT_RULES_BYTES_MAX);
        assert!(rules.kept().rules.len() > 300);
        assert!(Arc::ptr_eq(&first, &get(&rules, 0, 1)));
        assert!(!Arc::ptr_eq(&first, &get(&rules, 0, 2)));
    }
}
