//! The producer of one partition's transactions.
//!
//! Its transactional id names the partition, so whoever opens the partition next fences this one:
//! the brokers refuse whatever it still wants to write. A transaction that failed is aborted and
//! tried again as a whole, within bounds; where it is not sure what became of one, or that it has
//! ended in every partition, nobody may go on with this producer.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use kit::crash_point::crash_point;
use rdkafka::error::{KafkaError, RDKafkaErrorCode as Code};
use rdkafka::message::{Header, OwnedHeaders};
use rdkafka::producer::{BaseRecord, Producer, ThreadedProducer};
use stores::{NewRecord, StoreError};

use super::changelog::{ChangelogRecord, PARTS_HEADER, Parts};
use super::ends::{self, Written};
use super::reports::{ENTRY, MARK, Reports};
use crate::kafka::connection::Connection;
use crate::kafka::inquiry::Inquiry;
use crate::kafka::{fault, log};

/// After so long the brokers abort a transaction by themselves, so that one which nobody ends does
/// not hold up readers.
pub(super) const TRANSACTION_TIMEOUT: Duration = Duration::from_secs(10);
/// How long to wait for one answer.
const STEP_MAX: Duration = Duration::from_secs(5);
/// How long to try to open, or to commit.
const TRY_MAX: Duration = Duration::from_mins(1);
/// How long the ends of a transaction may take to come, while brokers answer.
const ENDS_MAX: Duration = Duration::from_secs(5);
/// Between two tries.
const PAUSE: Duration = Duration::from_millis(100);
/// Before a record is handed over again for which there was no room.
const LOOK: Duration = Duration::from_millis(1);
/// Bytes of records that wait to be sent.
const QUEUE_KBYTES: &str = "131072";

/// What is committed as one.
pub(super) struct Transaction<'a> {
    /// What is published: the topic, and the records.
    pub(super) published: [(&'a str, &'a [NewRecord]); 2],
    /// The changelog, and the partition of it.
    pub(super) changelog: (&'a str, u32),
    /// Its records; the last is the mark.
    pub(super) records: &'a [ChangelogRecord],
    /// Tells the group the position, within the transaction.
    pub(super) offsets: &'a dyn Fn(&Transactions, Duration) -> Result<(), Failed>,
}

/// Why a transaction is not committed.
#[derive(Debug)]
pub(super) enum Failure {
    /// It is aborted: nothing of it is there.
    Aborted(StoreError),
    /// Another owner has taken over, or it is not known what became of it.
    Lost(StoreError),
}

/// Why a step of a transaction failed.
#[derive(Debug)]
pub(super) enum Failed {
    Kafka(KafkaError),
    /// It will not work later either.
    Store(StoreError),
}

impl From<KafkaError> for Failed {
    fn from(error: KafkaError) -> Self {
        Self::Kafka(error)
    }
}

/// The producer of one partition's transactions.
pub(super) struct Transactions {
    producer: ThreadedProducer<Reports>,
    inquiry: Arc<Inquiry>,
    /// What the last transaction wrote, until its ends are seen.
    last: Mutex<Vec<Written>>,
}

impl Transactions {
    /// Fences whoever had the id before, and waits until their transactions have ended. It blocks.
    pub(super) fn open(
        connection: &Connection,
        inquiry: &Arc<Inquiry>,
        id: &str,
    ) -> Result<Self, StoreError> {
        let mut config = connection.config();
        config
            .set("transactional.id", id)
            .set(
                "transaction.timeout.ms",
                TRANSACTION_TIMEOUT.as_millis().to_string(),
            )
            .set("queue.buffering.max.kbytes", QUEUE_KBYTES)
            .set(
                "message.max.bytes",
                (log::RECORD_BYTES_MAX + log::FRAME_BYTES).to_string(),
            )
            .set("compression.type", "lz4")
            // A commit sends all it has at once.
            .set("linger.ms", "0");
        let producer = config.create_with_context(Reports::default());
        let producer: ThreadedProducer<Reports> =
            producer.map_err(|error| fault::refused(&error))?;
        let transactions = Self {
            producer,
            inquiry: Arc::clone(inquiry),
            last: Mutex::default(),
        };
        let opened = transactions.insist(|producer| producer.init_transactions(STEP_MAX));
        opened.map_err(|error| fault::unavailable("a partition cannot be taken over", &error))?;
        Ok(transactions)
    }

