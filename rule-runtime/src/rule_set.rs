//! An immutable set of segments, planned as one: what to keep for a user, which rules a change
//! can flip, which instants to wait for.
//!
//! [`RuleSet::build`] does the thinking; `step` only follows the plan. A set is replaced as a
//! whole, never changed.

mod access;
mod alone;
mod build;
pub(crate) mod cuts;
pub(crate) mod leaves;
pub(crate) mod matcher;
mod order;
pub(crate) mod plan;

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

use rule_jit::Symbols;
use rulelang::rule::Percent;
use rulelang::{Rule, Type};

use crate::cache::RuleCache;
use crate::engine::Engine;
use crate::sequences::SequencePlan;
use crate::series::Reach;
use crate::stored::StoredIndex;
use matcher::SlotMatcher;
use plan::{
    FieldPlan, FilterPlan, PropertyPlan, SegmentPlan, SeriesPlan, SlotSource, TimePlan, WindowPlan,
};

pub(crate) use alone::{alone, alone_at, stand_ins};

/// A property or trait name that some rule reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NameId(pub(crate) u32);

/// An event type that some rule names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct EventTypeId(pub(crate) u32);

/// A segment's definition: its id and its checked rule.
#[derive(Debug, Clone)]
pub struct Segment {
    /// The id that `IN SEGMENT` and changes name.
    pub id: Arc<str>,
    /// Its rule.
    pub rule: Rule,
}

/// Why a rule set cannot be built.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum BuildError {
    /// Two segments of one id.
    #[error("two segments have the id `{0}`")]
    DuplicateSegment(String),
    /// `segment` refers to `missing`, which is not in the set.
    #[error("segment `{segment}` names segment `{missing}`, which does not exist")]
    UnknownSegment {
        /// Who refers.
        segment: String,
        /// To whom.
        missing: String,
    },
    /// Segments that refer to one another in a circle, in order.
    #[error("segments name one another in a circle: {}", .0.join(" → "))]
    Cycle(Vec<String>),
    /// A chain of references longer than [`rulelang::limits::SEGMENT_DEPTH_MAX`].
    #[error(
        "segment `{segment}` stands on a chain of more than {} segments",
        rulelang::limits::SEGMENT_DEPTH_MAX
    )]
    ChainTooLong {
        /// The end of the chain.
        segment: String,
    },
    /// A rule that cannot be evaluated live.
    #[error("segment `{segment}` cannot be evaluated live: {reason}")]
    NotLive {
        /// Which.
        segment: String,
        /// Why.
        reason: String,
    },
    /// Two different series have one fingerprint: a bug, or a broken universe.
    #[error("two series of events have one fingerprint: `{0}` and `{1}`")]
    FingerprintCollision(String, String),
}

/// An immutable set of segments. Cheap to share behind an [`Arc`].
#[derive(Debug)]
pub struct RuleSet {
    pub(crate) definitions: Vec<Segment>,
    /// The index of each segment's id.
    pub(crate) segment_ids: HashMap<Arc<str>, u32>,
    pub(crate) names: HashMap<Arc<str>, NameId>,
    pub(crate) event_types: HashMap<Arc<str>, EventTypeId>,
    pub(crate) symbols: Symbols,
    pub(crate) fields: Vec<FieldPlan>,
    /// For each name, the fields of that name: one for each type that rules give it.
    pub(crate) fields_of_name: Vec<Vec<u32>>,
    pub(crate) properties: Vec<PropertyPlan>,
    pub(crate) filters: Vec<FilterPlan>,
    pub(crate) series: Vec<SeriesPlan>,
    /// For each event type, the series that take its events.
    pub(crate) series_of_event: Vec<Vec<u32>>,
    /// The series that take events of every type.
    pub(crate) series_of_any: Vec<u32>,
    pub(crate) sequences: Vec<SequencePlan>,
    pub(crate) percents: Vec<Percent>,
    pub(crate) slots: Vec<SlotSource>,
    /// One for each slot.
    pub(crate) matchers: Vec<SlotMatcher>,
    /// For each slot, whether what a [`TimePlan`] measures from depends on it.
    pub(crate) slot_has_time: Vec<bool>,
    pub(crate) segments: Vec<SegmentPlan>,
    /// The segment at each rank.
    pub(crate) by_rank: Vec<u32>,
    pub(crate) times: Vec<TimePlan>,
    /// The segments to look at when a user comes into existence: every other rule is not TRUE of
    /// somebody of whom nothing is known.
    pub(crate) initial: Vec<u32>,
    /// The segments that are armed for somebody of whom nothing is known; see [`matcher`].
    pub(crate) initial_armed: Vec<u32>,
    /// Where stored states find things; made at the first of them.
    pub(crate) stored_index: OnceLock<StoredIndex>,
}

