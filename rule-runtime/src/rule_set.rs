//! An immutable set of segments, planned as one.

use std::sync::Arc;

use rulelang::Rule;

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
#[derive(Debug, Clone, PartialEq)]
pub enum BuildError {
    /// Two segments of one id.
    DuplicateSegment(String),
    /// `segment` refers to `missing`, which is not in the set.
    UnknownSegment { segment: String, missing: String },
    /// Segments that refer to one another in a circle, in order.
    Cycle(Vec<String>),
    /// A rule that cannot be evaluated live.
    NotLive { segment: String, reason: String },
}

/// An immutable set of segments. Cheap to share behind an [`Arc`].
#[derive(Debug)]
pub struct RuleSet {}

impl RuleSet {
    /// Plans a set of segments.
    pub fn build(segments: Vec<Segment>) -> Result<Self, BuildError> {
        let _ = segments;
        Ok(Self {})
    }

    /// The id of a property or trait name; `None` where no rule reads it.
    pub fn name(&self, name: &str) -> Option<NameId> {
        let _ = name;
        None
    }

    /// The id of an event type; `None` where no rule names it.
    pub fn event_type(&self, event_type: &str) -> Option<EventTypeId> {
        let _ = event_type;
        None
    }

    /// The segments in the order they were given; [`crate::Change::segment`] indexes them.
    pub fn segments(&self) -> &[Segment] {
        &[]
    }

    /// The segments whose rules run in the interpreter because they could not be compiled, with
    /// the reason.
    pub fn not_compiled(&self) -> Vec<(&str, String)> {
        vec![]
    }
}
