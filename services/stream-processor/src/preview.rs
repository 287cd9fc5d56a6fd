//! A rule tried on everybody, without saving it: over the histories, as they are committed.
//!
//! The history is read in pages, in the order of users. What a user's facts come to is a row of columns,
//! which machine code scans some users at once. INVARIANT: the answers are the interpreter's, in
//! bounded memory and time: a page of the history, one user's state and the columns; what was not
//! reached when the time was up is told as such.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Instant;

use rule_runtime::{Batch, BuildError, Fact, RuleCache, Scan, Scratch, UserState};
use rulelang::Rule;
use stores::{Space, StateReader, StoreError};

use crate::incoming::Incoming;
use crate::keys;

/// Entries of the history read at once.
const PAGE: usize = 512;

/// A rule to try.
#[derive(Debug)]
pub(crate) struct Trial {
    batch: Batch,
    /// Whether it names segments.
    asks_memberships: bool,
    /// How many matching users to name.
    pub(crate) sample: usize,
    /// When to stop.
    pub(crate) until: Instant,
}

/// What trying it on some partitions came to.
#[derive(Debug, Default)]
pub(crate) struct Count {
    pub(crate) matching: u64,
    /// Users who exist, of those who were looked at.
    pub(crate) users: u64,
    pub(crate) sample: Vec<String>,
    /// Whether somebody was not looked at.
    pub(crate) is_cut: bool,
}

/// The segments that a user is in, by id.
pub(crate) type Memberships<'a> = dyn Fn(&str) -> Result<BTreeSet<String>, StoreError> + 'a;

impl Trial {
    /// A rule to try as of `now` until the time is up.
    ///
    /// # Errors
    /// Where the rule cannot be planned.
    pub(crate) fn new(
        rule: Rule,
        cache: &RuleCache,
        now: i64,
        sample: usize,
        until: Instant,
    ) -> Result<Self, BuildError> {
        Ok(Self {
            asks_memberships: !rule.segments.is_empty(),
            batch: Batch::new(rule, now, cache)?,
            sample,
            until,
        })
    }

    /// Tries it on the users of a partition.
    pub(crate) fn count(
        &self,
        reader: &dyn StateReader,
        memberships: &Memberships<'_>,
        count: &mut Count,
    ) -> Result<(), StoreError> {
        let mut asked = Asked::new(self, memberships);
        let mut after: Option<Vec<u8>> = None;
        loop {
            if Instant::now() >= self.until {
                asked.answer(count);
                count.is_cut = true;
                return Ok(());
            }
            let page = reader.scan(Space::History, b"", after.as_deref(), PAGE)?;
            for (key, message) in &page {
                let (user, timestamp, id) = keys::history_all_parts(key)
                    .ok_or_else(|| corrupt("a history's key is malformed"))?;
                if user != asked.user {
                    asked.finish(count)?;
                    user.clone_into(&mut asked.user);
                }
                let fact = Incoming::recall_fact(message, timestamp, id, self.batch.rules())
                    .map_err(|error| corrupt(&format!("a kept fact cannot be read: {error}")))?;
                if let Some(fact) = fact {
                    asked.learn(&fact);
                }
            }
            if page.len() < PAGE {
                asked.finish(count)?;
                asked.answer(count);
                return Ok(());
            }
            after = page.last().map(|(key, _)| key.to_vec());
        }
    }
}

/// The user who is looked at, and those who were and of whom nothing is told yet.
struct Asked<'a> {
    trial: &'a Trial,
    memberships: &'a Memberships<'a>,
    /// Nobody before the first.
    user: String,
    /// What is known of them so far.
    state: UserState,
    scan: Scan<'a, String>,
    scratch: Scratch,
}

impl<'a> Asked<'a> {
    fn new(trial: &'a Trial, memberships: &'a Memberships<'a>) -> Self {
        Self {
            trial,
            memberships,
            user: String::new(),
            state: UserState::default(),
            scan: trial.batch.scan(),
            scratch: Scratch::default(),
        }
    }

    fn learn(&mut self, fact: &Fact) {
        let batch = &self.trial.batch;
        batch.learn(&mut self.state, fact, &mut self.scratch);
    }

    /// Lets the user be scanned, and forgets what is known of them.
    fn finish(&mut self, count: &mut Count) -> Result<(), StoreError> {
        let (state, user) = (
            std::mem::take(&mut self.state),
            std::mem::take(&mut self.user),
        );
        if !state.exists() {
            return Ok(());
        }
        let memberships = if self.trial.asks_memberships {
            (self.memberships)(&user)?
        } else {
            BTreeSet::new()
        };
        self.scan.push(user, state, |id| memberships.contains(id));
        if self.scan.is_full() {
            self.answer(count);
        }
        Ok(())
    }

    /// Counts those of whom nothing is told yet.
    fn answer(&mut self, count: &mut Count) {
        self.scan.answer(|user, is_match| {
            count.users += 1;
            count.matching += u64::from(is_match);
            if is_match && count.sample.len() < self.trial.sample {
                count.sample.push(user);
            }
        });
    }
}

fn corrupt(what: &str) -> StoreError {
    StoreError::Corrupt(what.to_owned())
}

/// Splits partitions among so many threads.
pub(crate) fn shares(partitions: &[u32], threads: usize) -> impl Iterator<Item = Arc<[u32]>> {
    let share = partitions.len().div_ceil(threads).max(1);
    partitions.chunks(share).map(Arc::from)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use rulelang::Schema;
    use stores::embedded::{Options, Store};

    use super::*;

    fn count_until(until: Instant) -> Count {
        let directory = tempfile::tempdir().unwrap();
        let store = Store::open(directory.path(), Options::default()).unwrap();
        let reader = store.journal().reader(0).unwrap();
        let rule = rulelang::check("totalSpent > 1", &Schema::default());
        let rule = rule.unwrap().rule;
        let trial = Trial::new(rule, &RuleCache::default(), 0, 5, until).unwrap();
        let mut count = Count::default();
        let nowhere = |_: &str| Ok(BTreeSet::new());
        trial.count(&*reader, &nowhere, &mut count).unwrap();
        count
    }

    #[test]
    fn what_the_time_did_not_allow_for_is_told() {
        assert!(count_until(Instant::now()).is_cut);
        let enough = Instant::now() + Duration::from_hours(1);
        assert!(!count_until(enough).is_cut);
    }

    #[test]
    fn every_partition_is_in_one_share() {
        let shares: Vec<_> = shares(&[0, 1, 3, 4, 6], 2).collect();
        assert_eq!(shares, [Arc::from([0, 1, 3]), Arc::from([4, 6])]);
        assert_eq!(super::shares(&[5], 2).count(), 1);
        assert_eq!(super::shares(&[], 2).count(), 0);
    }
}
