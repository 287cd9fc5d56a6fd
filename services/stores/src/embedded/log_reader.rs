//! Reads one partition of the log, block by block.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use fjall::Readable;

use crate::{LogReader, Record, StoreError, Topic};

use super::block;
use super::database::{OpenDatabase, block_of};
use super::engine::{Engine, Fault};

#[derive(Debug)]
pub(super) struct EmbeddedLogReader {
    engine: Arc<Engine>,
    topic: Topic,
    partition: u32,
    /// The offset of the next record to hand out.
    position: u64,
    /// Records that were read with their block and not handed out yet, from `position` on.
    rest: VecDeque<Record>,
}

impl EmbeddedLogReader {
    pub(super) fn new(engine: Arc<Engine>, topic: Topic, partition: u32, from: u64) -> Self {
        Self {
            engine,
            topic,
            partition,
            position: from,
            rest: VecDeque::new(),
        }
    }

    /// Reads blocks from the position on until there are `bytes_max` bytes or the end is reached.
    fn read(
        &self,
        open: &OpenDatabase,
        end: u64,
        bytes_max: usize,
    ) -> Result<VecDeque<Record>, Fault> {
        let log = open.log(&self.engine.tails, self.topic, self.partition)?;
        let snapshot = open.database.snapshot();
        // The block that holds the position begins at it or before it.
        let first = snapshot
            .range(log, ..=self.position.to_be_bytes())
            .next_back();
        let Some(first) = first else {
            return Err(self.gap().into());
        };
        let (base, bytes) = block_of(first)?;
        let mut records = VecDeque::new();
        let mut size = 0;
        let mut take = |base: u64, bytes| -> Result<usize, Fault> {
            for record in block::records_of(base, bytes)? {
                if record.offset >= self.position && record.offset < end {
                    size += record.value.len() + record.key.len();
                    records.push_back(record);
                }
            }
            Ok(size)
        };
        let mut size = take(base, bytes)?;
        let mut blocks = snapshot.range(log, (base + 1).to_be_bytes()..end.to_be_bytes());
        while size < bytes_max {
            let Some(next) = blocks.next() else { break };
            let (base, bytes) = block_of(next)?;
            size = take(base, bytes)?;
        }
        if records.front().map(|record| record.offset) != Some(self.position) {
            return Err(self.gap().into());
        }
        Ok(records)
    }

    fn gap(&self) -> StoreError {
        StoreError::Corrupt(format!(
            "partition {} of {} lacks offset {}",
            self.partition,
            self.topic.name(),
            self.position
        ))
    }
}

impl LogReader for EmbeddedLogReader {
    fn next(&mut self, bytes_max: usize, wait: Duration) -> Result<Vec<Record>, StoreError> {
        if self.rest.is_empty() {
            let tail = self.engine.tails.of(self.topic, self.partition)?;
            let end = tail.wait(self.position, wait);
            if end <= self.position {
                return Ok(Vec::new());
            }
            self.rest = self.engine.read(|open| self.read(open, end, bytes_max))?;
        }
        let mut records = Vec::with_capacity(self.rest.len());
        let mut size = 0;
        while let Some(record) = self.rest.pop_front() {
            self.position = record.offset + 1;
            size += record.value.len() + record.key.len();
            records.push(record);
            if size >= bytes_max {
                break;
            }
        }
        Ok(records)
    }
}
