//! From checked rules to a plan.

mod sequences;

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

use rule_jit::Symbols;
use rulelang::rule::{self, Aggregate, AggregateFunction};
use rulelang::{Type, live_reasons};
use xxhash_rust::xxh3::xxh3_128;

use super::access;
use super::cuts::Cuts;
use super::leaves::{InputSlots, Leaves, finish_times};
use super::matcher::SlotMatcher;
use super::order::{Order, order};
use super::plan::{
    AggregatePlan, FieldPlan, FilterPlan, Keeps, PropertyPlan, SegmentPlan, SeriesPlan, SlotSource,
    TimeOperand, ValuePlan, ValueSource, WindowPlan,
};
use super::{BuildError, EventTypeId, NameId, RuleSet, Segment};
use crate::cache::RuleCache;
use crate::engine::Engine;
use crate::evaluation::{armed, true_of_nobody};
use crate::series::Reach;
use crate::state::UserState;
use sequences::SequenceKey;

pub(super) fn build(segments: Vec<Segment>, cache: &RuleCache) -> Result<RuleSet, BuildError> {
    for segment in &segments {
        if let Some(reason) = live_reasons(&segment.rule).iter().next() {
            let (segment, reason) = (segment.id.to_string(), reason.message.clone());
            return Err(BuildError::NotLive { segment, reason });
        }
    }
    plan(segments, None, cache)
}

/// A set that is asked at one instant (milliseconds) and never steps, so that its rules need not be
/// live, and its windows do not move: of a user's aggregates only the results are kept.
pub(super) fn build_at(
    segments: Vec<Segment>,
    now: i64,
    cache: &RuleCache,
) -> Result<RuleSet, BuildError> {
    plan(segments, Some(now), cache)
}

fn plan(segments: Vec<Segment>, at: Option<i64>, cache: &RuleCache) -> Result<RuleSet, BuildError> {
    let order = order(&segments)?;
    let mut builder = Builder {
        cache,
        at,
        set: empty(),
        index: Index::default(),
    };
    let inputs: Vec<InputSlots> = segments
        .iter()
        .zip(&order.named)
        .map(|(segment, named)| builder.inputs(&segment.rule, named))
        .collect();
    builder.plan_segments(segments, &inputs, &order);
    builder.plan_leaves(&inputs);
    builder.plan_windows();
    builder.plan_initial();
    builder.check_fingerprints()?;
    Ok(builder.set)
}

fn empty() -> RuleSet {
    RuleSet {
        definitions: vec![],
        segment_ids: HashMap::new(),
        names: HashMap::new(),
        event_types: HashMap::new(),
        symbols: Symbols::new(),
        fields: vec![],
        fields_of_name: vec![],
        properties: vec![],
        filters: vec![],
        series: vec![],
        series_of_event: vec![],
        series_of_any: vec![],
        sequences: vec![],
        slots: vec![],
        matchers: vec![],
        slot_has_time: vec![],
        segments: vec![],
        by_rank: vec![],
        times: vec![],
        initial: vec![],
        initial_armed: vec![],
        stored_index: OnceLock::new(),
    }
}

#[derive(Debug)]
struct Builder<'a> {
    cache: &'a RuleCache,
    /// The one instant at which the set is asked; `None` of a set that steps.
    at: Option<i64>,
    set: RuleSet,
    index: Index,
}

/// Where things that are already planned stand.
#[derive(Debug, Default)]
struct Index {
    fields: HashMap<rule::Field, u32>,
    /// By canonical text and the types of the properties.
    aggregates: HashMap<(Arc<str>, Vec<rule::Property>), u32>,
    series: HashMap<String, u32>,
    filters: HashMap<(Arc<str>, Vec<rule::Property>), u32>,
    properties: HashMap<rule::Property, u32>,
    segments: HashMap<u32, u32>,
    sequences: HashMap<SequenceKey, u32>,
}

