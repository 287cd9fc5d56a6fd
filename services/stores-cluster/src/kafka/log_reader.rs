//! Reads one partition of a topic: a consumer of its own, assigned by hand, that no group knows of.
//!
//! It sees what is committed. Brokers' troubles are waited out: then nothing comes.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use bytestring::ByteString;
use rdkafka::TopicPartitionList;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::{KafkaError, RDKafkaErrorCode as Code};
use rdkafka::message::{BorrowedMessage, Headers as _, Message};
use rdkafka::topic_partition_list::Offset;
use stores::{Headers, LogReader, Record, StoreError};

use super::connection::{Connection, Logged};
use super::fault;
use super::inquiry::Inquiry;
use super::log::{Durable, is_out_of_range};

/// A name that the client library wants; no group of that name comes to be.
const NO_GROUP: &str = "audience-reader";
/// The longest wait at once, and between two looks at an offset that is not there yet.
const WAIT_STEP: Duration = Duration::from_millis(200);

pub(super) struct KafkaLogReader {
    consumer: BaseConsumer<Logged>,
    inquiry: Arc<Inquiry>,
    durable: Arc<Durable>,
    topic: String,
    partition: u32,
    /// The offset of the next record to hand out, or one before it that no record has.
    position: u64,
}

impl KafkaLogReader {
    pub(super) fn new(
        connection: &Connection,
        inquiry: Arc<Inquiry>,
        durable: Arc<Durable>,
        (topic, partition, from): (&str, u32, u64),
    ) -> Result<Self, StoreError> {
        let mut config = connection.consumer(NO_GROUP);
        // Enough to be busy with until the next answer; the default would be 64 MiB a reader.
        config.set("queued.max.messages.kbytes", "16384");
        let consumer = config.create_with_context(Logged);
        let reader = Self {
            consumer: consumer.map_err(|error| fault::refused(&error))?,
            inquiry,
            durable,
            topic: topic.to_owned(),
            partition,
            position: from,
        };
        reader.assign()?;
        Ok(reader)
    }

    fn assign(&self) -> Result<(), StoreError> {
        assign(&self.consumer, &self.topic, self.partition, self.position)
    }

    /// What an error while reading comes to: nothing, where the client library tries again.
    fn overcome(&self, error: &KafkaError) -> Result<(), StoreError> {
        if is_out_of_range(error) {
            return self.find_out();
        }
        let is_final = matches!(
            error.rdkafka_error_code(),
            Some(
                Code::UnknownTopicOrPartition
                    | Code::UnknownTopic
                    | Code::UnknownPartition
                    | Code::TopicAuthorizationFailed
                    | Code::Fatal,
            )
        );
        if is_final {
            return Err(fault::unavailable(&self.topic, error));
        }
        let (topic, partition) = (&self.topic, self.partition);
        tracing::debug!(%error, topic, partition, "reading goes on");
        Ok(())
    }

    /// The position is not in the partition: below its beginning, or beyond its end.
    fn find_out(&self) -> Result<(), StoreError> {
        let (first, _) = self.inquiry.range(&self.topic, self.partition)?;
        if self.position < first {
            return Err(StoreError::Corrupt(format!(
                "partition {} of {} begins at {first}: retention took offset {}",
                self.partition, self.topic, self.position
            )));
        }
        // Not there yet. The client library does not ask again by itself.
        std::thread::sleep(WAIT_STEP);
        self.assign()
    }
}

impl LogReader for KafkaLogReader {
    fn next(&mut self, bytes_max: usize, wait: Duration) -> Result<Vec<Record>, StoreError> {
        let began = Instant::now();
        let mut records = Vec::new();
        let mut bytes = 0;
        loop {
            let left = wait.saturating_sub(began.elapsed());
            let left = if records.is_empty() {
                left
            } else {
                Duration::ZERO
            };
            match self.consumer.poll(left.min(WAIT_STEP)) {
                Some(Ok(message)) => {
                    let record = record_of(&message);
                    self.position = record.offset + 1;
                    self.durable.passed(self.position);
                    bytes += record.key.len() + record.value.len();
                    records.push(record);
                    if bytes >= bytes_max {
                        return Ok(records);
                    }
                }
                Some(Err(_)) if !records.is_empty() => {
                    // The error comes again, when it is asked for what is beyond these.
                    self.assign()?;
                    return Ok(records);
                }
                Some(Err(error)) => self.overcome(&error)?,
                None if !records.is_empty() || left.is_zero() => return Ok(records),
                None => {}
            }
        }
    }
}

/// Has a consumer read a partition from an offset on.
pub(super) fn assign(
    consumer: &BaseConsumer<Logged>,
    topic: &str,
    partition: u32,
    from: u64,
) -> Result<(), StoreError> {
    let mut list = TopicPartitionList::new();
    let offset = Offset::Offset(from as i64);
    list.add_partition_offset(topic, partition as i32, offset)
        .and_then(|()| consumer.assign(&list))
        .map_err(|error| fault::unavailable("a partition cannot be read", &error))
}

fn record_of(message: &BorrowedMessage<'_>) -> Record {
    let key = message.key().unwrap_or_default();
    Record {
        offset: message.offset() as u64,
        stamp: message.timestamp().to_millis().unwrap_or(i64::MIN),
        key: String::from_utf8_lossy(key).into_owned(),
        value: Bytes::copy_from_slice(message.payload().unwrap_or_default()),
        headers: message.headers().map(headers_of).unwrap_or_default(),
    }
}

fn headers_of(headers: &rdkafka::message::BorrowedHeaders) -> Headers {
    let text = |bytes: &[u8]| ByteString::from(String::from_utf8_lossy(bytes).into_owned());
    let headers = headers.iter();
    let headers = headers.map(|header| {
        let value = header.value.map(text).unwrap_or_default();
        (ByteString::from(header.key), value)
    });
    headers.collect()
}

impl fmt::Debug for KafkaLogReader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KafkaLogReader")
            .field("topic", &self.topic)
            .field("partition", &self.partition)
            .field("position", &self.position)
            .finish_non_exhaustive()
    }
}
