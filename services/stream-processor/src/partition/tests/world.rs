//! Partitions over a log and journals in memory, worked through with breaks.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use kit::control::Control;
use rulelang::Rule;
use serde_json::{Value as Json, json};
use stores::{
    Destination, Journal, Log, LogReader, NewRecord, PartitionJournal, Record, Space, StateReader,
    StoreError, WriteSet, partition_of,
};

use super::Changes;
use crate::history;
use crate::incoming::{Incoming, Kind};
use crate::keys;
use crate::memory::MemoryJournal;
use crate::metrics::Metrics;
use crate::partition::{Partition, Shared, Step};
use crate::plan::{Plans, is_trait};
use crate::traces::Traces;
use crate::transfer::Transfer;

/// Draws from a seed.
pub(super) struct Random(u64);

impl Random {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed | 1)
    }

    /// Below `bound`.
    pub(super) fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) % bound
    }
}

/// A journal whose commits fail now and then, with nothing or all of them there.
#[derive(Debug, Clone, Default)]
pub(super) struct Breaking {
    kept: MemoryJournal,
    /// Of the next commits, which one fails; 0 for none.
    fails_in: Arc<AtomicU64>,
}

#[derive(Debug)]
struct Owned(Box<dyn PartitionJournal>, Arc<AtomicU64>);

impl Journal for Breaking {
    fn open(&self, partition: u32) -> Result<Box<dyn PartitionJournal>, StoreError> {
        let owned = self.kept.open(partition)?;
        Ok(Box::new(Owned(owned, Arc::clone(&self.fails_in))))
    }

    fn reader(&self, partition: u32) -> Result<Arc<dyn StateReader>, StoreError> {
        self.kept.reader(partition)
    }
}

impl PartitionJournal for Owned {
    fn position(&self) -> u64 {
        self.0.position()
    }

    fn commit(&mut self, set: WriteSet) -> Result<(), StoreError> {
        let left = self.1.load(Ordering::Relaxed);
        self.1.store(left.saturating_sub(1), Ordering::Relaxed);
        if left == 1 {
            if set.position.is_multiple_of(2) {
                self.0.commit(set)?;
            }
            return Err(StoreError::Unavailable("as asked".to_owned()));
        }
        self.0.commit(set)
    }
}

/// The log as it is, to be read again.
#[derive(Debug)]
struct Recorded(Vec<Vec<Record>>);

#[async_trait]
impl Log for Recorded {
    fn partitions(&self) -> u32 {
        self.0.len() as u32
    }

    fn destination(&self) -> Destination<'_> {
        Destination {
            system: "test",
            topic: "user-events",
        }
    }

    async fn append(&self, _: Vec<NewRecord>) -> Result<(), StoreError> {
        Err(StoreError::Unavailable("it is only read".to_owned()))
    }

    fn end(&self, partition: u32) -> Result<u64, StoreError> {
        Ok(self.0[partition as usize].len() as u64)
    }

    fn reader(&self, partition: u32, from: u64) -> Result<Box<dyn LogReader>, StoreError> {
        let records = self.0[partition as usize][from as usize..].to_vec();
        Ok(Box::new(Rest(records.into())))
    }
}

#[derive(Debug)]
struct Rest(VecDeque<Record>);

impl LogReader for Rest {
    fn next(&mut self, _: usize, _: Duration) -> Result<Vec<Record>, StoreError> {
        // A few at once, so that it is asked again.
        Ok(self.0.drain(..self.0.len().min(3)).collect())
    }
}

pub(super) struct World {
    pub(super) now: i64,
    /// Per mille of turns that break.
    breaks: u64,
    pub(super) log: Vec<Vec<Record>>,
    shared: Arc<Shared>,
    pub(super) journal: Breaking,
    partitions: Vec<Option<Partition>>,
    sent: Vec<Option<Vec<u8>>>,
    pub(super) changes: Vec<NewRecord>,
}

