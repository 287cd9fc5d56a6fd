//! `step` against the judge: whatever the order of arrival, with duplicates, late and future
//! facts, overrides, nested segments and definitions that become others, the changes are those
//! that the judge sees when it is asked over the whole history at every fact and at every instant
//! at which anything may flip.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "helpers of a test"
)]

#[path = "model/judge.rs"]
mod judge;
#[path = "model/run.rs"]
mod run;
#[path = "model/scenario.rs"]
mod scenario;

use std::collections::BTreeMap;
use std::sync::Arc;

use judge::{Flip, judged, judged_next, without_copies};
use proptest::prelude::*;
use rule_runtime::OverrideEffect;
use rulelang::testkit::{self, BEGIN, END};
use run::{Named, User};
use scenario::{Arrival, Definitions, Scenario, What};

/// The user at the end of a log and of time.
fn stepped(definitions: &Definitions, log: &[Arrival]) -> User {
    let mut user = User::new(definitions);
    for arrival in log {
        user.arrive(arrival);
    }
    user.run_out();
    user
}

/// Within one step the order is that of segments on segments; the judge has no steps of its own.
fn sorted(mut flips: Vec<Flip>) -> Vec<Flip> {
    flips.sort_by_key(|(at, id, _)| (*at, id.clone()));
    flips
}

fn check(scenario: &Scenario) {
    let user = stepped(&scenario.definitions, &scenario.log);
    assert_eq!(
        sorted(user.flips()),
        sorted(judged(&scenario.definitions, &scenario.log))
    );
    let seqs: Vec<u64> = user.changes.iter().map(|change| change.seq).collect();
    assert_eq!(seqs, (1..=user.state.seq()).collect::<Vec<_>>());
}

/// The changes of a log at whose every record the process stops and begins again.
fn resumed(scenario: &Scenario) -> Vec<Named> {
    let mut user = User::new(&scenario.definitions);
    for arrival in &scenario.log {
        user.arrive(arrival);
        user.restart();
    }
    user.run_out();
    user.changes
}

/// A log of two users, of whom one is merged into the other somewhere.
#[derive(Debug, Clone)]
struct Merger {
    scenario: Scenario,
    /// For each arrival, whether it is the source's.
    is_source: Vec<bool>,
    /// How many arrivals come before the merge.
    at: usize,
}

fn any_merger() -> impl Strategy<Value = Merger> {
    let is_source = proptest::collection::vec(any::<bool>(), 30);
    let parts = (scenario::any_scenario(), is_source, 0..20_usize);
    parts.prop_map(|(mut scenario, is_source, at)| {
        // What is a copy depends on who had the first.
        scenario.log = without_copies(&scenario.log);
        Merger {
            at: at.min(scenario.log.len()),
            scenario,
            is_source,
        }
    })
}

fn check_merger(merger: &Merger) {
    let Scenario { definitions, log } = &merger.scenario;
    let [mut target, mut one] = [(); 2].map(|()| User::new(definitions));
    let mut source = User::named("source".into(), definitions);
    let (before, after) = log.split_at(merger.at);
    for (place, (arrival, is_source)) in before.iter().zip(&merger.is_source).enumerate() {
        for user in [if *is_source { &mut source } else { &mut target }, &mut one] {
            user.arrivals = place;
            user.arrive(arrival);
        }
    }
    let stamp = before.last().or(after.first());
    let stamp = stamp.map_or(BEGIN, |arrival| arrival.stamp);
    target.merge(&mut source, stamp);
    one.fire(stamp);
    assert_eq!(target.member_ids(), one.member_ids());
    assert!(source.member_ids().is_empty() && source.state.wake_at().is_none());
    let merged_at = [&target, &one].map(|user| user.changes.len());
    for (place, arrival) in after.iter().enumerate() {
        for user in [&mut target, &mut one] {
            user.arrivals = merger.at + place;
            user.arrive(arrival);
        }
    }
    target.run_out();
    one.run_out();
    assert_eq!(target.flips()[merged_at[0]..], one.flips()[merged_at[1]..]);
    for user in [&target, &source] {
        let seqs: Vec<u64> = user.changes.iter().map(|change| change.seq).collect();
        assert_eq!(seqs, (1..=user.state.seq()).collect::<Vec<_>>());
    }
}

