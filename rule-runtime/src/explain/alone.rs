//! When a rule flips by itself for one user of whom everything is given: no set, no log.

use rulelang::facts::Facts;
use rulelang::{Rule, Type};

use crate::change::{Cause, Reason};
use crate::event::{Event, Fact, Traits};
use crate::rule_set::{BuildError, alone};
use crate::state::UserState;
use crate::step::Scratch;

/// The first instant after `now`, in milliseconds, at which a condition becomes TRUE of the user of
/// `facts`, or is TRUE of them no longer, without a new fact; events of the future count from their
/// instant, and memberships stay as they are given. `None` if there is none, or the rule is no
/// condition. See [`crate::RuleSet::next_change_at`].
///
/// # Errors
/// A rule that cannot be kept live.
pub fn next_change_at(rule: &Rule, facts: &Facts, now: i64) -> Result<Option<i64>, BuildError> {
    if rule.root.ty != Type::Bool {
        return Ok(None);
    }
    let rules = alone(rule)?;
    let mut scratch = Scratch::default();
    let mut state = UserState {
        user: facts.user.clone(),
        // Who is asked about is there, even if nothing at all is known of them.
        exists: true,
        ..UserState::default()
    };
    let events = facts.events.iter();
    let events = events.map(|event| Fact::Event(Event::resolved(event, &rules)));
    let traits = facts.traits.iter();
    let traits = traits.map(|traits| Fact::Traits(Traits::resolved(traits, &rules)));
    rules.gather_into(&mut state, events.chain(traits), now, &mut scratch);
    let given = rule.segments.iter().map(|id| facts.memberships.get(id));
    for (segment, is_member) in (0..).zip(given) {
        if is_member == Some(&true) {
            enter(&mut state, segment);
        }
    }
    let own = rule.segments.len() as u32;
    if rules.is_true_of(
        &state,
        own,
        |segment| state.is_member(segment),
        &mut scratch,
    ) {
        enter(&mut state, own);
    }
    Ok(rules.first_flip(state, own))
}

fn enter(state: &mut UserState, segment: u32) {
    state.flip(segment, Reason::RuleEvaluation, Cause::Timer);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rulelang::testkit::{self, BEGIN};
    use rulelang::{Schema, Value, check, evaluate, instants};

    use super::*;

    proptest! {
        #[test]
        fn it_is_the_first_instant_at_which_the_judge_answers_otherwise(
            text in testkit::any_live_condition(2),
            mut facts in testkit::any_facts(),
            vip in any::<Option<bool>>(),
            now in testkit::any_now(),
        ) {
            let rule = check(&text, &testkit::schema()).unwrap().rule;
            facts.memberships.extend(vip.map(|vip| ("vip".to_owned(), vip)));
            let is_true = |at| evaluate(&rule, &facts, at) == Value::Bool(true);
            let mut later = instants(&rule, &facts).into_iter().filter(|at| *at > now);
            let judged = later.find(|at| is_true(*at) != is_true(now));
            prop_assert_eq!(next_change_at(&rule, &facts, now), Ok(judged));
        }
    }

    #[test]
    fn a_user_of_whom_nothing_is_known_waits_too() {
        let told = |text: &str| {
            let rule = check(text, &Schema::default()).unwrap().rule;
            next_change_at(&rule, &Facts::default(), BEGIN)
        };
        let new_year = 1_735_689_600_000;
        assert_eq!(told("NOW() >= DATE '2025-01-01'"), Ok(Some(new_year)));
        assert_eq!(told("COUNT(buy WITHIN LAST 1h) == 0"), Ok(None));
        assert!(matches!(
            told("HOUR(NOW()) < 12"),
            Err(BuildError::NotLive { .. })
        ));
    }
}
