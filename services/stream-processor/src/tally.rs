//! What is counted by name over the span of time that the partition is in: of earlier ones nothing is
//! kept.
//!
//! INVARIANT: what a tally comes to depends on what was added in which order alone, so that with the
//! commits it is as exact as they are, after a crash too.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use stores::{Counted, Counter, Space, StateReader, StoreError};

use crate::batch::Batch;
use crate::keys;

/// Entries read at once.
const PAGE: usize = 256;
/// Event types that are counted apart in one hour; what comes beyond them is counted as [`OTHERS`].
const EVENT_TYPES_MAX: usize = 1_000;
/// Stands for the event types for which there was no room.
const OTHERS: &str = "*";

/// The tallies of a partition.
#[derive(Debug)]
pub(crate) struct Tallies {
    /// By segment.
    pub(crate) growth: Tally,
    /// By event type.
    pub(crate) events: Tally,
}

impl Tallies {
    /// As the last commit left them.
    pub(crate) fn open(reader: &dyn StateReader) -> Result<Self, StoreError> {
        Ok(Self {
            // There are as many as segments, of which the catalog has a limit.
            growth: Tally::open(reader, Counter::DailyGrowth, usize::MAX)?,
            events: Tally::open(reader, Counter::HourlyEvents, EVENT_TYPES_MAX)?,
        })
    }

    /// Leaves in a batch what was added since the one before.
    pub(crate) fn put(&mut self, batch: &mut Batch) {
        self.growth.put(batch);
        self.events.put(batch);
    }

    /// All of them.
    pub(crate) fn all(&self) -> [&Tally; 2] {
        [&self.growth, &self.events]
    }
}

/// What is counted by name.
#[derive(Debug)]
pub(crate) struct Tally {
    counter: Counter,
    /// So many names are counted apart.
    names_max: usize,
    begins_at: i64,
    /// Places in `counts`.
    places: HashMap<Arc<str>, usize>,
    counts: Vec<Count>,
    /// Places of what was added to since the last batch.
    added: Vec<usize>,
    /// Names of the span before, whose entries are to go.
    passed: Vec<Arc<str>>,
    revision: u64,
}

#[derive(Debug)]
struct Count {
    name: Arc<str>,
    number: i64,
    /// The tally's when this was put in a batch last.
    revision: u64,
    is_added: bool,
}

impl Tally {
    fn open(
        reader: &dyn StateReader,
        counter: Counter,
        names_max: usize,
    ) -> Result<Self, StoreError> {
        let (begins_at, numbers) = read(reader, counter)?;
        let mut tally = Self {
            counter,
            names_max,
            begins_at,
            places: HashMap::new(),
            counts: vec![],
            added: vec![],
            passed: vec![],
            revision: 1,
        };
        for (name, number) in numbers {
            let place = tally.begin_count(&name);
            if let Some(count) = tally.counts.get_mut(place) {
                count.number = number;
            }
        }
        Ok(tally)
    }

    /// Adds to what is counted by a name, at an instant in milliseconds. What is of a span that has
    /// passed is left out.
    pub(crate) fn add(&mut self, at: i64, name: &str, number: i64) {
        let begins_at = self.counter.begin_of(at);
        if begins_at < self.begins_at {
            return;
        }
        if begins_at > self.begins_at {
            self.begin_span(begins_at);
        }
        let place = self.place_of(name);
        if let Some(count) = self.counts.get_mut(place) {
            count.number = count.number.saturating_add(number);
            if !std::mem::replace(&mut count.is_added, true) {
                self.added.push(place);
            }
        }
    }

    fn begin_span(&mut self, begins_at: i64) {
        self.begins_at = begins_at;
        self.places.clear();
        self.added.clear();
        let passed = self.counts.drain(..);
        self.passed.extend(passed.map(|count| count.name));
    }