impl World {
    pub(super) fn new(partitions: u32, breaks: u64, behind_max: u64) -> Self {
        let count = partitions as usize;
        Self {
            now: super::BEGIN,
            breaks,
            log: vec![vec![]; count],
            shared: Arc::new(Shared {
                plans: Plans::new(Metrics::unread()),
                partitions,
                cache_bytes: 4_000,
                behind_max,
                wall: None,
                metrics: Metrics::unread(),
                traces: Traces::default(),
            }),
            journal: Breaking::default(),
            partitions: (0..count).map(|_| None).collect(),
            sent: vec![None; count],
            changes: vec![],
        }
    }

    fn tail(&self) -> Vec<String> {
        let tails = self.log.iter().flat_map(|log| log.iter().rev().take(12));
        let line = |record: &Record| {
            let value = String::from_utf8_lossy(&record.value);
            format!("{} {} {value}", record.offset, record.key)
        };
        tails.map(line).collect()
    }

    /// The beginnings of records that name somebody or are merges and deletes, for a failure.
    fn mentioning(&self, text: &str) -> String {
        let mut lines = vec![];
        for (number, log) in self.log.iter().enumerate() {
            for record in log {
                let value = String::from_utf8_lossy(&record.value);
                let is_merge = ["$alias", "$delete"]
                    .iter()
                    .any(|kind| value.contains(kind));
                if is_merge || value.contains(text) {
                    let value: String = value.chars().take(330).collect();
                    let Record {
                        offset, stamp, key, ..
                    } = record;
                    lines.push(format!("{stamp} {number}:{offset} {key} {value}"));
                }
            }
        }
        lines.sort();
        lines.join("\n")
    }

    /// The records about a user, for a failure's message.
    pub(super) fn about(&self, user: &str) -> String {
        let number = partition_of(user, self.log.len() as u32);
        let log = self.log[number as usize].iter();
        let log = log.filter(|record| record.key == user || record.key.is_empty());
        let lines = log.map(|record| {
            let value = String::from_utf8_lossy(&record.value);
            let stamp = rulelang::time::format_timestamp(record.stamp);
            format!("{} {stamp} {value}\n", record.offset)
        });
        lines.collect()
    }

    /// Nothing worked through yet, over the same log.
    pub(super) fn again(&self) -> Self {
        let partitions = self.log.len() as u32;
        Self {
            log: self.log.clone(),
            ..Self::new(partitions, 0, 0)
        }
    }

    fn append(&mut self, record: NewRecord) {
        let log = &mut self.log[record.partition as usize];
        let last = log.last().map_or(i64::MIN, |record| record.stamp);
        log.push(Record {
            offset: log.len() as u64,
            stamp: self.now.max(last),
            key: record.key,
            value: record.value,
            headers: record.headers,
        });
    }

    pub(super) fn fact(&mut self, user: &str, id: &str, event: &str, at: i64, properties: &Json) {
        let message = json!({
            "eventId": id, "userId": user, "eventType": event,
            "timestamp": rulelang::time::format_timestamp(at), "properties": properties,
        });
        self.append(NewRecord {
            partition: partition_of(user, self.log.len() as u32),
            key: user.to_owned(),
            value: message.to_string().into(),
            headers: vec![],
        });
    }

    pub(super) fn control(&mut self, control: &Control) {
        for partition in 0..self.log.len() as u32 {
            self.append(NewRecord {
                partition,
                key: String::new(),
                value: serde_json::to_vec(control).unwrap().into(),
                headers: vec![],
            });
        }
    }

    /// Appends a record that is there already once more.
    pub(super) fn copy(&mut self, random: &mut Random) {
        let partition = random.below(self.log.len() as u64);
        let log = &self.log[partition as usize];
        if log.is_empty() {
            return;
        }
        let record = log[random.below(log.len() as u64) as usize].clone();
        // Beyond the dedupe window a copy is a fact of its own; what is copied may be a copy.
        let mut all = self.log.iter().flatten();
        let first = all.find(|first| first.value == record.value);
        let is_recent = first.is_some_and(|first| first.stamp >= self.now - 20 * super::HOUR);
        if record.key.is_empty() || !is_recent {
            return;
        }
        self.append(NewRecord {
            partition: partition as u32,
            key: record.key,
            value: record.value,
            headers: record.headers,
        });
    }

