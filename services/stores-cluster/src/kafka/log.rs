//! One topic of the log on Kafka.
//!
//! What Kafka promises less than the embedded log: records of one call stay in order within their
//! partition, but those of other processes may come between them; offsets are contiguous where no
//! transactions write, so not in `user-segments`; stamps are the brokers' (`LogAppendTime`) and may
//! step back where another broker with a slower clock takes a partition over. What is acknowledged
//! is on every replica in sync, so a partition's end is durable.

use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use async_trait::async_trait;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::{Header, OwnedHeaders};
use rdkafka::producer::{FutureProducer, FutureRecord, Producer};
use stores::{Destination, Headers, Log, LogReader, NewRecord, StoreError, Topic};

use super::connection::{Connection, Logged};
use super::fault;
use super::inquiry::Inquiry;
use super::log_reader::KafkaLogReader;

/// Bytes of a record: key, value and headers. The topics are made to take them.
pub(super) const RECORD_BYTES_MAX: usize = 16 * 1024 * 1024;
/// Bytes that the client library frames a record with, at most.
pub(super) const FRAME_BYTES: usize = 64 * 1024;

/// How long to wait for the ends of all partitions: less than Prometheus waits for all topics.
const ENDS_WAIT_MAX: Duration = Duration::from_secs(1);

/// The bounds of appends.
#[derive(Debug, Clone)]
pub struct LogOptions {
    /// How long a record may wait for its acknowledgement; then the append fails. Longer than it
    /// takes to find a new leader, shorter than callers wait.
    pub delivery_timeout: Duration,
    /// Bytes of records that wait; beyond them, appends are refused as unavailable.
    pub queue_bytes_max: usize,
    /// Records that wait; likewise.
    pub queue_records_max: usize,
}

impl Default for LogOptions {
    /// 30 seconds, 64 MiB, 100,000 records.
    fn default() -> Self {
        Self {
            delivery_timeout: Duration::from_secs(30),
            queue_bytes_max: 64 * 1024 * 1024,
            queue_records_max: 100_000,
        }
    }
}

/// What is known of a partition's durable records.
#[derive(Debug, Default)]
pub(super) struct Durable {
    /// Whether the brokers were asked.
    is_asked: AtomicBool,
    end: AtomicU64,
}

impl Durable {
    /// All records before this offset are durable.
    pub(super) fn passed(&self, offset: u64) {
        self.end.fetch_max(offset, Ordering::Relaxed);
    }
}

/// One topic of the log.
pub struct KafkaLog {
    topic: Topic,
    /// Its name on the cluster.
    name: String,
    partitions: u32,
    connection: Connection,
    options: LogOptions,
    inquiry: Arc<Inquiry>,
    /// By partition.
    durable: Vec<Arc<Durable>>,
    /// Replaced when an error has ended it.
    producer: RwLock<FutureProducer<Logged>>,
}

impl KafkaLog {
    /// Opens a topic. It blocks until a broker answers, for half a minute at most.
    ///
    /// # Errors
    ///
    /// `Conflict` when the topic is not there, `Unavailable` when no broker answers.
    pub fn open(
        connection: &Connection,
        topic: Topic,
        options: LogOptions,
    ) -> Result<Self, StoreError> {
        let inquiry = Arc::new(Inquiry::new(connection)?);
        let name = connection.topic(topic);
        let partitions = inquiry.partitions_of(&name)?;
        Ok(Self {
            topic,
            partitions,
            durable: (0..partitions).map(|_| Arc::default()).collect(),
            producer: RwLock::new(producer(connection, &options)?),
            connection: connection.clone(),
            name,
            options,
            inquiry,
        })
    }

    fn check(&self, partition: u32) -> Result<&Arc<Durable>, StoreError> {
        self.durable
            .get(partition as usize)
            .ok_or_else(|| fault::no_partition(&self.name, partition, self.partitions))
    }

    /// A producer that takes records: a new one where the last was ended by an error.
    fn producer(&self) -> Result<FutureProducer<Logged>, StoreError> {
        let current = self.producer.read().unwrap_or_else(PoisonError::into_inner);
        if current.client().fatal_error().is_none() {
            return Ok(current.clone());
        }
        drop(current);
        let mut current = self
            .producer
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some((code, reason)) = current.client().fatal_error() {
            tracing::error!(%code, reason, topic = self.name, "the producer begins anew");
            *current = producer(&self.connection, &self.options)?;
        }
        Ok(current.clone())
    }

