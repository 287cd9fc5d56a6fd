//! `step` against the judge: whatever the order of arrival, with duplicates, late and future
//! facts, overrides and nested segments, the changes are those that the judge sees when it is
//! asked over the whole history at every fact and at every instant at which anything may flip.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "helpers of a test"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use proptest::prelude::*;
use proptest::sample::select;
use rule_runtime::{
    Action, Change, Event, Fact, Override as Said, OverrideEffect, RuleSet, Scratch, Segment,
    Traits, UserState,
};
use rulelang::facts::Facts;
use rulelang::testkit::{self, BEGIN, END};
use rulelang::{Override, Rule};

/// What arrives, in the order of the log.
#[derive(Debug, Clone)]
struct Arrival {
    stamp: i64,
    what: What,
}

#[derive(Debug, Clone)]
enum What {
    Fact(testkit::Fact),
    Override {
        segment: usize,
        effect: OverrideEffect,
    },
}

#[derive(Debug, Clone)]
struct Scenario {
    rules: Vec<String>,
    log: Vec<Arrival>,
}

/// (instant, segment, entered)
type Flip = (i64, String, bool);

fn name(segment: usize) -> String {
    format!("s{segment}")
}

/// One to four rules, of which later ones may name earlier ones.
fn any_rules() -> impl Strategy<Value = Vec<String>> {
    let segments = (1..5_usize).prop_flat_map(|count| testkit::any_live_segments(count, 2));
    segments.prop_map(|segments| segments.into_iter().map(|(_, rule)| rule).collect())
}

fn any_what(rules: usize) -> impl Strategy<Value = (usize, What)> {
    let effects = vec![
        OverrideEffect::Include,
        OverrideEffect::Exclude,
        OverrideEffect::Clear,
    ];
    (0..20_usize, 0..rules, select(effects))
        .prop_map(|(at, segment, effect)| (at, What::Override { segment, effect }))
}

fn any_scenario() -> impl Strategy<Value = Scenario> {
    (
        any_rules(),
        testkit::any_history().prop_flat_map(testkit::with_duplicates),
    )
        .prop_flat_map(|(rules, history)| {
            let overrides = proptest::collection::vec(any_what(rules.len()), 0..3);
            let ticks = proptest::collection::vec(any_stamp(), history.len() + 3);
            (Just(rules), Just(history), overrides, ticks).prop_map(
                |(rules, history, overrides, mut stamps)| {
                    let mut whats: Vec<What> = history.into_iter().map(What::Fact).collect();
                    for (at, what) in overrides {
                        whats.insert(at.min(whats.len()), what);
                    }
                    stamps.sort_unstable();
                    let log = whats.into_iter().zip(stamps);
                    let log = log.map(|(what, stamp)| Arrival { stamp, what }).collect();
                    Scenario { rules, log }
                },
            )
        })
}

/// Stamps fall where facts do, so that facts come in time, late, and before their instant.
fn any_stamp() -> impl Strategy<Value = i64> {
    let jitter = prop_oneof![4 => Just(0_i64), 1 => Just(-1), 1 => Just(1)];
    (0..=30_i64, jitter).prop_map(|(tick, jitter)| BEGIN + tick * 600_000 + jitter)
}

fn checked(rules: &[String]) -> Vec<(String, Rule)> {
    let schema = testkit::schema();
    let check = |(place, text): (usize, &String)| match rulelang::check(text, &schema) {
        Ok(checked) => (name(place), checked.rule),
        Err(diagnostics) => panic!("{text}: {diagnostics}"),
    };
    rules.iter().enumerate().map(check).collect()
}

fn rule_set(rules: &[(String, Rule)]) -> RuleSet {
    let segment = |(id, rule): &(String, Rule)| Segment {
        id: id.as_str().into(),
        rule: rule.clone(),
    };
    RuleSet::build(rules.iter().map(segment).collect()).expect("live rules")
}

