//! Facts that wait for their instant, and overrides, as bytes.

use std::sync::Arc;

use rulelang::Value;

use super::bytes::{Reader, put_optional, put_signed, put_text, put_varint};
use super::index::StoredIndex;
use super::values::{put_value, read_value};
use super::{StoredStateError, sorted};
use crate::event::{Event, Fact, Override, OverrideEffect, Traits};
use crate::rule_set::{NameId, RuleSet};
use crate::state::OverrideState;

pub(super) fn put_overrides(out: &mut Vec<u8>, rules: &RuleSet, list: &[(u32, OverrideState)]) {
    put_varint(out, list.len() as u64);
    for (segment, state) in list {
        put_text(out, &rules.definitions[*segment as usize].id);
        put_signed(out, state.timestamp);
        put_text(out, &state.id);
        out.push(effect_code(state.effect));
    }
}

pub(super) fn read_overrides(
    reader: &mut Reader<'_>,
    rules: &RuleSet,
) -> Result<Vec<(u32, OverrideState)>, StoredStateError> {
    let mut overrides = vec![];
    for _ in 0..reader.count()? {
        let said = read_override(reader)?;
        let state = OverrideState {
            timestamp: said.timestamp,
            id: said.id,
            effect: said.effect,
        };
        let segment = rules.segment(&said.segment);
        overrides.extend(segment.map(|segment| (segment, state)));
    }
    sorted(reader, overrides, |(segment, _)| *segment)
}

fn read_override(reader: &mut Reader<'_>) -> Result<Override, StoredStateError> {
    Ok(Override {
        segment: reader.text()?,
        timestamp: reader.signed()?,
        id: reader.text()?,
        effect: match reader.byte()? {
            0 => OverrideEffect::Include,
            1 => OverrideEffect::Exclude,
            2 => OverrideEffect::Clear,
            _ => return Err(reader.malformed("an unknown effect")),
        },
    })
}

fn effect_code(effect: OverrideEffect) -> u8 {
    match effect {
        OverrideEffect::Include => 0,
        OverrideEffect::Exclude => 1,
        OverrideEffect::Clear => 2,
    }
}

pub(super) fn put_pending(out: &mut Vec<u8>, index: &StoredIndex, facts: &[Fact]) {
    put_varint(out, facts.len() as u64);
    for fact in facts {
        match fact {
            Fact::Event(event) => {
                out.push(0);
                put_text(out, &event.id);
                let event_type = event.event_type.and_then(|id| index.event_type(id));
                put_optional(out, event_type, put_text);
                put_signed(out, event.timestamp);
                out.push(u8::from(event.updates_fields));
                put_named(out, index, &event.properties);
            }
            Fact::Traits(traits) => {
                out.push(1);
                put_text(out, &traits.id);
                put_optional(out, traits.timestamp, put_signed);
                put_named(out, index, &traits.values);
            }
            Fact::Override(said) => {
                out.push(2);
                put_text(out, &said.segment);
                put_signed(out, said.timestamp);
                put_text(out, &said.id);
                out.push(effect_code(said.effect));
            }
        }
    }
}

fn put_named(out: &mut Vec<u8>, index: &StoredIndex, values: &[(NameId, Value)]) {
    let known = values
        .iter()
        .filter(|(name, _)| index.name(*name).is_some());
    put_varint(out, known.count() as u64);
    for (name, value) in values {
        if let Some(name) = index.name(*name) {
            put_text(out, name);
            put_value(out, value);
        }
    }
}

/// The facts that wait for instants after `now`, in the order of (instant, id bytes).
pub(super) fn read_pending(
    reader: &mut Reader<'_>,
    rules: &RuleSet,
    now: i64,
) -> Result<Vec<Fact>, StoredStateError> {
    let mut facts: Vec<Fact> = vec![];
    for _ in 0..reader.count()? {
        let fact = read_fact(reader, rules)?;
        let place = |fact: &Fact| (fact.counts_from(), fact.id().clone());
        if fact.counts_from() <= Some(now) {
            return Err(reader.malformed("a fact that does not wait"));
        }
        if facts.last().is_some_and(|last| place(last) > place(&fact)) {
            return Err(reader.malformed("facts out of order"));
        }
        facts.push(fact);
    }
    Ok(facts)
}

fn read_fact(reader: &mut Reader<'_>, rules: &RuleSet) -> Result<Fact, StoredStateError> {
    Ok(match reader.byte()? {
        0 => {
            let id = reader.text()?;
            let event_type: Option<Arc<str>> = reader.optional(Reader::text)?;
            Fact::Event(Event {
                id,
                event_type: event_type.and_then(|name| rules.event_type(&name)),
                timestamp: reader.signed()?,
                updates_fields: reader.flags(1)? != 0,
                properties: read_named(reader, rules)?,
            })
        }
        1 => Fact::Traits(Traits {
            id: reader.text()?,
            timestamp: reader.optional(Reader::signed)?,
            values: read_named(reader, rules)?,
        }),
        2 => Fact::Override(read_override(reader)?),
        _ => return Err(reader.malformed("an unknown kind of fact")),
    })
}

fn read_named(
    reader: &mut Reader<'_>,
    rules: &RuleSet,
) -> Result<Vec<(NameId, Value)>, StoredStateError> {
    let mut values = vec![];
    for _ in 0..reader.count()? {
        let name = rules.name(&reader.text()?);
        let value = read_value(reader)?;
        values.extend(name.map(|name| (name, value)));
    }
    Ok(values)
}
