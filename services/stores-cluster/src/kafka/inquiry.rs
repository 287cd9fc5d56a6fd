//! Partitions and ends, asked of the brokers.

use std::fmt;
use std::time::{Duration, Instant};

use rdkafka::TopicPartitionList;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::{KafkaError, RDKafkaErrorCode as Code};
use rdkafka::topic_partition_list::Offset;
use stores::StoreError;

use super::connection::{Connection, Logged};
use super::fault;

/// How long to wait for the cluster at the start.
const METADATA_WAIT_MAX: Duration = Duration::from_secs(30);
/// How long to wait for the end of a partition: longer than it takes to find a new leader.
const END_WAIT_MAX: Duration = Duration::from_secs(5);
/// Before it is asked again.
const PAUSE: Duration = Duration::from_millis(50);

/// Clients that only ask. Without a group: they never read records.
pub(super) struct Inquiry {
    /// Sees what is committed.
    client: BaseConsumer<Logged>,
    /// Sees what is written.
    written: BaseConsumer<Logged>,
}

impl Inquiry {
    pub(super) fn new(connection: &Connection) -> Result<Self, StoreError> {
        let client = |isolation: &str| {
            let mut config = connection.config();
            config.set("isolation.level", isolation);
            let client = config.create_with_context(Logged);
            client.map_err(|error| fault::refused(&error))
        };
        Ok(Self {
            client: client("read_committed")?,
            written: client("read_uncommitted")?,
        })
    }

    /// How many partitions a topic has; `None` where there is no such topic. It blocks.
    pub(super) fn partitions(&self, topic: &str) -> Result<Option<u32>, StoreError> {
        let metadata = self.client.fetch_metadata(Some(topic), METADATA_WAIT_MAX);
        let metadata = match metadata {
            Ok(metadata) => metadata,
            Err(error) if is_missing(&error) => return Ok(None),
            Err(error) => return Err(fault::unavailable("no broker answers", &error)),
        };
        let found = metadata.topics().iter().find(|it| it.name() == topic);
        match found.map(|it| (it.error().map(Code::from), it.partitions().len())) {
            None
            | Some((None, 0) | (Some(Code::UnknownTopicOrPartition | Code::UnknownTopic), _)) => {
                Ok(None)
            }
            Some((None, partitions)) => Ok(Some(partitions as u32)),
            Some((Some(error), _)) => {
                let error = KafkaError::MetadataFetch(error);
                Err(fault::unavailable(topic, &error))
            }
        }
    }

    /// The partitions of a topic that has to be there. It blocks.
    pub(super) fn partitions_of(&self, topic: &str) -> Result<u32, StoreError> {
        self.partitions(topic)?.ok_or_else(|| {
            StoreError::Conflict(format!(
                "Kafka has no topic `{topic}`: `audience topics create` makes it"
            ))
        })
    }

    /// The offset of a partition's first record, and that after the last one which is committed. It
    /// blocks for some seconds at most.
    pub(super) fn range(&self, topic: &str, partition: u32) -> Result<(u64, u64), StoreError> {
        ask(&self.client, topic, partition)
    }

    /// The offsets up to which some partitions have no transaction open, in their order, by one
    /// question to each broker. It blocks for `wait` at most.
    pub(super) fn committed_ends(
        &self,
        partitions: &[(&str, u32)],
        wait: Duration,
    ) -> Result<Vec<u64>, StoreError> {
        if partitions.is_empty() {
            return Ok(vec![]);
        }
        // Serves what the library logs, which nobody else reads.
        drop(self.client.poll(Duration::ZERO));
        let asked = || -> Result<Vec<u64>, KafkaError> {
            let mut list = TopicPartitionList::with_capacity(partitions.len());
            for (topic, partition) in partitions {
                list.add_partition_offset(topic, *partition as i32, Offset::End)?;
            }
            let list = self.client.offsets_for_times(list, wait)?;
            let offsets = partitions.iter().map(|(topic, partition)| {
                let found = list.find_partition(topic, *partition as i32);
                let found = found.ok_or(KafkaError::OffsetFetch(Code::UnknownPartition))?;
                found.error()?;
                match found.offset() {
                    Offset::Offset(offset) => Ok(offset.max(0) as u64),
                    _ => Err(KafkaError::OffsetFetch(Code::NoOffset)),
                }
            });
            offsets.collect()
        };
        asked().map_err(|error| fault::unavailable("the ends of partitions", &error))
    }

    /// The offset after the last record that is written, committed or not. It blocks likewise.
    pub(super) fn written_end(&self, topic: &str, partition: u32) -> Result<u64, StoreError> {
        ask(&self.written, topic, partition).map(|(_, end)| end)
    }
}

fn ask(
    client: &BaseConsumer<Logged>,
    topic: &str,
    partition: u32,
) -> Result<(u64, u64), StoreError> {
    let until = Instant::now() + END_WAIT_MAX;
    let (low, high) = loop {
        // Serves what the library logs, which nobody else reads.
        drop(client.poll(Duration::ZERO));
        let left = until.saturating_duration_since(Instant::now());
        let range = client.fetch_watermarks(topic, partition as i32, left);
        match range {
            Ok(range) => break range,
            // The partition may just be changing its leader.
            Err(error) if left > PAUSE => {
                tracing::debug!(%error, topic, partition, "the end is asked again");
                std::thread::sleep(PAUSE);
            }
            Err(error) => {
                return Err(fault::unavailable("the end of a partition", &error));
            }
        }
    };
    Ok((low.max(0) as u64, high.max(0) as u64))
}

fn is_missing(error: &KafkaError) -> bool {
    matches!(
        error.rdkafka_error_code(),
        Some(Code::UnknownTopicOrPartition | Code::UnknownTopic | Code::UnknownPartition)
    )
}

impl fmt::Debug for Inquiry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Inquiry").finish_non_exhaustive()
    }
}
