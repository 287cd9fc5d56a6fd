//! The producer of one partition's transactions.
//!
//! Its transactional id names the partition, so whoever opens the partition next fences this one:
//! the brokers refuse whatever it still wants to write. A transaction that failed is aborted and
//! tried again as a whole, within bounds; where it is not sure what became of one, nobody may go on
//! with this producer.

use std::fmt;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use kit::crash_point::crash_point;
use rdkafka::ClientContext;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::error::{KafkaError, RDKafkaErrorCode as Code};
use rdkafka::message::{DeliveryResult, Header, Message, OwnedHeaders};
use rdkafka::producer::{BaseRecord, Producer, ProducerContext, ThreadedProducer};
use stores::{NewRecord, StoreError};

use super::changelog::{ChangelogRecord, PARTS_HEADER, Parts};
use crate::kafka::connection::{self, Connection};
use crate::kafka::{fault, log};

/// After so long the brokers abort a transaction by themselves, so that one which nobody ends does
/// not hold up readers.
const TRANSACTION_TIMEOUT_MS: &str = "10000";
/// How long to wait for one answer.
const STEP_MAX: Duration = Duration::from_secs(5);
/// How long to try to open, or to commit.
const TRY_MAX: Duration = Duration::from_mins(1);
/// Between two tries.
const PAUSE: Duration = Duration::from_millis(100);
/// How long one look at what was delivered takes.
const LOOK: Duration = Duration::from_millis(1);
/// Bytes of records that wait to be sent.
const QUEUE_KBYTES: &str = "131072";

/// What is committed as one.
pub(super) struct Transaction<'a> {
    /// The topic of the changes, and the changes.
    pub(super) changes: (&'a str, &'a [NewRecord]),
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
}

impl Transactions {
    /// Fences whoever had the id before, and waits until their transactions have ended. It blocks.
    pub(super) fn open(connection: &Connection, id: &str) -> Result<Self, StoreError> {
        let mut config = connection.config();
        config
            .set("transactional.id", id)
            .set("transaction.timeout.ms", TRANSACTION_TIMEOUT_MS)
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
        let transactions = Self { producer };
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
            let failed = match self.attempt(transaction, until) {
                Ok(offset) => return Ok(offset),
                Err(failed) => failed,
            };
            let error = self.abort(failed)?;
            if matches!(error, StoreError::Conflict(_)) || !may_retry() || Instant::now() >= until {
                return Err(Failure::Aborted(error));
            }
            tracing::warn!(%error, "a commit is tried again");
            std::thread::sleep(PAUSE);
        }
    }

    fn attempt(&self, transaction: &Transaction<'_>, until: Instant) -> Result<u64, Failed> {
        self.producer.context().begin();
        self.producer.begin_transaction()?;
        self.send_changes(transaction.changes.0, transaction.changes.1, until)?;
        self.send_changelog(transaction, until)?;
        // Before the group is asked, which may refuse: then no record is on its way (see `abort`).
        while self.producer.in_flight_count() > 0 {
            self.producer.poll(LOOK);
            if Instant::now() >= until {
                return Err(KafkaError::Flush(Code::OperationTimedOut).into());
            }
        }
        (transaction.offsets)(self, STEP_MAX)?;
        crash_point("before-transaction-commit");
        let mut committed = self.producer.commit_transaction(STEP_MAX);
        while committed.as_ref().is_err_and(is_retriable) && Instant::now() < until {
            committed = self.producer.commit_transaction(STEP_MAX);
        }
        committed?;
        let offset = self.producer.context().offset();
        offset.ok_or_else(|| {
            let lost = "a mark was committed and its offset is not known";
            Failed::Store(StoreError::Unavailable(lost.to_owned()))
        })
    }

    fn send_changes(
        &self,
        topic: &str,
        changes: &[NewRecord],
        until: Instant,
    ) -> Result<(), Failed> {
        for change in changes {
            let record = BaseRecord::with_opaque_to(topic, Told::No as usize)
                .partition(change.partition as i32)
                .key(change.key.as_bytes())
                .payload(&*change.value)
                .headers(log::owned(&change.headers));
            self.send(record, until)?;
        }
        Ok(())
    }

    fn send_changelog(&self, transaction: &Transaction<'_>, until: Instant) -> Result<(), Failed> {
        let (topic, partition) = transaction.changelog;
        let last = transaction.records.len().saturating_sub(1);
        for (number, one) in transaction.records.iter().enumerate() {
            let told = if number == last { Told::Yes } else { Told::No };
            let mut record = BaseRecord::with_opaque_to(topic, told as usize)
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
            match self.producer.send(record) {
                Ok(()) => return Ok(()),
                Err((KafkaError::MessageProduction(Code::QueueFull), back))
                    if Instant::now() < until =>
                {
                    self.producer.poll(LOOK);
                    record = back;
                }
                Err((error, _)) if is_too_large(&error) => {
                    let limit = log::RECORD_BYTES_MAX;
                    return Err(Failed::Store(fault::too_large(topic, limit)));
                }
                Err((error, _)) => return Err(error.into()),
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
        if let Some(undelivered) = self.producer.context().failure() {
            let limit = log::RECORD_BYTES_MAX;
            return Err(Failure::Lost(fault::undelivered(
                "a commit",
                &undelivered,
                limit,
            )));
        }
        if self.producer.in_flight_count() > 0 {
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

/// Whether the offset of a record is wanted.
#[derive(Debug, Clone, Copy)]
enum Told {
    No = 0,
    Yes = 1,
}

/// What became of the records of the transaction under way.
#[derive(Debug)]
pub(super) struct Reports {
    /// The offset of the mark; negative where it is not known.
    offset: AtomicI64,
    failure: Mutex<Option<KafkaError>>,
}

impl Default for Reports {
    fn default() -> Self {
        Self {
            offset: AtomicI64::new(-1),
            failure: Mutex::default(),
        }
    }
}

impl Reports {
    fn begin(&self) {
        self.offset.store(-1, Ordering::SeqCst);
        *self.failure.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    fn offset(&self) -> Option<u64> {
        u64::try_from(self.offset.load(Ordering::SeqCst)).ok()
    }

    fn failure(&self) -> Option<KafkaError> {
        let failure = self.failure.lock().unwrap_or_else(PoisonError::into_inner);
        failure.clone()
    }
}

impl ClientContext for Reports {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, message: &str) {
        connection::log(level, facility, message);
    }

    fn error(&self, error: KafkaError, reason: &str) {
        connection::report(&error, reason);
    }
}

impl ProducerContext for Reports {
    type DeliveryOpaque = usize;

    fn delivery(&self, delivery: &DeliveryResult<'_>, told: usize) {
        match delivery {
            Ok(message) if told == Told::Yes as usize => {
                self.offset.store(message.offset(), Ordering::SeqCst);
            }
            Ok(_) => {}
            Err((error, _)) => {
                let mut failure = self.failure.lock().unwrap_or_else(PoisonError::into_inner);
                failure.get_or_insert_with(|| error.clone());
            }
        }
    }
}
