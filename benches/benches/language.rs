//! A rule's way from text to code, µs: each stage, and the whole with a known and a new shape.
#![expect(
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a benchmark may stop and speak"
)]

use std::hint::black_box;

use benches::estimates::table;
use benches::rules::{NAMES, checked, layout, schema, texts};
use criterion::{BatchSize, BenchmarkId, Criterion};
use rule_jit::{Compiler, Question, Symbols, lower};
use rule_runtime::RuleCache;
use rulelang::{Expected, check, check_expr, parse};

const STAGES: [&str; 4] = ["parse", "check", "lower + bind", "lower + compile"];
const WHOLE: [&str; 2] = ["new shape", "known shape"];

fn stages(criterion: &mut Criterion) {
    let schema = schema();
    let compiler = Compiler::for_host().expect("a host that can compile");
    let mut group = criterion.benchmark_group("stages");
    for (name, text) in NAMES.into_iter().zip(texts()) {
        group.bench_function(BenchmarkId::new(STAGES[0], name), |bencher| {
            bencher.iter(|| parse(black_box(&text)));
        });
        let parsed = parse(&text).expect("a right rule");
        group.bench_function(BenchmarkId::new(STAGES[1], name), |bencher| {
            let check = |expr| check_expr(expr, &text, &schema, Expected::Condition);
            bencher.iter_batched(|| parsed.clone(), check, BatchSize::SmallInput);
        });
        let rule = checked(&text);
        let mut symbols = Symbols::new();
        let cache = RuleCache::default();
        group.bench_function(BenchmarkId::new(STAGES[2], name), |bencher| {
            bencher.iter(|| {
                let lowered = lower(black_box(&rule), Question::Match, &layout, &mut symbols)
                    .expect("a rule that compiles");
                let code = cache.compiled(lowered.shape()).expect("code");
                code.bind(lowered)
            });
        });
        group.bench_function(BenchmarkId::new(STAGES[3], name), |bencher| {
            bencher.iter(|| {
                let lowered = lower(black_box(&rule), Question::Match, &layout, &mut symbols)
                    .expect("a rule that compiles");
                compiler
                    .compile(lowered.shape())
                    .expect("code")
                    .bind(lowered)
            });
        });
    }
    group.finish();
}

fn source_to_ready(criterion: &mut Criterion) {
    let schema = schema();
    let compiler = Compiler::for_host().expect("a host that can compile");
    let mut group = criterion.benchmark_group("source to ready");
    for (name, text) in NAMES.into_iter().zip(texts()) {
        let mut symbols = Symbols::new();
        let mut lowered = || {
            let rule = check(black_box(&text), &schema).expect("a right rule").rule;
            lower(&rule, Question::Match, &layout, &mut symbols).expect("a rule that compiles")
        };
        group.bench_function(BenchmarkId::new(WHOLE[0], name), |bencher| {
            bencher.iter(|| {
                let lowered = lowered();
                compiler
                    .compile(lowered.shape())
                    .expect("code")
                    .bind(lowered)
            });
        });
        let cache = RuleCache::default();
        group.bench_function(BenchmarkId::new(WHOLE[1], name), |bencher| {
            bencher.iter(|| {
                let lowered = lowered();
                cache.compiled(lowered.shape()).expect("code").bind(lowered)
            });
        });
    }
    group.finish();
}

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    stages(&mut criterion);
    source_to_ready(&mut criterion);
    criterion.final_summary();
    println!("{}", table("stages", &STAGES, &NAMES, ("µs", 1e3)));
    println!("{}", table("source to ready", &WHOLE, &NAMES, ("µs", 1e3)));
}