    fn place_of(&mut self, name: &str) -> usize {
        let known = |name| self.places.get(name).copied();
        if let Some(place) = known(name) {
            return place;
        }
        if self.counts.len() < self.names_max {
            return self.begin_count(name);
        }
        let others = known(OTHERS);
        others.unwrap_or_else(|| self.begin_count(OTHERS))
    }

    fn begin_count(&mut self, name: &str) -> usize {
        let (name, place) = (Arc::<str>::from(name), self.counts.len());
        self.places.insert(Arc::clone(&name), place);
        self.counts.push(Count {
            name,
            number: 0,
            revision: self.revision,
            is_added: false,
        });
        place
    }

    fn put(&mut self, batch: &mut Batch) {
        for name in self.passed.drain(..) {
            batch.remove(Space::Meta, key(self.counter, &name));
        }
        if self.added.is_empty() {
            return;
        }
        self.revision += 1;
        for place in self.added.drain(..) {
            if let Some(count) = self.counts.get_mut(place) {
                (count.revision, count.is_added) = (self.revision, false);
                let stored = [self.begins_at.to_le_bytes(), count.number.to_le_bytes()];
                let key = key(self.counter, &count.name);
                batch.put(Space::Meta, key, stored.concat());
            }
        }
    }

    /// Counts up when something was counted and committed; not 0.
    pub(crate) fn revision(&self) -> u64 {
        self.revision
    }

    /// What has changed since a revision.
    pub(crate) fn since(&self, revision: u64) -> Counted {
        let changed = self.counts.iter().filter(|it| it.revision > revision);
        let counts = changed.map(|count| (count.name.to_string(), count.number));
        Counted {
            counter: self.counter,
            begins_at: self.begins_at,
            counts: counts.collect(),
        }
    }
}

/// When the span began that the last commit was in, and what had been counted in it.
pub(crate) fn read(
    reader: &dyn StateReader,
    counter: Counter,
) -> Result<(i64, BTreeMap<String, i64>), StoreError> {
    let (mut begins_at, mut numbers) = (i64::MIN, BTreeMap::new());
    let (prefix, mut after) = (prefix(counter), None::<Vec<u8>>);
    loop {
        let page = reader.scan(Space::Meta, prefix, after.as_deref(), PAGE)?;
        for (key, value) in &page {
            let name = key.strip_prefix(prefix).map(str::from_utf8);
            let (Some(Ok(name)), Some((began, number))) = (name, decode(value)) else {
                return Err(StoreError::Corrupt("a count is malformed".into()));
            };
            begins_at = began;
            numbers.insert(name.to_owned(), number);
        }
        if page.len() < PAGE {
            return Ok((begins_at, numbers));
        }
        after = page.last().map(|(key, _)| key.to_vec());
    }
}

fn decode(stored: &[u8]) -> Option<(i64, i64)> {
    let (begins_at, number) = stored.split_first_chunk()?;
    let number = number.try_into().ok()?;
    Some((i64::from_le_bytes(*begins_at), i64::from_le_bytes(number)))
}

fn prefix(counter: Counter) -> &'static [u8] {
    match counter {
        Counter::DailyGrowth => keys::GROWTH,
        Counter::HourlyEvents => keys::HOURLY,
    }
}

fn key(counter: Counter, name: &str) -> Vec<u8> {
    keys::under(prefix(counter), name.as_bytes())
}

#[cfg(test)]
mod tests {
    use stores::{Journal, WriteSet};

    use super::*;
    use crate::memory::MemoryJournal;

    const HOUR: i64 = 3_600_000;

    /// A journal with what tallies have put in it.
    struct World {
        journal: MemoryJournal,
        tallies: Tallies,
    }

    impl World {
        fn new() -> Self {
            let journal = MemoryJournal::default();
            let tallies = Tallies::open(&*journal.reader(0).unwrap()).unwrap();
            Self { journal, tallies }
        }

        fn commit(&mut self) {
            let mut batch = Batch::default();
            self.tallies.put(&mut batch);
            let set = WriteSet {
                entries: batch.entries,
                ..WriteSet::default()
            };
            self.journal.open(0).unwrap().commit(set).unwrap();
        }

