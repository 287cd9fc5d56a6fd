//! Definitions as rule sets: the same checks as where they were saved, so the same rules.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Instant;

use bytestring::ByteString;
use kit::control::{DefinitionChange, SegmentVersion};
use kit::definitions::{Definition, DefinitionError, Problem, read_definitions};
use kit::schema_file::read_schema;
use rule_runtime::{RuleCache, RuleSet, Segment};
use rulelang::{Rule, Schema, check, live_reasons};
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};

use crate::metrics::Metrics;

/// What the id of a computed trait's segment begins with; no segment of a user's does.
const TRAIT: &str = "$trait:";

/// Everything that is defined, as it was recorded.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Definitions {
    /// The active segments.
    pub(crate) segments: Vec<SegmentVersion>,
    /// Types and computed traits.
    pub(crate) schema: Json,
}

impl Default for Definitions {
    /// No segments, and the default computed traits.
    fn default() -> Self {
        Self {
            segments: vec![],
            schema: json!({}),
        }
    }
}

impl Definitions {
    /// What is defined once a change is in force.
    pub(crate) fn after(&self, change: &DefinitionChange) -> Self {
        let is_gone = |id: &str| {
            change.removed.iter().any(|removed| removed == id)
                || change.segments.iter().any(|edited| edited.id == id)
        };
        let kept = self.segments.iter().filter(|segment| !is_gone(&segment.id));
        Self {
            segments: kept.chain(&change.segments).cloned().collect(),
            schema: change.schema.clone(),
        }
    }

    /// The versions of segments that a change makes, edits or removes.
    pub(crate) fn versions(&self, change: &DefinitionChange) -> Vec<(Arc<str>, u32)> {
        let removed = self.segments.iter();
        let removed = removed.filter(|segment| change.removed.contains(&segment.id));
        let changed = removed.chain(&change.segments);
        changed
            .map(|segment| (segment.id.as_str().into(), segment.version))
            .collect()
    }
}

/// Definitions, checked and planned.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) definitions: Definitions,
    /// The segments in the order of the definitions, then one for each computed trait: it is never
    /// TRUE and is there so that the trait's aggregates are kept for everybody.
    pub(crate) rules: Arc<RuleSet>,
    /// The segments' ids, to be shared.
    ids: Vec<ByteString>,
}

impl Plan {
    fn new(definitions: Definitions, cache: &RuleCache) -> Result<Self, String> {
        let mut schema =
            read_schema(&definitions.schema.to_string()).map_err(|error| error.to_string())?;
        let segments = definitions.segments.iter();
        let segments = segments
            .map(|segment| json!({"id": segment.id, "name": segment.name, "rules": segment.rules}));
        let checked = read_definitions(&Json::Array(segments.collect()), &mut schema);
        let checked = checked.map_err(|errors| {
            let errors: Vec<String> = errors.iter().map(told).collect();
            errors.join("; ")
        })?;
        let mut segments: Vec<Segment> = checked.iter().map(Definition::segment).collect();
        segments.extend(traits(&schema));
        let rules = RuleSet::build_with(segments, cache).map_err(|error| error.to_string())?;
        let ids = definitions.segments.iter();
        Ok(Self {
            ids: ids.map(|segment| segment.id.as_str().into()).collect(),
            definitions,
            rules: Arc::new(rules),
        })
    }

    /// The segment at an index of the rule set; `None` for that of a computed trait.
    pub(crate) fn segment(&self, index: u32) -> Option<&SegmentVersion> {
        self.definitions.segments.get(index as usize)
    }

    /// The id of that segment.
    pub(crate) fn segment_id(&self, index: u32) -> Option<&ByteString> {
        self.ids.get(index as usize)
    }

    /// The indexes of the computed traits' segments.
    pub(crate) fn traits(&self) -> std::ops::Range<u32> {
        self.definitions.segments.len() as u32..self.rules.segments().len() as u32
    }
}

/// A mistake by the segment that it is in.
fn told(error: &DefinitionError) -> String {
    match &error.problem {
        Problem::Rule(wrong) => format!("the segment `{}`: {}", wrong.segment, wrong.diagnostics),
        Problem::Shape { .. } => error.to_string(),
    }
}

