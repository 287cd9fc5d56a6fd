//! One partition of the log, worked through: the state of its users, moved record by record.
//!
//! Nothing here reads the clock of the wall or waits: whoever drives it (the owner's thread, a
//! replay, a test) hands in records and says when to commit. INVARIANT: what a committed position
//! comes to depends on the log below it alone, however batches were cut, deadlines were sliced and
//! sweeps had come along (but for the ids of spans, in headers: those are drawn). After an error
//! everything in memory is worthless: open it anew.

mod background;
mod course;
mod definitions;
mod facts;
mod people;
mod recall;
#[cfg(test)]
mod tests;
mod users;

use std::collections::BTreeMap;
use std::sync::Arc;

use kit::crash_point::crash_point;
use rule_runtime::{Change, Scratch};
use serde::{Deserialize, Serialize};
use stores::embedded::Clock;
use stores::{Journal, Log, PartitionJournal, Record, Space, StateReader, StoreError, WriteSet};

use crate::batch::Batch;
use crate::cache::Cache;
use crate::dead_letter;
use crate::deadlines::Deadlines;
use crate::keys;
use crate::metrics::Metrics;
use crate::plan::Plans;
use crate::reading::Reading;
use crate::tally::Tallies;
use crate::traces::{TakenTrace, Traces};
use crate::unseen::Unseen;
use crate::unwritten::{Unwritten, is_large};
use crate::user::User;
pub(crate) use course::{Course, Standing, Step};

/// Entries read at once.
const PAGE: usize = 256;

/// What all partitions of a process share.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) plans: Plans,
    /// Partitions of the log.
    pub(crate) partitions: u32,
    /// Bytes of users that one partition holds in memory.
    pub(crate) cache_bytes: usize,
    /// Records by which users' entries in the journal may be behind: a start reads so many again.
    pub(crate) behind_max: u64,
    /// The wall's instant in milliseconds, for latencies alone; `None` on a virtual clock.
    pub(crate) wall: Option<Arc<dyn Clock>>,
    pub(crate) metrics: Metrics,
    pub(crate) traces: Traces,
}

/// One partition.
#[derive(Debug)]
pub(crate) struct Partition {
    number: u32,
    shared: Arc<Shared>,
    journal: Box<dyn PartitionJournal>,
    reader: Arc<dyn StateReader>,
    /// The offset of the next record.
    position: u64,
    facts: Facts,
    course: Course,
    cache: Cache,
    unwritten: Unwritten,
    batch: Batch,
    deadlines: Deadlines,
    /// Members of each segment.
    sizes: BTreeMap<Arc<str>, u64>,
    /// Counts up when sizes change.
    sizes_revision: u64,
    tallies: Tallies,
    unseen: Unseen,
    /// What the view is marked with that has everything.
    view_mark: Option<u64>,
    has_outgoing: bool,
    scratch: Scratch,
    changes: Vec<Change>,
    /// That of the record being taken, if it is sampled. It is large, and there is hardly ever one.
    trace: Option<Box<TakenTrace>>,
}

/// What is known of the partition as a whole, as it is stored.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Facts {
    /// The greatest stamp that was read.
    pub(crate) clock: i64,
    /// Users who exist.
    pub(crate) users: u64,
    /// Users who have a state; tombstones and those merged away too.
    pub(crate) known: u64,
    /// Records that could not be used.
    pub(crate) dead: u64,
    /// From where on the log must be read again for users whose entries are behind.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) recall_from: Option<u64>,
}

impl Default for Facts {
    fn default() -> Self {
        Self {
            clock: i64::MIN,
            users: 0,
            known: 0,
            dead: 0,
            recall_from: None,
        }
    }
}

impl Partition {
    /// Opens a partition as the last commit left it. `log` is that of which it takes records.
    pub(crate) fn open(
        shared: &Arc<Shared>,
        journal: &dyn Journal,
        log: &dyn Log,
        number: u32,
    ) -> Result<Self, StoreError> {
        let owned = journal.open(number)?;
        let reader = journal.reader(number)?;
        let facts = reader.get(Space::Meta, keys::PARTITION)?;
        let facts = facts.map(|stored| from_json(&stored)).transpose()?;
        let sizes = read_sizes(&*reader)?;
        for (segment, size) in &sizes {
            shared.metrics.size(number, segment, *size);
        }
        let room = shared.cache_bytes / 2;
        let mut partition = Self {
            number,
            position: owned.position(),
            facts: facts.unwrap_or_default(),
            course: Course::open(shared, &*reader)?,
            cache: Cache::new(shared.cache_bytes - room),
            unwritten: Unwritten::new(shared.behind_max, room),
            batch: Batch::default(),
            deadlines: Deadlines::default(),
            sizes,
            sizes_revision: 1,
            tallies: Tallies::open(&*reader)?,
            unseen: Unseen::open(&*reader)?,
            view_mark: read_view_mark(&*reader)?,
            has_outgoing: !reader.scan(Space::Outgoing, b"", None, 1)?.is_empty(),
            scratch: Scratch::default(),
            changes: vec![],
            trace: None,
            shared: Arc::clone(shared),
            journal: owned,
            reader,
        };
        partition.recall(log)?;
        Ok(partition)
    }