fn runtime_fact(rules: &RuleSet, arrival: &Arrival, place: usize) -> Fact {
    let named = |properties: &rulelang::facts::Properties| {
        let known = properties
            .iter()
            .filter_map(|(name, value)| Some((rules.name(name)?, value.clone())));
        known.collect()
    };
    match &arrival.what {
        What::Fact(testkit::Fact::Event(event)) => Fact::Event(Event {
            id: event.id.clone(),
            event_type: rules.event_type(&event.event_type),
            timestamp: event.timestamp,
            properties: named(&event.properties),
            updates_fields: event.updates_fields,
        }),
        What::Fact(testkit::Fact::Traits(traits)) => Fact::Traits(Traits {
            id: traits.id.clone(),
            timestamp: traits.timestamp,
            values: named(&traits.values),
        }),
        What::Override { segment, effect } => Fact::Override(Said {
            id: format!("override-{place:04}").into(),
            timestamp: arrival.stamp,
            segment: name(*segment).into(),
            effect: *effect,
        }),
    }
}

/// The changes of `step`.
fn stepped(rules: &RuleSet, log: &[Arrival]) -> (Vec<Change>, UserState) {
    let (mut state, mut scratch, mut changes) = (UserState::default(), Scratch::default(), vec![]);
    for (place, arrival) in log.iter().enumerate() {
        let fact = runtime_fact(rules, arrival, place);
        rules.apply(&mut state, &fact, arrival.stamp, &mut scratch, &mut changes);
        if let (Some(wake), Some(now)) = (state.wake_at(), state.now()) {
            assert!(wake > now, "a deadline at {wake} is due at {now}");
        }
    }
    rules.fire(&mut state, i64::MAX - 1, &mut scratch, &mut changes);
    (changes, state)
}

/// The log without copies: one changes nothing, so it is no step either.
fn without_copies(log: &[Arrival]) -> Vec<Arrival> {
    let mut seen = BTreeSet::new();
    let is_new = |arrival: &&Arrival| match &arrival.what {
        What::Fact(testkit::Fact::Event(event)) => seen.insert(event.id.clone()),
        What::Fact(testkit::Fact::Traits(_)) | What::Override { .. } => true,
    };
    log.iter().filter(is_new).cloned().collect()
}

/// What the judge knows once a prefix of the log has arrived.
struct Known {
    facts: Facts,
    overrides: BTreeMap<String, Override>,
}

fn known(log: &[Arrival]) -> Known {
    let mut history = vec![];
    let mut overrides = BTreeMap::new();
    for arrival in log {
        match &arrival.what {
            What::Fact(fact) => history.push(fact.clone()),
            What::Override {
                segment,
                effect: OverrideEffect::Include,
            } => {
                overrides.insert(name(*segment), Override::Included);
            }
            What::Override {
                segment,
                effect: OverrideEffect::Exclude,
            } => {
                overrides.insert(name(*segment), Override::Excluded);
            }
            What::Override {
                segment,
                effect: OverrideEffect::Clear,
            } => {
                overrides.remove(&name(*segment));
            }
        }
    }
    Known {
        facts: testkit::facts_of(&history),
        overrides,
    }
}

/// Every instant at which anything may flip once the facts are known.
fn instants(rules: &[(String, Rule)], facts: &Facts) -> BTreeSet<i64> {
    rules
        .iter()
        .flat_map(|(_, rule)| rulelang::instants(rule, facts))
        .collect()
}