    /// The producer.
    pub(super) fn producer(&self) -> &impl Producer<Reports> {
        &self.producer
    }

    /// Commits a transaction and returns the offset of its last record. `may_retry` tells whether
    /// there is sense in trying again after one was aborted.
    pub(super) fn commit(
        &self,
        transaction: &Transaction<'_>,
        may_retry: impl Fn() -> bool,
    ) -> Result<u64, Failure> {
        let until = Instant::now() + TRY_MAX;
        loop {
            self.see_the_ends(until)?;
            let attempted = self.attempt(transaction, until);
            let outcome = match attempted {
                Ok(offset) => Ok(offset),
                Err(failed) => Err(self.abort(failed)?),
            };
            *self.last() = self.reports().written(transaction);
            let error = match outcome {
                Ok(offset) => return Ok(offset),
                Err(error) => error,
            };
            if matches!(error, StoreError::Conflict(_)) || !may_retry() || Instant::now() >= until {
                return Err(Failure::Aborted(error));
            }
            tracing::warn!(%error, "a commit is tried again");
            std::thread::sleep(PAUSE);
        }
    }

    /// Waits until the last transaction has ended wherever it wrote.
    fn see_the_ends(&self, until: Instant) -> Result<(), Failure> {
        let mut last = self.last();
        let have_come = ends::have_come(&self.inquiry, &last, ENDS_MAX, until);
        if have_come.map_err(Failure::Lost)? {
            last.clear();
            return Ok(());
        }
        Err(Failure::Lost(StoreError::Unavailable(
            "Kafka: a commit has not ended in every partition: the journal must be opened anew"
                .to_owned(),
        )))
    }

    fn last(&self) -> MutexGuard<'_, Vec<Written>> {
        self.last.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn reports(&self) -> &Reports {
        self.producer.context()
    }

    fn attempt(&self, transaction: &Transaction<'_>, until: Instant) -> Result<u64, Failed> {
        self.reports().begin();
        self.producer.begin_transaction()?;
        for (place, (topic, records)) in transaction.published.iter().enumerate() {
            self.publish(place, topic, records, until)?;
        }
        self.send_changelog(transaction, until)?;
        // One after the other: a coordinator that is asked for the group's partition while it adds
        // those of the records says no, and the client library waits before it asks again.
        if !self.reports().have_all_come(until) {
            return Err(KafkaError::Flush(Code::OperationTimedOut).into());
        }
        (transaction.offsets)(self, STEP_MAX)?;
        crash_point("before-transaction-commit");
        let mut committed = self.producer.commit_transaction(STEP_MAX);
        while committed.as_ref().is_err_and(is_retriable) && Instant::now() < until {
            committed = self.producer.commit_transaction(STEP_MAX);
        }
        committed?;
        let offset = self.reports().mark();
        offset.ok_or_else(|| {
            let lost = "a mark was committed and its offset is not known";
            Failed::Store(StoreError::Unavailable(lost.to_owned()))
        })
    }

    fn publish(
        &self,
        place: usize,
        topic: &str,
        records: &[NewRecord],
        until: Instant,
    ) -> Result<(), Failed> {
        for new in records {
            let record = BaseRecord::with_opaque_to(topic, place)
                .partition(new.partition as i32)
                .key(new.key.as_bytes())
                .payload(&*new.value)
                .headers(log::owned(&new.headers));
            self.send(record, until)?;
        }
        Ok(())
    }

    fn send_changelog(&self, transaction: &Transaction<'_>, until: Instant) -> Result<(), Failed> {
        let (topic, partition) = transaction.changelog;
        let last = transaction.records.len().saturating_sub(1);
        for (number, one) in transaction.records.iter().enumerate() {
            let told = if number == last { MARK } else { ENTRY };
            let mut record = BaseRecord::with_opaque_to(topic, told)
                .partition(partition as i32)
                .key(one.key.as_slice());
            record.payload = one.value.as_deref();
            record.headers = one.parts.map(header);
            self.send(record, until)?;
        }
        Ok(())
    }

