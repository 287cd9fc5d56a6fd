//! One hot rule, a call per record over 1,024 records in turn: compiled, by hand, interpreted.
#![expect(
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a benchmark may stop and speak"
)]

use std::hint::black_box;

use benches::by_hand::{ByHandRow, RULES};
use benches::estimates::ratios;
use benches::records::{RECORDS, RecordInputs, records};
use benches::rules::{NAMES, checked, layout, texts};
use criterion::{BenchmarkId, Criterion, Throughput};
use rule_jit::{CompiledRule, Compiler, Question, Row, Symbols, lower};
use rulelang::{Rule, Value, evaluate_node};

const ENGINES: [&str; 3] = ["compiled", "by hand", "interpreted"];
const GROUP: &str = "one rule";

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    let compiler = Compiler::for_host().expect("a host that can compile");
    let mut symbols = Symbols::new();
    let rules: Vec<Rule> = texts().iter().map(|text| checked(text)).collect();
    let compiled: Vec<CompiledRule> = rules
        .iter()
        .map(|rule| {
            let lowered =
                lower(rule, Question::Match, &layout, &mut symbols).expect("a rule that compiles");
            let code = compiler.compile(lowered.shape()).expect("code");
            code.bind(lowered).expect("constants of its shape")
        })
        .collect();
    let records = records();
    let rows: Vec<Row<'_>> = records.iter().map(|record| record.row(&symbols)).collect();
    let by_hand_rows: Vec<ByHandRow<'_>> =
        records.iter().map(|record| record.by_hand_row()).collect();

    let mut group = criterion.benchmark_group(GROUP);
    group.throughput(Throughput::Elements(RECORDS as u64));
    for (index, name) in NAMES.into_iter().enumerate() {
        let rule = compiled.get(index).expect("a rule of each name");
        group.bench_function(BenchmarkId::new(ENGINES[0], name), |bencher| {
            let rule = black_box(rule);
            bencher.iter(|| {
                rows.iter()
                    .filter(|row| rule.matches(row) == Ok(true))
                    .count()
            });
        });
        let by_hand = RULES.get(index).expect("a rule of each name");
        group.bench_function(BenchmarkId::new(ENGINES[1], name), |bencher| {
            let by_hand = black_box(by_hand);
            bencher.iter(|| by_hand_rows.iter().filter(|row| by_hand(row)).count());
        });
        let rule = rules.get(index).expect("a rule of each name");
        let inputs: Vec<RecordInputs<'_>> =
            records.iter().map(|record| record.inputs(rule)).collect();
        group.bench_function(BenchmarkId::new(ENGINES[2], name), |bencher| {
            let is_true = |inputs: &&RecordInputs<'_>| {
                evaluate_node(&rule.root, *inputs) == Value::Bool(true)
            };
            bencher.iter(|| inputs.iter().filter(is_true).count());
        });
    }
    group.finish();
    criterion.final_summary();
    println!(
        "{}",
        ratios(GROUP, &ENGINES, &NAMES, ("ns a record", RECORDS as f64))
    );
}
