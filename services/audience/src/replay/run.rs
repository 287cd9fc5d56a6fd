//! The run itself.

use std::sync::Arc;

use kit::wire::WireError;
use rule_runtime::{Action, Applied, Change, Fact, Population, RuleSet, UserState};

use super::Timeline;
use crate::progress::Progress;

/// Told of each change as it happens: the user's id, the change, the state after it.
pub(crate) type Observer<'a> = dyn FnMut(&str, &Change, &UserState) + 'a;

/// What a run came to.
#[derive(Debug)]
pub(crate) struct Outcome {
    /// Facts applied, duplicates left out.
    pub(crate) facts: u64,
    /// Facts left out because a copy had come before.
    pub(crate) duplicates: u64,
    /// Facts left out because they happened after the end of the run.
    pub(crate) after_until: u64,
    /// How often a segment was entered, by its index.
    pub(crate) entered: Vec<u64>,
    /// How often a segment was left, by its index.
    pub(crate) left: Vec<u64>,
    /// The instants of the first fact and of the end, in milliseconds.
    pub(crate) span: (i64, i64),
    /// Everybody at the end.
    pub(crate) population: Population,
}

/// Runs `timeline` up to and including `until`. `None` where there is neither a fact with a
/// timestamp nor an `until`: then there is no instant to run to.
pub(crate) fn run(
    rules: &Arc<RuleSet>,
    timeline: &Timeline<'_>,
    until: Option<i64>,
    observe: &mut Observer<'_>,
) -> Option<Result<Outcome, WireError>> {
    let newest = timeline.span().map(|(_, newest)| newest);
    let until = until.or(newest)?;
    let first = timeline
        .span()
        .map_or(until, |(oldest, _)| oldest.min(until));
    let segments = rules.segments().len();
    let outcome = Outcome {
        facts: 0,
        duplicates: 0,
        after_until: 0,
        entered: vec![0; segments],
        left: vec![0; segments],
        span: (first, until),
        population: Population::new(Arc::clone(rules)),
    };
    let run = Run {
        rules,
        timeline,
        outcome,
        observe,
    };
    Some(run.finish())
}

struct Run<'r, 't, 'o> {
    rules: &'r Arc<RuleSet>,
    timeline: &'r Timeline<'t>,
    outcome: Outcome,
    observe: &'r mut Observer<'o>,
}

impl Run<'_, '_, '_> {
    fn finish(mut self) -> Result<Outcome, WireError> {
        let (first, until) = self.outcome.span;
        let timeline = self.timeline;
        let mut decoders = timeline.decoders();
        let mut progress = Progress::new("replaying", timeline.timed.len() as u64);
        let untimed = timeline.untimed.iter().map(|entry| (entry, first));
        let timed = timeline.timed.iter().map(|entry| (entry, entry.timestamp));
        for (entry, stamp) in untimed.chain(timed) {
            progress.advance(1);
            if stamp > until {
                self.outcome.after_until += 1;
                continue;
            }
            let Some(decoder) = decoders.get_mut(entry.source) else {
                continue;
            };
            let text = timeline.text(entry);
            let (user, fact) = decoder.fact(text, entry.line, self.rules)?;
            self.apply(&user, &fact, stamp);
        }
        self.advance(until);
        progress.finish();
        Ok(self.outcome)
    }

    fn apply(&mut self, user: &str, fact: &Fact, stamp: i64) {
        let outcome = &mut self.outcome;
        let (entered, left) = (&mut outcome.entered, &mut outcome.left);
        let mut emit = |user: &str, change: &Change, state: &UserState| {
            count(change, entered, left);
            (self.observe)(user, change, state);
        };
        match outcome.population.apply(user, fact, stamp, &mut emit) {
            Applied::Fresh => outcome.facts += 1,
            Applied::Duplicate => outcome.duplicates += 1,
        }
    }

    fn advance(&mut self, until: i64) {
        let outcome = &mut self.outcome;
        let (entered, left) = (&mut outcome.entered, &mut outcome.left);
        outcome
            .population
            .advance(until, &mut |user, change, state| {
                count(change, entered, left);
                (self.observe)(user, change, state);
            });
    }
}

fn count(change: &Change, entered: &mut [u64], left: &mut [u64]) {
    let counts = match change.action {
        Action::Added => entered,
        Action::Removed => left,
    };
    if let Some(count) = counts.get_mut(change.segment as usize) {
        *count += 1;
    }
}