    /// Hands a record over; waits where too many wait already.
    fn send(
        &self,
        mut record: BaseRecord<'_, [u8], [u8], usize>,
        until: Instant,
    ) -> Result<(), Failed> {
        let topic = record.topic;
        loop {
            self.reports().expect_one();
            let Err((error, back)) = self.producer.send(record) else {
                return Ok(());
            };
            self.reports().forget_one();
            let is_full = matches!(error, KafkaError::MessageProduction(Code::QueueFull));
            if is_full && Instant::now() < until {
                std::thread::sleep(LOOK);
                record = back;
            } else if is_too_large(&error) {
                let limit = log::RECORD_BYTES_MAX;
                return Err(Failed::Store(fault::too_large(topic, limit)));
            } else {
                return Err(error.into());
            }
        }
    }

    /// Aborts the transaction; returns why it is aborted.
    fn abort(&self, failed: Failed) -> Result<StoreError, Failure> {
        let reason = match failed {
            Failed::Kafka(error) if self.is_ended(&error) => {
                return Err(Failure::Lost(self.fenced(&error)));
            }
            Failed::Kafka(error) => fault::unavailable("a commit failed", &error),
            Failed::Store(error) => error,
        };
        // INVARIANT: no record is on its way when a transaction is aborted. One that was perhaps
        // written would be dropped, and its number in the partition given to a record of the next
        // transaction, which the brokers would then take for a copy and not write.
        let have_come = self.reports().have_all_come(Instant::now() + STEP_MAX);
        if let Some(undelivered) = self.reports().failure() {
            let limit = log::RECORD_BYTES_MAX;
            return Err(Failure::Lost(fault::undelivered(
                "a commit",
                &undelivered,
                limit,
            )));
        }
        if !have_come {
            return Err(Failure::Lost(reason));
        }
        match self.insist(|producer| producer.abort_transaction(STEP_MAX)) {
            Ok(()) => Ok(reason),
            Err(error) if self.is_ended(&error) => Err(Failure::Lost(self.fenced(&error))),
            Err(error) => Err(Failure::Lost(fault::unavailable(
                "it is not known what became of a commit",
                &error,
            ))),
        }
    }

    /// Whether an error has ended the producer.
    fn is_ended(&self, error: &KafkaError) -> bool {
        is_fatal(error) || self.producer.client().fatal_error().is_some()
    }

    fn fenced(&self, error: &KafkaError) -> StoreError {
        let fatal = self.producer.client().fatal_error();
        let reason = fatal.map_or_else(|| fault::reason(error), |(_, reason)| reason);
        StoreError::Conflict(format!(
            "another owner took the partition over, or a commit took longer than the brokers wait: \
             the journal must be opened anew ({reason})"
        ))
    }

    /// Does something until it works, or fails for good, or for a long time.
    fn insist(
        &self,
        act: impl Fn(&ThreadedProducer<Reports>) -> Result<(), KafkaError>,
    ) -> Result<(), KafkaError> {
        let until = Instant::now() + TRY_MAX;
        loop {
            match act(&self.producer) {
                Err(error) if is_retriable(&error) && Instant::now() < until => {
                    tracing::debug!(%error, "asked again");
                }
                outcome => return outcome,
            }
        }
    }
}

impl fmt::Debug for Transactions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Transactions").finish_non_exhaustive()
    }
}

fn header(parts: Parts) -> OwnedHeaders {
    OwnedHeaders::new_with_capacity(1).insert(Header {
        key: PARTS_HEADER,
        value: Some(&parts.header()),
    })
}

fn is_retriable(error: &KafkaError) -> bool {
    match error {
        KafkaError::Transaction(error) => error.is_retriable() && !error.txn_requires_abort(),
        KafkaError::Flush(_) => true,
        _ => false,
    }
}

fn is_fatal(error: &KafkaError) -> bool {
    match error {
        KafkaError::Transaction(error) => error.is_fatal(),
        error => error.rdkafka_error_code() == Some(Code::Fatal),
    }
}

fn is_too_large(error: &KafkaError) -> bool {
    error.rdkafka_error_code() == Some(Code::MessageSizeTooLarge)
}
