//! The scheduler: starts campaigns when they are due and takes up the runs that were under way.

use std::collections::HashMap;
use std::time::Duration;

use kit::shutdown::Shutdown;
use stores::{Campaign, StoreError};
use tokio::task::{Id, JoinSet};

use crate::limits::{LOOK_EVERY, RUNS_AT_ONCE_MAX};
use crate::run::take_turn;
use crate::state::State;

/// Sends campaigns until the process is to end; a run under way then stops between two pages and
/// goes on at the next start. What fails is logged and tried again.
pub async fn run_scheduler(state: State, shutdown: Shutdown) {
    let mut turns = Turns::default();
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
}

/// The runs under way.
#[derive(Debug, Default)]
struct Turns {
    tasks: JoinSet<()>,
    /// Their campaigns.
    under_way: HashMap<Id, String>,
}

impl Turns {
    /// Begins what is due and not under way; gives back how long nothing else will be due.
    async fn begin(&mut self, state: &State, shutdown: &Shutdown) -> Result<Duration, StoreError> {
        let campaigns = &state.parts.campaigns;
        let now = state.now();
        // Those under way are due as well: enough are asked for to fill what is free.
        for campaign in campaigns.due(now, 2 * RUNS_AT_ONCE_MAX).await? {
            let is_known = self.under_way.values().any(|id| *id == campaign.id);
            if self.under_way.len() < RUNS_AT_ONCE_MAX && !is_known {
                let id = campaign.id.clone();
                let turn = turn(state.clone(), campaign, shutdown.clone());
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

async fn turn(state: State, campaign: Campaign, shutdown: Shutdown) {
    let id = campaign.id.clone();
    if let Err(error) = take_turn(&state, campaign, &shutdown).await {
        tracing::warn!(%error, campaign = id, "a campaign's run stopped; it is tried again");
        // It is due still: not at once.
        tokio::select! {
            () = shutdown.requested() => {}
            () = tokio::time::sleep(LOOK_EVERY) => {}
        }
    }
}