/// The changes that the judge sees.
fn judged(rules: &[(String, Rule)], log: &[Arrival]) -> Vec<Flip> {
    let log = without_copies(log);
    let mut members: BTreeMap<String, bool> =
        rules.iter().map(|(id, _)| (id.clone(), false)).collect();
    let mut flips = vec![];
    let mut ask = |known: &Known, now: i64| {
        let next = rulelang::memberships(rules, &known.facts, &known.overrides, now);
        for (id, is_member) in &next {
            if members[id] != *is_member {
                flips.push((now, id.clone(), *is_member));
            }
        }
        members = next;
    };
    let mut before = i64::MIN;
    for place in 0..=log.len() {
        let stamp = log.get(place).map_or(i64::MAX, |arrival| arrival.stamp);
        let so_far = known(&log[..place]);
        if before < stamp {
            let between = instants(rules, &so_far.facts);
            // Nothing was known before the first arrival, so nothing could flip by then.
            for at in between
                .range(before.saturating_add(1)..stamp)
                .filter(|_| place > 0)
            {
                ask(&so_far, *at);
            }
        }
        if place < log.len() {
            ask(&known(&log[..=place]), stamp);
        }
        before = stamp;
    }
    flips
}

/// For each segment, the first instant after `now` at which the judge sees its membership flip
/// though nothing more arrives.
fn judged_next(rules: &[(String, Rule)], log: &[Arrival], now: i64) -> Vec<Option<i64>> {
    let known = known(log);
    let ask = |at: i64| rulelang::memberships(rules, &known.facts, &known.overrides, at);
    let before = ask(now);
    let later = instants(rules, &known.facts).split_off(&now.saturating_add(1));
    let asked: Vec<(i64, BTreeMap<String, bool>)> =
        later.into_iter().map(|at| (at, ask(at))).collect();
    let first = |id: &String| {
        asked
            .iter()
            .find(|(_, members)| members[id] != before[id])
            .map(|(at, _)| *at)
    };
    rules.iter().map(|(id, _)| first(id)).collect()
}

fn flips(rules: &RuleSet, changes: &[Change]) -> Vec<Flip> {
    let flip = |change: &Change| {
        let id = rules.segments()[change.segment as usize].id.to_string();
        (change.timestamp, id, change.action == Action::Added)
    };
    changes.iter().map(flip).collect()
}

/// Within one step the order is that of segments on segments; the judge has no steps of its own.
fn sorted(mut flips: Vec<Flip>) -> Vec<Flip> {
    flips.sort_by_key(|(at, id, _)| (*at, id.clone()));
    flips
}

fn check(scenario: &Scenario) {
    let rules = checked(&scenario.rules);
    let set = rule_set(&rules);
    let (changes, state) = stepped(&set, &scenario.log);
    assert_eq!(
        sorted(flips(&set, &changes)),
        sorted(judged(&rules, &scenario.log))
    );
    let seqs: Vec<u64> = changes.iter().map(|change| change.seq).collect();
    assert_eq!(seqs, (1..=state.seq()).collect::<Vec<_>>());
}

/// At one stamp after everything, whatever the order of arrival was.
fn final_members(rules: &[(String, Rule)], log: &[Arrival]) -> Vec<u32> {
    let set = rule_set(rules);
    let (mut state, mut scratch, mut changes) = (UserState::default(), Scratch::default(), vec![]);
    for (place, arrival) in log.iter().enumerate() {
        let fact = runtime_fact(&set, arrival, place);
        set.apply(
            &mut state,
            &fact,
            END + 3_600_000,
            &mut scratch,
            &mut changes,
        );
    }
    state
        .memberships()
        .iter()
        .map(|member| member.segment)
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn step_sees_what_the_judge_sees(scenario in any_scenario()) {
        check(&scenario);
    }

    #[test]
    fn the_next_change_is_the_judges(scenario in any_scenario()) {
        let rules = checked(&scenario.rules);
        let set = rule_set(&rules);
        let (mut state, mut scratch, mut changes) = (UserState::default(), Scratch::default(), vec![]);
        for (place, arrival) in scenario.log.iter().enumerate() {
            let fact = runtime_fact(&set, arrival, place);
            set.apply(&mut state, &fact, arrival.stamp, &mut scratch, &mut changes);
            let told: Vec<Option<i64>> =
                (0..rules.len() as u32).map(|segment| set.next_change_at(&state, segment)).collect();
            // A duplicate is no step: the state stands at the step before.
            let now = state.now().unwrap_or(arrival.stamp);
            prop_assert_eq!(told, judged_next(&rules, &scenario.log[..=place], now));
        }
    }

    #[test]
    fn the_order_of_arrival_does_not_matter(
        rules in any_rules(),
        (history, shuffled) in testkit::any_history().prop_flat_map(|history| {
            (Just(history.clone()), Just(history).prop_shuffle())
        }),
    ) {
        let rules = checked(&rules);
        let arrive = |fact: testkit::Fact| Arrival { stamp: 0, what: What::Fact(fact) };
        let log: Vec<Arrival> = history.into_iter().map(arrive).collect();
        let other: Vec<Arrival> = shuffled.into_iter().map(arrive).collect();
        prop_assert_eq!(final_members(&rules, &log), final_members(&rules, &other));
    }
}

