//! Which partitions this process owns, by membership in Kafka's consumer group.
//!
//! The group shares out the partitions of `user-events`; what is in them is read by the log's own
//! readers, so all that is assigned is paused. INVARIANT: a partition leaves the value of
//! [`Ownership::assigned`] before the group may give it to another member, and the group waits until
//! it is released, or gives it up; what its owner then still does the journal refuses.

mod members;

use std::collections::BTreeSet;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerGroupMetadata};
use stores::{Ownership, StoreError, Topic};
use tokio::sync::watch;

use self::members::{Held, Member};
use super::connection::Connection;
use super::fault;
use super::inquiry::Inquiry;

/// After so long without a sign of life a member's partitions go to others.
const SESSION_TIMEOUT_MS: &str = "6000";
/// Between two signs of life.
const HEARTBEAT_MS: &str = "2000";
/// How often the group's events are looked for.
const POLL: Duration = Duration::from_millis(100);
/// How long leaving may take, beside the wait for owners.
const LEAVE_MAX: Duration = Duration::from_secs(5);

/// This process as a member of a consumer group.
pub struct KafkaGroup {
    consumer: Arc<BaseConsumer<Member>>,
    held: Arc<Held>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl KafkaGroup {
    /// Joins the group that owns the partitions of `user-events` together. `release_max` is how long
    /// an owner may take to end when its partition goes to another member; then it is given up. It
    /// blocks until a broker answers.
    ///
    /// # Errors
    ///
    /// `Conflict` when the topic is not there, `Unavailable` when no broker answers.
    pub fn join(
        connection: &Connection,
        group: &str,
        release_max: Duration,
    ) -> Result<Self, StoreError> {
        let topic = connection.topic(Topic::UserEvents);
        Inquiry::new(connection)?.partitions_of(&topic)?;
        let held = Arc::new(Held::new(&topic, release_max));
        let mut config = connection.consumer(group);
        config
            .set("partition.assignment.strategy", "cooperative-sticky")
            .set("session.timeout.ms", SESSION_TIMEOUT_MS)
            .set("heartbeat.interval.ms", HEARTBEAT_MS)
            // Nothing is read here, so where it would begin does not matter.
            .set("auto.offset.reset", "latest");
        let consumer = config.create_with_context(Member(Arc::clone(&held)));
        let consumer: BaseConsumer<Member> = consumer.map_err(|error| fault::refused(&error))?;
        consumer
            .subscribe(&[&topic])
            .map_err(|error| fault::unavailable("the group cannot be joined", &error))?;
        let consumer = Arc::new(consumer);
        let polled = (Arc::clone(&consumer), Arc::clone(&held));
        let thread = std::thread::Builder::new()
            .name("kafka-group".to_owned())
            .spawn(move || take_part(&polled.0, &polled.1))
            .map_err(|error| StoreError::Unavailable(error.to_string()))?;
        Ok(Self {
            consumer,
            held,
            thread: Mutex::new(Some(thread)),
        })
    }

    /// Leaves the group: every partition is taken out, waited for, and given back. It blocks.
    pub fn leave(&self) {
        self.held.leave();
        let thread = self
            .thread
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        if let Some(thread) = thread {
            // Whatever ended it was told where it happened.
            let _ = thread.join();
        }
    }

    /// What a transaction tells the group, so that it refuses a member that has been replaced.
    pub(super) fn metadata(&self) -> Option<ConsumerGroupMetadata> {
        self.consumer.group_metadata()
    }

    /// Whether this process may still own a partition: it is assigned, or going and not released.
    pub(super) fn holds(&self, partition: u32) -> bool {
        self.held.holds(partition)
    }
}

/// Serves the group until the process leaves it.
fn take_part(consumer: &BaseConsumer<Member>, held: &Held) {
    let poll = || {
        // A record was fetched before its partition was paused, and is not for here.
        if let Some(Err(error)) = consumer.poll(POLL) {
            tracing::debug!(%error, "the group's consumer");
        }
    };
    while !held.is_leaving() {
        poll();
    }
    consumer.unsubscribe();
    let until = Instant::now() + held.release_max() + LEAVE_MAX;
    let has_some = || {
        consumer
            .assignment()
            .is_ok_and(|assigned| assigned.count() > 0)
    };
    while has_some() && Instant::now() < until {
        poll();
    }
    held.give_up_all();
}

impl Ownership for KafkaGroup {
    fn assigned(&self) -> watch::Receiver<BTreeSet<u32>> {
        self.held.assigned()
    }

    fn released(&self, partition: u32) {
        self.held.released(partition);
    }
}

impl Drop for KafkaGroup {
    fn drop(&mut self) {
        self.leave();
    }
}

impl fmt::Debug for KafkaGroup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KafkaGroup")
            .field("held", &self.held)
            .finish_non_exhaustive()
    }
}
