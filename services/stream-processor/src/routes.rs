//! The route table.

mod ask_owners;
mod follow_changes;
mod get_processing;
mod resync;

use std::sync::Arc;

use kit::http::{Api, BodyLimit};
use kit::shutdown::Shutdown;
use stores::{Log, Owners, Peer};

use crate::processor::Handle;

/// Bytes of a question: a rule and a schema at their limits, and a thousand users.
const QUESTION_BYTES_MAX: usize = 8 * 1024 * 1024;

/// What the routes work with.
#[derive(Debug)]
pub(crate) struct State {
    /// `user-events`.
    pub(crate) events: Arc<dyn Log>,
    /// `user-segments`.
    pub(crate) changes: Arc<dyn Log>,
    /// The owners of all partitions.
    pub(crate) owners: Arc<dyn Owners>,
    /// The owners of this process.
    pub(crate) own: Arc<dyn Peer>,
    pub(crate) shutdown: Shutdown,
}

impl Handle {
    /// The routes: `GET /api/changes`, the live stream; `GET /api/processing`;
    /// `POST /api/processing/resync`; and what other processes ask of this one's owners. `owners` are
    /// those of all processes.
    pub fn api(&self, owners: Arc<dyn Owners>) -> Api {
        let state = State {
            events: Arc::clone(&self.parts.events),
            changes: Arc::clone(&self.parts.changes),
            owners,
            own: self.peer(),
            shutdown: self.parts.shutdown.clone(),
        };
        Api::new("stream-processor")
            .post("/api/owners/ask", ask_owners::route())
            .body_limit(BodyLimit::new(QUESTION_BYTES_MAX, "a question"))
            .get("/api/changes", follow_changes::route())
            .get("/api/processing", get_processing::route())
            .post("/api/processing/resync", resync::route())
            .with_state(Arc::new(state))
    }
}
