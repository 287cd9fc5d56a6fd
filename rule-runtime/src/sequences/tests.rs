//! What a sequence is where a user has very many events. (Of ordinary histories the model test
//! knows more.)

use rulelang::testkit::BEGIN;

use crate::testing::{event, rules, run_out};
use crate::{Action, Change, Fact, RuleSet, Scratch, UserState};

const MINUTE: i64 = 60_000;

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