    /// Takes the next record. One below the position was taken before.
    pub(crate) fn take(&mut self, record: &Record) -> Result<(), StoreError> {
        if record.offset < self.position {
            return Ok(());
        }
        let reading = Reading::of(record);
        if reading.as_ref().is_ok_and(Reading::needs_history) {
            // The history is read from the journal, so the facts before must be there.
            self.commit()?;
        }
        if reading.as_ref().is_ok_and(Reading::is_switch) {
            // This commits, so it comes before the record is counted as taken.
            self.finish_sweep()?;
        }
        self.position = record.offset + 1;
        self.facts.clock = self.facts.clock.max(record.stamp);
        let cause = reading.as_ref().ok().and_then(Reading::cause);
        let (traces, last) = (&self.shared.traces, &mut self.batch.traces);
        self.trace = traces.take((self.number, record), cause, last);
        match reading {
            Ok(Reading::Tick) => Ok(()),
            Ok(Reading::Definition(definition)) => self.take_definition(record, *definition),
            Ok(Reading::Transfer(transfer)) => self.take_transfer(record, *transfer),
            Ok(Reading::Incoming(incoming)) => self.take_incoming(record, &incoming),
            Err(reason) => {
                self.dead_letter(record, &reason);
                Ok(())
            }
        }?;
        if let Some(trace) = self.trace.take() {
            self.batch.traces.push(*trace);
        }
        Ok(())
    }

    /// Commits everything so far.
    pub(crate) fn commit(&mut self) -> Result<(), StoreError> {
        if self.batch.is_empty() && self.position == self.journal.position() {
            return Ok(());
        }
        let mut batch = std::mem::take(&mut self.batch);
        let mut written = self.take_due(&mut batch);
        for (id, user) in &mut written {
            self.write(&mut batch, id, user)?;
        }
        self.facts.recall_from = self.unwritten.from();
        self.put_sizes(&mut batch);
        self.tallies.put(&mut batch);
        batch.put(Space::Meta, keys::PARTITION.to_vec(), to_json(&self.facts)?);
        self.journal.commit(WriteSet {
            position: self.position,
            entries: batch.entries,
            changes: batch.changes,
            dead: batch.dead,
        })?;
        crash_point("after-commit-before-view");
        if let Some(wall) = &self.shared.wall {
            let now = wall.now();
            let stamps = batch.caused_by_facts.iter();
            stamps.for_each(|stamp| self.shared.metrics.published(now.saturating_sub(*stamp)));
        }
        batch.traces.into_iter().for_each(TakenTrace::end);
        self.shared.metrics.given_up(self.scratch.take_given_up());
        for (id, user) in written {
            self.cache.put(id, user);
        }
        Ok(())
    }

    /// The users whose entries this commit writes; of the batch the others may wait. Of large users
    /// who are overdue one at a time: the next commit is soon.
    fn take_due(&mut self, batch: &mut Batch) -> Vec<(Arc<str>, Box<User>)> {
        let (mut due, later): (Vec<_>, Vec<_>) =
            batch.users.drain().partition(|(_, user)| user.is_due);
        for (id, user) in &mut due {
            self.unwritten.end(id, user);
        }
        for (id, user) in later {
            self.unwritten.put(id, user);
        }
        let mut may_be_large = true;
        while let Some((id, mut user)) = self.unwritten.take_overdue(self.position, may_be_large) {
            may_be_large &= !is_large(&mut user);
            due.push((id, user));
        }
        due
    }

    /// Writes a user's entry.
    fn write(
        &mut self,
        batch: &mut Batch,
        id: &Arc<str>,
        user: &mut User,
    ) -> Result<(), StoreError> {
        let rules = self.course.rules_at(user.header.definition);
        let key = id.as_bytes().to_vec();
        batch.put(Space::State, key.clone(), user.encode(rules));
        if std::mem::take(&mut user.profile_changed) {
            if user.profile.is_empty() {
                batch.remove(Space::Profile, key);
            } else {
                batch.put(Space::Profile, key, user.profile.encode()?);
            }
        }
        if std::mem::take(&mut user.has_fired_entry) {
            batch.remove(Space::Meta, keys::under(keys::FIRED, id.as_bytes()));
        }
        user.is_due = false;
        Ok(())
    }

