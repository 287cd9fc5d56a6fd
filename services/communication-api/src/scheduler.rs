//! The scheduler: starts campaigns when they are due and takes up the runs that were under way.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use kit::shutdown::Shutdown;
use stores::{Campaign, Lease, Leases, StoreError};
use tokio::task::{Id, JoinSet};

use crate::limits::{LOOK_EVERY, RUNS_AT_ONCE_MAX};
use crate::run::take_turn;
use crate::state::State;

/// The lease of the one scheduler at work. It outlives the longest append of a page by far, so that
/// whoever takes over finds in the log what the one before appended.
const LEASE: &str = "campaigns";
const LEASE_TIME: Duration = Duration::from_mins(1);

/// Sends campaigns until the process is to end; a run under way then stops between two pages and
/// goes on at the next start. What fails is logged and tried again. Of the schedulers of a deployment
/// one is at work, the others stand by.
pub async fn run_scheduler(state: State, leases: Arc<dyn Leases>, shutdown: Shutdown) {
    let lease = Arc::new(Lease::new(leases, LEASE, LEASE_TIME));
    let mut turns = Turns::new(Arc::clone(&lease));
    while !shutdown.is_requested() {
        let wait = match turns.begin(&state, &shutdown).await {
            Ok(wait) => wait,
            Err(error) => {
                tracing::warn!(%error, "campaigns cannot be read");
                LOOK_EVERY
            }
        };
        tokio::select! {
            () = shutdown.requested() => {}
            () = state.changed.notified() => {}
            () = turns.end_of_one() => {}
            () = tokio::time::sleep(wait) => {}
        }
    }
    while !turns.under_way.is_empty() {
        turns.end_of_one().await;
    }
    lease.release().await;
}

/// The runs under way.
#[derive(Debug)]
struct Turns {
    lease: Arc<Lease>,
    tasks: JoinSet<()>,
    /// Their campaigns.
    under_way: HashMap<Id, String>,
}

impl Turns {
    fn new(lease: Arc<Lease>) -> Self {
        Self {
            lease,
            tasks: JoinSet::new(),
            under_way: HashMap::new(),
        }
    }

    /// Begins what is due and not under way; gives back how long nothing else will be due.
    async fn begin(&mut self, state: &State, shutdown: &Shutdown) -> Result<Duration, StoreError> {
        if !self.lease.is_held().await? {
            return Ok(LOOK_EVERY);
        }
        let campaigns = &state.parts.campaigns;
        let now = state.now();
        // Those under way are due as well: enough are asked for to fill what is free.
        for campaign in campaigns.due(now, 2 * RUNS_AT_ONCE_MAX).await? {
            let is_known = self.under_way.values().any(|id| *id == campaign.id);
            if self.under_way.len() < RUNS_AT_ONCE_MAX && !is_known {
                let id = campaign.id.clone();
                let lease = Arc::clone(&self.lease);
                let turn = turn(state.clone(), campaign, lease, shutdown.clone());
                self.under_way.insert(self.tasks.spawn(turn).id(), id);
            }
        }
        let next = campaigns.next_due(now).await?;
        let wait = next.map(|next| Duration::from_millis((next - now).max(1) as u64));
        Ok(wait.map_or(LOOK_EVERY, |wait| wait.min(LOOK_EVERY)))
    }

    /// Waits until one of them ends; for ever where there is none.
    async fn end_of_one(&mut self) {
        let ended = match self.tasks.join_next_with_id().await {
            None => std::future::pending().await,
            Some(Ok((task, ()))) => task,
            Some(Err(error)) => {
                tracing::error!(%error, "a campaign's run ended");
                error.id()
            }
        };
        self.under_way.remove(&ended);
    }
}

async fn turn(state: State, campaign: Campaign, lease: Arc<Lease>, shutdown: Shutdown) {
    let id = campaign.id.clone();
    if let Err(error) = take_turn(&state, campaign, &lease, &shutdown).await {
        tracing::warn!(%error, campaign = id, "a campaign's run stopped; it is tried again");
        // It is due still: not at once.
        tokio::select! {
            () = shutdown.requested() => {}
            () = tokio::time::sleep(LOOK_EVERY) => {}
        }
    }
}
