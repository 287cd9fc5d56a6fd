//! Throughput of the core on the load: facts already decoded, one thread, nothing but steps.
#![expect(
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a benchmark may stop and speak"
)]

use benches::estimates::median_ns;
use benches::generator::{Events, rule_set, segments};
use criterion::{BatchSize, BenchmarkId, Criterion, Throughput};
use rule_runtime::{Fact, Population};

const GROUP: &str = "replay";
const NAME: &str = "1,000 segments";

fn main() {
    let mut criterion = Criterion::default().sample_size(10).configure_from_args();
    let rules = rule_set(&segments()).expect("the load's segments");
    let facts: Vec<(String, Fact, i64)> = Events::sample()
        .map(|event| (event.user_id(), event.fact(&rules), event.timestamp))
        .collect();
    let events = facts.len() as u64;
    let mut changes = 0_u64;
    let mut group = criterion.benchmark_group(GROUP);
    group.throughput(Throughput::Elements(events));
    group.bench_function(BenchmarkId::new(NAME, events), |bencher| {
        let run = |population: &mut Population| {
            changes = 0;
            for (user, fact, stamp) in &facts {
                population.apply(user, fact, *stamp, &mut |_, _, _| changes += 1);
            }
        };
        bencher.iter_batched_ref(
            || Population::new(rules.clone()),
            run,
            BatchSize::PerIteration,
        );
    });
    group.finish();
    criterion.final_summary();
    if let Some(median) = median_ns(GROUP, NAME, &events.to_string()) {
        let rate = events as f64 / median * 1e9;
        let each = changes as f64 / events as f64;
        println!("{rate:.0} events a second, {each:.2} membership changes an event");
    }
}
