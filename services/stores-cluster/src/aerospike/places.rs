//! The keys of the view's records.

use aerospike::{Error, Key, Value};
use stores::{Counter, StoreError};

use super::failure::failure;
use super::options::Place;

impl Place {
    /// The key of a user.
    pub(super) fn user(&self, user_id: &str) -> Result<Key, StoreError> {
        self.key(format!("user:{user_id}"))
    }

    /// The key of a segment's size.
    pub(super) fn count(&self, segment_id: &str) -> Result<Key, StoreError> {
        self.key(format!("segment:{segment_id}:count"))
    }

    /// The key of what is counted by a name.
    pub(super) fn counter(&self, counter: Counter, name: &str) -> Result<Key, StoreError> {
        self.key(match counter {
            Counter::DailyGrowth => format!("segment:{name}:daily_growth"),
            Counter::HourlyEvents => format!("event:{name}:hourly"),
        })
    }

    /// The key of a partition's mark.
    pub(super) fn mark(&self, partition: u32) -> Result<Key, StoreError> {
        self.key(format!("view:{partition}"))
    }

    /// The key of a segment's rule.
    pub(super) fn rule(&self, segment_id: &str) -> Result<Key, StoreError> {
        self.key(format!("rule:{segment_id}"))
    }

    /// The key of the mark of the rules.
    pub(super) fn rules_mark(&self) -> Result<Key, StoreError> {
        self.key("view:rules".to_owned())
    }

    /// The key of a session.
    pub(super) fn session(&self, id: &str) -> Result<Key, StoreError> {
        self.key(format!("session:{id}"))
    }

    /// The key of how often a caller called.
    pub(super) fn rate_limit(&self, who: &str) -> Result<Key, Error> {
        let (namespace, set) = (self.namespace.as_str(), self.set.as_str());
        Key::new(
            namespace,
            set,
            Value::String(format!("ratelimit:api:{who}")),
        )
    }

    fn key(&self, key: String) -> Result<Key, StoreError> {
        self.in_place(key).map_err(|error| failure(&error))
    }

    fn in_place(&self, key: String) -> Result<Key, Error> {
        let (namespace, set) = (self.namespace.as_str(), self.set.as_str());
        Key::new(namespace, set, Value::String(key))
    }
}
