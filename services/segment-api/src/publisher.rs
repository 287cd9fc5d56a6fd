//! What is saved comes into force.
//!
//! One definition at a time, in the order of the outbox: tell the world on `segment-updates`,
//! append its *build* to every partition of `user-events`, wait until the owner of each has
//! reported that it is ready, append its *switch* to every partition, note that it is finished.
//!
//! One that an owner cannot build gets an *abandon* instead of the switch. If it is made of several
//! publications, each is tried again by itself; else what it published is taken back.
//!
//! INVARIANT: each step may be repeated. A publisher that starts again begins with the definition
//! that is not finished, from the first step: a message for the world carries the same `ce_id`, and
//! owners ignore the build they are at and anything of a definition they have finished.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use kit::clock::now;
use kit::control::{Control, DefinitionChange, DefinitionRecord, Phase};
use kit::shutdown::Shutdown;
use serde_json::Value;
use stores::catalog::OpenDefinition;
use stores::{Catalog, Lease, Leases, Log, NewRecord, StoreError, headers, partition_of};

use crate::taking_back::take_back;

/// How long until the catalog is asked again if nothing wakes the publisher before.
const LOOK_EVERY: Duration = Duration::from_millis(200);
/// How long until it tries again after a failure.
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// The lease of the one publisher at work, and how long after a crash another goes on.
const LEASE: &str = "publisher";
const LEASE_TIME: Duration = Duration::from_secs(5);

/// Brings what is saved into force. Of those of a deployment one is at work, the others stand by.
#[derive(Debug)]
pub struct Publisher {
    catalog: Arc<dyn Catalog>,
    events: Arc<dyn Log>,
    updates: Arc<dyn Log>,
    lease: Lease,
    /// The definition whose build this publisher has appended.
    announced: Option<String>,
}

/// How far owners are with a definition.
#[derive(Debug)]
enum Built {
    /// Some are at work.
    Underway,
    /// All are ready.
    Ready,
    /// One cannot build it, for this reason.
    Failed(String),
}

/// Where a step ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    /// A definition is finished; the next may wait.
    Finished,
    /// For owners, or for somebody to save something.
    Waits,
}

impl Publisher {
    /// A publisher from the catalog's outbox to [`stores::Topic::UserEvents`] and
    /// [`stores::Topic::SegmentUpdates`].
    pub fn new(
        catalog: Arc<dyn Catalog>,
        events: Arc<dyn Log>,
        updates: Arc<dyn Log>,
        leases: Arc<dyn Leases>,
    ) -> Self {
        Self {
            catalog,
            events,
            updates,
            lease: Lease::new(leases, LEASE, LEASE_TIME),
            announced: None,
        }
    }

    /// Works until the process ends. A store that fails is tried again.
    pub async fn run(mut self, shutdown: Shutdown) {
        let mut wakeups = self.catalog.wakeups();
        while !shutdown.is_requested() {
            wakeups.mark_unchanged();
            let wait = match self.step().await {
                Ok(Step::Finished) => continue,
                Ok(Step::Waits) => LOOK_EVERY,
                Err(error) => {
                    tracing::warn!(%error, "a definition could not be brought on its way");
                    RETRY_AFTER
                }
            };
            tokio::select! {
                () = tokio::time::sleep(wait) => {}
                _ = wakeups.changed() => {}
                () = shutdown.requested() => {}
            }
        }
        self.lease.release().await;
    }

    async fn step(&mut self) -> Result<Step, StoreError> {
        if !self.lease.is_held().await? {
            // Whoever has it may have begun this definition anew.
            self.announced = None;
            return Ok(Step::Waits);
        }
        let Some(definition) = self.catalog.next_definition(now()).await? else {
            return Ok(Step::Waits);
        };
        let id = &definition.definition_id;
        if self.announced.as_ref() != Some(id) {
            self.announce(&definition).await?;
            self.announced = Some(id.clone());
        }
        if definition.change.is_some() {
            match self.built(id).await? {
                Built::Underway => return Ok(Step::Waits),
                Built::Ready => self.append_to_all(id, Phase::Switch).await?,
                Built::Failed(reason) => {
                    self.abandon(&definition, &reason).await?;
                    return Ok(Step::Finished);
                }
            }
        }
        self.catalog.finish_definition(id, now()).await?;
        tracing::info!(definition_id = id, "a definition is in force");
        Ok(Step::Finished)
    }

    async fn announce(&self, definition: &OpenDefinition) -> Result<(), StoreError> {
        let id = &definition.definition_id;
        let updates = definition.updates.iter().enumerate();
        let records = updates.map(|(index, update)| self.update(id, index, update));
        self.updates.append(records.collect()).await?;
        if let Some(change) = definition.change.clone() {
            let DefinitionChange {
                segments, removed, ..
            } = &change;
            let (segments, removed) = (segments.len(), removed.len());
            tracing::info!(
                definition_id = id,
                segments,
                removed,
                "a definition is to be built"
            );
            self.append_to_all(id, Phase::Build(change)).await?;
        }
        Ok(())
    }

    fn update(&self, definition_id: &str, index: usize, update: &Value) -> NewRecord {
        let text = |name: &str| {
            let text = update.get(name).and_then(Value::as_str);
            text.unwrap_or_default().to_owned()
        };
        let key = text("segmentId");
        let named = [
            ("ce_specversion", "1.0".into()),
            ("ce_id", format!("{definition_id}:{index}").into()),
            ("ce_source", "segment-api".into()),
            ("ce_type", format!("segment.{}", text("action")).into()),
            ("ce_time", text("timestamp").into()),
        ];
        NewRecord {
            partition: partition_of(&key, self.updates.partitions()),
            key,
            value: Bytes::from(update.to_string()),
            headers: headers(named),
        }
    }

    async fn built(&self, definition_id: &str) -> Result<Built, StoreError> {
        let progress = self.catalog.progress(definition_id).await?;
        if let Some(reason) = progress.values().find_map(|it| it.failure.clone()) {
            return Ok(Built::Failed(reason));
        }
        let is_ready = |partition| progress.get(&partition).is_some_and(|it| it.is_ready);
        let is_ready = (0..self.events.partitions()).all(is_ready);
        Ok(if is_ready {
            Built::Ready
        } else {
            Built::Underway
        })
    }

    async fn abandon(&self, definition: &OpenDefinition, reason: &str) -> Result<(), StoreError> {
        let id = &definition.definition_id;
        self.append_to_all(id, Phase::Abandon).await?;
        if definition.publications > 1 {
            tracing::warn!(definition_id = id, reason, "a definition is split");
            return self.catalog.split_definition(id, now()).await;
        }
        tracing::warn!(definition_id = id, reason, "a definition is abandoned");
        take_back(&*self.catalog, definition, reason).await?;
        self.catalog.abandon_definition(id, reason, now()).await
    }

    async fn append_to_all(&self, definition_id: &str, phase: Phase) -> Result<(), StoreError> {
        let record = Control::Definition(DefinitionRecord {
            definition_id: definition_id.to_owned(),
            phase,
        });
        let value = serde_json::to_vec(&record)
            .map_err(|error| StoreError::Corrupt(format!("a definition: {error}")))?;
        let value = Bytes::from(value);
        let to = |partition| NewRecord {
            partition,
            key: String::new(),
            value: value.clone(),
            headers: vec![],
        };
        let partitions = 0..self.events.partitions();
        self.events.append(partitions.map(to).collect()).await
    }
}
