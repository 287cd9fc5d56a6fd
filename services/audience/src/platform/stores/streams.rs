//! The topics, and what the owners of this process's partitions need: embedded, or on Kafka.

use std::sync::Arc;

use kit::shutdown::Shutdown;
use stores::embedded::Store;
use stores::{EveryPartition, Journal, Log, Ownership, Topic};

use super::Settings;
use super::checks::Checks;
#[cfg(feature = "cluster")]
use super::pulse::pulse;
use crate::failure::Failure;

/// The topics, and the process's share of the partitions.
#[derive(Debug)]
pub(crate) struct Streams {
    pub(crate) events: Arc<dyn Log>,
    pub(crate) updates: Arc<dyn Log>,
    pub(crate) changes: Arc<dyn Log>,
    pub(crate) notifications: Arc<dyn Log>,
    pub(crate) dead: Arc<dyn Log>,
    /// `None` of a process without owners.
    pub(super) share: Option<Share>,
}

/// The process's share of the partitions, and the journal of their owners.
#[derive(Debug)]
pub(super) struct Share {
    pub(super) journal: Arc<dyn Journal>,
    pub(super) partitions: Partitions,
}

/// Which partitions are this process's.
#[derive(Debug)]
pub(super) enum Partitions {
    All(Arc<EveryPartition>),
    #[cfg(feature = "cluster")]
    Group(Arc<stores_cluster::kafka::KafkaGroup>),
}

impl Share {
    pub(super) fn ownership(&self) -> Arc<dyn Ownership> {
        match &self.partitions {
            Partitions::All(every) => Arc::<EveryPartition>::clone(every),
            #[cfg(feature = "cluster")]
            Partitions::Group(group) => Arc::<stores_cluster::kafka::KafkaGroup>::clone(group),
        }
    }
}

impl Streams {
    pub(super) async fn open(
        settings: &Settings,
        folder: Option<&Store>,
        checks: &mut Checks,
        shutdown: &Shutdown,
    ) -> Result<Self, Failure> {
        match folder {
            Some(store) if !settings.is_on_kafka() => Ok(Self::embedded(store)),
            folder => Self::open_kafka(settings, folder, checks, shutdown).await,
        }
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
            share: Some(Share {
                journal: store.journal(),
                partitions: Partitions::All(Arc::new(every)),
            }),
        }
    }

    #[cfg(feature = "cluster")]
    async fn open_kafka(
        settings: &Settings,
        folder: Option<&Store>,
        checks: &mut Checks,
        shutdown: &Shutdown,
    ) -> Result<Self, Failure> {
        let parts = super::cluster::kafka(&settings.config, folder).await?;
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
        _folder: Option<&Store>,
        _checks: &mut Checks,
        _shutdown: &Shutdown,
    ) -> Result<Self, Failure> {
        Err(super::not_built("kafka.brokers", "brokers of Kafka"))
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
        match self.share.map(|share| share.partitions) {
            None | Some(Partitions::All(_)) => {}
            #[cfg(feature = "cluster")]
            Some(Partitions::Group(group)) => group.leave(),
        }
    }
}
