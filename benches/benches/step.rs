//! One step of one user under the load's 1,000 segments: an event that changes no membership, one
//! that does, a deadline alone.
#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a benchmark may stop and speak"
)]

use benches::estimates::median_ns;
use benches::generator::{Events, rule_set, segments};
use criterion::{BatchSize, BenchmarkId, Criterion};
use rule_runtime::{Change, Fact, RuleSet, Scratch, UserState};

/// A user with eight events a day.
const USER: u32 = 1_010;
const SAMPLES: usize = 256;
const GROUP: &str = "step";
const KINDS: [&str; 3] = ["changes nothing", "changes memberships", "deadline"];

/// A state and what is about to happen to it; no fact is a deadline.
struct Sample {
    state: UserState,
    fact: Option<Fact>,
    stamp: i64,
}

impl Sample {
    fn step(&mut self, rules: &RuleSet, scratch: &mut Scratch, changes: &mut Vec<Change>) {
        changes.clear();
        match &self.fact {
            Some(fact) => {
                rules.apply(&mut self.state, fact, self.stamp, scratch, changes);
            }
            None => rules.fire(&mut self.state, self.stamp, scratch, changes),
        }
    }
}

/// The steps of one user by kind, deadlines apart from events.
fn samples(rules: &RuleSet) -> [Vec<Sample>; 3] {
    let mut kinds = [vec![], vec![], vec![]];
    let (mut state, mut scratch, mut changes) =
        (UserState::new("u".into()), Scratch::default(), vec![]);
    for event in Events::sample().filter(|event| event.user == USER) {
        while let Some(stamp) = state.wake_at().filter(|wake_at| *wake_at < event.timestamp) {
            let fact = None;
            kinds[2].push(Sample {
                state: state.clone(),
                fact,
                stamp,
            });
            rules.fire(&mut state, stamp, &mut scratch, &mut changes);
        }
        let before = state.clone();
        let fact = event.fact(rules);
        changes.clear();
        rules.apply(
            &mut state,
            &fact,
            event.timestamp,
            &mut scratch,
            &mut changes,
        );
        let kind = &mut kinds[usize::from(!changes.is_empty())];
        kind.push(Sample {
            state: before,
            fact: Some(fact),
            stamp: event.timestamp,
        });
    }
    for kind in &mut kinds {
        // The latest: a state with a history behind it.
        kind.drain(..kind.len().saturating_sub(SAMPLES));
    }
    kinds
}

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    let rules = rule_set(&segments()).expect("the load's segments");
    let mut scratch = Scratch::default();
    let mut group = criterion.benchmark_group(GROUP);
    let kinds = samples(&rules);
    for (name, samples) in KINDS.into_iter().zip(&kinds) {
        if samples.is_empty() {
            continue;
        }
        group.bench_function(BenchmarkId::new(name, 1_000), |bencher| {
            let mut turn = samples.iter().cycle();
            let mut changes = vec![];
            let next = || {
                let sample = turn.next().expect("a cycle does not end");
                let (state, fact) = (sample.state.clone(), sample.fact.clone());
                Sample {
                    state,
                    fact,
                    stamp: sample.stamp,
                }
            };
            let step = |sample: &mut Sample| sample.step(&rules, &mut scratch, &mut changes);
            bencher.iter_batched_ref(next, step, BatchSize::SmallInput);
        });
    }
    group.finish();
    criterion.final_summary();
    for (name, samples) in KINDS.into_iter().zip(&kinds) {
        let micros = median_ns(GROUP, name, "1000").unwrap_or(f64::NAN) / 1e3;
        println!(
            "{name:>20}: {micros:.2} µs a step ({} samples in turn)",
            samples.len()
        );
    }
}