/// At one stamp after everything, whatever the order of arrival was.
fn final_members(definitions: &Definitions, log: &[Arrival]) -> Vec<u32> {
    let mut user = User::new(definitions);
    for arrival in log {
        let stamp = END + 3_600_000;
        user.arrive(&Arrival {
            stamp,
            ..arrival.clone()
        });
    }
    let members = user.state.memberships().iter();
    members.map(|member| member.segment).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn step_sees_what_the_judge_sees(scenario in scenario::any_scenario()) {
        check(&scenario);
    }

    #[test]
    fn calendar_windows_follow_the_clocks_of_their_zone(scenario in scenario::any_clock_change()) {
        check(&scenario);
        prop_assert_eq!(
            resumed(&scenario),
            stepped(&scenario.definitions, &scenario.log).changes
        );
    }

    /// They never end, so both are asked up to an instant, of which the judge knows all before it.
    #[test]
    fn anniversaries_return_where_the_judge_sees_them(scenario in scenario::any_anniversary()) {
        let Some(last) = scenario.log.last() else { return Ok(()) };
        let until = last.stamp + 700 * 86_400_000;
        let mut user = User::new(&scenario.definitions);
        for arrival in &scenario.log {
            user.arrive(arrival);
        }
        user.fire(until);
        prop_assert!(user.rules.not_compiled().is_empty());
        let mut judged = judged(&scenario.definitions, &scenario.log);
        judged.retain(|(at, ..)| *at <= until);
        prop_assert_eq!(sorted(user.flips()), sorted(judged));
    }

    #[test]
    fn sequences_come_true_and_end_when_the_judge_says(scenario in scenario::any_sequences()) {
        check(&scenario);
        prop_assert_eq!(
            resumed(&scenario),
            stepped(&scenario.definitions, &scenario.log).changes
        );
    }

    #[test]
    fn a_switch_of_definitions_is_as_though_they_had_always_been(
        scenario in scenario::any_switching_scenario()
    ) {
        check(&scenario);
    }

    #[test]
    fn a_log_cut_at_any_record_and_resumed_gives_the_same_changes(
        scenario in scenario::any_switching_scenario()
    ) {
        let whole = stepped(&scenario.definitions, &scenario.log);
        prop_assert_eq!(resumed(&scenario), whole.changes);
    }

    #[test]
    fn two_users_merged_go_on_as_one_who_had_both_histories(merger in any_merger()) {
        check_merger(&merger);
    }

    #[test]
    fn the_next_change_is_the_judges(scenario in scenario::any_scenario()) {
        let mut user = User::new(&scenario.definitions);
        for (place, arrival) in scenario.log.iter().enumerate() {
            user.arrive(arrival);
            let segments = 0..scenario.definitions.len() as u32;
            let told: Vec<Option<i64>> =
                segments.map(|segment| user.rules.next_change_at(&user.state, segment)).collect();
            // A duplicate is no step: the state stands at the step before.
            let now = user.state.now().unwrap_or(arrival.stamp);
            let judged = judged_next(&scenario.definitions, &scenario.log[..=place], now);
            prop_assert_eq!(told, judged);
        }
    }

    #[test]
    fn the_order_of_arrival_does_not_matter(
        definitions in scenario::any_definitions(),
        (history, shuffled) in testkit::any_history().prop_flat_map(|history| {
            (Just(history.clone()), Just(history).prop_shuffle())
        }),
    ) {
        let arrive = |fact: testkit::Fact| Arrival { stamp: 0, what: What::Fact(fact) };
        let log: Vec<Arrival> = history.into_iter().map(arrive).collect();
        let other: Vec<Arrival> = shuffled.into_iter().map(arrive).collect();
        prop_assert_eq!(final_members(&definitions, &log), final_members(&definitions, &other));
    }
}

/// One rule of a segment `s0`, and more of `s1`, `s2`, …
fn definitions(rules: &[&str]) -> Definitions {
    let rules = rules.iter().enumerate();
    rules
        .map(|(segment, rule)| (scenario::name(segment), (*rule).to_owned()))
        .collect()
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
    let definitions = definitions(&["DID buy WITHIN LAST 30 MINUTES"]);
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
    let flips = stepped(&definitions, &log).flips();
    let expected = [
        (BEGIN, scenario::name(0), true),
        (BEGIN + 30 * 60_000, scenario::name(0), false),
    ];
    assert_eq!(flips, expected);
}

/// Events of no properties, each when it happens.
fn in_time(events: &[(&str, i64)]) -> Vec<Arrival> {
    let arrival = |(event_type, timestamp): &(&str, i64)| Arrival {
        stamp: *timestamp,
        what: What::Fact(testkit::Fact::Event(rulelang::facts::Event {
            id: format!("{event_type}{timestamp}").into(),
            event_type: (*event_type).into(),
            timestamp: *timestamp,
            properties: BTreeMap::new(),
            updates_fields: true,
        })),
    };
    events.iter().map(arrival).collect()
}