/// `PROPTEST_CASES` asks for more than the default, which is what a test run can afford.
fn cases() -> u32 {
    std::env::var("PROPTEST_CASES")
        .ok()
        .and_then(|cases| cases.parse().ok())
        .unwrap_or(400)
}

#[test]
fn a_membership_ends_when_its_window_does() {
    let rules = checked(&["DID buy WITHIN LAST 30 MINUTES".to_owned()]);
    let set = rule_set(&rules);
    let event = rulelang::facts::Event {
        id: Arc::from("e1"),
        event_type: "buy".into(),
        timestamp: BEGIN,
        properties: BTreeMap::new(),
        updates_fields: true,
    };
    let log = [Arrival {
        stamp: BEGIN,
        what: What::Fact(testkit::Fact::Event(event)),
    }];
    let (changes, _) = stepped(&set, &log);
    let expected = [
        (BEGIN, name(0), true),
        (BEGIN + 30 * 60_000, name(0), false),
    ];
    assert_eq!(flips(&set, &changes), expected);
}

/// Found by the model test: an instant computed from a field was not waited for when the field
/// came.
#[test]
fn a_computed_instant_is_waited_for() {
    let rules = checked(&["IF(FALSE, at, at) NOT WITHIN LAST 30 MINUTES".to_owned()]);
    let set = rule_set(&rules);
    let traits = rulelang::facts::Traits {
        id: Arc::from("t1"),
        timestamp: Some(BEGIN),
        values: [(
            "at".to_owned(),
            rulelang::Value::string("2024-01-15T08:00:00Z"),
        )]
        .into(),
    };
    let log = [Arrival {
        stamp: BEGIN,
        what: What::Fact(testkit::Fact::Traits(traits)),
    }];
    let (changes, _) = stepped(&set, &log);
    assert_eq!(
        flips(&set, &changes),
        [(BEGIN + 30 * 60_000, name(0), true)]
    );
}

/// Found by the model test: an override came before the user existed, and whoever depends on it
/// was never asked again.
#[test]
fn an_override_before_existence_is_seen_by_dependents_after_it() {
    let rules = checked(&["p".to_owned(), "IN SEGMENT 's0'".to_owned()]);
    let set = rule_set(&rules);
    let traits = rulelang::facts::Traits {
        id: Arc::from("t1"),
        timestamp: None,
        values: BTreeMap::new(),
    };
    let include = What::Override {
        segment: 0,
        effect: OverrideEffect::Include,
    };
    let log = [
        Arrival {
            stamp: BEGIN,
            what: include,
        },
        Arrival {
            stamp: BEGIN + 1,
            what: What::Fact(testkit::Fact::Traits(traits)),
        },
    ];
    let (changes, _) = stepped(&set, &log);
    assert_eq!(
        flips(&set, &changes),
        [(BEGIN, name(0), true), (BEGIN + 1, name(1), true)]
    );
}
