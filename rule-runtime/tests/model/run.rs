//! A user's log through the runtime: facts, overrides and switches of definitions.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use rule_runtime::{
    Action, Applied, Cause, Change, Event, Fact, Merge, Override as Said, Reason, RuleSet, Scratch,
    Segment, Switch, Traits, UserState,
};
use rulelang::Rule;
use rulelang::testkit;

use super::judge::Flip;
use super::scenario::{Arrival, Definitions, What, user_of};

pub(crate) fn checked(definitions: &Definitions) -> Vec<(String, Rule)> {
    let schema = testkit::schema();
    let check = |(id, text): &(String, String)| match rulelang::check(text, &schema) {
        Ok(checked) => (id.clone(), checked.rule),
        Err(diagnostics) => panic!("{text}: {diagnostics}"),
    };
    definitions.iter().map(check).collect()
}

pub(crate) fn rule_set(definitions: &Definitions) -> RuleSet {
    let rules = checked(definitions);
    let segment = |(id, rule): (String, Rule)| Segment {
        id: id.into(),
        rule,
    };
    RuleSet::build(rules.into_iter().map(segment).collect()).expect("live rules")
}

pub(crate) fn runtime_fact(rules: &RuleSet, fact: &testkit::Fact) -> Fact {
    match fact {
        testkit::Fact::Event(event) => Fact::Event(Event::resolved(event, rules)),
        testkit::Fact::Traits(traits) => Fact::Traits(Traits::resolved(traits, rules)),
    }
}

/// A change by names: those of a set say nothing beyond it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Named {
    pub(crate) segment: String,
    pub(crate) action: Action,
    pub(crate) reason: Reason,
    pub(crate) timestamp: i64,
    pub(crate) seq: u64,
    pub(crate) cause: Cause,
}

/// One user and the definitions in force.
#[derive(Debug)]
pub(crate) struct User {
    id: Arc<str>,
    definitions: Definitions,
    pub(crate) rules: Arc<RuleSet>,
    pub(crate) state: UserState,
    /// The facts so far, of copies the first: what a history would hold.
    history: Vec<testkit::Fact>,
    /// How many records came before.
    pub(crate) arrivals: usize,
    pub(crate) changes: Vec<Named>,
    scratch: Scratch,
}

impl User {
    pub(crate) fn new(definitions: &Definitions) -> Self {
        Self::named(user_of(definitions), definitions)
    }

    /// A user of an id.
    pub(crate) fn named(id: Arc<str>, definitions: &Definitions) -> Self {
        Self {
            state: UserState::new(id.clone()),
            id,
            definitions: definitions.clone(),
            rules: rule_set(definitions).into(),
            history: vec![],
            arrivals: 0,
            changes: vec![],
            scratch: Scratch::default(),
        }
    }

    pub(crate) fn arrive(&mut self, arrival: &Arrival) {
        let stamp = arrival.stamp;
        match &arrival.what {
            What::Fact(fact) => {
                self.apply(&runtime_fact(&self.rules, fact), stamp);
                let id = |fact: &testkit::Fact| match fact {
                    testkit::Fact::Event(event) => event.id.clone(),
                    testkit::Fact::Traits(traits) => traits.id.clone(),
                };
                if self.history.iter().all(|known| id(known) != id(fact)) {
                    self.history.push(fact.clone());
                }
            }
            What::Override { segment, effect } => {
                let said = Said {
                    id: format!("override-{:04}", self.arrivals).into(),
                    timestamp: stamp,
                    segment: segment.as_str().into(),
                    effect: *effect,
                };
                self.apply(&Fact::Override(said), stamp);
            }
            What::Switch(definitions) => self.switch(definitions, stamp),
        }
        self.arrivals += 1;
        if let (Some(wake), Some(now)) = (self.state.wake_at(), self.state.now()) {
            assert!(wake > now, "a deadline at {wake} is due at {now}");
        }
    }

    fn apply(&mut self, fact: &Fact, stamp: i64) {
        let mut changes = vec![];
        let Self { rules, state, .. } = self;
        rules.apply(state, fact, stamp, &mut self.scratch, &mut changes);
        self.emit(changes);
    }

    fn switch(&mut self, definitions: &Definitions, stamp: i64) {
        let edited = self.edited(definitions);
        let needed = needed(definitions, &edited);
        let shadow = Arc::new(rule_set(&needed));
        let to = Arc::new(rule_set(definitions));
        let gathered = self.gathered(&shadow, stamp);
        let shadow = Some(shadow).filter(|shadow| !self.rules.knows(shadow));
        let versions: Vec<(Arc<str>, u32)> =
            edited.iter().map(|id| (id.as_str().into(), 2)).collect();
        let switch = Switch::new(self.rules.clone(), to.clone(), shadow, &versions);
        let state = std::mem::take(&mut self.state);
        let members = self.members_of(&state);
        let (mut before, mut after) = (vec![], vec![]);
        self.state = switch.apply(
            state,
            gathered,
            stamp,
            &mut self.scratch,
            &mut before,
            &mut after,
        );
        self.emit(before);
        self.rules = to;
        self.definitions.clone_from(definitions);
        self.emit(after);
        for (id, now) in self.members_of(&self.state) {
            let is_new = self
                .changes
                .iter()
                .any(|change| change.segment == id && change.timestamp == now.0);
            assert!(
                is_new || members.get(&id) == Some(&now),
                "{id} is a member as before"
            );
        }
    }

