//! What the walk finds, against every chain tried.

use std::collections::VecDeque;

use proptest::prelude::*;

use super::{Chains, look, standing};
use crate::sequences::{SequencePlan, Standing, StepPlan};
use crate::series::{Leave, Reach};

/// Nothing happens later.
const END: i64 = 40;

/// The timestamps of a step's events, and how soon one must follow.
type Times = (VecDeque<i64>, Option<i64>);

#[derive(Debug, Clone)]
struct Case {
    steps: Vec<Times>,
    absent: Option<Times>,
    reach: Reach,
}

fn any_times() -> impl Strategy<Value = Times> {
    let times = proptest::collection::vec(0..=END, 0..12);
    let times = times.prop_map(|mut times| {
        times.sort_unstable();
        times.into()
    });
    (times, proptest::option::of(1..15_i64))
}

fn any_reach() -> impl Strategy<Value = Reach> {
    let sliding = (0..10_i64, 1..40_i64).prop_map(|(enter, more)| Reach::Sliding {
        enter,
        leave: Leave::After(enter + more),
    });
    let fixed = (0..30_i64, 1..30_i64).prop_map(|(start, length)| Reach::Fixed {
        start,
        end: start + length,
    });
    let all_time = Just(Reach::Fixed {
        start: i64::MIN,
        end: i64::MAX,
    });
    prop_oneof![2 => sliding, 1 => fixed, 1 => all_time]
}

fn any_case() -> impl Strategy<Value = Case> {
    let steps = proptest::collection::vec(any_times(), 1..4);
    let parts = (steps, proptest::option::of(any_times()), any_reach());
    parts.prop_map(|(steps, absent, reach)| Case {
        steps,
        absent,
        reach,
    })
}

impl Case {
    fn found(&self, now: i64) -> Standing {
        let step = |(series, (_, within)): (usize, &Times)| StepPlan {
            series: series as u32,
            within: *within,
        };
        let all: Vec<&Times> = self.steps.iter().chain(&self.absent).collect();
        let plan = SequencePlan {
            slot: 0,
            reach: self.reach,
            steps: self.steps.iter().enumerate().map(step).collect(),
            absent: self
                .absent
                .as_ref()
                .map(|absent| step((self.steps.len(), absent))),
        };
        standing(Chains::new(&plan, |step| &all[step.series as usize].0), now)
    }

    /// Whether some chain makes the sequence TRUE.
    fn holds(&self, now: i64) -> bool {
        let starts = self.steps[0].0.iter().copied();
        starts
            .filter(|start| match self.reach {
                Reach::Sliding { enter, leave } => {
                    leave.left_through(now) < *start && *start <= now - enter
                }
                Reach::Fixed { start: from, end } => (from..end).contains(start),
            })
            .any(|start| self.continues(1, start, now))
    }

    fn continues(&self, step: usize, before: i64, now: i64) -> bool {
        let follows = |within: Option<i64>, time: i64| {
            before < time && within.is_none_or(|within| time <= before + within)
        };
        if let Some((times, within)) = self.steps.get(step) {
            let mut times = times.iter().copied();
            return times.any(|time| follows(*within, time) && self.continues(step + 1, time, now));
        }
        self.absent.as_ref().is_none_or(|(times, within)| {
            let is_over = within.is_none_or(|within| before + within <= now);
            is_over && !times.iter().any(|time| follows(*within, *time))
        })
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_sequence_is_what_some_chain_says_until_exactly_when_it_flips(case in any_case()) {
        let last = END + 100;
        for now in END..last {
            let found = case.found(now);
            prop_assert_eq!(found.is_true, Some(case.holds(now)), "at {}", now);
            let flips = (now + 1..last).find(|at| case.holds(*at) != case.holds(now));
            prop_assert_eq!(found.wake_at, flips.unwrap_or(i64::MAX), "at {}", now);
        }
    }
}

#[test]
fn what_fails_for_one_reason_is_passed_over_at_once() {
    let views: VecDeque<i64> = (0..100_000).collect();
    let buys = VecDeque::from([50_000, 200_000]);
    let step = |series, within| StepPlan { series, within };
    let plan = SequencePlan {
        slot: 0,
        reach: Reach::Fixed {
            start: i64::MIN,
            end: i64::MAX,
        },
        steps: vec![step(0, None), step(1, Some(1)), step(1, Some(1))],
        absent: None,
    };
    let times = |step: &StepPlan| if step.series == 0 { &views } else { &buys };
    let mut chains = Chains::new(&plan, times);
    let mut looks = 0;
    while chains.steps[0].newest_unseen().is_some() {
        assert!(look(&mut chains.steps, chains.absent).is_none());
        looks += 1;
    }
    assert!(looks <= 3, "{looks} of {} events", views.len());
    let standing = standing(Chains::new(&plan, times), 300_000);
    assert_eq!(standing, Standing::NOTHING);
}
