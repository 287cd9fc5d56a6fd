//! One rule asked about many users at one instant: previews and queries.
//!
//! Users come one after another. The facts of each are [gathered](Batch::learn) into a state, what
//! the rule reads of it becomes a row of columns, and the state can go; every 1,024 users one call
//! scans the columns. Nothing here waits for anything to flip, so the rule need not be one that
//! could be kept live, and at one instant even a sliding window has fixed ends: a state holds running
//! results, and of events only the instants of those that a sequence looks at.
//!
//! INVARIANT: the answers are those of [`rulelang::evaluate`] on the same facts.

#[cfg(test)]
mod tests;

use rule_jit::{ColumnRule, Columns, Row};
use rulelang::Rule;

use crate::cache::RuleCache;
use crate::engine::Engine;
use crate::evaluation::{View, is_true};
use crate::event::Fact;
use crate::rule_set::{BuildError, RuleSet, Segment, stand_ins};
use crate::state::UserState;
use crate::step::Scratch;

/// Users who are scanned at once.
const CHUNK_USERS: usize = 1_024;
/// The id of the segment whose rule is asked; no segment of a user's has it.
const ASKED: &str = "$asked";

/// One rule and the instant at which it is asked.
#[derive(Debug)]
pub struct Batch {
    /// The rule as the first segment, and a stand-in for each segment that it names.
    rules: RuleSet,
    now: i64,
    /// The rule over columns, or why it is asked user by user.
    columns: Result<ColumnRule, String>,
}

impl Batch {
    /// Prepares a rule, which need not be live, to be asked as of `now` (milliseconds). Code of
    /// known shapes comes from `cache`.
    ///
    /// # Errors
    /// As [`RuleSet::build`], but never for a segment that is not there or a rule that is not live.
    pub fn new(rule: Rule, now: i64, cache: &RuleCache) -> Result<Self, BuildError> {
        let mut segments = stand_ins(&rule);
        let id = ASKED.into();
        segments.insert(0, Segment { id, rule });
        let rules = RuleSet::build_at(segments, now, cache)?;
        let columns = over_columns(&rules.segments[0].engine, cache);
        Ok(Self {
            rules,
            now,
            columns,
        })
    }

    /// What the rule calls its names and event types, for whoever reads facts.
    pub fn rules(&self) -> &RuleSet {
        &self.rules
    }

    /// The instant at which it is asked, in milliseconds.
    pub fn now(&self) -> i64 {
        self.now
    }

    /// Why the rule is not scanned over columns but asked user by user; `None` if it is scanned.
    pub fn not_compiled(&self) -> Option<&str> {
        self.columns.as_ref().err().map(String::as_str)
    }

    /// Adds a fact to what is known of a user, in any order; each fact must come once. One that
    /// happens after the instant, and an override, say nothing.
    pub fn learn(&self, state: &mut UserState, fact: &Fact, scratch: &mut Scratch) {
        self.rules.learn(state, fact, self.now, scratch);
    }

    /// A scan of users, whom its owner calls `U`.
    pub fn scan<U>(&self) -> Scan<'_, U> {
        Scan {
            batch: self,
            columns: Columns::new(self.rules.slots.len(), self.now),
            users: vec![],
            answers: vec![],
        }
    }
}

fn over_columns(engine: &Engine, cache: &RuleCache) -> Result<ColumnRule, String> {
    match engine {
        Engine::Compiled(rule) => {
            let code = cache.over_columns(rule.shape().shape());
            let code = code.map_err(|error| error.to_string())?;
            code.bind_like(rule).map_err(|error| error.to_string())
        }
        Engine::Interpreted(reason) => Err(reason.clone()),
    }
}

/// Users of whom a rule is asked, some at once. Its memory does not grow with how many there are.
#[derive(Debug)]
pub struct Scan<'a, U> {
    batch: &'a Batch,
    /// A row for each of `users`.
    columns: Columns,
    users: Vec<U>,
    /// Of a rule that is not scanned, what it is of each of `users`.
    answers: Vec<bool>,
}

impl<U> Scan<'_, U> {
    /// Takes in a user of whom `state` is known, unless nothing is: then they do not exist.
    /// `is_member` tells by id which of the segments that the rule names they are in.
    pub fn push(&mut self, user: U, mut state: UserState, is_member: impl Fn(&str) -> bool) {
        if !state.exists() {
            return;
        }
        let Batch { rules, columns, .. } = self.batch;
        rules.settle_sequences(&mut state);
        let state = &state;
        let (plan, view) = (&rules.segments[0], View { rules, state });
        let is_member = |segment: u32| is_member(&rules.segments()[segment as usize].id);
        if columns.is_ok() {
            view.push_to(&mut self.columns, plan, is_member);
        } else {
            let mut row = Row::new(rules.slots.len(), self.batch.now);
            self.answers.push(is_true(view, 0, &mut row, is_member));
        }
        self.users.push(user);
    }

    /// Whether it is time to [answer](Self::answer).
    pub fn is_full(&self) -> bool {
        self.users.len() >= CHUNK_USERS
    }

    /// Tells of every user taken in, in order, whether the rule is TRUE of them, and lets them go.
    pub fn answer(&mut self, mut tell: impl FnMut(U, bool)) {
        if let Ok(rule) = &self.batch.columns {
            // Columns too few are a bug; nobody matches by it.
            let bits = rule.matches(&self.columns).unwrap_or_default();
            let bit = |user: usize| {
                bits.get(user / 64)
                    .is_some_and(|word| word >> (user % 64) & 1 != 0)
            };
            self.answers.extend((0..self.users.len()).map(bit));
            self.columns.clear();
        }
        for (user, answer) in self.users.drain(..).zip(self.answers.drain(..)) {
            tell(user, answer);
        }
    }
}
