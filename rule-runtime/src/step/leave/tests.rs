//! Who is deleted leaves everything and may return; a copy of the record changes nothing.

use rulelang::testkit::BEGIN;

use crate::testing::{event, rules};
use crate::{Action, Applied, Change, Fact, RuleSet, Scratch, UserState};

const MINUTE: i64 = 60_000;

const RULES: [&str; 3] = [
    "IN SEGMENT 's1' AND DID buy WITHIN LAST 30 MINUTES",
    "DID buy",
    "DID NOT view WITHIN LAST 10 MINUTES",
];

fn buy(rules: &RuleSet, id: &str, minute: i64) -> Fact {
    Fact::Event(event(rules, id, "buy", BEGIN + minute * MINUTE, &[]))
}

fn apply(
    rules: &RuleSet,
    state: &mut UserState,
    fact: &Fact,
    minute: i64,
) -> (Applied, Vec<Change>) {
    let (mut scratch, mut changes) = (Scratch::default(), vec![]);
    let applied = rules.apply(
        state,
        fact,
        BEGIN + minute * MINUTE,
        &mut scratch,
        &mut changes,
    );
    (applied, changes)
}

/// (segment, seq, epoch) of each.
fn told(changes: &[Change]) -> Vec<(u32, u64, u32)> {
    changes
        .iter()
        .map(|change| (change.segment, change.seq, change.epoch))
        .collect()
}

#[test]
fn who_is_deleted_leaves_every_segment_and_returns_in_the_next_epoch() {
    let rules = rules(&RULES);
    let (mut state, mut scratch) = (UserState::new("u".into()), Scratch::default());
    apply(&rules, &mut state, &buy(&rules, "e1", 0), 0);
    let rev = state.rev();
    let mut changes = vec![];
    let id = "d1".into();
    let stamp = BEGIN + 40 * MINUTE;
    let deleted = rules.delete(&mut state, &id, stamp, &mut scratch, &mut changes);
    assert_eq!(deleted, Applied::Fresh);
    // The window's end fired at its own instant; then s1 and s2 were left.
    assert_eq!(told(&changes), [(0, 4, 0), (2, 5, 0), (1, 6, 0)]);
    assert_eq!(changes[0].timestamp, BEGIN + 30 * MINUTE);
    assert!(
        changes
            .iter()
            .all(|change| change.action == Action::Removed)
    );
    assert!(!state.exists() && state.memberships().is_empty() && state.wake_at().is_none());
    assert_eq!((state.epoch(), state.seq()), (1, 0));
    assert!(state.rev() > rev + 1);

    // Neither the record nor a fact from before counts again.
    let again = rules.delete(&mut state, &id, stamp + 1, &mut scratch, &mut vec![]);
    assert_eq!(again, Applied::Duplicate);
    assert_eq!(
        apply(&rules, &mut state, &buy(&rules, "e1", 0), 41).0,
        Applied::Duplicate
    );
    assert_eq!((state.epoch(), state.exists()), (1, false));

    let mut bytes = vec![];
    state.encode(&rules, &mut bytes);
    assert_eq!(
        UserState::decode(&bytes, "u".into(), &rules),
        Ok(state.clone())
    );

    let (applied, changes) = apply(&rules, &mut state, &buy(&rules, "e2", 50), 50);
    assert_eq!(applied, Applied::Fresh);
    assert_eq!(told(&changes), [(1, 1, 1), (2, 2, 1), (0, 3, 1)]);
}

#[test]
fn who_is_merged_away_keeps_epoch_and_numbers() {
    let rules = rules(&RULES);
    let (mut state, mut scratch, mut changes) =
        (UserState::new("u".into()), Scratch::default(), vec![]);
    apply(&rules, &mut state, &buy(&rules, "e1", 0), 0);
    rules.merge_away(&mut state, &"m1".into(), BEGIN, &mut scratch, &mut changes);
    assert_eq!(told(&changes), [(0, 4, 0), (2, 5, 0), (1, 6, 0)]);
    assert_eq!((state.epoch(), state.seq(), state.exists()), (0, 6, false));
}

#[test]
fn who_returns_is_in_the_same_shares_of_users() {
    let rules = rules(&["PERCENT(100, 'a')", "NOT PERCENT(0, 'a') AND DID buy"]);
    let (mut state, mut scratch, mut changes) =
        (UserState::new("u".into()), Scratch::default(), vec![]);
    let (_, came) = apply(&rules, &mut state, &buy(&rules, "e1", 0), 0);
    assert_eq!(told(&came), [(0, 1, 0), (1, 2, 0)]);
    rules.delete(&mut state, &"d1".into(), BEGIN, &mut scratch, &mut changes);
    assert_eq!(changes.len(), 2);
    let (_, returned) = apply(&rules, &mut state, &buy(&rules, "e2", 50), 50);
    assert_eq!(told(&returned), [(0, 1, 1), (1, 2, 1)]);
}
