//! Facts into state: fields, series, overrides; each slot that moves wakes rules.

use std::sync::Arc;

use rulelang::{Inputs, Value, decimal, evaluate_node};

use super::Scratch;
use crate::engine::Engine;
use crate::event::{Event, Fact, Override, Traits};
use crate::fields::Stamped;
use crate::rule_set::plan::{FilterPlan, PropertyPlan, SeriesPlan, ValuePlan, ValueSource};
use crate::rule_set::{NameId, RuleSet};
use crate::series::{Entry, SeriesState};
use crate::state::{OverrideState, UserState};

impl RuleSet {
    /// Applies a fact whose instant has come.
    pub(super) fn take(&self, state: &mut UserState, fact: &Fact, scratch: &mut Scratch) {
        match fact {
            Fact::Event(event) => self.take_event(state, event, scratch),
            Fact::Traits(traits) => self.take_traits(state, traits, scratch),
            Fact::Override(fact) => self.take_override(state, fact, scratch),
        }
    }

    fn take_event(&self, state: &mut UserState, event: &Event, scratch: &mut Scratch) {
        state.exists = true;
        for (name, value) in event.fields() {
            let at = (Some(event.timestamp), &event.id);
            self.set_field(state, name, at, value, false, scratch);
        }
        self.for_each_entry(event, scratch, |series, entry, scratch| {
            self.move_series(state, series, scratch, |plan, series, now| {
                series.insert(plan, now, entry);
            });
        });
    }

    /// Calls `visit` with each series that takes the event and what it takes.
    pub(super) fn for_each_entry(
        &self,
        event: &Event,
        scratch: &mut Scratch,
        mut visit: impl FnMut(u32, Entry<'_>, &mut Scratch),
    ) {
        let mut passes = Filters {
            rules: self,
            event,
            asked: None,
        };
        for series in self.series_of(event.event_type) {
            let plan = &self.series[*series as usize];
            let value = match &plan.value {
                Some(value) => property_value(event, value),
                None => Value::Null,
            };
            let counts = plan.value.is_none() || !value.is_null();
            if counts
                && plan
                    .filter
                    .is_none_or(|filter| passes.filter(filter, scratch))
            {
                let entry = Entry {
                    timestamp: event.timestamp,
                    id: &event.id,
                    value: &value,
                };
                visit(*series, entry, scratch);
            }
        }
    }

    fn take_traits(&self, state: &mut UserState, traits: &Traits, scratch: &mut Scratch) {
        state.exists = true;
        for (name, value) in &traits.values {
            self.set_field(
                state,
                *name,
                (traits.timestamp, &traits.id),
                value,
                true,
                scratch,
            );
        }
    }

    fn take_override(&self, state: &mut UserState, fact: &Override, scratch: &mut Scratch) {
        let Some(segment) = self.segment(&fact.segment) else {
            return;
        };
        let said = OverrideState {
            timestamp: fact.timestamp,
            id: fact.id.clone(),
            effect: fact.effect,
        };
        if state.say(segment, said) {
            scratch.overridden.push(segment);
            scratch.wake_at_once(self, segment);
        }
    }

    /// Gives every field of a name a trait's or a property's value.
    fn set_field(
        &self,
        state: &mut UserState,
        name: NameId,
        (timestamp, id): (Option<i64>, &Arc<str>),
        raw: &Value,
        is_trait: bool,
        scratch: &mut Scratch,
    ) {
        for field in &self.fields_of_name[name.0 as usize] {
            let plan = &self.fields[*field as usize];
            let state = state.field_mut(*field);
            let old = state.value().clone();
            let stamped = Stamped {
                timestamp,
                id: id.clone(),
                value: raw.typed(plan.field.ty),
            };
            if is_trait {
                state.say(stamped, raw.is_null());
            } else {
                state.see(stamped);
            }
            self.moved(plan.slot, &old, state.value(), scratch);
        }
    }

    /// Moves the windows of the series whose deadline has come.
    pub(super) fn move_windows(&self, state: &mut UserState, scratch: &mut Scratch) {
        for at in 0..state.series.len() {
            let user = &state.series[at];
            if user.wake_at <= state.now {
                self.move_series(state, user.series, scratch, |_, _, _| {});
            }
        }
    }

    /// Moves a series to now, lets `change` change it, and wakes whoever waits for its values.
    fn move_series(
        &self,
        state: &mut UserState,
        series: u32,
        scratch: &mut Scratch,
        change: impl FnOnce(&SeriesPlan, &mut SeriesState, i64),
    ) {
        let now = state.now;
        let plan = &self.series[series as usize];
        let user = state.series_mut(self, series);
        let mut old = std::mem::take(&mut scratch.old);
        old.extend(values(plan, &user.state, scratch.before).map(|(_, value)| value));
        user.state.expire(plan, now);
        change(plan, &mut user.state, now);
        for ((slot, new), old) in values(plan, &user.state, now).zip(&old) {
            self.moved(slot, old, &new, scratch);
        }
        user.wake_at = user.state.wake_at(plan, now);
        old.clear();
        scratch.old = old;
    }

    /// Tells the rules that a slot's value is another.
    fn moved(&self, slot: u32, old: &Value, new: &Value, scratch: &mut Scratch) {
        if old == new {
            return;
        }
        scratch.time_moved |= self.slot_has_time[slot as usize];
        self.matchers[slot as usize]
            .wake(old, new, |segment, wake| scratch.moved(self, segment, wake));
    }
}

/// The slots of a series and their values at `now`.
fn values<'a>(
    plan: &'a SeriesPlan,
    state: &'a SeriesState,
    now: i64,
) -> impl Iterator<Item = (u32, Value)> + 'a {
    plan.windows
        .iter()
        .enumerate()
        .flat_map(move |(window, window_plan)| {
            window_plan
                .aggregates
                .iter()
                .enumerate()
                .map(move |(index, aggregate)| {
                    (
                        aggregate.slot,
                        state.value(plan, window, index, now).into_owned(),
                    )
                })
        })
}

