//! A write of the catalog.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{Publication, Segment, StoredAnswer, Use, Version};

/// A write of the catalog: any of its parts, together.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Edit {
    /// The revision of definitions that it was checked against; `None` where it publishes nothing.
    pub based_on: Option<u64>,
    /// A segment's new state.
    pub segment: Option<SegmentEdit>,
    /// The declared part of the schema, where that changes.
    pub declared: Option<Value>,
    /// What published rules use, by segment, for those where that changes; nothing for a segment
    /// that is no longer published.
    pub uses: BTreeMap<String, Vec<Use>>,
    /// What goes into the outbox.
    pub publication: Option<Publication>,
    /// What to answer when the request comes again.
    pub answer: Option<StoredAnswer>,
}

/// A segment's new state.
#[derive(Debug, Clone, PartialEq)]
pub struct SegmentEdit {
    /// The revision of the segment that it was based on; `None` where there was no such segment.
    pub replaces: Option<u64>,
    /// The segment from now on; its `revision` is counted by the catalog.
    pub segment: Segment,
    /// A version to add, if there is a new one.
    pub version: Option<Version>,
}