    /// Hands records over and waits until each is acknowledged or given up. So the caller's next try
    /// comes after all of this one.
    async fn deliver(&self, records: &[NewRecord]) -> Result<(), KafkaError> {
        let Ok(producer) = self.producer() else {
            return Err(KafkaError::Canceled);
        };
        let mut failure = None;
        let mut deliveries = Vec::with_capacity(records.len());
        for record in records {
            let new = FutureRecord::to(&self.name)
                .partition(record.partition as i32)
                .key(record.key.as_str())
                .payload(&*record.value)
                .headers(owned(&record.headers));
            match producer.send_result(new) {
                Ok(delivery) => deliveries.push(delivery),
                Err((error, _)) => {
                    failure = Some(error);
                    break;
                }
            }
        }
        for delivery in deliveries {
            let outcome = match delivery.await {
                Ok(Ok(_)) => continue,
                Ok(Err((error, _))) => error,
                Err(_) => KafkaError::Canceled,
            };
            failure.get_or_insert(outcome);
        }
        failure.map_or(Ok(()), Err)
    }
}

/// Headers as the client library has them.
pub(super) fn owned(headers: &Headers) -> OwnedHeaders {
    let empty = OwnedHeaders::new_with_capacity(headers.len());
    headers.iter().fold(empty, |all, (key, value)| {
        all.insert(Header {
            key,
            value: Some(&**value),
        })
    })
}

/// Bytes of a record as they count towards the limit.
pub(super) fn bytes(record: &NewRecord) -> usize {
    let headers = record.headers.iter();
    let headers: usize = headers.map(|(key, value)| key.len() + value.len()).sum();
    record.key.len() + record.value.len() + headers
}

fn producer(
    connection: &Connection,
    options: &LogOptions,
) -> Result<FutureProducer<Logged>, StoreError> {
    let mut config = connection.config();
    let timeout = options.delivery_timeout.as_millis().to_string();
    let queue = options.queue_bytes_max.div_ceil(1024).to_string();
    config
        .set("enable.idempotence", "true")
        .set("acks", "all")
        .set("delivery.timeout.ms", timeout)
        .set("queue.buffering.max.kbytes", queue)
        .set(
            "queue.buffering.max.messages",
            options.queue_records_max.to_string(),
        )
        .set(
            "message.max.bytes",
            (RECORD_BYTES_MAX + FRAME_BYTES).to_string(),
        )
        // Brokers look into each batch to stamp it, and lz4 costs them least.
        .set("compression.type", "lz4")
        .set("linger.ms", "1");
    let made = config.create_with_context(Logged);
    made.map_err(|error| fault::refused(&error))
}

#[async_trait]
impl Log for KafkaLog {
    fn partitions(&self) -> u32 {
        self.partitions
    }

    fn destination(&self) -> Destination<'_> {
        Destination {
            system: "kafka",
            topic: &self.name,
        }
    }

    async fn append(&self, records: Vec<NewRecord>) -> Result<(), StoreError> {
        if self.topic.is_the_journals() {
            return Err(StoreError::Conflict(format!(
                "only the journal writes {}",
                self.topic.name()
            )));
        }
        for record in &records {
            self.check(record.partition)?;
            if bytes(record) > RECORD_BYTES_MAX {
                return Err(fault::too_large(&self.name, RECORD_BYTES_MAX));
            }
        }
        let delivered = self.deliver(&records).await;
        delivered.map_err(|error| fault::undelivered(&self.name, &error, RECORD_BYTES_MAX))
    }

    fn end(&self, partition: u32) -> Result<u64, StoreError> {
        let durable = self.check(partition)?;
        let (_, end) = self.inquiry.range(&self.name, partition)?;
        durable.is_asked.store(true, Ordering::Relaxed);
        durable.passed(end);
        Ok(end)
    }

    /// By one question to each broker.
    fn ends(&self) -> Result<Vec<u64>, StoreError> {
        let partitions = 0..self.partitions;
        let all: Vec<_> = partitions.map(|one| (self.name.as_str(), one)).collect();
        self.inquiry.committed_ends(&all, ENDS_WAIT_MAX)
    }

    /// Asks the brokers once; from then on what was read since is known to be durable, so whoever
    /// asks at every record does not wait.
    fn durable_end(&self, partition: u32) -> Result<u64, StoreError> {
        let durable = self.check(partition)?;
        if durable.is_asked.load(Ordering::Relaxed) {
            return Ok(durable.end.load(Ordering::Relaxed));
        }
        self.end(partition)
    }

    fn reader(&self, partition: u32, from: u64) -> Result<Box<dyn LogReader>, StoreError> {
        let durable = Arc::clone(self.check(partition)?);
        let inquiry = Arc::clone(&self.inquiry);
        let place = (self.name.as_str(), partition, from);
        let reader = KafkaLogReader::new(&self.connection, inquiry, durable, place)?;
        Ok(Box::new(reader))
    }
}

impl fmt::Debug for KafkaLog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KafkaLog")
            .field("name", &self.name)
            .field("partitions", &self.partitions)
            .finish_non_exhaustive()
    }
}

/// Whether an error says that an offset is not in the partition.
pub(super) fn is_out_of_range(error: &KafkaError) -> bool {
    matches!(
        error.rdkafka_error_code(),
        Some(RDKafkaErrorCode::AutoOffsetReset | RDKafkaErrorCode::OffsetOutOfRange)
    )
}
