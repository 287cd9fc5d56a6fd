//! What the routes work with.

use std::sync::Arc;

use kit::http::Problem;
use stores::catalog::{Segment, Status};
use stores::{Catalog, Log, Owners, View};
use tokio::sync::{Mutex, MutexGuard};

use crate::limits::SEGMENTS_MAX_DEFAULT;

/// What the service stands on.
#[derive(Debug, Clone)]
pub struct Parts {
    /// Segments, the schema and the outbox.
    pub catalog: Arc<dyn Catalog>,
    /// Members and sizes.
    pub view: Arc<dyn View>,
    /// Who tries rules on everybody.
    pub owners: Arc<dyn Owners>,
    /// [`stores::Topic::UserEvents`].
    pub events: Arc<dyn Log>,
}

/// What the routes work with.
#[derive(Debug)]
pub struct State {
    pub(crate) parts: Parts,
    pub(crate) segments_max: u64,
    /// Edits of this process wait for one another; those of others are found out by the catalog.
    editing: Mutex<()>,
}

impl State {
    /// With room for 100,000 segments.
    pub fn new(parts: Parts) -> Self {
        Self {
            parts,
            segments_max: SEGMENTS_MAX_DEFAULT,
            editing: Mutex::new(()),
        }
    }

    /// With room for so many segments.
    #[must_use]
    pub fn with_segments_max(self, segments_max: u64) -> Self {
        Self {
            segments_max,
            ..self
        }
    }

    pub(crate) fn catalog(&self) -> &dyn Catalog {
        &*self.parts.catalog
    }

    pub(crate) async fn editing(&self) -> MutexGuard<'_, ()> {
        self.editing.lock().await
    }

    /// A segment that is not deleted, or 404.
    pub(crate) async fn segment(&self, id: &str) -> Result<Segment, Problem> {
        let found = self.catalog().segment(id).await?;
        let there = found.filter(|segment| segment.status != Status::Deleted);
        there.ok_or_else(|| Problem::not_found(format!("there is no segment `{id}`")))
    }
}
