//! What the routes and the scheduler work with.

use std::fmt;
use std::sync::Arc;

use stores::{Campaigns, Catalog, Log, View};
use tokio::sync::Notify;

/// What the service stands on.
#[derive(Debug, Clone)]
pub struct Parts {
    /// Campaigns and their runs.
    pub campaigns: Arc<dyn Campaigns>,
    /// Segments, and the answers to repeated requests.
    pub catalog: Arc<dyn Catalog>,
    /// Members of segments, profiles and consent.
    pub view: Arc<dyn View>,
    /// [`stores::Topic::NotificationRequests`].
    pub notifications: Arc<dyn Log>,
}

/// What the routes and the scheduler work with. Clones share it.
#[derive(Clone)]
pub struct State {
    pub(crate) parts: Parts,
    /// Told when a campaign was changed.
    pub(crate) changed: Arc<Notify>,
    clock: Arc<dyn Fn() -> i64 + Send + Sync>,
}

impl State {
    /// On the wall's clock.
    pub fn new(parts: Parts) -> Self {
        Self::with_clock(parts, kit::clock::now)
    }

    pub(crate) fn with_clock(
        parts: Parts,
        clock: impl Fn() -> i64 + Send + Sync + 'static,
    ) -> Self {
        Self {
            parts,
            changed: Arc::default(),
            clock: Arc::new(clock),
        }
    }

    /// Now, in milliseconds.
    pub(crate) fn now(&self) -> i64 {
        (self.clock)()
    }
}

impl fmt::Debug for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut state = f.debug_struct("State");
        state.field("parts", &self.parts).finish_non_exhaustive()
    }
}
