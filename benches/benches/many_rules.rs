//! 10,000 rules of four terms on one event, all evaluated: one shape, 10,000 tables of constants,
//! against the same as a table that a loop written by hand walks.
#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a benchmark may stop and speak"
)]

use std::hint::black_box;

use benches::estimates::ratios;
use criterion::{BenchmarkId, Criterion, Throughput};
use fastrand::Rng;
use rule_jit::{CompiledRule, Compiler, Input, Question, Row, Symbols, lower};
use rulelang::{Schema, Type, check};

const RULES: usize = 10_000;
const FIELDS: [&str; 8] = ["a", "b", "c", "d", "e", "f", "g", "h"];
const ENGINES: [&str; 2] = ["compiled", "by hand"];
const EVENTS: [&str; 2] = ["first fails", "all pass"];
const GROUP: &str = "10,000 rules";

/// `slot > limit` four times over.
struct ByHand {
    slots: [usize; 4],
    limits: [f64; 4],
}

fn rules() -> Vec<ByHand> {
    let mut rng = Rng::with_seed(11);
    let rule = |_| {
        let start = rng.usize(..FIELDS.len());
        ByHand {
            slots: [0, 1, 2, 3].map(|step| (start + step) % FIELDS.len()),
            limits: [(); 4].map(|()| f64::from(rng.u32(1..1_000))),
        }
    };
    (0..RULES).map(rule).collect()
}

fn compiled(rules: &[ByHand]) -> Vec<CompiledRule> {
    let mut schema = Schema::default();
    for field in FIELDS {
        schema.declare_field(field, Type::Float, "the benchmark");
    }
    let layout = |input: Input<'_>| {
        let Input::Field(field) = input else {
            return None;
        };
        let slot = FIELDS.iter().position(|name| **name == *field.name);
        slot.map(|slot| slot as u32)
    };
    let mut symbols = Symbols::new();
    let mut code = None;
    let compiler = Compiler::for_host().expect("a host that can compile");
    let compile = |rule: &ByHand| {
        let terms: Vec<String> = (0..4)
            .map(|term| format!("{} > {}", FIELDS[rule.slots[term]], rule.limits[term]))
            .collect();
        let checked = check(&terms.join(" AND "), &schema).expect("a right rule");
        let lowered = lower(&checked.rule, Question::Match, &layout, &mut symbols)
            .expect("a rule that compiles");
        let code = code.get_or_insert_with(|| compiler.compile(lowered.shape()).expect("code"));
        code.bind(lowered).expect("all rules have one shape")
    };
    rules.iter().map(compile).collect()
}

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    let by_hand = rules();
    let compiled = compiled(&by_hand);
    let mut group = criterion.benchmark_group(GROUP);
    group.throughput(Throughput::Elements(RULES as u64));
    for (event, value) in EVENTS.into_iter().zip([0.0, 2_000.0]) {
        let mut row = Row::new(FIELDS.len(), 0);
        (0..FIELDS.len()).for_each(|slot| row.set_float(slot as u32, value));
        group.bench_function(BenchmarkId::new(ENGINES[0], event), |bencher| {
            let row = black_box(&row);
            bencher.iter(|| {
                compiled
                    .iter()
                    .filter(|rule| rule.matches(row) == Ok(true))
                    .count()
            });
        });
        let slots = [value; FIELDS.len()];
        group.bench_function(BenchmarkId::new(ENGINES[1], event), |bencher| {
            let slots = black_box(&slots);
            let matches = |rule: &&ByHand| {
                let pairs = rule.slots.iter().zip(rule.limits);
                pairs.fold(1, |all, (slot, limit)| all & u8::from(slots[*slot] > limit)) == 1
            };
            bencher.iter(|| by_hand.iter().filter(matches).count());
        });
    }
    group.finish();
    criterion.final_summary();
    println!(
        "{}",
        ratios(GROUP, &ENGINES, &EVENTS, ("ns a rule", RULES as f64))
    );
}
