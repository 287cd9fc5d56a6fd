//! What is known of a user, by name: for profile views.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::Arc;

use rulelang::Value;
use rulelang::rule::NodeKind;

use super::snapshot::{self, move_windows};
use crate::evaluation::View;
use crate::rule_set::RuleSet;
use crate::rule_set::plan::SlotSource;
use crate::state::UserState;

impl RuleSet {
    /// The profile fields that rules read and the user has, by name. A field that is NULL is not
    /// here; of a field that rules read as two types, the first one's value is.
    pub fn user_fields(&self, state: &UserState) -> Vec<(Arc<str>, Value)> {
        let mut fields = BTreeMap::new();
        for (index, field) in &state.fields {
            let name = &self.fields[*index as usize].field.name;
            if !field.value().is_null() {
                fields
                    .entry(name.clone())
                    .or_insert_with(|| field.value().clone());
            }
        }
        fields.into_iter().collect()
    }

    /// The aggregates over kinds of events that the user has had, by canonical text, with their
    /// values at the state's `now`. (Of all others the value is that of nothing.)
    pub fn user_aggregates(&self, state: &UserState) -> Vec<(Arc<str>, Value)> {
        let mut state = state.clone();
        move_windows(self, &mut state);
        let view = View {
            rules: self,
            state: &state,
        };
        let mut seen = BTreeSet::new();
        let mut aggregates = vec![];
        for (definition, plan) in self.definitions.iter().zip(&self.segments) {
            let slots = plan.inputs.aggregates.iter();
            for (aggregate, slot) in definition.rule.aggregates.iter().zip(slots) {
                let SlotSource::Aggregate { series, .. } = self.slots[*slot as usize] else {
                    continue;
                };
                if state.series(series).is_some() && seen.insert(*slot) {
                    aggregates.push((aggregate.text.clone(), view.value(*slot).into_owned()));
                }
            }
        }
        aggregates.sort_by(|(a, _), (b, _)| a.cmp(b));
        aggregates
    }

    /// The computed traits that some of the rules of `segments` (indexes) name, by name, with their
    /// values at the state's `now`. One that is NULL is not here.
    pub fn user_traits(
        &self,
        state: &UserState,
        segments: Range<u32>,
    ) -> BTreeMap<Arc<str>, Value> {
        let is_known = |segment: &u32| (*segment as usize) < self.definitions.len();
        let segments: Vec<u32> = segments.filter(is_known).collect();
        let state = snapshot::of_all(self, state, segments.clone());
        let mut traits = BTreeMap::new();
        for segment in segments {
            self.definitions[segment as usize]
                .rule
                .root
                .walk(&mut |node| {
                    if let NodeKind::Trait { name, body } = &node.kind
                        && !traits.contains_key(name)
                    {
                        traits.insert(name.clone(), self.value_of(body, &state, segment));
                    }
                });
        }
        traits.retain(|_, value| !value.is_null());
        traits
    }
}