/// A segment for each computed trait that can be kept up to date.
fn traits(schema: &Schema) -> impl Iterator<Item = Segment> {
    schema.traits.keys().filter_map(|name| {
        let text = format!("{name} IS NULL AND {name} IS NOT NULL");
        let rule = check(&text, schema).ok()?.rule;
        let is_live = live_reasons(&rule).is_empty();
        is_live.then(|| Segment {
            id: format!("{TRAIT}{name}").into(),
            rule,
        })
    })
}

/// Whether a segment's id is that of a computed trait.
pub(crate) fn is_trait(id: &str) -> bool {
    id.starts_with(TRAIT)
}

/// The segments of `to` that are new or edited, and whatever they name: what must be gathered from
/// histories. `None` if `from` knows all that they read.
pub(crate) fn shadow(
    from: &RuleSet,
    to: &RuleSet,
    cache: &RuleCache,
) -> Result<Option<Arc<RuleSet>>, String> {
    let known: BTreeMap<&str, &Rule> = by_id(from);
    let all = by_id(to);
    let is_new = |id: &str, rule: &Rule| known.get(id).is_none_or(|old| !is_same(old, rule));
    let changed = all.iter().filter(|(id, rule)| is_new(id, rule));
    let mut wanted: Vec<&str> = changed.map(|(id, _)| *id).collect();
    let mut seen: BTreeSet<&str> = wanted.iter().copied().collect();
    while let Some(id) = wanted.pop() {
        let Some(rule) = all.get(id) else { continue };
        let named = rule.segments.iter().map(|named| &**named);
        wanted.extend(named.filter(|named| seen.insert(named)));
    }
    let segments = to.segments().iter();
    let segments = segments.filter(|segment| seen.contains(&*segment.id));
    let rules = RuleSet::build_with(segments.cloned().collect(), cache);
    let rules = rules.map_err(|error| error.to_string())?;
    Ok((!from.knows(&rules)).then(|| Arc::new(rules)))
}

fn by_id(rules: &RuleSet) -> BTreeMap<&str, &Rule> {
    let segments = rules.segments().iter();
    segments
        .map(|segment| (&*segment.id, &segment.rule))
        .collect()
}

fn is_same(a: &Rule, b: &Rule) -> bool {
    a.root == b.root
        && a.fields == b.fields
        && a.aggregates == b.aggregates
        && a.segments == b.segments
        && a.sequences == b.sequences
}

/// Plans that some partition uses, so that all partitions share one.
#[derive(Debug)]
pub(crate) struct Plans {
    cache: RuleCache,
    known: Mutex<Vec<Weak<Plan>>>,
    metrics: Metrics,
}

impl Plans {
    /// None yet.
    pub(crate) fn new(metrics: Metrics) -> Self {
        Self {
            cache: RuleCache::default(),
            known: Mutex::default(),
            metrics,
        }
    }

    /// The plan of definitions.
    ///
    /// # Errors
    /// What is wrong with them; whoever saved them checked the same before.
    pub(crate) fn plan(&self, definitions: Definitions) -> Result<Arc<Plan>, String> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.retain(|plan| plan.strong_count() > 0);
        let mut plans = known.iter().filter_map(Weak::upgrade);
        if let Some(plan) = plans.find(|plan| plan.definitions == definitions) {
            return Ok(plan);
        }
        let began = Instant::now();
        let plan = Arc::new(Plan::new(definitions, &self.cache)?);
        self.metrics.compiled(began.elapsed().as_secs_f64());
        known.push(Arc::downgrade(&plan));
        Ok(plan)
    }

    /// Machine code of known shapes.
    pub(crate) fn cache(&self) -> &RuleCache {
        &self.cache
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_traits_are_kept_though_no_segment_reads_them() {
        let plan = Plans::new(Metrics::unread())
            .plan(Definitions::default())
            .unwrap();
        let ids = plan.rules.segments().iter().map(|segment| &*segment.id);
        let ids: Vec<&str> = ids.collect();
        assert_eq!(
            ids,
            [
                "$trait:eventCount",
                "$trait:lastActivity",
                "$trait:totalSpent"
            ]
        );
        assert_eq!(plan.traits(), 0..3);
    }

    #[test]
    fn equal_definitions_are_planned_once() {
        let plans = Plans::new(Metrics::unread());
        let first = plans.plan(Definitions::default()).unwrap();
        let second = plans.plan(Definitions::default()).unwrap();
        assert!(Arc::ptr_eq(&first, &second));
    }
}
