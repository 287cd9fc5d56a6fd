//! What is counted by the day and by the hour, held to the changes and to the log.

use std::collections::{BTreeMap, BTreeSet};

use rulelang::time::parse_timestamp;
use serde_json::Value as Json;
use stores::{Counter, Journal};

use super::world::World;
use crate::tally;

/// By name; the begin of the span before it.
type Counts = (i64, BTreeMap<String, i64>);

impl World {
    /// What each partition has counted, as it is stored.
    pub(super) fn counted(&self, counter: Counter) -> Vec<Counts> {
        let readers = (0..self.log.len() as u32).map(|number| self.journal.reader(number));
        let counted = readers.map(|reader| tally::read(&*reader.unwrap(), counter).unwrap());
        let told = counted.map(|(begins_at, mut counts)| {
            counts.retain(|_, count| *count != 0);
            (begins_at, counts)
        });
        told.collect()
    }

    /// The growth of segments on the last day of each partition, by its changes.
    pub(super) fn judged_growth(&self) -> Vec<Counts> {
        let mut judged = vec![Judged::default(); self.log.len()];
        for record in &self.changes {
            let message: Json = serde_json::from_slice(&record.value).unwrap();
            let text = |name: &str| message[name].as_str().unwrap();
            let day = Counter::DailyGrowth.begin_of(parse_timestamp(text("timestamp")).unwrap());
            let change = if text("action") == "added" { 1 } else { -1 };
            judged[record.partition as usize].add(day, text("segmentId"), change);
        }
        judged.into_iter().map(Judged::last).collect()
    }

    /// The events of the last hour of each partition, by its log; where nobody was merged.
    pub(super) fn judged_events(&self) -> Vec<Counts> {
        let judged = self.log.iter().map(|log| {
            let (mut judged, mut known) = (Judged::default(), BTreeSet::new());
            for record in log.iter().filter(|record| !record.key.is_empty()) {
                let message: Json = serde_json::from_slice(&record.value).unwrap();
                let text = |name: &str| message[name].as_str().unwrap();
                let is_new = known.insert((record.key.clone(), text("eventId").to_owned()));
                if is_new && !text("eventType").starts_with('$') {
                    let hour = Counter::HourlyEvents.begin_of(record.stamp);
                    judged.add(hour, text("eventType"), 1);
                }
            }
            judged.last()
        });
        judged.collect()
    }
}

/// Sums by span and name.
#[derive(Debug, Clone, Default)]
struct Judged(BTreeMap<i64, BTreeMap<String, i64>>);

impl Judged {
    fn add(&mut self, begins_at: i64, name: &str, number: i64) {
        let span = self.0.entry(begins_at).or_default();
        *span.entry(name.to_owned()).or_default() += number;
    }

    fn last(mut self) -> Counts {
        let (begins_at, mut counts) = self.0.pop_last().unwrap_or((i64::MIN, BTreeMap::new()));
        counts.retain(|_, count| *count != 0);
        (begins_at, counts)
    }
}