    fn put_sizes(&mut self, batch: &mut Batch) {
        self.sizes_revision += u64::from(!batch.sizes.is_empty());
        for (segment, difference) in std::mem::take(&mut batch.sizes) {
            let size = self.sizes.entry(Arc::clone(&segment)).or_default();
            *size = size.saturating_add_signed(difference);
            self.shared.metrics.size(self.number, &segment, *size);
            let key = keys::under(keys::COUNT, segment.as_bytes());
            if *size == 0 {
                self.sizes.remove(&segment);
                batch.remove(Space::Meta, key);
            } else {
                batch.put(Space::Meta, key, size.to_le_bytes().to_vec());
            }
        }
    }

    /// Publishes a record that cannot be used among dead letters, and goes on.
    fn dead_letter(&mut self, record: &Record, reason: &str) {
        let (partition, offset) = (self.number, record.offset);
        tracing::warn!(partition, offset, reason, "a record cannot be used");
        self.shared.metrics.dead_letter(partition);
        self.facts.dead += 1;
        let letter = dead_letter::letter(partition, record, reason);
        self.batch.dead.push(letter);
        if let Some(trace) = &mut self.trace {
            trace.fail("dead_letter");
        }
    }

    /// The offset of the next record.
    pub(crate) fn position(&self) -> u64 {
        self.position
    }

    /// What is known of the partition as a whole.
    pub(crate) fn facts(&self) -> &Facts {
        &self.facts
    }

    /// Members of each segment, as of the last commit.
    pub(crate) fn sizes(&self) -> &BTreeMap<Arc<str>, u64> {
        &self.sizes
    }

    /// Counts up when sizes change; not 0.
    pub(crate) fn sizes_revision(&self) -> u64 {
        self.sizes_revision
    }

    /// What is counted by the day and by the hour; nothing may be uncommitted.
    pub(crate) fn tallies(&self) -> &Tallies {
        &self.tallies
    }

    /// The deadlines.
    pub(crate) fn deadlines(&self) -> &Deadlines {
        &self.deadlines
    }

    /// The definitions and what is being done about them.
    pub(crate) fn course(&self) -> &Course {
        &self.course
    }

    /// What was committed.
    pub(crate) fn reader(&self) -> &Arc<dyn StateReader> {
        &self.reader
    }

    /// The users whose serving view is to be written.
    pub(crate) fn unseen(&mut self) -> &mut Unseen {
        &mut self.unseen
    }
}

fn read_view_mark(reader: &dyn StateReader) -> Result<Option<u64>, StoreError> {
    let Some(stored) = reader.get(Space::Meta, keys::VIEW_MARK)? else {
        return Ok(None);
    };
    let mark = stored.as_ref().try_into().map(u64::from_le_bytes);
    let malformed = |_| StoreError::Corrupt("the mark of the view is malformed".into());
    mark.map(Some).map_err(malformed)
}

/// How many members segments have, as of the last commit.
pub(crate) fn read_sizes(reader: &dyn StateReader) -> Result<BTreeMap<Arc<str>, u64>, StoreError> {
    let mut sizes = BTreeMap::new();
    let mut after: Option<Vec<u8>> = None;
    loop {
        let page = reader.scan(Space::Meta, keys::COUNT, after.as_deref(), PAGE)?;
        for (key, value) in &page {
            let segment = key.get(keys::COUNT.len()..).map(str::from_utf8);
            let size = value.as_ref().try_into().map(u64::from_le_bytes);
            let (Some(Ok(segment)), Ok(size)) = (segment, size) else {
                return Err(StoreError::Corrupt("a segment's size is malformed".into()));
            };
            sizes.insert(segment.into(), size);
        }
        if page.len() < PAGE {
            return Ok(sizes);
        }
        after = page.last().map(|(key, _)| key.to_vec());
    }
}

fn to_json(value: &impl Serialize) -> Result<Vec<u8>, StoreError> {
    serde_json::to_vec(value).map_err(|error| StoreError::Corrupt(error.to_string()))
}

fn from_json<'a, T: Deserialize<'a>>(stored: &'a [u8]) -> Result<T, StoreError> {
    serde_json::from_slice(stored).map_err(|error| StoreError::Corrupt(error.to_string()))
}