    /// A turn of somebody, which may break in the middle.
    pub(super) fn work(&mut self, random: &mut Random) {
        let partition = random.below(self.log.len() as u64) as usize;
        if random.below(1_000) < self.breaks {
            self.partitions[partition] = None;
        }
        if random.below(1_000) < self.breaks {
            let fails_in = 1 + random.below(4);
            self.journal.fails_in.store(fails_in, Ordering::Relaxed);
        }
        if self.try_turn(partition, random).is_err() {
            self.partitions[partition] = None;
            self.sent[partition] = None;
        }
    }

    fn try_turn(&mut self, number: usize, random: &mut Random) -> Result<(), StoreError> {
        self.open(number)?;
        let Some(partition) = self.partitions[number].as_mut() else {
            return Ok(());
        };
        let from = partition.position() as usize;
        let count = random.below(12) as usize;
        for record in self.log[number].iter().skip(from).take(count) {
            partition.take(record)?;
            if random.below(8) == 0 {
                partition.commit()?;
            }
        }
        if random.below(2) == 0 {
            partition.fire_due()?;
        }
        if random.below(4) == 0 {
            partition.write_behind(1);
        }
        if random.below(2) == 0 {
            let mut slices = random.below(2);
            partition.work(&mut || {
                slices = slices.saturating_sub(1);
                slices > 0
            })?;
        }
        if random.below(4) == 0 {
            partition.commit()?;
            check_entries(partition);
            let behind_max = self.shared.behind_max;
            let from = partition.facts().recall_from;
            assert!(from.is_none_or(|from| from + behind_max > partition.position()));
        }
        if random.below(2) == 0 {
            partition.commit()?;
            let begun = partition.unseen().begin(3).len();
            if begun % 2 == 0 {
                let now = std::time::Instant::now();
                partition.unseen().written(now);
                partition.unseen().settle(now);
            } else {
                partition.unseen().not_written();
            }
            partition.note_seen();
        }
        if random.below(2) == 0 {
            partition.commit()?;
            let sent = partition.outgoing(self.sent[number].as_deref(), 2)?;
            let (keys, records): (Vec<_>, Vec<_>) = sent.into_iter().unzip();
            if let Some(last) = keys.last() {
                self.sent[number] = Some(last.clone());
            }
            partition.note_sent(keys);
            for record in records {
                self.append(record);
            }
        }
        Ok(())
    }

    fn open(&mut self, number: usize) -> Result<(), StoreError> {
        if self.partitions[number].is_none() {
            let partition = self.open_partition(number as u32)?;
            self.partitions[number] = Some(partition);
            self.sent[number] = None;
        }
        Ok(())
    }

    fn open_partition(&self, number: u32) -> Result<Partition, StoreError> {
        let log = Recorded(self.log.clone());
        Partition::open(&self.shared, &self.journal, &log, number)
    }

    /// Works until nothing is left to do.
    pub(super) fn settle(&mut self, random: &mut Random) {
        for round in 0.. {
            let records: usize = self.log.iter().map(Vec::len).sum();
            assert!(
                round < 1_000 && records < 4_000,
                "records go round and round: {:?}",
                self.tail()
            );
            self.breaks = self.breaks.saturating_sub(1);
            self.journal.fails_in.store(0, Ordering::Relaxed);
            for _ in 0..20 {
                self.work(random);
            }
            if self.breaks == 0 && (0..self.log.len()).all(|number| self.is_done(number)) {
                break;
            }
        }
        self.control(&Control::Tick);
        for number in 0..self.log.len() {
            self.finish(number, usize::MAX);
        }
    }