#[test]
fn who_does_not_buy_in_time_enters_by_that_alone() {
    let minutes = |minutes: i64| BEGIN + minutes * 60_000;
    let definitions = definitions(&[
        "SEQUENCE(view WITHIN LAST 2h THEN page WITHIN 30min THEN NOT buy WITHIN 1h)",
    ]);
    let viewed = [("view", minutes(0)), ("page", minutes(30))];
    let user = stepped(&definitions, &in_time(&viewed));
    assert!(user.rules.not_compiled().is_empty());
    let expected = [
        (minutes(90), scenario::name(0), true),
        (minutes(120), scenario::name(0), false),
    ];
    assert_eq!(user.flips(), expected);
    let bought = [viewed[0], viewed[1], ("buy", minutes(90))];
    assert_eq!(stepped(&definitions, &in_time(&bought)).flips(), []);
    let late = [viewed[0], viewed[1], ("buy", minutes(90) + 1)];
    assert_eq!(stepped(&definitions, &in_time(&late)).flips(), expected);
}

#[test]
fn who_comes_to_exist_is_in_their_shares_and_stays() {
    let definitions = definitions(&[
        "PERCENT(100, 'a')",
        "NOT PERCENT(0, 'a') AND NOT IN SEGMENT 's0'",
        "PERCENT(100, 'a') AND DID buy",
        "PERCENT(0, 'a') OR DID buy WITHIN LAST 30 MINUTES",
    ]);
    let log = in_time(&[("view", BEGIN), ("buy", BEGIN + 60_000)]);
    let user = stepped(&definitions, &log);
    assert!(user.rules.not_compiled().is_empty());
    let at = |minutes: i64| BEGIN + minutes * 60_000;
    let expected = [
        (at(0), scenario::name(0), true),
        (at(1), scenario::name(2), true),
        (at(1), scenario::name(3), true),
        (at(31), scenario::name(3), false),
    ];
    assert_eq!(sorted(user.flips()), expected);
}

/// Found by the model test: an instant computed from a field was not waited for when the field
/// came.
#[test]
fn a_computed_instant_is_waited_for() {
    let definitions = definitions(&["IF(FALSE, at, at) NOT WITHIN LAST 30 MINUTES"]);
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
    let flips = stepped(&definitions, &log).flips();
    assert_eq!(flips, [(BEGIN + 30 * 60_000, scenario::name(0), true)]);
}

/// Found by the model test: an override came before the user existed, and whoever depends on it
/// was never asked again.
#[test]
fn an_override_before_existence_is_seen_by_dependents_after_it() {
    let definitions = definitions(&["p", "IN SEGMENT 's0'"]);
    let traits = rulelang::facts::Traits {
        id: Arc::from("t1"),
        timestamp: None,
        values: BTreeMap::new(),
    };
    let include = What::Override {
        segment: scenario::name(0),
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
    let flips = stepped(&definitions, &log).flips();
    assert_eq!(
        flips,
        [
            (BEGIN, scenario::name(0), true),
            (BEGIN + 1, scenario::name(1), true)
        ]
    );
}

#[test]
fn functions_run_live_and_compiled() {
    let definitions = definitions(&[
        "DATE_ADD('minute', 90, at) WITHIN LAST 30 MINUTES",
        "LOWER(s) IN ('us', 'ca') AND COUNT(buy WHERE UPPER(sku) == 'A') == 0",
    ]);
    let value = |text: &str| rulelang::Value::string(text);
    let traits = rulelang::facts::Traits {
        id: Arc::from("t1"),
        timestamp: Some(BEGIN),
        values: [
            ("at".to_owned(), value("2024-01-15T08:00:00Z")),
            ("s".to_owned(), value("US")),
        ]
        .into(),
    };
    let buy = rulelang::facts::Event {
        id: Arc::from("b1"),
        event_type: "buy".into(),
        timestamp: BEGIN + 1,
        properties: [("sku".to_owned(), value("a"))].into(),
        updates_fields: true,
    };
    let facts = [testkit::Fact::Traits(traits), testkit::Fact::Event(buy)];
    let log = facts.into_iter().zip(BEGIN..);
    let log: Vec<Arrival> = log
        .map(|(fact, stamp)| Arrival {
            stamp,
            what: What::Fact(fact),
        })
        .collect();
    let user = stepped(&definitions, &log);
    assert!(user.rules.not_compiled().is_empty());
    let expected = [
        (BEGIN, scenario::name(1), true),
        (BEGIN + 1, scenario::name(1), false),
        (BEGIN + 90 * 60_000, scenario::name(0), true),
        (BEGIN + 120 * 60_000, scenario::name(0), false),
    ];
    assert_eq!(user.flips(), expected);
}

#[test]
fn functions_of_now_are_refused_live() {
    let checked = rulelang::check("HOUR(NOW()) < 12", &testkit::schema()).expect("a rule");
    let segment = rule_runtime::Segment {
        id: "s0".into(),
        rule: checked.rule,
    };
    let refused = rule_runtime::RuleSet::build(vec![segment]).expect_err("not live");
    assert!(
        refused.to_string().contains("`NOW()` cannot stand here"),
        "{refused}"
    );
}
