//! What a switch of definitions changes, in which order and by which cause. (That memberships are
//! right is the model test's matter.)

use std::sync::Arc;

use rulelang::Value;
use rulelang::testkit::BEGIN;

use super::Switch;
use crate::testing::{event, rule_set};
use crate::{Change, Event, Fact, Override, OverrideEffect, Reason, RuleSet, Scratch, UserState};

const MINUTE: i64 = 60_000;

fn set(rules: &[(&str, &str)]) -> Arc<RuleSet> {
    let owned = |(id, text): &(&str, &str)| ((*id).to_owned(), (*text).to_owned());
    Arc::new(rule_set(&rules.iter().map(owned).collect::<Vec<_>>()))
}

fn buy(rules: &RuleSet, id: &str, minute: i64, sku: &str) -> Event {
    let properties = [("sku", Value::string(sku)), ("amount", Value::Float(10.0))];
    event(rules, id, "buy", BEGIN + minute * MINUTE, &properties)
}

fn step(rules: &RuleSet, state: &mut UserState, fact: &Fact, minute: i64) -> Vec<Change> {
    let mut changes = vec![];
    let stamp = BEGIN + minute * MINUTE;
    rules.apply(state, fact, stamp, &mut Scratch::default(), &mut changes);
    changes
}

/// `+vip rule_evaluation definition:vip@2 1`: entered, the segment, the reason, the cause, seq.
fn told(rules: &RuleSet, changes: &[Change]) -> Vec<String> {
    let tell = |change: &Change| {
        let sign = if change.action == crate::Action::Added {
            '+'
        } else {
            '-'
        };
        let id = &rules.segments()[change.segment as usize].id;
        let (reason, cause, seq) = (change.reason, &change.cause, change.seq);
        format!("{sign}{id} {reason} {cause} {seq}")
    };
    changes.iter().map(tell).collect()
}

/// A switch at a minute of a user with a history; what changed under the old and the new set.
fn switched(
    (from, to): (&Arc<RuleSet>, &Arc<RuleSet>),
    versions: &[(&str, u32)],
    state: &mut UserState,
    history: &[(&str, i64, &str)],
    minute: i64,
) -> (Vec<String>, Vec<String>) {
    let versions: Vec<_> = versions
        .iter()
        .map(|(id, version)| ((*id).into(), *version))
        .collect();
    let mut scratch = Scratch::default();
    let facts = history
        .iter()
        .map(|(id, at, sku)| Fact::Event(buy(to, id, *at, sku)));
    let now = state.now().unwrap_or(BEGIN);
    let gathered = (!history.is_empty()).then(|| to.gather("u".into(), facts, now, &mut scratch));
    let switch = Switch::new(from.clone(), to.clone(), Some(to.clone()), &versions);
    let (mut before, mut after) = (vec![], vec![]);
    let stamp = BEGIN + minute * MINUTE;
    let old = std::mem::take(state);
    *state = switch.apply(old, gathered, stamp, &mut scratch, &mut before, &mut after);
    (told(from, &before), told(to, &after))
}

#[test]
fn removed_segments_are_left_first_and_dependents_name_what_they_stand_on() {
    let from = set(&[
        ("other", "DID buy"),
        ("old", "COUNT(buy) >= 1"),
        ("edited", "COUNT(buy) >= 1"),
        ("on-edited", "IN SEGMENT 'edited'"),
        ("on-old", "IN SEGMENT 'old'"),
    ]);
    let to = set(&[
        ("on-new", "IN SEGMENT 'on-edited' AND IN SEGMENT 'new'"),
        ("on-edited", "IN SEGMENT 'edited'"),
        ("new", "SUM(buy.amount) >= 10"),
        ("edited", "COUNT(buy) >= 2"),
        ("other", "DID buy"),
        ("negative", "NOT IN SEGMENT 'edited'"),
    ]);
    let mut state = UserState::new("u".into());
    step(
        &from,
        &mut state,
        &Fact::Event(buy(&from, "e1", 0, "k1")),
        0,
    );
    let versions = [
        ("old", 3),
        ("on-old", 1),
        ("edited", 2),
        ("new", 1),
        ("negative", 1),
    ];
    let history = [("e1", 0, "k1")];
    let (before, after) = switched((&from, &to), &versions, &mut state, &history, 1);
    let left = [
        "-on-old rule_evaluation definition:on-old@1 6",
        "-old rule_evaluation definition:old@3 7",
    ];
    assert_eq!(before, left);
    let changed = [
        "+new rule_evaluation definition:new@1 8",
        "-edited rule_evaluation definition:edited@2 9",
        "-on-edited rule_evaluation definition:edited@2 10",
        "+negative rule_evaluation definition:negative@1 11",
    ];
    assert_eq!(after, changed);
    let other = to.segment("other").unwrap();
    let kept = state
        .memberships()
        .iter()
        .find(|member| member.segment == other);
    assert_eq!(kept.map(|member| member.since), Some(BEGIN));
}

#[test]
fn deadlines_below_the_stamp_fire_before_it_and_one_at_the_stamp_within() {
    let recent = ("recent", "DID buy WITHIN LAST 30 MINUTES");
    let (from, to) = (
        set(&[recent]),
        set(&[recent, ("none", "DID NOT buy WITHIN LAST 30 MINUTES")]),
    );
    for (minute, before, after) in [
        (29, vec![], vec![]),
        (
            30,
            vec![],
            vec![
                "-recent expired timer 2",
                "+none rule_evaluation definition:none@1 3",
            ],
        ),
        (
            31,
            vec!["-recent expired timer 2"],
            vec!["+none rule_evaluation definition:none@1 3"],
        ),
    ] {
        let mut state = UserState::new("u".into());
        step(
            &from,
            &mut state,
            &Fact::Event(buy(&from, "e1", 0, "k1")),
            0,
        );
        let history = [("e1", 0, "k1")];
        let told = switched((&from, &to), &[("none", 1)], &mut state, &history, minute);
        assert_eq!(
            (told.0, told.1),
            (
                before.into_iter().map(String::from).collect(),
                after.into_iter().map(String::from).collect()
            ),
            "at minute {minute}"
        );
    }
}

