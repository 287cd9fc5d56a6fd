//! Random histories of one user: a few hours, many collisions, any order of arrival.

use std::collections::BTreeSet;
use std::sync::Arc;

use proptest::prelude::*;
use proptest::sample::select;

use super::fields::any_raw;
use super::{FIELDS, PROPERTIES};
use crate::facts::{Event, Facts, Properties, Traits};
use crate::types::Type;

/// The first timestamp of generated histories, 2024-01-15T08:00:00Z, less a millisecond of jitter.
pub const BEGIN: i64 = 1_705_305_600_000;
/// The last one, 2024-01-15T12:00:00Z, give or take a millisecond.
pub const END: i64 = BEGIN + 4 * 3_600_000;

/// Facts fall on ticks of ten minutes, so that windows of ten minutes to hours end on facts.
const TICK_MS: i64 = 600_000;

/// One fact of a history.
#[derive(Debug, Clone, PartialEq)]
pub enum Fact {
    /// An event.
    Event(Event),
    /// Traits.
    Traits(Traits),
}

/// A history of up to 20 facts in their order of arrival, which is not that of their timestamps.
/// Timestamps collide often; ids are unique and their order by bytes is not that of arrival.
pub fn any_history() -> impl Strategy<Value = Vec<Fact>> {
    let fact = prop_oneof![
        4 => any_event().prop_map(Fact::Event),
        1 => any_traits().prop_map(Fact::Traits),
    ];
    proptest::collection::vec(fact, 0..20).prop_map(|facts| {
        let mut seen = BTreeSet::new();
        let is_new = |fact: &Fact| seen.insert(id(fact).clone());
        let mut facts = facts;
        facts.retain(is_new);
        facts
    })
}

/// The same history in which some events come again: same id, another timestamp and content, some
/// time after the first copy. The first copy is the one that counts ([`facts_of`] keeps it).
pub fn with_duplicates(history: Vec<Fact>) -> impl Strategy<Value = Vec<Fact>> {
    let again = proptest::collection::vec((any::<proptest::sample::Index>(), any_event()), 0..4);
    again.prop_map(move |copies| {
        let mut log = history.clone();
        for (index, copy) in copies {
            let ids: Vec<Arc<str>> = history
                .iter()
                .filter(|fact| matches!(fact, Fact::Event(_)))
                .map(|fact| id(fact).clone())
                .collect();
            if !ids.is_empty() {
                let id = index.get(&ids).clone();
                log.push(Fact::Event(Event { id, ..copy }));
            }
        }
        log
    })
}

/// What a judge is told of a history, whoever's it is: every fact, of copies of one event the first.
pub fn facts_of(history: &[Fact]) -> Facts {
    let mut facts = Facts::default();
    let mut seen = BTreeSet::new();
    for fact in history {
        match fact {
            Fact::Event(event) if seen.insert(event.id.clone()) => facts.events.push(event.clone()),
            Fact::Event(_) => {}
            Fact::Traits(traits) => facts.traits.push(traits.clone()),
        }
    }
    facts
}

/// The facts of a random history, of users of some ids, and now and then of none.
pub fn any_facts() -> impl Strategy<Value = Facts> {
    let users = select(vec![Some("u"), Some("user-2"), Some("Jürgen"), None]);
    (any_history(), users).prop_map(|(history, user)| Facts {
        user: user.map(Into::into),
        ..facts_of(&history)
    })
}

/// An instant before, in or after the generated histories, often exactly on a border.
pub fn any_now() -> impl Strategy<Value = i64> {
    prop_oneof![
        4 => any_timestamp(),
        1 => BEGIN - 3_600_000..END + 4 * 3_600_000,
        1 => Just(END + 30 * 24 * 3_600_000),
    ]
}

fn any_event() -> impl Strategy<Value = Event> {
    let event_type = select(vec!["view", "buy", "buy", "page"]);
    let parts = (any_id(), event_type, any_timestamp(), any_properties());
    parts.prop_map(|(id, event_type, timestamp, properties)| Event {
        id,
        event_type: event_type.into(),
        timestamp,
        properties,
        updates_fields: event_type != "page",
    })
}

fn any_traits() -> impl Strategy<Value = Traits> {
    let timestamp = proptest::option::weighted(0.8, any_timestamp());
    let parts = (any_id(), timestamp, named_values(&FIELDS, 0.3));
    parts.prop_map(|(id, timestamp, values)| Traits {
        id,
        timestamp,
        values,
    })
}

/// An event's own properties, and now and then some that are profile fields of rules.
fn any_properties() -> impl Strategy<Value = Properties> {
    let parts = (named_values(&PROPERTIES, 0.8), named_values(&FIELDS, 0.15));
    parts.prop_map(|(mut properties, fields)| {
        properties.extend(fields);
        properties
    })
}

fn named_values(
    names: &[(&'static str, Type)],
    present: f64,
) -> impl Strategy<Value = Properties> + use<> {
    let values: Vec<_> = names
        .iter()
        .map(|&(name, ty)| {
            proptest::option::weighted(present, any_raw(ty)).prop_map(move |v| (name, v))
        })
        .collect();
    values.prop_map(|values| {
        values
            .into_iter()
            .filter_map(|(name, value)| Some((name.to_owned(), value?)))
            .collect()
    })
}

fn any_timestamp() -> impl Strategy<Value = i64> {
    let jitter = prop_oneof![4 => Just(0_i64), 1 => Just(-1), 1 => Just(1)];
    let ticks = (END - BEGIN) / TICK_MS;
    (0..=ticks, jitter).prop_map(|(tick, jitter)| BEGIN + tick * TICK_MS + jitter)
}

/// Ids of which some are prefixes of others, and digits do not order as numbers do.
fn any_id() -> impl Strategy<Value = Arc<str>> {
    (0..200_u32, select(vec!["", "a", "é"])).prop_map(|(n, prefix)| format!("{prefix}{n}").into())
}

fn id(fact: &Fact) -> &Arc<str> {
    match fact {
        Fact::Event(event) => &event.id,
        Fact::Traits(traits) => &traits.id,
    }
}
