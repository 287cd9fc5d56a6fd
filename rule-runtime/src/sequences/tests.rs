//! What is kept of sequences from step to step, and where a user has very many events. (What they are
//! is the model test's matter.)

use proptest::prelude::*;
use rulelang::testkit::BEGIN;

use crate::testing::{any_scenario, event, rules, run, run_out};
use crate::{Action, Change, Fact, RuleSet, Scratch, UserState};

const MINUTE: i64 = 60_000;

/// All windows, with one step and more, with and without an end that must not come.
const SEQUENCES: [&str; 10] = [
    "SEQUENCE(view THEN buy)",
    "SEQUENCE(view THEN buy WITHIN 30min THEN NOT view WITHIN 1h)",
    "SEQUENCE(view WITHIN LAST 2h THEN NOT buy WITHIN 30min)",
    "SEQUENCE(buy WITHIN LAST 30min THEN NOT view WITHIN 1h)",
    "SEQUENCE(buy WITHIN LAST 2h THEN buy WITHIN 1h THEN NOT view)",
    "SEQUENCE(* WITHIN LAST 1h THEN buy THEN *)",
    "SEQUENCE(buy FROM 2h TO 30min AGO THEN * WITHIN 30min THEN NOT view WITHIN 20min)",
    "SEQUENCE(view FROM 1h TO 20min AGO THEN buy)",
    "SEQUENCE(* WITHIN LAST 1 CALENDAR DAY IN 'Pacific/Honolulu' THEN NOT buy WITHIN 1h)",
    "SEQUENCE(buy DURING TIMESTAMP '2024-01-15T08:30:00Z' TO TIMESTAMP '2024-01-15T10:00:00Z'
        THEN view WITHIN 1h WHERE flag THEN NOT * WITHIN 10min)",
];

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_kept_is_what_would_be_found((_, log) in any_scenario()) {
        let rules = rules(&SEQUENCES);
        let mut state = UserState::default();
        for arrival in &log {
            run(&rules, &mut state, std::slice::from_ref(arrival));
            let mut found = state.clone();
            rules.settle_sequences(&mut found);
            prop_assert_eq!(&found.sequences, &state.sequences);
        }
    }
}

/// A user with a view in each of so many milliseconds, and what changed.
fn viewer(rules: &RuleSet, views: i64) -> (UserState, Vec<Change>) {
    let (mut state, mut scratch, mut changes) = (UserState::default(), Scratch::default(), vec![]);
    for view in 0..views {
        let at = BEGIN + view;
        let fact = Fact::Event(event(rules, &format!("v{view}"), "view", at, &[]));
        rules.apply(&mut state, &fact, at, &mut scratch, &mut changes);
    }
    (state, changes)
}

fn told(changes: &[Change]) -> Vec<(i64, u32, bool)> {
    let tell = |change: &Change| {
        let is_added = change.action == Action::Added;
        (change.timestamp - BEGIN, change.segment, is_added)
    };
    changes.iter().map(tell).collect()
}

#[test]
fn what_was_given_up_for_want_of_room_is_null_until_it_would_have_left() {
    const SEQUENCE: &str = "SEQUENCE(view WITHIN LAST 60min THEN NOT buy WITHIN 10min)";
    let rules = rules(&[SEQUENCE, &format!("{SEQUENCE} IS NULL")]);
    let (mut state, changes) = viewer(&rules, 100_001);
    assert_eq!(told(&changes), [(100_000, 1, true)]);
    let changes = run_out(&rules, &mut state);
    // The last view is left, and leaves a millisecond after the others would have.
    let gone = 60 * MINUTE + 99_999;
    let expected = [(gone, 0, true), (gone, 1, false), (gone + 1, 0, false)];
    assert_eq!(told(&changes), expected);
}

#[test]
fn many_events_in_time_take_little_time() {
    let rules = rules(&[
        "SEQUENCE(view WITHIN LAST 60min THEN NOT buy WITHIN 30s)",
        "SEQUENCE(view THEN NOT buy WITHIN 10min)",
        "SEQUENCE(view THEN view THEN NOT buy WITHIN 30s)",
        "SEQUENCE(buy THEN view WITHIN 1h THEN NOT view WITHIN 10min)",
    ]);
    let (mut state, changes) = viewer(&rules, 100_000);
    assert_eq!(told(&changes), [(30_000, 0, true), (30_001, 2, true)]);
    let changes = run_out(&rules, &mut state);
    let expected = [(10 * MINUTE, 1, true), (60 * MINUTE + 99_999, 0, false)];
    assert_eq!(told(&changes), expected);
}
