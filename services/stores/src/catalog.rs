//! The port of the catalog: segments and their versions, the schema that rules are checked against,
//! the outbox, and definitions on their way into force.
//!
//! INVARIANTS: every write is one [`Catalog::commit`], atomic and durable when it returns; what the
//! world and the owners must hear of lies in the outbox from the same transaction on. The outbox is
//! worked off in order, one definition at a time, and a definition is repeated until it is finished, split or abandoned.

mod answered;
mod definition;
mod edit;
mod schema;
mod segment;

use std::collections::BTreeMap;

use async_trait::async_trait;
use kit::control::SegmentVersion;
use tokio::sync::watch;

pub use answered::{StoredAnswer, answered_before};
pub use definition::{OpenDefinition, Publication};
pub use edit::{Edit, SegmentEdit};
pub use schema::{KnownType, SchemaState};
pub use segment::{Dependent, Failure, Lookalike, Segment, Status, Use, Version};

use crate::{BuildProgress, BuildReports, StoreError};

/// Segments, their versions and what becomes of them.
#[async_trait]
pub trait Catalog: BuildReports {
    /// A segment, also a deleted one, whose versions go on counting should its id return.
    async fn segment(&self, id: &str) -> Result<Option<Segment>, StoreError>;

    /// Up to `limit` segments with ids greater than `after`, ascending by bytes; deleted ones not.
    async fn segments(&self, after: Option<&str>, limit: usize)
    -> Result<Vec<Segment>, StoreError>;

    /// How many segments there are, deleted ones not.
    async fn segment_count(&self) -> Result<u64, StoreError>;

    /// Up to `limit` versions of a segment, newest first, from the one before `before` on.
    async fn versions(
        &self,
        id: &str,
        before: Option<u32>,
        limit: usize,
    ) -> Result<Vec<Version>, StoreError>;

    /// Some segments (at most 10) with this name or this canonical rule.
    async fn lookalikes(&self, name: &str, expression: &str) -> Result<Vec<Lookalike>, StoreError>;

    /// Who refers to a segment: published segments, and campaigns that are not over.
    async fn dependents(&self, id: &str) -> Result<Vec<Dependent>, StoreError>;

    /// Which published segments use a computed trait, ascending.
    async fn users_of_trait(&self, name: &str) -> Result<Vec<String>, StoreError>;

    /// The segments that published segments name, by the id of the one that names.
    async fn references(&self) -> Result<BTreeMap<String, Vec<String>>, StoreError>;

    /// All published, active segments, ascending by id: what is in force, or about to be.
    async fn published(&self) -> Result<Vec<SegmentVersion>, StoreError>;

    /// The schema and its revision. Types that are known by the rule of `without` alone are left
    /// out, so that an edit of that segment may change them.
    async fn schema(&self, without: Option<&str>) -> Result<SchemaState, StoreError>;

    /// Rises with every publication; equal revisions mean equal definitions and schema.
    async fn revision(&self) -> Result<u64, StoreError>;

    /// What was answered to a request with this idempotency key, if that is less than 24 h before
    /// `now` (milliseconds).
    async fn answer(&self, key: &str, now: i64) -> Result<Option<StoredAnswer>, StoreError>;

    /// Makes an edit, all of it or nothing.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] if something it was based on changed meanwhile: read and check anew.
    async fn commit(&self, edit: Edit) -> Result<(), StoreError>;

    /// The definition to bring into force now: the one not finished, else a new one made of what
    /// waits in the outbox, in order, opened at `now` (milliseconds). `None` when nothing waits.
    async fn next_definition(&self, now: i64) -> Result<Option<OpenDefinition>, StoreError>;

    /// The definition that is not finished, if there is one.
    async fn open_definition(&self) -> Result<Option<OpenDefinition>, StoreError>;

    /// How far the owners of its partitions have come, by partition; those not heard of are absent.
    async fn progress(
        &self,
        definition_id: &str,
    ) -> Result<BTreeMap<u32, BuildProgress>, StoreError>;

    /// Its switch is in the log of every partition: its segments are active, its outbox rows done.
    async fn finish_definition(&self, definition_id: &str, now: i64) -> Result<(), StoreError>;

    /// It cannot be built as a whole: each of its publications waits again, first in the outbox, to
    /// be a definition by itself.
    async fn split_definition(&self, definition_id: &str, now: i64) -> Result<(), StoreError>;

    /// It cannot be built: its outbox rows are done, and the versions that it published have failed
    /// for that reason. What becomes of their segments is an edit's matter.
    async fn abandon_definition(
        &self,
        definition_id: &str,
        reason: &str,
        now: i64,
    ) -> Result<(), StoreError>;

    /// Changes when this process has committed an edit or reported progress. Of other processes it
    /// hears at once or not at all, so whoever waits also looks now and then.
    fn wakeups(&self) -> watch::Receiver<u64>;
}