/// What a series takes from an event; NULL if it is not there or does not fit.
fn property_value(event: &Event, plan: &ValuePlan) -> Value {
    let value = match plan.source {
        ValueSource::Timestamp => Value::Timestamp(event.timestamp).typed(plan.ty),
        ValueSource::Property(name) => event.property(name).typed(plan.ty),
    };
    match value {
        Value::Float(float) if plan.decimal && decimal::from_f64(float).is_none() => Value::Null,
        value => value,
    }
}

/// Which WHEREs an event passes, each asked once.
struct Filters<'a> {
    rules: &'a RuleSet,
    event: &'a Event,
    asked: Option<Asked>,
}

/// Made for the first WHERE that an event meets.
struct Asked {
    /// The event's properties as the WHEREs read them, by index of the property plan.
    values: Vec<Value>,
    /// By index of the filter.
    passed: Vec<Option<bool>>,
}

impl Filters<'_> {
    fn filter(&mut self, filter: u32, scratch: &mut Scratch) -> bool {
        let Self {
            rules,
            event,
            asked,
        } = self;
        let Asked { values, passed } = asked.get_or_insert_with(|| Asked {
            values: event_values(rules, event),
            passed: vec![None; rules.filters.len()],
        });
        let passed = &mut passed[filter as usize];
        *passed
            .get_or_insert_with(|| passes(rules, &rules.filters[filter as usize], values, scratch))
    }
}

fn event_values(rules: &RuleSet, event: &Event) -> Vec<Value> {
    let value = |plan: &PropertyPlan| match plan.name {
        None => Value::Timestamp(event.timestamp).typed(plan.property.ty),
        Some(name) => event.property(name).typed(plan.property.ty),
    };
    rules.properties.iter().map(value).collect()
}

fn passes(rules: &RuleSet, plan: &FilterPlan, values: &[Value], scratch: &mut Scratch) -> bool {
    match &plan.engine {
        Engine::Compiled(rule) => {
            let mut row = scratch.event_row(rules, 0);
            for slot in &plan.slots {
                row.set_value(*slot, &values[*slot as usize], &rules.symbols);
            }
            let passes = rule.matches(&row).unwrap_or_default();
            scratch.keep_event_row(row);
            passes
        }
        Engine::Interpreted(_) => {
            let filter = plan.aggregate.filter.as_ref();
            let inputs = EventInputs {
                slots: &plan.slots,
                values,
            };
            filter.is_some_and(|filter| evaluate_node(filter, &inputs) == Value::Bool(true))
        }
    }
}

/// The inputs of a WHERE, for the interpreter.
struct EventInputs<'a> {
    slots: &'a [u32],
    values: &'a [Value],
}

impl Inputs for EventInputs<'_> {
    fn property(&self, index: usize) -> Value {
        let slot = self.slots.get(index);
        slot.and_then(|slot| self.values.get(*slot as usize))
            .cloned()
            .unwrap_or_default()
    }
}