    fn is_done(&mut self, number: usize) -> bool {
        self.open(number).unwrap();
        let sent = self.sent[number].clone();
        let partition = self.partitions[number].as_mut().unwrap();
        partition.commit().unwrap();
        let is_sent = partition.outgoing(sent.as_deref(), 1).unwrap().is_empty();
        is_sent && partition.position() as usize == self.log[number].len()
    }

    /// Takes the whole log in batches of `chunk` records.
    pub(super) fn run(&mut self, chunk: usize) {
        for number in 0..self.log.len() {
            self.finish(number, chunk);
        }
    }

    fn finish(&mut self, number: usize, chunk: usize) {
        self.open(number).unwrap();
        let partition = self.partitions[number].as_mut().unwrap();
        let from = partition.position() as usize;
        for records in self.log[number][from..].chunks(chunk.min(1 << 20)) {
            for record in records {
                partition.take(record).unwrap();
            }
            partition.fire_all().unwrap();
        }
        while partition.work(&mut || true).unwrap() == Step::More {}
        partition.fire_all().unwrap();
        partition.commit().unwrap();
    }

    pub(super) fn changes(&mut self) -> Changes {
        for number in 0..self.log.len() as u32 {
            self.changes.extend(self.journal.kept.take_changes(number));
        }
        let mut changes = Changes::new();
        for record in &self.changes {
            let mut message: Json = serde_json::from_slice(&record.value).unwrap();
            message.as_object_mut().unwrap().remove("metadata");
            let told: Vec<_> = record.headers.iter().take(4).collect();
            let lines = changes.entry(record.key.clone()).or_default();
            lines.push(format!("{message} {told:?}"));
        }
        changes
    }

    fn users(&self) -> Vec<(usize, String)> {
        let mut users = vec![];
        for number in 0..self.log.len() {
            let reader = self.journal.reader(number as u32).unwrap();
            let page = reader.scan(Space::State, b"", None, 1_000).unwrap();
            let ids = page
                .iter()
                .map(|(key, _)| String::from_utf8(key.to_vec()).unwrap());
            users.extend(ids.map(|id| (number, id)));
        }
        users
    }

    /// Who is in what, by the states.
    pub(super) fn members(&self) -> BTreeSet<(String, String)> {
        let mut members = BTreeSet::new();
        for (number, id) in self.users() {
            let partition = self.partitions[number].as_ref().unwrap();
            partition
                .look_at(&id, |user, plan| {
                    for member in user.state.memberships() {
                        let segment = &plan.rules.segments()[member.segment as usize].id;
                        members.insert((segment.to_string(), id.clone()));
                    }
                })
                .unwrap();
        }
        members
    }

    /// What the view would show, but for its revision.
    pub(super) fn profiles(&self) -> Vec<Json> {
        let users = self.users().into_iter().map(|(number, id)| {
            let partition = self.partitions[number].as_ref().unwrap();
            let look = partition.look_at(&id, |user, plan| {
                let mut view = crate::serving::user_view(&id, user, plan);
                view.rev = 0;
                view.updated_at = 0;
                serde_json::to_value(view).unwrap()
            });
            look.unwrap().unwrap()
        });
        users.collect()
    }

    /// Who is in what, by the interpreter over the histories.
    pub(super) fn judged(&self) -> BTreeSet<(String, String)> {
        let mut members = BTreeSet::new();
        for (number, id) in self.users() {
            let partition = self.partitions[number].as_ref().unwrap();
            let clock = partition.facts().clock;
            let plan = &partition.course().active;
            let rules: Vec<(String, Rule)> = plan
                .rules
                .segments()
                .iter()
                .filter(|segment| !is_trait(&segment.id))
                .map(|segment| (segment.id.to_string(), segment.rule.clone()))
                .collect();
            let reader = partition.reader();
            let facts = history::known(&**reader, &id).unwrap();
            let overrides = overrides(&**reader, &id);
            let judged = rulelang::memberships(&rules, &facts, &overrides, clock - 1);
            let judged = judged.into_iter().filter(|(_, is_member)| *is_member);
            members.extend(judged.map(|(segment, _)| (segment, id.clone())));
        }
        members
    }

