//! What is gathered is what steps would have come to.

use proptest::prelude::*;
use rulelang::testkit::{self, BEGIN, any_now};

use crate::series::SeriesState;
use crate::testing::{any_scenario, fact, rule_set, run};
use crate::{RuleSet, Scratch, UserState};

fn encoded(state: &UserState, rules: &RuleSet) -> Vec<u8> {
    let mut bytes = vec![];
    state.encode(rules, &mut bytes);
    bytes
}

/// A state of which only what comes from facts is left.
fn blank(state: &UserState) -> UserState {
    let mut series = state.series.clone();
    for user in &mut series {
        sort_ties(&mut user.state);
    }
    UserState {
        now: state.now,
        exists: state.exists,
        fields: state.fields.clone(),
        series,
        pending: state.pending.clone(),
        ..UserState::default()
    }
}

/// Where no ids are kept, no answer depends on the order of entries of one instant: they stand in
/// the order in which they came.
fn sort_ties(series: &mut SeriesState) {
    if !series.ids.is_empty() {
        return;
    }
    let all = series.times.len();
    let values = (0..all).map(|at| series.values.get(at).into_owned());
    let mut entries: Vec<_> = series.times.iter().copied().zip(values).collect();
    entries.sort_by_key(|(time, value)| (*time, format!("{value:?}")));
    series.values.drain(all);
    for (at, (_, value)) in entries.iter().enumerate() {
        series.values.insert(at, value);
    }
}

fn without_copies(log: Vec<(i64, testkit::Fact)>) -> Vec<(i64, testkit::Fact)> {
    let mut seen = std::collections::BTreeSet::new();
    let is_new = |(_, fact): &(i64, testkit::Fact)| match fact {
        testkit::Fact::Event(event) => seen.insert(event.id.clone()),
        testkit::Fact::Traits(traits) => seen.insert(traits.id.clone()),
    };
    let mut log = log;
    log.retain(is_new);
    log
}

proptest! {
    #[test]
    fn gathered_in_any_order_equals_stepped(
        (texts, log) in any_scenario(),
        now in any_now(),
        order in any::<prop::sample::Selector>(),
        cut in any::<prop::sample::Index>(),
    ) {
        let (rules, log) = (rule_set(&texts), without_copies(log));
        let now = log.iter().map(|(stamp, _)| *stamp).fold(now, i64::max);
        let mut scratch = Scratch::default();
        let mut stepped = UserState::new("u".into());
        run(&rules, &mut stepped, &log);
        rules.fire(&mut stepped, now, &mut scratch, &mut vec![]);
        rules.bring(&mut stepped, now, &mut scratch);

        let shuffled: Vec<_> = {
            let mut rest = log.clone();
            let mut shuffled = vec![];
            while !rest.is_empty() {
                let next = order.select(0..rest.len());
                shuffled.push(fact(&rules, &rest.swap_remove(next).1));
            }
            shuffled
        };
        let (first, second) = shuffled.split_at(cut.index(shuffled.len() + 1));
        let mut gathered = rules.gather("u".into(), first.to_vec(), BEGIN.min(now), &mut scratch);
        rules.gather_into(&mut gathered, second.to_vec(), now, &mut scratch);
        prop_assert_eq!(encoded(&blank(&gathered), &rules), encoded(&blank(&stepped), &rules));
        prop_assert_eq!(rules.user_aggregates(&gathered), rules.user_aggregates(&stepped));

        // And at every later instant.
        for later in [1, 600_000, 3_600_000, 5_400_000, 86_400_000] {
            for state in [&mut gathered, &mut stepped] {
                rules.fire(state, now + later, &mut scratch, &mut vec![]);
                rules.bring(state, now + later, &mut scratch);
            }
            prop_assert_eq!(rules.user_aggregates(&gathered), rules.user_aggregates(&stepped));
            prop_assert_eq!(rules.user_fields(&gathered), rules.user_fields(&stepped));
        }
    }

    #[test]
    fn a_gathered_state_reads_back((texts, log) in any_scenario(), now in any_now()) {
        let rules = rule_set(&texts);
        let facts = without_copies(log).into_iter().map(|(_, arrived)| fact(&rules, &arrived));
        let gathered = rules.gather("u".into(), facts, now, &mut Scratch::default());
        let read = UserState::decode(&encoded(&gathered, &rules), "u".into(), &rules).unwrap();
        prop_assert_eq!(encoded(&read, &rules), encoded(&gathered, &rules));
        prop_assert_eq!((&read.armed, read.wake_at), (&gathered.armed, gathered.wake_at));
    }
}
