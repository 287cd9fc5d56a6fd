//! One topic of the log.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;

use crate::{Destination, Log, LogReader, NewRecord, StoreError, Topic};

use super::appender::Appender;
use super::engine::Engine;
use super::log_reader::EmbeddedLogReader;

/// Bytes of a record's value.
const VALUE_BYTES_MAX: usize = 16 * 1024 * 1024;

pub(super) struct EmbeddedLog {
    topic: Topic,
    engine: Arc<Engine>,
    appender: Arc<Appender>,
}

impl EmbeddedLog {
    pub(super) fn new(topic: Topic, engine: Arc<Engine>, appender: Arc<Appender>) -> Self {
        Self {
            topic,
            engine,
            appender,
        }
    }
}

#[async_trait]
impl Log for EmbeddedLog {
    fn partitions(&self) -> u32 {
        self.engine.tails.partitions()
    }

    fn destination(&self) -> Destination<'_> {
        Destination {
            system: "audience",
            topic: self.topic.name(),
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
            self.engine.tails.place(self.topic, record.partition)?;
            if record.value.len() > VALUE_BYTES_MAX {
                return Err(StoreError::Conflict(format!(
                    "a record is longer than {VALUE_BYTES_MAX} bytes"
                )));
            }
        }
        if records.is_empty() {
            return Ok(());
        }
        self.appender.append(self.topic, records).await
    }

    fn end(&self, partition: u32) -> Result<u64, StoreError> {
        Ok(self.engine.tails.of(self.topic, partition)?.end().offset)
    }

    fn durable_end(&self, partition: u32) -> Result<u64, StoreError> {
        Ok(self.engine.tails.of(self.topic, partition)?.durable())
    }

    fn reader(&self, partition: u32, from: u64) -> Result<Box<dyn LogReader>, StoreError> {
        self.engine.tails.place(self.topic, partition)?;
        Ok(Box::new(EmbeddedLogReader::new(
            Arc::clone(&self.engine),
            self.topic,
            partition,
            from,
        )))
    }
}

impl fmt::Debug for EmbeddedLog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EmbeddedLog")
            .field("topic", &self.topic)
            .finish_non_exhaustive()
    }
}