#[test]
fn who_does_not_exist_enters_nothing_and_overrides_stay() {
    let from = set(&[("a", "DID buy"), ("gone", "DID buy")]);
    let to = set(&[("everybody", "DID NOT buy"), ("a", "COUNT(buy) > 5")]);
    let mut state = UserState::new("u".into());
    for segment in ["a", "gone"] {
        let said = Override {
            id: segment.into(),
            timestamp: BEGIN,
            segment: segment.into(),
            effect: OverrideEffect::Include,
        };
        step(&from, &mut state, &Fact::Override(said), 0);
    }
    let (before, after) = switched((&from, &to), &[("gone", 4)], &mut state, &[], 1);
    assert_eq!(before, ["-gone rule_evaluation definition:gone@4 3"]);
    assert!(after.is_empty());
    let kept: Vec<_> = state
        .memberships()
        .iter()
        .map(|member| (member.segment, member.reason))
        .collect();
    assert_eq!(kept, [(1, Reason::Manual)]);
}

#[test]
fn a_fact_that_waits_is_known_by_the_names_of_both() {
    let (from, to) = (
        set(&[("a", "SUM(buy.amount) >= 10")]),
        set(&[
            ("b", "LAST(buy.sku) == 'k1'"),
            ("a", "SUM(buy.amount) >= 10"),
        ]),
    );
    let mut state = UserState::new("u".into());
    step(
        &from,
        &mut state,
        &Fact::Event(buy(&from, "e1", 5, "k1")),
        0,
    );
    let versions = [("b", 1)];
    let told_at = |state: &mut UserState, minute| {
        switched((&from, &to), &versions, state, &[("e1", 5, "k1")], minute)
    };
    let mut early = state.clone();
    assert_eq!(told_at(&mut early, 4), (vec![], vec![]));
    let mut changes = vec![];
    to.fire(
        &mut early,
        BEGIN + 5 * MINUTE,
        &mut Scratch::default(),
        &mut changes,
    );
    assert_eq!(
        told(&to, &changes),
        ["+b rule_evaluation e1 1", "+a rule_evaluation e1 2"]
    );
    // At the very stamp it counts within the switch.
    let both = [
        "+b rule_evaluation definition:b@1 1",
        "+a rule_evaluation e1 2",
    ];
    assert_eq!(
        told_at(&mut state, 5),
        (vec![], both.map(String::from).to_vec())
    );
}

/// The old set keeps the longer window, the shadow the ids that break ties.
#[test]
fn entries_come_from_who_keeps_them_long_enough_and_from_who_knows_ids() {
    let long = ("long", "COUNT DISTINCT(buy.sku WITHIN LAST 3 HOURS) >= 3");
    let first = ("first", "FIRST(buy.sku WITHIN LAST 1 HOURS) == 'k2'");
    let (from, to, shadow) = (set(&[long]), set(&[long, first]), set(&[first]));
    let history = [("e1", 0, "k1"), ("z", 100, "k3"), ("b", 100, "k2")];
    let mut state = UserState::new("u".into());
    for (id, at, sku) in history {
        step(&from, &mut state, &Fact::Event(buy(&from, id, at, sku)), at);
    }
    let mut scratch = Scratch::default();
    let stamp = BEGIN + 101 * MINUTE;
    let facts = history.map(|(id, at, sku)| Fact::Event(buy(&shadow, id, at, sku)));
    let gathered = shadow.gather("u".into(), facts, stamp, &mut scratch);
    let switch = Switch::new(
        from.clone(),
        to.clone(),
        Some(shadow),
        &[("first".into(), 1)],
    );
    let (mut before, mut after) = (vec![], vec![]);
    let mut state = switch.apply(
        state,
        Some(gathered),
        stamp,
        &mut scratch,
        &mut before,
        &mut after,
    );
    assert_eq!(
        told(&to, &after),
        ["+first rule_evaluation definition:first@1 2"]
    );
    let mut later = vec![];
    to.fire(&mut state, BEGIN + 1_000 * MINUTE, &mut scratch, &mut later);
    let ended: Vec<(i64, u32)> = later
        .iter()
        .map(|change| ((change.timestamp - BEGIN) / MINUTE, change.segment))
        .collect();
    assert_eq!(ended, [(160, 1), (180, 0)]);
}

#[test]
fn a_set_knows_another_that_asks_for_no_more() {
    let from = set(&[
        (
            "a",
            "COUNT(buy WITHIN LAST 3 HOURS WHERE sku == 'k1') > 1 AND SUM(buy.amount) > 1",
        ),
        ("b", "s == 'x'"),
    ]);
    for (rule, is_known) in [
        ("COUNT(buy WITHIN LAST 2 HOURS WHERE sku == 'k1') > 7", true),
        ("SUM(buy.amount) > 5 AND s != 'y'", true),
        ("AVG(buy.amount) > 5", true),
        (
            "COUNT(buy WITHIN LAST 4 HOURS WHERE sku == 'k1') > 7",
            false,
        ),
        ("SUM(buy.amount WITHIN LAST 1 HOURS) > 5", false),
        ("MAX(buy.amount) > 5", false),
        ("t == 'x'", false),
        ("DID view", false),
    ] {
        assert_eq!(from.knows(&set(&[("c", rule)])), is_known, "{rule}");
    }
}