    /// New and edited segments.
    fn edited(&self, definitions: &Definitions) -> BTreeSet<String> {
        let is_edited = |definition: &&(String, String)| !self.definitions.contains(definition);
        let edited = definitions.iter().filter(is_edited);
        edited.map(|(id, _)| id.clone()).collect()
    }

    /// The user in the shadow: a part of the history earlier, the rest now.
    fn gathered(&mut self, shadow: &RuleSet, stamp: i64) -> Option<UserState> {
        let facts: Vec<Fact> = self
            .history
            .iter()
            .map(|fact| runtime_fact(shadow, fact))
            .collect();
        let (first, rest) = facts.split_at(facts.len() / 2);
        let earlier = self.state.now().unwrap_or(stamp).min(stamp) - 1_000;
        let mut gathered = shadow.gather(
            self.id.clone(),
            first.iter().cloned(),
            earlier,
            &mut self.scratch,
        );
        shadow.gather_into(
            &mut gathered,
            rest.iter().cloned(),
            stamp - 1,
            &mut self.scratch,
        );
        (!facts.is_empty()).then_some(gathered)
    }

    /// Since when, and why, by segment.
    fn members_of(&self, state: &UserState) -> BTreeMap<String, (i64, Reason)> {
        let members = state.memberships().iter();
        members
            .map(|member| {
                let id = &self.rules.segments()[member.segment as usize].id;
                (id.to_string(), (member.since, member.reason))
            })
            .collect()
    }

    /// Fires the deadlines up to an instant.
    pub(crate) fn fire(&mut self, stamp: i64) {
        let mut changes = vec![];
        let Self { rules, state, .. } = self;
        rules.fire(state, stamp, &mut self.scratch, &mut changes);
        self.emit(changes);
    }

    /// Fires every deadline that there is.
    pub(crate) fn run_out(&mut self) {
        self.fire(i64::MAX - 1);
    }

    /// Takes another user in.
    pub(crate) fn merge(&mut self, source: &mut Self, stamp: i64) {
        let id: Arc<str> = "merge".into();
        self.history.extend_from_slice(&source.history);
        let facts = self.history.iter();
        let facts = facts.map(|fact| runtime_fact(&self.rules, fact));
        let gathered = self
            .rules
            .gather(self.id.clone(), facts, stamp - 1_000, &mut self.scratch);
        let merge = Merge {
            gathered,
            source: source.state.clone(),
        };
        for copy in [Applied::Fresh, Applied::Duplicate] {
            let (mut left, mut changes) = (vec![], vec![]);
            let rules = &self.rules;
            let (target, scratch) = (&mut self.state, &mut self.scratch);
            let united = rules.unite(target, merge.clone(), &id, stamp, scratch, &mut changes);
            let gone = rules.merge_away(&mut source.state, &id, stamp, scratch, &mut left);
            assert_eq!([united, gone], [copy, copy]);
            self.emit(changes);
            source.emit(left);
        }
    }

    pub(crate) fn member_ids(&self) -> Vec<String> {
        self.members_of(&self.state).into_keys().collect()
    }

    /// Stores the state and reads it again.
    pub(crate) fn restart(&mut self) {
        let mut stored = vec![];
        self.state.encode(&self.rules, &mut stored);
        self.state = UserState::decode(&stored, self.id.clone(), &self.rules).expect("a state");
        self.scratch = Scratch::default();
    }

    fn emit(&mut self, changes: Vec<Change>) {
        let named = changes.into_iter().map(|change| Named {
            segment: self.rules.segments()[change.segment as usize]
                .id
                .to_string(),
            action: change.action,
            reason: change.reason,
            timestamp: change.timestamp,
            seq: change.seq,
            cause: change.cause,
        });
        self.changes.extend(named);
    }

    pub(crate) fn flips(&self) -> Vec<Flip> {
        let flip = |change: &Named| {
            let is_added = change.action == Action::Added;
            (change.timestamp, change.segment.clone(), is_added)
        };
        self.changes.iter().map(flip).collect()
    }
}

/// The definitions of some segments and of those that they stand on.
fn needed(definitions: &Definitions, segments: &BTreeSet<String>) -> Definitions {
    let mut needed = segments.clone();
    for (id, text) in definitions.iter().rev() {
        if needed.contains(id) {
            let named = definitions.iter().map(|(other, _)| other);
            let is_named = |other: &&String| text.contains(&format!("IN SEGMENT '{other}'"));
            needed.extend(named.filter(is_named).cloned());
        }
    }
    let all = definitions.iter().filter(|(id, _)| needed.contains(id));
    all.cloned().collect()
}