        fn stored(&self, counter: Counter) -> (i64, BTreeMap<String, i64>) {
            read(&*self.journal.reader(0).unwrap(), counter).unwrap()
        }

        fn begin_again(&mut self) {
            self.tallies = Tallies::open(&*self.journal.reader(0).unwrap()).unwrap();
        }
    }

    fn numbers<const N: usize>(numbers: [(&str, i64); N]) -> BTreeMap<String, i64> {
        numbers
            .map(|(name, number)| (name.to_owned(), number))
            .into()
    }

    #[test]
    fn a_start_goes_on_where_the_last_commit_was() {
        let mut world = World::new();
        world.tallies.events.add(5 * HOUR + 1, "purchase", 1);
        world.tallies.events.add(5 * HOUR + 2, "view", 1);
        world.commit();
        world.tallies.events.add(5 * HOUR + 3, "purchase", 1);
        world.begin_again();
        world.tallies.events.add(5 * HOUR + 4, "purchase", 2);
        world.commit();
        let expected = numbers([("purchase", 3), ("view", 1)]);
        assert_eq!(world.stored(Counter::HourlyEvents), (5 * HOUR, expected));
        assert_eq!(world.stored(Counter::DailyGrowth), (i64::MIN, numbers([])));
    }

    #[test]
    fn the_next_span_begins_at_nothing_and_takes_nothing_of_the_one_before() {
        let mut world = World::new();
        let growth = |world: &mut World, at, number| world.tallies.growth.add(at, "vip", number);
        growth(&mut world, 23 * HOUR, 7);
        world.tallies.growth.add(23 * HOUR, "gone", -7);
        world.commit();
        growth(&mut world, 25 * HOUR, 2);
        growth(&mut world, 24 * HOUR - 1, 5);
        growth(&mut world, 24 * HOUR, -3);
        world.commit();
        let expected = (24 * HOUR, numbers([("vip", -1)]));
        assert_eq!(world.stored(Counter::DailyGrowth), expected);
        // Also where nothing of it was committed in between.
        growth(&mut world, 48 * HOUR, 1);
        growth(&mut world, 72 * HOUR, 1);
        world.commit();
        let expected = (72 * HOUR, numbers([("vip", 1)]));
        assert_eq!(world.stored(Counter::DailyGrowth), expected);
    }

    #[test]
    fn names_beyond_the_limit_are_counted_together() {
        let mut world = World::new();
        for _ in 0..2 {
            for number in 0..EVENT_TYPES_MAX + 10 {
                world.tallies.events.add(1, &number.to_string(), 1);
            }
            world.commit();
            world.begin_again();
        }
        let (_, stored) = world.stored(Counter::HourlyEvents);
        assert_eq!(stored.len(), EVENT_TYPES_MAX + 1);
        assert_eq!((stored["0"], stored[OTHERS]), (2, 20));
        world.tallies.events.add(HOUR, "0", 1);
        world.commit();
        let expected = (HOUR, numbers([("0", 1)]));
        assert_eq!(world.stored(Counter::HourlyEvents), expected);
    }

    #[test]
    fn what_changed_since_a_revision_is_told() {
        let mut world = World::new();
        let events = |world: &World| world.tallies.events.since(0).counts;
        world.tallies.events.add(1, "a", 1);
        world.tallies.events.add(1, "b", 1);
        world.commit();
        let revision = world.tallies.events.revision();
        world.tallies.events.add(2, "b", 1);
        world.commit();
        let since = world.tallies.events.since(revision);
        assert_eq!((since.begins_at, since.counts), (0, numbers([("b", 2)])));
        assert_eq!(events(&world), numbers([("a", 1), ("b", 2)]));
        world.begin_again();
        assert_eq!(events(&world), numbers([("a", 1), ("b", 2)]));
    }
}
