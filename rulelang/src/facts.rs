//! What is known of one user: the raw input of the reference interpreter.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::value::Value;

/// Raw properties or traits by name. Nested objects are flattened to dotted names
/// (`address.city`); values are raw (see [`Value::typed`]).
pub type Properties = BTreeMap<String, Value>;

/// Everything known of one user, in any order.
///
/// Facts hold one copy of each event: which copy counts among duplicates is the log's decision.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Facts {
    /// The user's id, which shares of users go by; `None` where it is not known.
    pub user: Option<Arc<str>>,
    /// Track, page and screen events.
    pub events: Vec<Event>,
    /// Traits from identify calls.
    pub traits: Vec<Traits>,
    /// The user's effective memberships at the instant that is asked, for `IN SEGMENT`.
    /// A segment that is not here reads FALSE.
    pub memberships: BTreeMap<String, bool>,
}

/// One event.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// Its id; breaks ties of equal timestamps, by bytes.
    pub id: Arc<str>,
    /// `purchase`, `page`, …
    pub event_type: Arc<str>,
    /// When it happened, in milliseconds.
    pub timestamp: i64,
    /// Its properties.
    pub properties: Properties,
    /// Whether its scalar properties become profile fields: not those of page and screen calls.
    pub updates_fields: bool,
}

/// The traits of one identify call.
#[derive(Debug, Clone, PartialEq)]
pub struct Traits {
    /// Its id; breaks ties of equal timestamps, by bytes.
    pub id: Arc<str>,
    /// When it was said, in milliseconds; `None` holds from the beginning, before all others.
    pub timestamp: Option<i64>,
    /// The traits; an explicit [`Value::Null`] unsets one.
    pub values: Properties,
}