impl Builder<'_> {
    fn inputs(&mut self, rule: &rulelang::Rule, named: &[u32]) -> InputSlots {
        InputSlots {
            fields: rule.fields.iter().map(|field| self.field(field)).collect(),
            aggregates: rule
                .aggregates
                .iter()
                .map(|aggregate| self.aggregate(aggregate))
                .collect(),
            segments: named.iter().map(|segment| self.segment(*segment)).collect(),
            sequences: rule
                .sequences
                .iter()
                .map(|sequence| self.sequence(sequence))
                .collect(),
        }
    }

    fn slot(&mut self, source: SlotSource) -> u32 {
        self.set.slots.push(source);
        self.set.slots.len() as u32 - 1
    }

    fn name(&mut self, name: &Arc<str>) -> NameId {
        let next = NameId(self.set.names.len() as u32);
        let id = *self.set.names.entry(name.clone()).or_insert(next);
        if id == next {
            self.set.fields_of_name.push(vec![]);
        }
        id
    }

    fn event_type(&mut self, event_type: &Arc<str>) -> EventTypeId {
        let next = EventTypeId(self.set.event_types.len() as u32);
        let id = *self
            .set
            .event_types
            .entry(event_type.clone())
            .or_insert(next);
        if id == next {
            self.set
                .series_of_event
                .push(self.set.series_of_any.clone());
        }
        id
    }

    fn field(&mut self, field: &rule::Field) -> u32 {
        if let Some(slot) = self.index.fields.get(field) {
            return *slot;
        }
        let name = self.name(&field.name);
        let index = self.set.fields.len() as u32;
        let slot = self.slot(SlotSource::Field(index));
        self.set.fields.push(FieldPlan {
            name,
            field: field.clone(),
            slot,
        });
        self.set.fields_of_name[name.0 as usize].push(index);
        self.index.fields.insert(field.clone(), slot);
        slot
    }

    fn segment(&mut self, segment: u32) -> u32 {
        if let Some(slot) = self.index.segments.get(&segment) {
            return *slot;
        }
        let slot = self.slot(SlotSource::Segment(segment));
        self.index.segments.insert(segment, slot);
        slot
    }

    fn aggregate(&mut self, aggregate: &Aggregate) -> u32 {
        let key = (aggregate.text.clone(), aggregate.properties.clone());
        if let Some(slot) = self.index.aggregates.get(&key) {
            return *slot;
        }
        let series = self.series(aggregate);
        let reach = self.reach(aggregate.window);
        let window = self.window(series, aggregate.window, reach);
        let windows = &self.set.series[series as usize].windows;
        let index = windows[window].aggregates.len() as u32;
        let source = SlotSource::Aggregate {
            series,
            window: window as u32,
            aggregate: index,
        };
        let slot = self.slot(source);
        let plan = &mut self.set.series[series as usize];
        let function = aggregate.function;
        plan.windows[window].aggregates.push(AggregatePlan {
            function,
            slot,
            cuts: None,
        });
        plan.windows[window].keeps.add(function);
        plan.keeps_ids |= matches!(function, AggregateFunction::First | AggregateFunction::Last);
        self.index.aggregates.insert(key, slot);
        slot
    }

    /// What a window holds; of a set that is asked at one instant, what it holds then.
    fn reach(&self, window: rule::Window) -> Reach {
        let reach = Reach::from(window);
        self.at.map_or(reach, |now| reach.fixed(now))
    }

    /// The place of a window over a series, which keeps entries for as long as that needs.
    fn window(&mut self, series: u32, window: rule::Window, reach: Reach) -> usize {
        let series = &mut self.set.series[series as usize];
        let mut known = series.windows.iter();
        if let Some(at) = known.position(|plan| plan.window == window && plan.reach == reach) {
            return at;
        }
        series.windows.push(WindowPlan {
            window,
            reach,
            aggregates: vec![],
            keeps: Keeps::default(),
        });
        if let Reach::Sliding { leave, .. } = reach {
            series.retain(leave);
        }
        series.windows.len() - 1
    }

    fn series(&mut self, aggregate: &Aggregate) -> u32 {
        let value = aggregate.property.map(|index| &aggregate.properties[index]);
        let decimal = matches!(
            aggregate.function,
            AggregateFunction::Sum | AggregateFunction::Avg
        );
        let text = series_text(aggregate, value, decimal);
        if let Some(series) = self.index.series.get(&text) {
            return *series;
        }
        let value = value.map(|property| ValuePlan {
            source: match &*property.name {
                "timestamp" => ValueSource::Timestamp,
                _ => ValueSource::Property(self.name(&property.name)),
            },
            ty: property.ty,
            decimal: decimal && property.ty == Type::Float,
        });
        let filter = self.filter(aggregate);
        let series = self.set.series.len() as u32;
        self.set.series.push(SeriesPlan {
            fingerprint: xxh3_128(text.as_bytes()),
            text: text.clone(),
            value,
            filter,
            windows: vec![],
            retention: vec![],
            keeps_ids: false,
            sequences: vec![],
        });
        self.listen(aggregate.event.as_ref(), series);
        self.index.series.insert(text, series);
        series
    }

    /// Lets a series take the events of a type, or of all types.
    fn listen(&mut self, event: Option<&Arc<str>>, series: u32) {
        if let Some(event) = event {
            let event = self.event_type(event);
            self.set.series_of_event[event.0 as usize].push(series);
        } else {
            self.set.series_of_any.push(series);
            self.set
                .series_of_event
                .iter_mut()
                .for_each(|list| list.push(series));
        }
    }

    fn filter(&mut self, aggregate: &Aggregate) -> Option<u32> {
        let text = aggregate.filter_text.clone()?;
        let key = (text, aggregate.properties.clone());
        if let Some(filter) = self.index.filters.get(&key) {
            return Some(*filter);
        }
        let slots: Vec<u32> = aggregate
            .properties
            .iter()
            .map(|property| self.property(property))
            .collect();
        let engine = Engine::filter(aggregate, &slots, &mut self.set.symbols, self.cache);
        self.set.filters.push(FilterPlan {
            engine,
            aggregate: aggregate.clone(),
            slots,
        });
        let filter = self.set.filters.len() as u32 - 1;
        self.index.filters.insert(key, filter);
        Some(filter)
    }

    fn property(&mut self, property: &rule::Property) -> u32 {
        if let Some(slot) = self.index.properties.get(property) {
            return *slot;
        }
        let name = (&*property.name != "timestamp").then(|| self.name(&property.name));
        let slot = self.set.properties.len() as u32;
        self.set.properties.push(PropertyPlan {
            name,
            property: property.clone(),
        });
        self.index.properties.insert(property.clone(), slot);
        slot
    }

    fn plan_segments(&mut self, segments: Vec<Segment>, inputs: &[InputSlots], order: &Order) {
        self.set.by_rank = vec![0; segments.len()];
        for (index, (segment, inputs)) in segments.iter().zip(inputs).enumerate() {
            let rank = order.rank[index];
            self.set.by_rank[rank as usize] = index as u32;
            let engine = Engine::rule(&segment.rule, inputs, &mut self.set.symbols, self.cache);
            self.set.segments.push(SegmentPlan {
                engine,
                inputs: inputs.clone(),
                slots: inputs.all(),
                rank,
                dependents: order.dependents[index].clone(),
                has_access: false,
            });
        }
        let ids = segments.iter().zip(0..);
        self.set.segment_ids = ids
            .map(|(segment, index)| (segment.id.clone(), index))
            .collect();
        self.set.definitions = segments;
    }

    fn plan_leaves(&mut self, inputs: &[InputSlots]) {
        let RuleSet {
            slots,
            matchers,
            times,
            definitions,
            segments,
            ..
        } = &mut self.set;
        matchers.resize_with(slots.len(), SlotMatcher::default);
        for (index, (segment, slots)) in definitions.iter().zip(inputs).enumerate() {
            if let Some(conjunct) = access::choose(&segment.rule.root, slots) {
                segments[index].has_access = true;
                matchers[conjunct.slot as usize].add_access(conjunct.access, index as u32);
            }
            let mut leaves = Leaves {
                matchers,
                times,
                slots,
                segment: index as u32,
            };
            leaves.condition(&segment.rule.root, false);
        }
        matchers.iter_mut().for_each(SlotMatcher::finish);
        finish_times(times);
        self.set.slot_has_time = vec![false; self.set.slots.len()];
        for plan in &self.set.times {
            let mut mark = |slot: u32| self.set.slot_has_time[slot as usize] = true;
            match &plan.operand {
                TimeOperand::Instant(_) => {}
                TimeOperand::Slot(slot) => mark(*slot),
                TimeOperand::Expression { segment, node } => node.walk(&mut |node| {
                    inputs[*segment as usize]
                        .slot(node)
                        .into_iter()
                        .for_each(&mut mark);
                }),
            }
        }
    }

    /// Finds the values of aggregates that matter.
    fn plan_windows(&mut self) {
        let RuleSet {
            series, matchers, ..
        } = &mut self.set;
        for plan in series {
            let ty = plan.value.as_ref().map_or(Type::Null, |value| value.ty);
            let windows = plan.windows.iter_mut();
            for aggregate in windows.flat_map(|window| &mut window.aggregates) {
                let cuts = matchers[aggregate.slot as usize].only_cuts();
                aggregate.cuts = cuts.map(|cuts| Cuts::new(cuts, aggregate.function, ty));
            }
        }
    }

    fn plan_initial(&mut self) {
        let mut initial = true_of_nobody(&self.set);
        for plan in &self.set.times {
            if !matches!(plan.operand, TimeOperand::Slot(_)) {
                initial.extend(&plan.segments);
            }
        }
        initial.sort_unstable();
        initial.dedup();
        self.set.initial = initial;
        self.set.initial_armed = armed(&self.set, &UserState::default());
    }

    fn check_fingerprints(&self) -> Result<(), BuildError> {
        let mut seen: HashMap<u128, &str> = HashMap::new();
        for plan in &self.set.series {
            if let Some(other) = seen.insert(plan.fingerprint, &plan.text) {
                return Err(BuildError::FingerprintCollision(
                    other.to_owned(),
                    plan.text.clone(),
                ));
            }
        }
        Ok(())
    }
}

/// What a series is, in words: `"purchase"."amount": float as decimal WHERE category == 'x'
/// ["category": string]`.
fn series_text(aggregate: &Aggregate, value: Option<&rule::Property>, decimal: bool) -> String {
    let typed = |property: &rule::Property| format!("{:?}: {}", property.name, property.ty);
    let event = aggregate.event.as_deref();
    let event = event.map_or_else(|| "*".to_owned(), |event| format!("{event:?}"));
    let value = value.map(|property| format!(".{}", typed(property)));
    let filter = aggregate.filter_text.as_ref().map(|filter| {
        let properties: Vec<String> = aggregate.properties.iter().map(typed).collect();
        format!(" WHERE {filter} [{}]", properties.join(", "))
    });
    let parts = [
        Some(event),
        value,
        decimal.then(|| " as decimal".to_owned()),
        filter,
    ];
    parts.into_iter().flatten().collect()
}