    /// Sequence numbers have no gaps, and sizes are what they add up to.
    pub(super) fn check_numbers(&self) {
        let mut last: BTreeMap<(String, String), u64> = BTreeMap::new();
        let mut sizes: BTreeMap<String, i64> = BTreeMap::new();
        for record in &self.changes {
            let header = |name: &str| {
                let found = record.headers.iter().find(|(header, _)| header == name);
                found.map(|(_, value)| value.clone()).unwrap()
            };
            let seq: u64 = header("seq").parse().unwrap();
            let last = last
                .entry((record.key.clone(), header("epoch").to_string()))
                .or_default();
            assert_eq!(seq, *last + 1, "{} {record:?}", record.key);
            *last = seq;
            let message: Json = serde_json::from_slice(&record.value).unwrap();
            let size = sizes.entry(message["segmentId"].as_str().unwrap().to_owned());
            *size.or_default() += if message["action"] == "added" { 1 } else { -1 };
        }
        let mut counted: BTreeMap<String, i64> = BTreeMap::new();
        for partition in self.partitions.iter().flatten() {
            for (segment, size) in partition.sizes() {
                *counted.entry(segment.to_string()).or_default() += *size as i64;
            }
        }
        sizes.retain(|_, size| *size != 0);
        assert_eq!(counted, sizes);
    }

    /// No shadows are left, and no parts but copies of transfers that were applied elsewhere.
    pub(super) fn check_leftovers(&self) {
        let readers: Vec<_> = self
            .partitions
            .iter()
            .flatten()
            .map(Partition::reader)
            .collect();
        let is_applied = |id: &str| {
            let key = keys::under(keys::TRANSFERRED, id.as_bytes());
            readers
                .iter()
                .any(|reader| reader.get(Space::Meta, &key).unwrap().is_some())
        };
        for number in 0..self.log.len() as u32 {
            let partition = self.partitions[number as usize].as_ref().unwrap();
            let reader = partition.reader();
            let shadows = reader.scan(Space::Shadow, b"", None, 10).unwrap();
            let is_building = !partition.course().builds().is_empty();
            assert!(is_building || shadows.is_empty(), "{shadows:?}");
            let parts = reader.scan(Space::Meta, keys::TRANSFER, None, 10).unwrap();
            for (_, part) in parts {
                let part: Transfer = serde_json::from_slice(&part).unwrap();
                let told = self.mentioning(&part.id);
                assert!(
                    is_applied(&part.id),
                    "{} {} of {}\n{told}",
                    part.id,
                    part.part,
                    part.parts
                );
            }
        }
    }
}

/// What was said last about each segment.
/// A user's entry tells all, or is known to be behind.
fn check_entries(partition: &Partition) {
    let page = partition.reader().scan(Space::State, b"", None, 1_000);
    for (key, stored) in page.unwrap() {
        let id = str::from_utf8(&key).unwrap();
        let entry = partition.entry_ahead(id).unwrap_or(stored);
        let encoded = partition.look_at(id, |user, plan| user.encode(&plan.rules));
        assert_eq!(encoded.unwrap(), Some(entry), "{id}");
    }
}

fn overrides(reader: &dyn StateReader, user: &str) -> BTreeMap<String, rulelang::Override> {
    let mut overrides = BTreeMap::new();
    history::for_each(reader, user, &mut |kept| {
        let read = Incoming::recall(&kept.message, kept.timestamp, &kept.id).unwrap();
        if let Kind::Member(segment, effect) = read.kind {
            use rule_runtime::OverrideEffect::{Clear, Exclude, Include};
            match effect {
                Include => overrides.insert(segment.to_string(), rulelang::Override::Included),
                Exclude => overrides.insert(segment.to_string(), rulelang::Override::Excluded),
                Clear => overrides.remove(&*segment),
            };
        }
    })
    .unwrap();
    overrides
}
