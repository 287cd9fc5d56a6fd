//! A rule tried on everybody, without saving it: over the histories, as they are committed.
//!
//! A rule that could be kept live runs compiled over what is gathered of each user's history, as its
//! backfill would; any other runs in the interpreter. INVARIANT: both give the same answers, in
//! bounded memory and time: a page of the history and one user at once, and what was not reached
//! when the time was up is told as such.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Instant;

use rule_runtime::{Fact, RuleCache, RuleSet, Scratch, Segment, UserState};
use rulelang::facts::Facts;
use rulelang::{Rule, Schema, Value, live_reasons};
use stores::{Space, StateReader, StoreError};

use crate::incoming::Incoming;
use crate::keys;

/// Entries of the history read at once, and facts gathered at once.
const PAGE: usize = 512;
/// Facts of one user that the interpreter is given; who has more is not looked at.
const INTERPRETED_FACTS_MAX: usize = 100_000;
/// The id of the segment that is tried; no segment of a user's has it.
const TRIED: &str = "$tried";

/// A rule to try.
#[derive(Debug)]
pub(crate) struct Trial {
    rule: Rule,
    /// The rule as the first segment, and a stand-in for each segment that it names; `None` where
    /// it is for the interpreter.
    compiled: Option<RuleSet>,
    /// The instant of the answer, in milliseconds.
    pub(crate) now: i64,
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
    pub(crate) fn new(
        rule: Rule,
        cache: &RuleCache,
        now: i64,
        sample: usize,
        until: Instant,
    ) -> Self {
        Self {
            compiled: compile(&rule, cache),
            rule,
            now,
            sample,
            until,
        }
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
                let incoming = Incoming::recall(message, timestamp, id)
                    .map_err(|error| corrupt(&format!("a kept fact cannot be read: {error}")))?;
                asked.take(incoming);
            }
            if page.len() < PAGE {
                return asked.finish(count);
            }
            after = page.last().map(|(key, _)| key.to_vec());
        }
    }
}

/// The rule as a set of its own, with a segment that nobody enters for each that it names.
fn compile(rule: &Rule, cache: &RuleCache) -> Option<RuleSet> {
    if !live_reasons(rule).is_empty() {
        return None;
    }
    let nobody = rulelang::check("FALSE", &Schema::default()).ok()?.rule;
    let tried = (TRIED.into(), rule.clone());
    let named = rule.segments.iter();
    let named = named.map(|id| (id.as_str().into(), nobody.clone()));
    let segments = std::iter::once(tried).chain(named);
    let segments = segments.map(|(id, rule)| Segment { id, rule });
    RuleSet::build_with(segments.collect(), cache).ok()
}

/// The user who is looked at: what is known of them so far.
struct Asked<'a> {
    trial: &'a Trial,
    memberships: &'a Memberships<'a>,
    /// Nobody before the first.
    user: String,
    /// For machine code: gathered facts, and those that wait to be.
    state: Option<UserState>,
    waiting: Vec<Fact>,
    /// For the interpreter.
    facts: Facts,
    is_too_much: bool,
    scratch: Scratch,
}

impl<'a> Asked<'a> {
    fn new(trial: &'a Trial, memberships: &'a Memberships<'a>) -> Self {
        Self {
            trial,
            memberships,
            user: String::new(),
            state: None,
            waiting: vec![],
            facts: Facts::default(),
            is_too_much: false,
            scratch: Scratch::default(),
        }
    }

    fn take(&mut self, incoming: Incoming) {
        if let Some(rules) = &self.trial.compiled {
            self.waiting.extend(incoming.fact(rules));
            if self.waiting.len() >= PAGE {
                self.gather(rules);
            }
        } else if self.facts.events.len() + self.facts.traits.len() < INTERPRETED_FACTS_MAX {
            incoming.add_to(&mut self.facts);
        } else {
            self.is_too_much = true;
        }
    }

    fn gather(&mut self, rules: &RuleSet) {
        let state = self.state.get_or_insert_default();
        let (facts, now) = (self.waiting.drain(..), self.trial.now);
        rules.gather_into(state, facts, now, &mut self.scratch);
    }

    /// Asks the rule about the user, and forgets them.
    fn finish(&mut self, count: &mut Count) -> Result<(), StoreError> {
        if self.user.is_empty() {
            return Ok(());
        }
        let answer = match &self.trial.compiled {
            Some(rules) => self.run(rules)?,
            None => self.interpret()?,
        };
        count.is_cut |= std::mem::take(&mut self.is_too_much);
        let Some(is_match) = answer else {
            return Ok(());
        };
        count.users += 1;
        if is_match {
            count.matching += 1;
            if count.sample.len() < self.trial.sample {
                count.sample.push(self.user.clone());
            }
        }
        Ok(())
    }

    /// Whether the rule is TRUE; `None` of somebody who does not exist.
    fn run(&mut self, rules: &RuleSet) -> Result<Option<bool>, StoreError> {
        self.gather(rules);
        let state = self.state.take().unwrap_or_default();
        if !state.exists() {
            return Ok(None);
        }
        let memberships = self.memberships()?;
        let is_member = |segment: u32| {
            let segment = rules.segments().get(segment as usize);
            segment.is_some_and(|segment| memberships.contains(&*segment.id))
        };
        let scratch = &mut self.scratch;
        Ok(Some(rules.is_true_of(&state, 0, is_member, scratch)))
    }

    /// The same by the interpreter; `None` also of somebody of whom too much is known.
    fn interpret(&mut self) -> Result<Option<bool>, StoreError> {
        let mut facts = std::mem::take(&mut self.facts);
        let (rule, now) = (&self.trial.rule, self.trial.now);
        if self.is_too_much || !rulelang::exists(&facts, now) {
            return Ok(None);
        }
        let memberships = self.memberships()?.into_iter();
        facts.memberships.extend(memberships.map(|id| (id, true)));
        Ok(Some(
            rulelang::evaluate(rule, &facts, now) == Value::Bool(true),
        ))
    }

    /// The segments that the user is in, where the rule asks for any.
    fn memberships(&self) -> Result<BTreeSet<String>, StoreError> {
        if self.trial.rule.segments.is_empty() {
            return Ok(BTreeSet::new());
        }
        (self.memberships)(&self.user)
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

    use stores::embedded::{Options, Store};

    use super::*;

    fn count_until(until: Instant) -> Count {
        let directory = tempfile::tempdir().unwrap();
        let store = Store::open(directory.path(), Options::default()).unwrap();
        let reader = store.journal().reader(0).unwrap();
        let rule = rulelang::check("totalSpent > 1", &Schema::default());
        let rule = rule.unwrap().rule;
        let trial = Trial::new(rule, &RuleCache::default(), 0, 5, until);
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
