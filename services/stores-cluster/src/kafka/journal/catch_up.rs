//! How the local store comes to the last commit: by the changelog, from where it is.
//!
//! Only the partition's own transactions are in it, and whoever opens the partition has ended those:
//! so the end of what is written is soon that of what is committed, and an owner is caught up when it
//! has read up to there. Each commit also tells the group its number, within its transaction: a
//! changelog that ends before the group's last commit is not the one that it was. The other way round
//! proves nothing: a broker that is killed may lose what a transaction told the group.

use std::time::{Duration, Instant};

use bytes::Bytes;
use rdkafka::consumer::BaseConsumer;
use rdkafka::error::KafkaError;
use rdkafka::message::{BorrowedMessage, Headers, Message};
use stores::StoreError;

use super::changelog::{ChangelogRecord, Mark, PARTS_HEADER, Parts};
use super::gathered::Gathered;
use super::local::{Local, Place};
use crate::kafka::connection::{Connection, Logged};
use crate::kafka::fault;
use crate::kafka::inquiry::Inquiry;
use crate::kafka::log::is_out_of_range;
use crate::kafka::log_reader::assign;
use crate::kafka::topics::REMOVALS_KEPT;

/// A name that the client library wants; no group of that name comes to be.
const NO_GROUP: &str = "audience-catch-up";
/// How long to wait for a record at once.
const WAIT_STEP: Duration = Duration::from_millis(100);
/// How long nothing may come before the brokers are told to be unavailable.
const SILENCE_MAX: Duration = Duration::from_mins(1);
/// How long transactions that were ended may take to end in the changelog.
const SETTLE_MAX: Duration = Duration::from_mins(1);
/// Bytes of commits that are written to the local store at once, about.
const WRITE_BYTES: usize = 4 * 1024 * 1024;
/// Clocks may differ by so much.
const SKEW_MAX: Duration = Duration::from_hours(1);

/// What the group knows of the last commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Committed {
    pub(super) position: u64,
    pub(super) commit: u64,
    pub(super) identity: u128,
}

/// Where a catch-up reads, and for whom.
#[derive(Debug)]
pub(super) struct Source<'a> {
    pub(super) connection: &'a Connection,
    pub(super) inquiry: &'a Inquiry,
    pub(super) changelog: &'a str,
    pub(super) partition: u32,
    pub(super) group: &'a str,
    pub(super) committed: Option<Committed>,
}

impl Source<'_> {
    /// Brings the local store to the last commit.
    pub(super) fn catch_up(&self, local: &mut Local) -> Result<(), StoreError> {
        let end = self.settled_end()?;
        if local.place().is_some_and(|place| end <= place.offset) {
            return Err(self.other("its end is before what is in the local store"));
        }
        if local.place().is_some_and(is_stale) {
            let partition = self.partition;
            tracing::warn!(partition, "the local store is too old and made anew");
            local.clear()?;
        }
        if end > 0 {
            Reading::begin(self, local)?.run(local)?;
        }
        self.hold_to_the_group(local)
    }

    /// The end of the changelog, with no transaction open before it.
    fn settled_end(&self) -> Result<u64, StoreError> {
        let written = self.inquiry.written_end(self.changelog, self.partition)?;
        let until = Instant::now() + SETTLE_MAX;
        loop {
            let (_, committed) = self.inquiry.range(self.changelog, self.partition)?;
            if committed >= written {
                return Ok(committed);
            }
            if Instant::now() >= until {
                return Err(StoreError::Unavailable(format!(
                    "Kafka: a transaction in partition {} of {} has no end (docs/cluster.md)",
                    self.partition, self.changelog
                )));
            }
            std::thread::sleep(WAIT_STEP);
        }
    }

    /// Holds what was read to what the group knows of.
    fn hold_to_the_group(&self, local: &Local) -> Result<(), StoreError> {
        let Some(committed) = &self.committed else {
            return Ok(());
        };
        let Some(place) = local.place() else {
            return Err(self.other("it ends before the group's last commit"));
        };
        if place.identity != committed.identity {
            return Err(self.other("the group's last commit is in another one"));
        }
        if place.commit < committed.commit {
            return Err(self.other("it ends before the group's last commit"));
        }
        if place.commit > committed.commit {
            let (partition, ours, theirs) = (self.partition, place.commit, committed.commit);
            tracing::warn!(
                partition,
                ours,
                theirs,
                "the group lacks commits of the changelog"
            );
            return Ok(());
        }
        if local.position() != committed.position {
            return Err(self.other("the group's offset was changed by somebody else"));
        }
        Ok(())
    }

    /// The local store, the group and the changelog do not belong together.
    fn other(&self, why: &str) -> StoreError {
        StoreError::Conflict(format!(
            "partition {} of {} is not what the local store was made from: {why}. If the topic is \
             right, empty the folder of the local store: it is made anew from the topic",
            self.partition, self.changelog
        ))
    }

    /// Holds a mark to the one before it.
    fn check(&self, mark: &Mark, place: Option<Place>) -> Result<(), StoreError> {
        if mark.group != self.group {
            return Err(StoreError::Conflict(format!(
                "{} is that of group `{}`, not of `{}`: configure that group, or a prefix for \
                 topics of your own",
                self.changelog, mark.group, self.group
            )));
        }
        let Some(place) = place else { return Ok(()) };
        if mark.identity != place.identity {
            return Err(self.other("the topic was made anew"));
        }
        if mark.commit <= place.commit {
            return Err(self.other("it goes back"));
        }
        Ok(())
    }
}

