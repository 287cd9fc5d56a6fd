//! What a switch works out before the first user: which segments it touches, and where the things
//! of the old sets stand in the new one.

use std::sync::Arc;

use rulelang::{Rule, Value};

use crate::change::Cause;
use crate::event::{Event, Fact, Traits};
use crate::fields::FieldState;
use crate::rule_set::plan::{FieldPlan, SlotSource};
use crate::rule_set::{EventTypeId, NameId, RuleSet};

/// For each segment of `from`, its index in `to`.
pub(super) fn segments(from: &RuleSet, to: &RuleSet) -> Vec<Option<u32>> {
    let segments = from.definitions.iter();
    segments.map(|segment| to.segment(&segment.id)).collect()
}

/// The segments of `from` that `to` has not, dependents first, and the cause of leaving them.
pub(super) fn removed(
    from: &RuleSet,
    to: &RuleSet,
    versions: &[(Arc<str>, u32)],
) -> Vec<(u32, Cause)> {
    let ranked = from.by_rank.iter().rev();
    let removed = ranked.filter_map(|segment| {
        let id = &from.definitions[*segment as usize].id;
        let is_removed = to.segment(id).is_none();
        is_removed.then(|| (*segment, definition(id, versions)))
    });
    removed.collect()
}

/// For each segment of `to` that must be evaluated, the cause of its changes: itself if it is new
/// or edited, else the first such in the order of evaluation that it stands on.
pub(super) fn causes(
    from: &RuleSet,
    to: &RuleSet,
    versions: &[(Arc<str>, u32)],
) -> Vec<Option<Cause>> {
    // The first changed segment, by rank, among each segment and those that it stands on.
    let mut first: Vec<Option<u32>> = vec![None; to.segments.len()];
    let mut causes = vec![None; to.segments.len()];
    let of_rank = |rank: u32| &to.definitions[to.by_rank[rank as usize] as usize].id;
    for segment in to.by_rank.iter().map(|segment| *segment as usize) {
        let plan = &to.segments[segment];
        let slots = plan.slots.iter().map(|slot| to.slots[*slot as usize]);
        let named = slots.filter_map(SlotSource::segment);
        let below = named.filter_map(|named| first[named as usize]).min();
        let id = &to.definitions[segment].id;
        let is_changed = is_changed(from, to, segment, versions);
        first[segment] = below.or(is_changed.then_some(plan.rank));
        causes[segment] = if is_changed {
            Some(definition(id, versions))
        } else {
            below.map(|rank| definition(of_rank(rank), versions))
        };
    }
    causes
}

/// The segments with a cause, by index.
pub(super) fn evaluated(to: &RuleSet, causes: &[Option<Cause>]) -> Vec<u32> {
    let all = 0..to.segments.len() as u32;
    all.zip(causes)
        .filter_map(|(segment, cause)| cause.as_ref().map(|_| segment))
        .collect()
}

fn is_changed(from: &RuleSet, to: &RuleSet, segment: usize, versions: &[(Arc<str>, u32)]) -> bool {
    let segment = &to.definitions[segment];
    let before = from.segment(&segment.id);
    let before = before.map(|before| &from.definitions[before as usize].rule);
    versions.iter().any(|(id, _)| *id == segment.id)
        || before.is_none_or(|before| !is_same(before, &segment.rule))
}

/// Whether two rules are the same, wherever each was written.
fn is_same(a: &Rule, b: &Rule) -> bool {
    a.root == b.root
        && a.fields == b.fields
        && a.aggregates == b.aggregates
        && a.segments == b.segments
        && a.sequences == b.sequences
}

fn definition(id: &Arc<str>, versions: &[(Arc<str>, u32)]) -> Cause {
    let found = versions.iter().find(|(versioned, _)| versioned == id);
    Cause::Definition {
        segment: id.clone(),
        version: found.map_or(0, |(_, version)| *version),
    }
}

/// What is taken from a state under one of the old sets.
#[derive(Debug)]
pub(super) struct Side {
    /// For each field of the old set that is taken from here, its index in the new one.
    fields: Vec<Option<u32>>,
    pub(super) names: Names,
}

impl Side {
    /// Of `from`, everything that `to` has and `first` has not.
    pub(super) fn new(from: &RuleSet, to: &RuleSet, first: Option<&RuleSet>) -> Self {
        let field = |plan: &FieldPlan| {
            let index = |rules: &RuleSet| rules.field_index(&plan.field.name, plan.field.ty);
            let is_elsewhere = first.is_some_and(|first| index(first).is_some());
            index(to).filter(|_| !is_elsewhere)
        };
        Self {
            fields: from.fields.iter().map(field).collect(),
            names: Names::new(from, to),
        }
    }

    /// The fields under their new indexes, in no order.
    pub(super) fn fields(&self, fields: Vec<(u32, FieldState)>) -> Vec<(u32, FieldState)> {
        let fields = fields.into_iter();
        fields
            .filter_map(|(field, state)| Some((self.fields[field as usize]?, state)))
            .collect()
    }
}

/// Names of an old set in the new one.
#[derive(Debug)]
pub(super) struct Names {
    names: Vec<Option<NameId>>,
    event_types: Vec<Option<EventTypeId>>,
}

impl Names {
    fn new(from: &RuleSet, to: &RuleSet) -> Self {
        let mut names = vec![None; from.names.len()];
        for (name, id) in &from.names {
            names[id.0 as usize] = to.name(name);
        }
        let mut event_types = vec![None; from.event_types.len()];
        for (event_type, id) in &from.event_types {
            event_types[id.0 as usize] = to.event_type(event_type);
        }
        Self { names, event_types }
    }

    /// The facts with the names of the new set.
    pub(super) fn facts(&self, facts: Vec<Fact>) -> Vec<Fact> {
        facts.into_iter().map(|fact| self.fact(fact)).collect()
    }

    fn fact(&self, fact: Fact) -> Fact {
        match fact {
            Fact::Event(event) => Fact::Event(Event {
                event_type: event
                    .event_type
                    .and_then(|event_type| self.event_types[event_type.0 as usize]),
                properties: self.named(event.properties),
                ..event
            }),
            Fact::Traits(traits) => Fact::Traits(Traits {
                values: self.named(traits.values),
                ..traits
            }),
            Fact::Override(said) => Fact::Override(said),
        }
    }

    fn named(&self, values: Vec<(NameId, Value)>) -> Vec<(NameId, Value)> {
        let values = values.into_iter();
        values
            .filter_map(|(name, value)| Some((self.names[name.0 as usize]?, value)))
            .collect()
    }

    /// Adds to a fact what another reading of the same fact has more.
    pub(super) fn unite(fact: &mut Fact, other: Fact) {
        let (values, more) = match (fact, other) {
            (Fact::Event(event), Fact::Event(other)) => {
                event.event_type = event.event_type.or(other.event_type);
                (&mut event.properties, other.properties)
            }
            (Fact::Traits(traits), Fact::Traits(other)) => (&mut traits.values, other.values),
            _ => return,
        };
        for (name, value) in more {
            if values.iter().all(|(known, _)| *known != name) {
                values.push((name, value));
            }
        }
    }
}
