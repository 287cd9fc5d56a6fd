//! The thread that appends: it takes all appends that wait, writes them as one batch, syncs once,
//! and only then answers all of them. While it syncs, the next ones gather; no timer is needed.
//!
//! INVARIANT: this thread alone writes every topic but those that are the journal's
//! ([`Topic::is_the_journals`]).

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::JoinHandle;

use fjall::PersistMode;
use tokio::sync::oneshot;

use crate::{NewRecord, StoreError, Topic};

use super::engine::{Engine, Fault};
use super::{block, lock};

/// Bytes that a record takes beside its parts, about.
const RECORD_BYTES: usize = 64;

/// The queue of appends and the thread that takes them.
#[derive(Debug)]
pub(super) struct Appender {
    queue: Arc<Queue>,
    thread: Option<JoinHandle<()>>,
    bytes_max: usize,
}

#[derive(Debug, Default)]
struct Queue {
    waiting: Mutex<Waiting>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct Waiting {
    appends: VecDeque<Append>,
    /// Bytes of the appends that are not answered yet, also of those being written.
    bytes: usize,
    is_closed: bool,
}

/// Records of one call, and who waits for them.
#[derive(Debug)]
struct Append {
    topic: Topic,
    records: Vec<NewRecord>,
    bytes: usize,
    done: oneshot::Sender<Result<(), StoreError>>,
}

impl Appender {
    pub(super) fn start(engine: Arc<Engine>) -> Result<Self, StoreError> {
        let queue = Arc::new(Queue::default());
        let bytes_max = engine.options.queue_bytes_max;
        let thread = std::thread::Builder::new()
            .name("log-appender".to_owned())
            .spawn({
                let queue = Arc::clone(&queue);
                move || run(&engine, &queue)
            })
            .map_err(|error| StoreError::Unavailable(format!("no thread to append: {error}")))?;
        Ok(Self {
            queue,
            thread: Some(thread),
            bytes_max,
        })
    }

    /// Appends records; they are durable when this returns.
    pub(super) async fn append(
        &self,
        topic: Topic,
        records: Vec<NewRecord>,
    ) -> Result<(), StoreError> {
        let bytes = records.iter().map(bytes_of).sum();
        let (done, outcome) = oneshot::channel();
        {
            let mut waiting = lock(&self.queue.waiting);
            if waiting.is_closed {
                return Err(closed());
            }
            if waiting.bytes > 0 && waiting.bytes.saturating_add(bytes) > self.bytes_max {
                return Err(StoreError::Unavailable(format!(
                    "more than {} bytes wait to be appended",
                    self.bytes_max
                )));
            }
            waiting.bytes += bytes;
            waiting.appends.push_back(Append {
                topic,
                records,
                bytes,
                done,
            });
        }
        self.queue.changed.notify_one();
        outcome.await.unwrap_or_else(|_| Err(closed()))
    }

    /// Whether appends are taken.
    pub(super) fn check(&self) -> Result<(), StoreError> {
        if lock(&self.queue.waiting).is_closed {
            return Err(closed());
        }
        Ok(())
    }
}

fn closed() -> StoreError {
    StoreError::Unavailable("the log is closed".to_owned())
}

impl Drop for Appender {
    /// Writes what waits, and lets go of the database before the last adapter is gone.
    fn drop(&mut self) {
        lock(&self.queue.waiting).is_closed = true;
        self.queue.changed.notify_one();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn bytes_of(record: &NewRecord) -> usize {
    let headers: usize = record
        .headers
        .iter()
        .map(|(name, value)| name.len() + value.len())
        .sum();
    RECORD_BYTES + record.key.len() + record.value.len() + headers
}

/// Closes the queue however the thread ends, so that nobody waits for what does not come.
struct Closing<'a>(&'a Queue);

impl Drop for Closing<'_> {
    fn drop(&mut self) {
        let mut waiting = lock(&self.0.waiting);
        waiting.is_closed = true;
        waiting.appends.clear();
    }
}

fn run(engine: &Engine, queue: &Queue) {
    let _closing = Closing(queue);
    while let Some(group) = take_group(queue, engine.options.group_bytes_max) {
        let outcome = write_group(engine, &group);
        lock(&queue.waiting).bytes -= group.iter().map(|append| append.bytes).sum::<usize>();
        for append in group {
            // Who does not wait any more need not know.
            let _ = append.done.send(match &outcome {
                Ok(()) => Ok(()),
                Err(error) => Err(again(error)),
            });
        }
    }
}

/// The appends that share the next sync; none when the log is closed.
fn take_group(queue: &Queue, bytes_max: usize) -> Option<Vec<Append>> {
    let mut waiting = lock(&queue.waiting);
    while waiting.appends.is_empty() {
        if waiting.is_closed {
            return None;
        }
        waiting = queue
            .changed
            .wait(waiting)
            .unwrap_or_else(PoisonError::into_inner);
    }
    let mut bytes = 0;
    let mut group = Vec::new();
    while let Some(append) = waiting.appends.pop_front() {
        bytes += append.bytes;
        group.push(append);
        if bytes >= bytes_max {
            break;
        }
    }
    Some(group)
}

/// Writes a group, syncs it, and moves the tails.
fn write_group(engine: &Engine, group: &[Append]) -> Result<(), StoreError> {
    // By partition, in the order of the calls: a call's records stay adjacent.
    let mut parts = BTreeMap::<(usize, u32), (Topic, Vec<&NewRecord>)>::new();
    for append in group {
        for record in &append.records {
            parts
                .entry((append.topic as usize, record.partition))
                .or_insert_with(|| (append.topic, Vec::new()))
                .1
                .push(record);
        }
    }
    let now = engine.options.clock.now();
    engine.write(|open| {
        let mut batch = open.database.batch().durability(Some(PersistMode::Buffer));
        let mut ends = Vec::with_capacity(parts.len());
        for ((_, partition), (topic, records)) in &parts {
            let log = open.log(&engine.tails, *topic, *partition)?;
            let tail = engine.tails.of(*topic, *partition)?;
            let end = block::put_records(&mut batch, log, tail.end(), now, records.iter().copied());
            ends.push((tail, end));
        }
        // The sync is of everything written before it, also by the journal.
        let before = engine.tails.ends();
        batch.commit()?;
        open.syncer.sync().map_err(fjall::Error::from)?;
        engine.tails.synced(&before);
        // Only now: readers see what is durable.
        for (tail, end) in ends {
            tail.publish(&mut tail.lock(), end);
            tail.synced(end.offset);
        }
        Ok::<_, Fault>(())
    })
}

/// The same error for another of those who share it.
fn again(error: &StoreError) -> StoreError {
    match error {
        StoreError::Full => StoreError::Full,
        StoreError::Unavailable(why) => StoreError::Unavailable(why.clone()),
        StoreError::Conflict(why) => StoreError::Conflict(why.clone()),
        StoreError::Corrupt(why) => StoreError::Corrupt(why.clone()),
    }
}
