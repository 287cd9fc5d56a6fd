//! A rule by itself, for one user of whom everything is given: no set, no log.

use rulelang::facts::Facts;
use rulelang::{Rule, Type};

use super::Evidence;
use super::evidence::evidence_of;
use crate::change::{Cause, Reason};
use crate::event::{Event, Fact, Traits};
use crate::rule_set::{BuildError, RuleSet, alone, alone_at};
use crate::state::UserState;
use crate::step::Scratch;

/// What can be told of a rule that belongs to no set, for one user of whom everything is given.
#[derive(Debug, Clone, PartialEq)]
pub struct Alone {
    /// The first instant, in milliseconds, at which a condition becomes TRUE of the user, or is TRUE of
    /// them no longer, without a new fact; events of the future count from their instant, and
    /// memberships stay as they are given. `None` if there is none, or the rule is no condition. An
    /// error of a rule that cannot be kept live. See [`RuleSet::next_change_at`].
    pub next_change_at: Result<Option<i64>, BuildError>,
    /// The events behind each of [`Rule::aggregates`].
    pub aggregates: Vec<Evidence>,
    /// The events behind each of [`Rule::sequences`].
    pub sequences: Vec<Evidence>,
}

impl Alone {
    /// Of the user of `facts` at `now`, in milliseconds.
    ///
    /// # Errors
    /// A rule that no set takes, live or not.
    pub fn new(rule: &Rule, facts: &Facts, now: i64) -> Result<Self, BuildError> {
        let (rules, is_live) = match alone(rule) {
            Ok(rules) => (rules, Ok(())),
            Err(error) => (alone_at(rule, now)?, Err(error)),
        };
        let events = facts.events.iter();
        let history: Vec<Event> = events.map(|event| Event::resolved(event, &rules)).collect();
        let (aggregates, sequences) = evidence_of(&rules, rule, &history, now);
        Ok(Self {
            aggregates,
            sequences,
            next_change_at: is_live.map(|()| next_change_at(&rules, rule, facts, history, now)),
        })
    }
}

fn next_change_at(
    rules: &RuleSet,
    rule: &Rule,
    facts: &Facts,
    history: Vec<Event>,
    now: i64,
) -> Option<i64> {
    if rule.root.ty != Type::Bool {
        return None;
    }
    let mut scratch = Scratch::default();
    let mut state = UserState {
        user: facts.user.clone(),
        // Who is asked about is there, even if nothing at all is known of them.
        exists: true,
        ..UserState::default()
    };
    let traits = facts.traits.iter();
    let traits = traits.map(|traits| Fact::Traits(Traits::resolved(traits, rules)));
    let events = history.into_iter().map(Fact::Event);
    rules.gather_into(&mut state, events.chain(traits), now, &mut scratch);
    let given = rule.segments.iter().map(|id| facts.memberships.get(id));
    for (segment, is_member) in (0..).zip(given) {
        if is_member == Some(&true) {
            enter(&mut state, segment);
        }
    }
    let own = rule.segments.len() as u32;
    let is_member = |segment| state.is_member(segment);
    if rules.is_true_of(&state, own, is_member, &mut scratch) {
        enter(&mut state, own);
    }
    rules.first_flip(state, own)
}

fn enter(state: &mut UserState, segment: u32) {
    state.flip(segment, Reason::RuleEvaluation, Cause::Timer);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rulelang::testkit::{self, BEGIN};
    use rulelang::{Expected, Schema, Value, check, evaluate, facts, instants};

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
            let told = Alone::new(&rule, &facts, now).unwrap();
            prop_assert_eq!(told.next_change_at, Ok(judged));
        }
    }

    #[test]
    fn a_user_of_whom_nothing_is_known_waits_too() {
        let told = |text: &str| {
            let rule = check(text, &Schema::default()).unwrap().rule;
            let told = Alone::new(&rule, &Facts::default(), BEGIN).unwrap();
            told.next_change_at
        };
        let new_year = 1_735_689_600_000;
        assert_eq!(told("NOW() >= DATE '2025-01-01'"), Ok(Some(new_year)));
        assert_eq!(told("COUNT(buy WITHIN LAST 1h) == 0"), Ok(None));
        assert!(matches!(
            told("HOUR(NOW()) < 12"),
            Err(BuildError::NotLive { .. })
        ));
    }

    #[test]
    fn the_events_behind_a_value_are_told_live_or_not() {
        let buy = |id: &str, minute: i64| facts::Event {
            id: id.into(),
            event_type: "buy".into(),
            timestamp: BEGIN + minute * 60_000,
            properties: facts::Properties::default(),
            updates_fields: true,
        };
        let facts = Facts {
            events: vec![buy("a", 0), buy("b", 50), buy("c", 90)],
            ..Facts::default()
        };
        for source in [
            "COUNT(buy WITHIN LAST 1h) > 0",
            "COUNT(buy WITHIN LAST 1h) > 0 AND HOUR(NOW()) < 24",
            "COUNT(buy WITHIN LAST 1h)",
        ] {
            let tree = rulelang::parse(source).unwrap();
            let checked =
                rulelang::check_expr(tree, source, &Schema::default(), Expected::AnyValue);
            let told = Alone::new(&checked.unwrap().rule, &facts, BEGIN + 61 * 60_000).unwrap();
            let ids = told.aggregates[0].latest.iter().map(|event| &*event.id);
            assert_eq!(ids.collect::<Vec<_>>(), ["b"], "{source}");
        }
    }
}
