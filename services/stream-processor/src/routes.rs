//! The route table.

mod follow_changes;
mod get_processing;
mod resync;

use std::collections::BTreeSet;
use std::sync::Arc;

use kit::http::Api;
use kit::shutdown::Shutdown;
use stores::Log;
use stores::embedded::Clock;
use tokio::sync::watch;

use crate::processor::Handle;
use crate::status::Status;

/// What the routes work with.
#[derive(Debug)]
pub(crate) struct State {
    /// `user-events`.
    pub(crate) events: Arc<dyn Log>,
    /// `user-segments`.
    pub(crate) changes: Arc<dyn Log>,
    /// The partitions of this process.
    pub(crate) assigned: watch::Receiver<BTreeSet<u32>>,
    /// What owners tell, by partition.
    pub(crate) statuses: Vec<Status>,
    pub(crate) wall: Arc<dyn Clock>,
    pub(crate) shutdown: Shutdown,
}

impl Handle {
    /// The routes: `GET /api/changes`, the live stream, `GET /api/processing` and
    /// `POST /api/processing/resync`.
    pub fn api(&self) -> Api {
        let state = State {
            events: Arc::clone(&self.parts.events),
            changes: Arc::clone(&self.parts.changes),
            assigned: self.assigned.clone(),
            statuses: self.statuses.clone(),
            wall: Arc::clone(&self.wall),
            shutdown: self.parts.shutdown.clone(),
        };
        Api::new("stream-processor")
            .get("/api/changes", follow_changes::route())
            .get("/api/processing", get_processing::route())
            .post("/api/processing/resync", resync::route())
            .with_state(Arc::new(state))
    }
}
