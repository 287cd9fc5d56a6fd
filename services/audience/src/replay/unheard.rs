//! What a rule reads and no fact tells of: most often a name that is written otherwise.

use std::collections::BTreeSet;

use kit::wire::EveryName;
use rule_runtime::{EventTypeId, Fact, NameId, RuleSet};
use rulelang::{Rule, Value, nearest};

use super::Timeline;

/// Facts of each kind, with a timestamp and without, looked at for a name that was meant.
const LOOKED_AT_MAX: usize = 10_000;

/// The fields and event types of a rule of which no fact has told yet.
#[derive(Debug)]
pub(crate) struct Unheard {
    fields: Vec<(String, NameId)>,
    events: Vec<(String, EventTypeId)>,
}

impl Unheard {
    /// Everything that `rule` reads, as `rules` call it.
    pub(crate) fn of(rule: &Rule, rules: &RuleSet) -> Self {
        let fields: BTreeSet<&str> = rule.fields.iter().map(|field| &*field.name).collect();
        let events: BTreeSet<&str> = rule
            .events()
            .filter_map(|events| events.event.as_deref())
            .collect();
        let named = |name: &str| Some((name.to_owned(), rules.name(name)?));
        let typed = |name: &str| Some((name.to_owned(), rules.event_type(name)?));
        Self {
            fields: fields.into_iter().filter_map(named).collect(),
            events: events.into_iter().filter_map(typed).collect(),
        }
    }

    /// Hears a fact of the time up to `now`, in milliseconds. Costs nothing once all was heard of.
    pub(crate) fn hear(&mut self, fact: &Fact, now: i64) {
        if self.fields.is_empty() && self.events.is_empty() {
            return;
        }
        match fact {
            Fact::Event(event) if event.timestamp <= now => {
                self.events.retain(|(_, id)| event.event_type != Some(*id));
                if event.updates_fields {
                    let is_field = |value: &Value| !matches!(value, Value::Null | Value::List(_));
                    self.hear_values(&event.properties, is_field);
                }
            }
            Fact::Traits(traits) if traits.timestamp.is_none_or(|at| at <= now) => {
                self.hear_values(&traits.values, |value| !value.is_null());
            }
            _ => {}
        }
    }

    fn hear_values(&mut self, values: &[(NameId, Value)], counts: impl Fn(&Value) -> bool) {
        let has = |id| {
            let mut values = values.iter();
            values.any(|(name, value)| *name == id && counts(value))
        };
        self.fields.retain(|(_, id)| !has(*id));
    }

    /// A line for each that was never heard of, with the name that may have been meant: one that
    /// stands among the first facts.
    pub(crate) fn told(&self, timeline: &Timeline<'_>) -> Vec<String> {
        if self.fields.is_empty() && self.events.is_empty() {
            return vec![];
        }
        let (fields, events) = names(timeline);
        let meant = |name: &str, known: &BTreeSet<String>| {
            let near = nearest(name, known.iter().map(String::as_str));
            near.map_or_else(String::new, |near| format!("; did you mean `{near}`?"))
        };
        let of_fields = self.fields.iter().map(|(name, _)| {
            let meant = meant(name, &fields);
            format!("nobody has a value of `{name}`{meant}")
        });
        let of_events = self.events.iter().map(|(name, _)| {
            let meant = meant(name, &events);
            format!("`{name}` never happened{meant}")
        });
        of_fields.chain(of_events).collect()
    }
}

/// The names of properties and traits, and the event types, of the first facts.
fn names(timeline: &Timeline<'_>) -> (BTreeSet<String>, BTreeSet<String>) {
    let (mut fields, mut events) = (BTreeSet::new(), BTreeSet::new());
    let mut decoders = timeline.decoders();
    let untimed = timeline.untimed.iter().take(LOOKED_AT_MAX);
    let timed = timeline.timed.iter().take(LOOKED_AT_MAX);
    for entry in untimed.chain(timed) {
        let Some(decoder) = decoders.get_mut(entry.source) else {
            continue;
        };
        let Ok(message) = decoder.message(timeline.text(entry), entry.line, &EveryName) else {
            continue;
        };
        fields.extend(message.properties.into_iter().map(|(name, _)| name));
        if !message.event_type.starts_with('$') {
            events.insert(message.event_type.into_owned());
        }
    }
    (fields, events)
}
