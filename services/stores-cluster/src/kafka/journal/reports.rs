//! What becomes of the records of a transaction, as the brokers tell.

use std::collections::BTreeMap;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use rdkafka::ClientContext;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::error::KafkaError;
use rdkafka::message::{DeliveryResult, Message};
use rdkafka::producer::ProducerContext;

use super::ends::Written;
use super::transactions::Transaction;
use crate::kafka::connection;

/// What a record is: one of the changelog, the last of these, else the place of its topic among those
/// of [`Transaction::published`].
pub(super) const ENTRY: usize = 10;
pub(super) const MARK: usize = 11;

/// What became of the records of the transaction under way.
#[derive(Debug, Default)]
pub(super) struct Reports {
    reported: Mutex<Reported>,
    /// Tells who waits that the last record has come.
    have_come: Condvar,
}

#[derive(Debug, Default)]
struct Reported {
    /// Records handed over and not heard of since.
    awaited: usize,
    /// The offset of the mark.
    mark: Option<u64>,
    /// The last offset of the changelog's records.
    entries: Option<u64>,
    /// That of what is published, by the place of its topic and partition.
    published: BTreeMap<(usize, u32), u64>,
    failure: Option<KafkaError>,
}

impl Reports {
    /// Begins another transaction: what became of the last one is forgotten.
    pub(super) fn begin(&self) {
        let mut reported = self.lock();
        let awaited = reported.awaited;
        *reported = Reported {
            awaited,
            ..Reported::default()
        };
    }

    /// A record is about to be handed over.
    pub(super) fn expect_one(&self) {
        self.lock().awaited += 1;
    }

    /// It was not taken after all.
    pub(super) fn forget_one(&self) {
        self.lock().come();
    }

    /// Waits until no record is on its way, and tells whether that came about in time.
    ///
    /// The client library's own wait looks at the clock without a pause for its last millisecond.
    pub(super) fn have_all_come(&self, until: Instant) -> bool {
        let left = until.saturating_duration_since(Instant::now());
        let waited = self
            .have_come
            .wait_timeout_while(self.lock(), left, |it| it.awaited > 0);
        let (reported, _) = waited.unwrap_or_else(PoisonError::into_inner);
        reported.awaited == 0
    }

    /// The offset of the mark.
    pub(super) fn mark(&self) -> Option<u64> {
        self.lock().mark
    }

    /// Why a record was not written.
    pub(super) fn failure(&self) -> Option<KafkaError> {
        self.lock().failure.clone()
    }

    /// Where records were written, each the last of its partition.
    pub(super) fn written(&self, transaction: &Transaction<'_>) -> Vec<Written> {
        let reported = self.lock();
        let (topic, partition) = transaction.changelog;
        let entries = reported.entries.map(|offset| (topic, partition, offset));
        let published = reported.published.iter();
        let published = published.filter_map(|((place, partition), offset)| {
            let (topic, _) = transaction.published.get(*place)?;
            Some((*topic, *partition, *offset))
        });
        let all = entries.into_iter().chain(published);
        let all = all.map(|(topic, partition, offset)| Written {
            topic: topic.to_owned(),
            partition,
            offset,
        });
        all.collect()
    }

    fn lock(&self) -> MutexGuard<'_, Reported> {
        self.reported.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Reported {
    fn come(&mut self) {
        self.awaited = self.awaited.saturating_sub(1);
    }
}

impl ClientContext for Reports {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, message: &str) {
        connection::log(level, facility, message);
    }

    fn error(&self, error: KafkaError, reason: &str) {
        connection::report(&error, reason);
    }
}

impl ProducerContext for Reports {
    type DeliveryOpaque = usize;

    fn delivery(&self, delivery: &DeliveryResult<'_>, told: usize) {
        let mut reported = self.lock();
        reported.come();
        if reported.awaited == 0 {
            self.have_come.notify_all();
        }
        match delivery {
            Ok(message) => {
                // A copy of what was written before is acknowledged without its offset.
                let Ok(offset) = u64::try_from(message.offset()) else {
                    return;
                };
                if told != ENTRY && told != MARK {
                    let partition = message.partition().max(0) as u32;
                    let last = reported.published.entry((told, partition)).or_default();
                    *last = offset.max(*last);
                    return;
                }
                reported.entries = reported.entries.max(Some(offset));
                reported.mark = (told == MARK).then_some(offset);
            }
            Err((error, _)) => {
                reported.failure.get_or_insert_with(|| error.clone());
            }
        }
    }
}