impl RuleSet {
    /// Plans a set of segments with a cache of its own.
    pub fn build(segments: Vec<Segment>) -> Result<Self, BuildError> {
        Self::build_with(segments, &RuleCache::default())
    }

    /// Plans a set of segments; code of known shapes comes from `cache`.
    pub fn build_with(segments: Vec<Segment>, cache: &RuleCache) -> Result<Self, BuildError> {
        build::build(segments, cache)
    }

    /// Plans a set that is asked at one instant (milliseconds) and never steps.
    pub(crate) fn build_at(
        segments: Vec<Segment>,
        now: i64,
        cache: &RuleCache,
    ) -> Result<Self, BuildError> {
        build::build_at(segments, now, cache)
    }

    /// The id of a property or trait name; `None` where no rule reads it.
    pub fn name(&self, name: &str) -> Option<NameId> {
        self.names.get(name).copied()
    }

    /// The id of an event type; `None` where no rule names it.
    pub fn event_type(&self, event_type: &str) -> Option<EventTypeId> {
        self.event_types.get(event_type).copied()
    }

    /// The segments in the order they were given; [`crate::Change::segment`] indexes them.
    pub fn segments(&self) -> &[Segment] {
        &self.definitions
    }

    /// The index of a segment's id.
    pub fn segment(&self, id: &str) -> Option<u32> {
        self.segment_ids.get(id).copied()
    }

    /// The segments whose rules run in the interpreter because they could not be compiled, with
    /// the reason.
    pub fn not_compiled(&self) -> Vec<(&str, String)> {
        let engines = self.segments.iter().map(|segment| &segment.engine);
        let interpreted = self
            .definitions
            .iter()
            .zip(engines)
            .filter_map(|(segment, engine)| {
                let Engine::Interpreted(reason) = engine else {
                    return None;
                };
                Some((&*segment.id, reason.clone()))
            });
        interpreted.collect()
    }

    /// Whether a state under this set holds all that one under `other` asks of a user's history:
    /// then `other`'s segments can join this set without a backfill.
    pub fn knows(&self, other: &Self) -> bool {
        let names = other.names.keys().all(|name| self.name(name).is_some());
        let types = other.event_types.keys();
        let types = types
            .into_iter()
            .all(|name| self.event_type(name).is_some());
        let mut fields = other.fields.iter().map(|plan| &plan.field);
        let fields = fields.all(|field| self.field_index(&field.name, field.ty).is_some());
        names && types && fields && other.series.iter().all(|plan| self.keeps(plan))
    }

    fn keeps(&self, plan: &SeriesPlan) -> bool {
        let Some(kept) = self.series_like(plan).map(|at| &self.series[at as usize]) else {
            return false;
        };
        let has_window = |plan: &WindowPlan| {
            let is_sliding = matches!(plan.reach, Reach::Sliding { .. });
            let mut windows = kept.windows.iter();
            is_sliding
                || windows.any(|kept| kept.window == plan.window && kept.keeps.all(plan.keeps))
        };
        kept.outlasts(plan)
            && (kept.keeps_ids || !plan.keeps_ids)
            && plan.windows.iter().all(has_window)
    }

    /// The series of the same events as another set's.
    pub(crate) fn series_like(&self, plan: &SeriesPlan) -> Option<u32> {
        self.stored_index().series.get(&plan.fingerprint).copied()
    }

    /// The field of a name and type.
    pub(crate) fn field_index(&self, name: &str, ty: Type) -> Option<u32> {
        let name = self.name(name)?;
        let mut fields = self.fields_of_name.get(name.0 as usize)?.iter().copied();
        fields.find(|field| self.fields[*field as usize].field.ty == ty)
    }

    /// The series that take events of a type.
    pub(crate) fn series_of(&self, event_type: Option<EventTypeId>) -> &[u32] {
        let named = event_type.and_then(|event| self.series_of_event.get(event.0 as usize));
        named.map_or(&self.series_of_any, |series| series)
    }
}
