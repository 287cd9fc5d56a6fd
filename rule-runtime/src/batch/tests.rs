//! A batch answers as the interpreter does about each user.

use std::collections::BTreeSet;

use proptest::prelude::*;
use rulelang::facts::Facts;
use rulelang::testkit::{self, any_condition, any_facts, any_now};
use rulelang::{Value, evaluate, exists};

use super::{Batch, CHUNK_USERS};
use crate::testing::fact;
use crate::{RuleCache, Scratch, UserState};

fn batch(text: &str, now: i64, cache: &RuleCache) -> Batch {
    let checked = rulelang::check(text, &testkit::schema());
    let rule = match checked {
        Ok(checked) => checked.rule,
        Err(diagnostics) => panic!("{text}: {diagnostics}"),
    };
    Batch::new(rule, now, cache).unwrap()
}

fn learned(batch: &Batch, facts: &Facts) -> UserState {
    let events = facts.events.iter().cloned().map(testkit::Fact::Event);
    let traits = facts.traits.iter().cloned().map(testkit::Fact::Traits);
    let (mut state, mut scratch) = (UserState::default(), Scratch::default());
    // Not in the order of history: it must not matter.
    for known in traits.chain(events.rev()) {
        batch.learn(&mut state, &fact(batch.rules(), &known), &mut scratch);
    }
    state
}

/// What a batch says of so many users, who are in turn those of whom something is known.
fn answers(batch: &Batch, users: &[Facts], count: usize) -> Vec<(usize, bool)> {
    let states: Vec<UserState> = users.iter().map(|facts| learned(batch, facts)).collect();
    let (mut scan, mut answers) = (batch.scan(), vec![]);
    for user in 0..count {
        let at = user % users.len();
        let memberships = &users[at].memberships;
        let is_member = |id: &str| memberships.get(id).copied().unwrap_or_default();
        scan.push(user, states[at].clone(), is_member);
        if scan.is_full() {
            scan.answer(|user, is_match| answers.push((user, is_match)));
        }
    }
    scan.answer(|user, is_match| answers.push((user, is_match)));
    answers
}

proptest! {
    #[test]
    fn a_batch_answers_as_the_interpreter_does_about_each_user(
        text in any_condition(3),
        users in proptest::collection::vec(any_facts(), 1..4),
        now in any_now(),
        count in 1..200_usize,
    ) {
        let cache = RuleCache::default();
        let batch = batch(&text, now, &cache);
        let rule = &batch.rules().segments()[0].rule;
        let existing = (0..count).filter(|user| exists(&users[user % users.len()], now));
        let judged: Vec<(usize, bool)> = existing
            .map(|user| (user, evaluate(rule, &users[user % users.len()], now) == Value::Bool(true)))
            .collect();
        prop_assert_eq!(answers(&batch, &users, count), judged, "{}", text);
    }
}

/// A user for each of these numbers, as an event's `amount`.
fn spenders(amounts: &[f64]) -> Vec<Facts> {
    let spender = |(at, amount): (usize, &f64)| {
        let mut facts = Facts::default();
        facts.events.push(rulelang::facts::Event {
            id: format!("e{at}").into(),
            event_type: "purchase".into(),
            timestamp: 0,
            properties: [("amount".to_owned(), Value::Float(*amount))].into(),
            updates_fields: true,
        });
        facts
    };
    amounts.iter().enumerate().map(spender).collect()
}

#[test]
fn users_beyond_a_chunk_are_told_of_once_and_in_order() {
    let cache = RuleCache::default();
    let batch = batch("totalSpent > 10", 0, &cache);
    let count = 2 * CHUNK_USERS + 1;
    let found = answers(&batch, &spenders(&[5.0, 50.0, 7.0]), count);
    let expected: Vec<_> = (0..count).map(|user| (user, user % 3 == 1)).collect();
    assert_eq!(found, expected);
    assert_eq!(batch.not_compiled(), None);
}

#[test]
fn what_is_not_compiled_is_asked_user_by_user() {
    let cache = RuleCache::default();
    let terms: BTreeSet<String> = (0..1_000)
        .map(|at| format!("totalSpent + {at} > {}", 3 * at + 20))
        .collect();
    let text = terms.into_iter().collect::<Vec<_>>().join(" OR ");
    let batch = batch(&text, 0, &cache);
    assert!(batch.not_compiled().is_some(), "too large a rule");
    let found = answers(&batch, &spenders(&[5.0, 50.0]), 4);
    assert_eq!(found, [(0, false), (1, true), (2, false), (3, true)]);
}
