//! Facts into state: fields, series, overrides; each slot that moves wakes rules.

use std::sync::Arc;

use rulelang::{Inputs, Value, decimal, evaluate_node};

use super::Scratch;
use crate::engine::Engine;
use crate::event::{Event, Fact, Override, Traits};
use crate::fields::Stamped;
use crate::rule_set::plan::{FilterPlan, SeriesPlan, ValuePlan, ValueSource};
use crate::rule_set::{NameId, RuleSet};
use crate::series::{Entry, Mark};
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
            self.move_series(state, series, Some(entry), scratch);
        });
    }

    /// Calls `visit` with each series that takes the event and what it takes.
    pub(super) fn for_each_entry(
        &self,
        event: &Event,
        scratch: &mut Scratch,
        mut visit: impl FnMut(u32, Entry<'_>, &mut Scratch),
    ) {
        let mut asked = std::mem::take(&mut scratch.asked);
        asked.is_filled = false;
        for series in self.series_of(event.event_type) {
            let plan = &self.series[*series as usize];
            if plan
                .filter
                .is_some_and(|filter| !asked.filter(self, event, filter, scratch))
            {
                continue;
            }
            let value = match &plan.value {
                Some(value) => property_value(event, value),
                None => Value::Null,
            };
            if plan.value.is_none() || !value.is_null() {
                let entry = Entry {
                    timestamp: event.timestamp,
                    id: &event.id,
                    value: &value,
                };
                visit(*series, entry, scratch);
            }
        }
        scratch.asked = asked;
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
                self.move_series(state, user.series, None, scratch);
            }
        }
    }

    /// Moves a series to now, adds the entry, and wakes whoever waits for its values.
    fn move_series(
        &self,
        state: &mut UserState,
        series: u32,
        entry: Option<Entry<'_>>,
        scratch: &mut Scratch,
    ) {
        let now = state.now;
        let plan = &self.series[series as usize];
        let user = state.series_mut(self, series);
        let mut old = std::mem::take(&mut scratch.old);
        let before = scratch.before;
        old.extend(aggregates(plan).map(|(at, _)| user.state.mark(plan, at.0, at.1, before)));
        user.expire(plan, now);
        if let Some(entry) = entry {
            let given_up = user.state.given_up();
            user.insert(plan, now, entry);
            scratch.given_up += u64::from(user.state.given_up() != given_up);
        }
        for ((at, slot), old) in aggregates(plan).zip(old.drain(..)) {
            match (old, user.state.mark(plan, at.0, at.1, now)) {
                (Mark::Value(old), Mark::Value(new)) => self.moved(slot, &old, &new, scratch),
                (Mark::Side(old), Mark::Side(new)) if old != new => {
                    let value = user.state.value(plan, at.0, at.1, now);
                    let wake = |segment, wake| scratch.moved(self, segment, wake);
                    self.matchers[slot as usize].wake_crossed((old, new), &value, wake);
                }
                _ => {}
            }
        }
        user.wake_at = user.state.wake_at(plan, now);
        scratch.old = old;
        if let Some(entry) = entry {
            self.touch_sequences(state, series, entry.timestamp, scratch);
        }
    }

    /// Tells the rules that a slot's value is another.
    pub(super) fn moved(&self, slot: u32, old: &Value, new: &Value, scratch: &mut Scratch) {
        if old == new {
            return;
        }
        scratch.time_moved |= self.slot_has_time[slot as usize];
        self.matchers[slot as usize]
            .wake(old, new, |segment, wake| scratch.moved(self, segment, wake));
    }
}

/// The aggregates of a series, by window and place in it, with their slots.
fn aggregates(plan: &SeriesPlan) -> impl Iterator<Item = ((usize, usize), u32)> {
    let windows = plan.windows.iter().enumerate();
    windows.flat_map(|(window, plan)| {
        let aggregates = plan.aggregates.iter().enumerate();
        aggregates.map(move |(index, aggregate)| ((window, index), aggregate.slot))
    })
}

/// What a series takes from an event; NULL if it is not there or does not fit.
fn property_value(event: &Event, plan: &ValuePlan) -> Value {
    let value = match plan.source {
        ValueSource::Timestamp => Value::Timestamp(event.timestamp).typed(plan.ty),
        ValueSource::Property(name) => event.property(name).typed(plan.ty),
    };
    match value {
        Value::Float(float) if plan.decimal && !decimal::fits(float) => Value::Null,
        value => value,
    }
}

/// Which WHEREs an event passes, each asked once. Filled at the first WHERE that it meets.
#[derive(Debug, Default)]
pub(super) struct Asked {
    is_filled: bool,
    /// The event's properties as the WHEREs read them, by index of the property plan.
    values: Vec<Value>,
    /// By index of the filter.
    passed: Vec<Option<bool>>,
}

impl Asked {
    fn filter(
        &mut self,
        rules: &RuleSet,
        event: &Event,
        filter: u32,
        scratch: &mut Scratch,
    ) -> bool {
        if !self.is_filled {
            self.is_filled = true;
            self.values.clear();
            self.values.extend(event_values(rules, event));
            self.passed.clear();
            self.passed.resize(rules.filters.len(), None);
        }
        let (values, filter) = (&self.values, filter as usize);
        *self.passed[filter]
            .get_or_insert_with(|| passes(rules, &rules.filters[filter], values, scratch))
    }
}

fn event_values(rules: &RuleSet, event: &Event) -> impl Iterator<Item = Value> {
    rules.properties.iter().map(|plan| match plan.name {
        None => Value::Timestamp(event.timestamp).typed(plan.property.ty),
        Some(name) => event.property(name).typed(plan.property.ty),
    })
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