/// Whether the changelog may have forgotten removals that the local store has not seen.
fn is_stale(place: Place) -> bool {
    let kept = REMOVALS_KEPT.saturating_sub(SKEW_MAX).as_millis() as i64;
    kit::clock::now().saturating_sub(place.stamp) > kept
}

/// A catch-up under way.
struct Reading<'a> {
    source: &'a Source<'a>,
    consumer: BaseConsumer<Logged>,
    gathered: Gathered,
    /// The last whole commit that is not written yet.
    read: Option<(Mark, Place)>,
    heard_at: Instant,
    /// Whether the end is reached.
    has_ended: bool,
}

impl<'a> Reading<'a> {
    /// Reads from the local store's own mark on: that it is there proves that the two belong
    /// together.
    fn begin(source: &'a Source<'a>, local: &Local) -> Result<Self, StoreError> {
        let mut config = source.connection.consumer(NO_GROUP);
        config.set("enable.partition.eof", "true");
        let consumer = config.create_with_context(Logged);
        let consumer: BaseConsumer<Logged> = consumer.map_err(|error| fault::refused(&error))?;
        let (first, _) = source.inquiry.range(source.changelog, source.partition)?;
        let from = local.place().map_or(first, |place| place.offset);
        assign(&consumer, source.changelog, source.partition, from)?;
        Ok(Self {
            source,
            consumer,
            gathered: Gathered::default(),
            read: None,
            heard_at: Instant::now(),
            has_ended: false,
        })
    }

    fn run(mut self, local: &mut Local) -> Result<(), StoreError> {
        loop {
            // Taken out of the consumer before anything is written: it reads on meanwhile.
            let polled = self.consumer.poll(WAIT_STEP).map(|polled| {
                polled.map(|message| (message.offset(), stamp_of(&message), record_of(&message)))
            });
            match polled {
                Some(Ok((offset, stamp, record))) => {
                    self.heard_at = Instant::now();
                    self.take(local, offset as u64, stamp, record)?;
                }
                Some(Err(KafkaError::PartitionEOF(_))) => {
                    self.heard_at = Instant::now();
                    self.has_ended = true;
                }
                Some(Err(error)) if is_out_of_range(&error) => {
                    return Err(self.source.other("it lacks what is in the local store"));
                }
                Some(Err(error)) => tracing::debug!(%error, "the catch-up goes on"),
                None => {}
            }
            if self.is_done(local)? {
                self.gathered.check_whole()?;
                return Ok(());
            }
        }
    }

    fn take(
        &mut self,
        local: &mut Local,
        offset: u64,
        stamp: i64,
        record: ChangelogRecord,
    ) -> Result<(), StoreError> {
        let Some(mark) = self.gathered.take(record)? else {
            return Ok(());
        };
        let here = Place {
            offset,
            commit: mark.commit,
            identity: mark.identity,
            stamp,
        };
        let before = self
            .read
            .as_ref()
            .map(|(_, place)| *place)
            .or(local.place());
        if before.is_some_and(|before| before.offset == offset) {
            // The local store's own mark.
            let is_same = before.is_some_and(|before| {
                (before.commit, before.identity) == (mark.commit, mark.identity)
            });
            if !is_same {
                return Err(self.source.other("the topic was made anew"));
            }
            self.gathered.take_entries();
            return Ok(());
        }
        self.source.check(&mark, before)?;
        self.read = Some((mark, here));
        if self.gathered.bytes() >= WRITE_BYTES {
            self.write(local)?;
        }
        Ok(())
    }

    /// Writes the whole commits that were read.
    fn write(&mut self, local: &mut Local) -> Result<(), StoreError> {
        let Some((mark, place)) = self.read.take() else {
            return Ok(());
        };
        let (entries, long) = self.gathered.take_entries();
        local.apply(mark.position, place, entries, long)
    }

    fn is_done(&mut self, local: &mut Local) -> Result<bool, StoreError> {
        if self.has_ended {
            self.write(local)?;
            self.tell(local);
            return Ok(true);
        }
        if self.heard_at.elapsed() > SILENCE_MAX {
            return Err(StoreError::Unavailable(format!(
                "Kafka: partition {} of {} cannot be read",
                self.source.partition, self.source.changelog
            )));
        }
        Ok(false)
    }

    fn tell(&self, local: &Local) {
        let (partition, position) = (self.source.partition, local.position());
        tracing::info!(partition, position, "the local store has caught up");
    }
}

fn stamp_of(message: &BorrowedMessage<'_>) -> i64 {
    message.timestamp().to_millis().unwrap_or_default()
}

fn record_of(message: &BorrowedMessage<'_>) -> ChangelogRecord {
    let headers = message.headers().into_iter();
    let mut headers = headers.flat_map(Headers::iter);
    let parts = headers.find(|header| header.key == PARTS_HEADER);
    ChangelogRecord {
        key: message.key().unwrap_or_default().to_vec(),
        value: message.payload().map(Bytes::copy_from_slice),
        parts: parts.and_then(|header| header.value).and_then(Parts::read),
    }
}
