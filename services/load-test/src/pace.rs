//! Sends events at a steady rate, whether or not earlier ones were answered.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::time::{Instant, MissedTickBehavior, interval};

use crate::changes::Changes;
use crate::client::Client;
use crate::events::Events;

const TICK: Duration = Duration::from_millis(10);

/// The task that follows the stream of changes.
pub(crate) type Follower = tokio::task::JoinHandle<anyhow::Result<()>>;

/// A steady stream of events.
#[derive(Debug)]
pub(crate) struct Pace {
    client: Client,
    events: Arc<Events>,
    pub(crate) changes: Arc<Changes>,
    /// Events a second.
    rate: u64,
    /// Events sent so far; the next one's number.
    pub(crate) sent: AtomicU64,
    /// Batches that were not accepted.
    pub(crate) failed: AtomicU64,
}

impl Pace {
    /// Follows the stream of changes, so that what will be sent is measured. The task follows until
    /// it is aborted.
    pub(crate) fn start(
        client: &Client,
        events: Events,
        rate: u64,
    ) -> anyhow::Result<(Arc<Self>, Follower)> {
        let pace = Arc::new(Self {
            client: client.clone(),
            events: Arc::new(events),
            changes: Changes::new()?,
            rate,
            sent: AtomicU64::new(0),
            failed: AtomicU64::new(0),
        });
        let following = Arc::clone(&pace);
        let follower = tokio::spawn(async move {
            let Pace {
                client,
                events,
                changes,
                ..
            } = &*following;
            changes.follow(client, events).await
        });
        Ok((pace, follower))
    }

    /// Sends until `until`. A batch every ten milliseconds; a late one is made up for.
    pub(crate) async fn run(self: &Arc<Self>, until: Instant) {
        let mut ticks = interval(TICK);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Burst);
        let mut owed = 0.0;
        while Instant::now() < until {
            ticks.tick().await;
            owed += self.rate as f64 * TICK.as_secs_f64();
            let count = owed as u64;
            owed -= count as f64;
            if count > 0 {
                let from = self.sent.fetch_add(count, Ordering::Relaxed);
                tokio::spawn(Arc::clone(self).send(from, count));
            }
        }
    }

    async fn send(self: Arc<Self>, from: u64, count: u64) {
        let body = self.events.batch(from, count);
        self.changes.sent(from, count);
        match self.client.send(body).await {
            Ok(()) => self.changes.accepted(from, count),
            Err(_) => drop(self.failed.fetch_add(1, Ordering::Relaxed)),
        }
    }
}
