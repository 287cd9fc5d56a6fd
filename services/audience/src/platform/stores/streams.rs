//! The log, the journal and the shares of the partitions: embedded, or on Kafka.

use std::sync::Arc;

use kit::shutdown::Shutdown;
use stores::embedded::Store;
use stores::{EveryPartition, Journal, Log, Ownership, Topic};

use super::Settings;
use super::checks::Checks;
#[cfg(feature = "cluster")]
use super::pulse::pulse;
use crate::failure::Failure;

/// The log, the journal and which partitions are this process's.
#[derive(Debug)]
pub(crate) struct Streams {
    pub(crate) events: Arc<dyn Log>,
    pub(crate) updates: Arc<dyn Log>,
    pub(crate) changes: Arc<dyn Log>,
    pub(crate) notifications: Arc<dyn Log>,
    pub(crate) dead: Arc<dyn Log>,
    pub(crate) journal: Arc<dyn Journal>,
    share: Share,
}

/// Which partitions are this process's.
#[derive(Debug)]
pub(super) enum Share {
    All(Arc<EveryPartition>),
    #[cfg(feature = "cluster")]
    Group(Arc<stores_cluster::kafka::KafkaGroup>),
}

impl Streams {
    pub(super) async fn open(
        settings: &Settings,
        store: &Store,
        checks: &mut Checks,
        shutdown: &Shutdown,
    ) -> Result<Self, Failure> {
        if settings.config.kafka.brokers.is_empty() {
            return Ok(Self::embedded(store));
        }
        Self::open_kafka(settings, store, checks, shutdown).await
    }

    fn embedded(store: &Store) -> Self {
        let events = store.log(Topic::UserEvents);
        let every = EveryPartition::new(events.partitions());
        Self {
            events,
            updates: store.log(Topic::SegmentUpdates),
            changes: store.log(Topic::UserSegments),
            notifications: store.log(Topic::NotificationRequests),
            dead: store.log(Topic::DeadEvents),
            journal: store.journal(),
            share: Share::All(Arc::new(every)),
        }
    }

    #[cfg(feature = "cluster")]
    async fn open_kafka(
        settings: &Settings,
        store: &Store,
        checks: &mut Checks,
        shutdown: &Shutdown,
    ) -> Result<Self, Failure> {
        let parts = super::cluster::kafka(&settings.config, store).await?;
        let events = Arc::clone(&parts.events);
        checks.add(
            "kafka",
            pulse(shutdown, move || {
                let events = Arc::clone(&events);
                async move {
                    let asked = tokio::task::spawn_blocking(move || events.end(0)).await;
                    let answer = asked.map_err(|error| error.to_string())?;
                    answer.map(drop).map_err(|error| error.to_string())
                }
            }),
        );
        Ok(parts)
    }

    #[cfg(not(feature = "cluster"))]
    #[expect(
        clippy::unused_async,
        reason = "with the feature `cluster` it connects"
    )]
    async fn open_kafka(
        _settings: &Settings,
        _store: &Store,
        _checks: &mut Checks,
        _shutdown: &Shutdown,
    ) -> Result<Self, Failure> {
        Err(super::not_built("kafka.brokers", "brokers of Kafka"))
    }

    #[cfg(feature = "cluster")]
    pub(super) fn on_kafka(
        logs: [Arc<dyn Log>; 5],
        journal: Arc<dyn Journal>,
        group: Arc<stores_cluster::kafka::KafkaGroup>,
    ) -> Self {
        let [events, updates, changes, notifications, dead] = logs;
        Self {
            events,
            updates,
            changes,
            notifications,
            dead,
            journal,
            share: Share::Group(group),
        }
    }

    pub(crate) fn ownership(&self) -> Arc<dyn Ownership> {
        match &self.share {
            Share::All(every) => Arc::<EveryPartition>::clone(every),
            #[cfg(feature = "cluster")]
            Share::Group(group) => Arc::<stores_cluster::kafka::KafkaGroup>::clone(group),
        }
    }

    /// All topics.
    pub(crate) fn topics(&self) -> [(Topic, &Arc<dyn Log>); 5] {
        [
            (Topic::UserEvents, &self.events),
            (Topic::SegmentUpdates, &self.updates),
            (Topic::UserSegments, &self.changes),
            (Topic::NotificationRequests, &self.notifications),
            (Topic::DeadEvents, &self.dead),
        ]
    }

    /// Leaves the group, so that others need not wait for this process. It blocks.
    pub(super) fn close(self) {
        match self.share {
            Share::All(_) => {}
            #[cfg(feature = "cluster")]
            Share::Group(group) => group.leave(),
        }
    }
}
