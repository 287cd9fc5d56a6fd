//! What the coordinator decided of transactions, read from its own topic.
//!
//! The form of its records is that of Kafka's `TransactionLogKey` and `TransactionLogValue`.

use std::time::{Duration, Instant};

use rdkafka::consumer::BaseConsumer;
use rdkafka::error::KafkaError;
use rdkafka::message::Message;
use stores::StoreError;

use super::wire::Reader;
use crate::kafka::connection::{Connection, Logged};
use crate::kafka::fault;
use crate::kafka::inquiry::Inquiry;
use crate::kafka::log_reader::assign;

/// The coordinator's topic.
const STATES: &str = "__transaction_state";
/// A name that the client library wants; no group of that name comes to be.
const NO_GROUP: &str = "audience-decided";
/// How long reading a partition of it may take.
const READ_MAX: Duration = Duration::from_mins(1);
const WAIT_STEP: Duration = Duration::from_millis(200);

/// Bytes of a state's producer: its number, its epoch, its timeout.
const PRODUCER_BYTES: usize = 8 + 2 + 4;
/// The states that say what was decided.
const PREPARE_COMMIT: i8 = 2;
const PREPARE_ABORT: i8 = 3;

/// A transaction that was decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Decided {
    /// Whether it was committed; else it was aborted.
    pub(super) is_commit: bool,
    /// Where it had written to.
    pub(super) partitions: Vec<(String, Vec<i32>)>,
}

impl Decided {
    /// The last transaction of an id that was decided; `None` where the topic does not tell.
    pub(super) fn last_of(
        connection: &Connection,
        inquiry: &Inquiry,
        id: &str,
    ) -> Result<Option<Self>, StoreError> {
        let partition = partition_of(id, inquiry.partitions_of(STATES)?);
        let (first, _) = inquiry.range(STATES, partition)?;
        let end = inquiry.written_end(STATES, partition)?;
        let mut config = connection.consumer(NO_GROUP);
        config
            .set("isolation.level", "read_uncommitted")
            .set("enable.partition.eof", "true");
        let consumer = config.create_with_context(Logged);
        let consumer: BaseConsumer<Logged> = consumer.map_err(|error| fault::refused(&error))?;
        assign(&consumer, STATES, partition, first)?;
        let (mut last, until) = (None, Instant::now() + READ_MAX);
        loop {
            match consumer.poll(WAIT_STEP) {
                Some(Ok(record)) => {
                    let value = record.payload().unwrap_or_default();
                    if is_of(record.key().unwrap_or_default(), id) && !value.is_empty() {
                        last = Self::read(value)?.or(last);
                    }
                    if record.offset() as u64 + 1 >= end {
                        return Ok(last);
                    }
                }
                Some(Err(KafkaError::PartitionEOF(_))) => return Ok(last),
                Some(Err(error)) => tracing::debug!(%error, "the coordinator's topic"),
                None => {}
            }
            if Instant::now() >= until {
                return Err(StoreError::Unavailable(format!(
                    "Kafka: {STATES} cannot be read"
                )));
            }
        }
    }

    /// What a state says of a decision; `None` where it says nothing.
    pub(super) fn read(value: &[u8]) -> Result<Option<Self>, StoreError> {
        let mut reader = Reader::new(value);
        let mut head = || {
            let form = reader.i16()?;
            reader.skip(PRODUCER_BYTES)?;
            Some((form, reader.i8()?))
        };
        let (form, state) = head().ok_or_else(unread)?;
        if state != PREPARE_COMMIT && state != PREPARE_ABORT {
            return Ok(None);
        }
        // From form 1 on lengths are short, and fields may follow.
        let partitions = partitions(&mut reader, form >= 1).ok_or_else(unread)?;
        Ok(Some(Self {
            is_commit: state == PREPARE_COMMIT,
            partitions,
        }))
    }
}

fn partitions(reader: &mut Reader<'_>, is_flexible: bool) -> Option<Vec<(String, Vec<i32>)>> {
    let mut partitions = vec![];
    for _ in 0..reader.count(is_flexible)? {
        let topic = reader.text(is_flexible)?;
        let numbers = 0..reader.count(is_flexible)?;
        let numbers: Option<Vec<i32>> = numbers.map(|_| reader.i32()).collect();
        partitions.push((topic, numbers?));
        if is_flexible {
            reader.skip_tagged()?;
        }
    }
    Some(partitions)
}

fn unread() -> StoreError {
    StoreError::Unavailable(format!("Kafka: a record of {STATES} has another form"))
}

/// Whether a key is that of an id's states.
pub(super) fn is_of(key: &[u8], id: &str) -> bool {
    let mut reader = Reader::new(key);
    reader.i16() == Some(0) && reader.text(false).is_some_and(|text| text == id)
}

/// The partition that an id's states are in.
pub(super) fn partition_of(id: &str, partitions: u32) -> u32 {
    // Java's hash of a string.
    let units = id.encode_utf16();
    let hash = units.fold(0_i32, |hash, unit| {
        hash.wrapping_mul(31).wrapping_add(i32::from(unit))
    });
    hash.checked_abs().unwrap_or(0) as u32 % partitions.max(1)
}
