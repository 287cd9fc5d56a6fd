//! What the judge sees: asked over the whole history at every arrival and at every instant at
//! which anything may flip.

use std::collections::{BTreeMap, BTreeSet};

use rule_runtime::OverrideEffect;
use rulelang::facts::Facts;
use rulelang::testkit;
use rulelang::{Override, Rule};

use super::run::checked;
use super::scenario::{Arrival, Definitions, What, user_of};

/// (instant, segment, entered)
pub(crate) type Flip = (i64, String, bool);

/// What the judge knows once a prefix of the log has arrived.
struct Known {
    rules: Vec<(String, Rule)>,
    history: Vec<testkit::Fact>,
    facts: Facts,
    overrides: BTreeMap<String, Override>,
}

impl Known {
    fn new(definitions: &Definitions) -> Self {
        Self {
            rules: checked(definitions),
            history: vec![],
            facts: Facts {
                user: Some(user_of(definitions)),
                ..Facts::default()
            },
            overrides: BTreeMap::new(),
        }
    }

    fn learn(&mut self, what: &What) {
        match what {
            What::Fact(fact) => {
                self.history.push(fact.clone());
                self.facts = Facts {
                    user: self.facts.user.clone(),
                    ..testkit::facts_of(&self.history)
                };
            }
            // Nobody knows what an override of a segment that is not there would mean.
            What::Override { segment, .. } if self.rules.iter().all(|(id, _)| id != segment) => {}
            What::Override { segment, effect } => {
                let segment = segment.clone();
                match effect {
                    OverrideEffect::Include => self.overrides.insert(segment, Override::Included),
                    OverrideEffect::Exclude => self.overrides.insert(segment, Override::Excluded),
                    OverrideEffect::Clear => self.overrides.remove(&segment),
                };
            }
            What::Switch(definitions) => {
                self.rules = checked(definitions);
                let is_there = |id: &String| self.rules.iter().any(|(other, _)| other == id);
                self.overrides.retain(|id, _| is_there(id));
            }
        }
    }

    fn members(&self, now: i64) -> BTreeMap<String, bool> {
        rulelang::memberships(&self.rules, &self.facts, &self.overrides, now)
    }

    /// Every instant at which anything may flip though nothing more arrives.
    fn instants(&self) -> BTreeSet<i64> {
        let rules = self.rules.iter();
        rules
            .flat_map(|(_, rule)| rulelang::instants(rule, &self.facts))
            .collect()
    }
}

/// The log without copies: one changes nothing, so it is no step either.
pub(crate) fn without_copies(log: &[Arrival]) -> Vec<Arrival> {
    let mut seen = BTreeSet::new();
    let is_new = |arrival: &&Arrival| match &arrival.what {
        What::Fact(testkit::Fact::Event(event)) => seen.insert(event.id.clone()),
        _ => true,
    };
    log.iter().filter(is_new).cloned().collect()
}

/// The changes that the judge sees.
pub(crate) fn judged(definitions: &Definitions, log: &[Arrival]) -> Vec<Flip> {
    let mut known = Known::new(definitions);
    let mut members: BTreeMap<String, bool> = BTreeMap::new();
    let mut flips = vec![];
    let mut ask = |known: &Known, now: i64| {
        let next = known.members(now);
        for id in members.keys().chain(next.keys()).collect::<BTreeSet<_>>() {
            let is_member = next.get(id).copied().unwrap_or_default();
            if members.get(id).copied().unwrap_or_default() != is_member {
                flips.push((now, id.clone(), is_member));
            }
        }
        members = next;
    };
    let mut before = None;
    for arrival in without_copies(log) {
        // Nothing was known before the first arrival, so nothing could flip by then.
        if let Some(before) = before.filter(|before| *before < arrival.stamp) {
            for at in known.instants().range(before + 1..arrival.stamp) {
                ask(&known, *at);
            }
        }
        known.learn(&arrival.what);
        ask(&known, arrival.stamp);
        before = Some(arrival.stamp);
    }
    if let Some(before) = before {
        for at in known.instants().range(before + 1..) {
            ask(&known, *at);
        }
    }
    flips
}

/// For each segment, the first instant after `now` at which the judge sees its membership flip
/// though nothing more arrives.
pub(crate) fn judged_next(
    definitions: &Definitions,
    log: &[Arrival],
    now: i64,
) -> Vec<Option<i64>> {
    let mut known = Known::new(definitions);
    for arrival in log {
        known.learn(&arrival.what);
    }
    let before = known.members(now);
    let later = known.instants().split_off(&now.saturating_add(1));
    let asked: Vec<(i64, BTreeMap<String, bool>)> = later
        .into_iter()
        .map(|at| (at, known.members(at)))
        .collect();
    let first = |id: &String| {
        let mut asked = asked.iter();
        let flip = asked.find(|(_, members)| members[id] != before[id]);
        flip.map(|(at, _)| *at)
    };
    known.rules.iter().map(|(id, _)| first(id)).collect()
}
