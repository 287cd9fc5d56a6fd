//! Profile fields from raw facts: a trait wins over an event's property of the same name.

use super::Known;
use crate::facts::Facts;
use crate::value::Value;

impl Known<'_> {
    /// A profile field at now, in its declared type.
    pub(super) fn latest(self, index: usize) -> Value {
        let Some(field) = self.rule.fields.get(index) else {
            return Value::Null;
        };
        let raw = latest_value(self.facts, &field.name, self.now);
        raw.map_or(Value::Null, |raw| raw.typed(field.ty))
    }
}

/// The raw value of a profile field at `now` (milliseconds), before it is given a type: a trait's, else
/// an event's. `None` where there is none.
pub fn latest_value<'a>(facts: &'a Facts, name: &str, now: i64) -> Option<&'a Value> {
    latest_trait(facts, name, now).or_else(|| latest_property(facts, name, now))
}

/// The latest trait of that name up to `now`; `None` also where it was unset by an explicit NULL.
fn latest_trait<'a>(facts: &'a Facts, name: &str, now: i64) -> Option<&'a Value> {
    let said = facts.traits.iter().filter_map(|traits| {
        let holds = traits.timestamp.is_none_or(|timestamp| timestamp <= now);
        let value = traits.values.get(name).filter(|_| holds)?;
        // `None` is less than every `Some`: what holds from the beginning comes before all others.
        Some(((traits.timestamp, traits.id.as_bytes()), value))
    });
    said.max_by_key(|(order, _)| *order)
        .map(|(_, value)| value)
        .filter(|value| !value.is_null())
}

/// The latest scalar property of that name up to `now` among the events that update fields.
fn latest_property<'a>(facts: &'a Facts, name: &str, now: i64) -> Option<&'a Value> {
    let seen = facts.events.iter().filter_map(|event| {
        let counts = event.updates_fields && event.timestamp <= now;
        let value = event.properties.get(name).filter(|_| counts)?;
        let is_scalar = !matches!(value, Value::Null | Value::List(_));
        is_scalar.then_some(((event.timestamp, event.id.as_bytes()), value))
    });
    seen.max_by_key(|(order, _)| *order).map(|(_, value)| value)
}
