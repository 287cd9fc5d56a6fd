//! What comes in: facts about one user, their names resolved against a rule set.

use std::sync::Arc;

use rulelang::Value;
use rulelang::facts::{self, Properties};

use crate::rule_set::{EventTypeId, NameId, RuleSet};

/// A fact about one user, as the log holds it.
#[derive(Debug, Clone, PartialEq)]
pub enum Fact {
    /// A track, page or screen event.
    Event(Event),
    /// The traits of an identify call.
    Traits(Traits),
    /// A manual include or exclude.
    Override(Override),
}

/// An event. Properties that no rule reads need not be here.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// Its id: makes a redelivery harmless and breaks ties of equal timestamps, by bytes.
    pub id: Arc<str>,
    /// Its type; `None` for a type that no rule names (it still counts for `*`).
    pub event_type: Option<EventTypeId>,
    /// When it happened, in milliseconds.
    pub timestamp: i64,
    /// Raw properties by name, each name once; see [`crate::RuleSet::name`].
    pub properties: Vec<(NameId, Value)>,
    /// Whether its scalar properties become profile fields: not those of page and screen calls.
    pub updates_fields: bool,
}

/// The traits of one identify call.
#[derive(Debug, Clone, PartialEq)]
pub struct Traits {
    /// Its id, as [`Event::id`].
    pub id: Arc<str>,
    /// When it was said, in milliseconds; `None` holds from the beginning, before all others.
    pub timestamp: Option<i64>,
    /// Raw traits by name; an explicit [`Value::Null`] unsets one.
    pub values: Vec<(NameId, Value)>,
}

/// A manual include or exclude, or its removal.
#[derive(Debug, Clone, PartialEq)]
pub struct Override {
    /// Its id, as [`Event::id`].
    pub id: Arc<str>,
    /// When it was said, in milliseconds; of several for one segment the last said counts.
    pub timestamp: i64,
    /// Which segment.
    pub segment: Arc<str>,
    /// What it does.
    pub effect: OverrideEffect,
}

/// What an override does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OverrideEffect {
    /// A member whatever the rule says.
    Include,
    /// No member whatever the rule says.
    Exclude,
    /// The rule decides again.
    Clear,
}

impl Fact {
    /// Its id.
    pub fn id(&self) -> &Arc<str> {
        match self {
            Self::Event(event) => &event.id,
            Self::Traits(traits) => &traits.id,
            Self::Override(fact) => &fact.id,
        }
    }

    /// Its place in the user's history.
    pub(crate) fn place(&self) -> (Option<i64>, &[u8]) {
        (self.counts_from(), self.id().as_bytes())
    }

    /// The instant from which it counts; `None` if from the beginning. An override counts from
    /// when it was stamped, whatever its own timestamp.
    pub(crate) fn counts_from(&self) -> Option<i64> {
        match self {
            Self::Event(event) => Some(event.timestamp),
            Self::Traits(traits) => traits.timestamp,
            Self::Override(_) => None,
        }
    }
}

impl Event {
    /// An event with its names resolved; properties that no rule reads are left out.
    pub fn resolved(event: &facts::Event, rules: &RuleSet) -> Self {
        Self {
            id: event.id.clone(),
            event_type: rules.event_type(&event.event_type),
            timestamp: event.timestamp,
            properties: known(&event.properties, rules),
            updates_fields: event.updates_fields,
        }
    }

    /// The properties that become profile fields.
    pub(crate) fn fields(&self) -> impl Iterator<Item = (NameId, &Value)> {
        let properties = self.properties.iter().filter(|_| self.updates_fields);
        let scalars =
            properties.filter(|(_, value)| !matches!(value, Value::Null | Value::List(_)));
        scalars.map(|(name, value)| (*name, value))
    }

    /// The raw value of a property; NULL if it is not there.
    pub(crate) fn property(&self, name: NameId) -> &Value {
        let found = self
            .properties
            .iter()
            .find(|(property, _)| *property == name);
        found.map_or(&Value::Null, |(_, value)| value)
    }
}

impl Traits {
    /// Traits with their names resolved; those that no rule reads are left out.
    pub fn resolved(traits: &facts::Traits, rules: &RuleSet) -> Self {
        Self {
            id: traits.id.clone(),
            timestamp: traits.timestamp,
            values: known(&traits.values, rules),
        }
    }
}

fn known(properties: &Properties, rules: &RuleSet) -> Vec<(NameId, Value)> {
    let known = properties.iter();
    let known = known.filter_map(|(name, value)| Some((rules.name(name)?, value.clone())));
    known.collect()
}
