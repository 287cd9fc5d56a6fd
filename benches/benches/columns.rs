//! One rule over many users: by columns, by a call a row, interpreted. Each over 1,024 users, whose
//! inputs the processor's caches hold, and over 100,000, whose inputs they do not; and with the
//! inputs put in place first, as a preview does it.
#![expect(
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a benchmark may stop and speak"
)]

use std::hint::black_box;

use benches::estimates::ratios;
use benches::records::{NOW, Record, RecordInputs, records};
use benches::rules::{FIELDS, checked, layout};
use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, BenchmarkId, Criterion, Throughput};
use rule_jit::{ColumnRule, Columns, CompiledRule, Compiler, Question, Row, Symbols, lower};
use rulelang::{Rule, Value, evaluate_node};

const NAMES: [&str; 3] = ["1 term", "4 terms", "16 terms"];
const RULES: [&str; 3] = [
    "totalSpent > 1000",
    "totalSpent > 1000 AND category == 'electronics' AND eventCount >= 50 AND NOT churned",
    "(totalSpent > 500 OR eventCount >= 50 OR visits > 30 OR score >= 0.9) \
     AND (country == 'US' OR country == 'CA' OR country == 'GB' OR plan == 'pro') \
     AND age >= 18 AND age < 65 AND plan != 'free' AND category != 'garden' AND NOT churned \
     AND (score >= 0.5 OR visits > 20) AND lastActivity WITHIN LAST 30 DAYS",
];
const USERS: [usize; 2] = [1_024, 100_000];
/// Users whose inputs are put in place at once.
const CHUNK: usize = 1_024;
const ENGINES: [&str; 3] = ["columns", "row", "interpreted"];
const FILLED: [&str; 2] = ["columns", "row"];

/// A rule for each engine.
struct Rules {
    rule: Rule,
    row: CompiledRule,
    columns: ColumnRule,
}

impl Rules {
    fn new(text: &str, compiler: &Compiler, symbols: &mut Symbols) -> Self {
        let rule = checked(text);
        let lowered =
            lower(&rule, Question::Match, &layout, symbols).expect("a rule that compiles");
        let columns = compiler.compile_columns(lowered.shape()).expect("code");
        let row = compiler.compile(lowered.shape()).expect("code");
        let row = row.bind(lowered).expect("constants of its shape");
        let columns = columns.bind_like(&row).expect("constants of its shape");
        Self { rule, row, columns }
    }
}

fn count(bits: &[u64]) -> u32 {
    bits.iter().map(|word| word.count_ones()).sum()
}

fn in_place(
    group: &mut BenchmarkGroup<'_, WallTime>,
    rules: &[Rules],
    users: &[&Record],
    symbols: &Symbols,
) {
    let mut columns = Columns::new(FIELDS.len(), NOW);
    users
        .iter()
        .for_each(|user| user.push_to(&mut columns, symbols));
    let rows: Vec<Row<'_>> = users.iter().map(|user| user.row(symbols)).collect();
    for (name, rule) in NAMES.iter().zip(rules) {
        group.bench_function(BenchmarkId::new(ENGINES[0], name), |bencher| {
            let rule = black_box(&rule.columns);
            bencher.iter(|| count(&rule.matches(&columns).expect("enough columns")));
        });
        group.bench_function(BenchmarkId::new(ENGINES[1], name), |bencher| {
            let rule = black_box(&rule.row);
            bencher.iter(|| {
                rows.iter()
                    .filter(|row| rule.matches(row) == Ok(true))
                    .count()
            });
        });
        let inputs: Vec<_> = users.iter().map(|user| user.inputs(&rule.rule)).collect();
        group.bench_function(BenchmarkId::new(ENGINES[2], name), |bencher| {
            let root = black_box(&rule.rule.root);
            let is_true =
                |user: &&RecordInputs<'_>| evaluate_node(root, *user) == Value::Bool(true);
            bencher.iter(|| inputs.iter().filter(is_true).count());
        });
    }
}

fn filled(
    group: &mut BenchmarkGroup<'_, WallTime>,
    rules: &[Rules],
    users: &[&Record],
    symbols: &Symbols,
) {
    for (name, rule) in NAMES.iter().zip(rules) {
        group.bench_function(BenchmarkId::new(FILLED[0], name), |bencher| {
            let mut columns = Columns::new(FIELDS.len(), NOW);
            bencher.iter(|| {
                let chunks = users.chunks(CHUNK).map(|chunk| {
                    columns.clear();
                    chunk
                        .iter()
                        .for_each(|user| user.push_to(&mut columns, symbols));
                    count(&rule.columns.matches(&columns).expect("enough columns"))
                });
                chunks.sum::<u32>()
            });
        });
        group.bench_function(BenchmarkId::new(FILLED[1], name), |bencher| {
            bencher.iter(|| {
                let is_true = |user: &&&Record| rule.row.matches(&user.row(symbols)) == Ok(true);
                users.iter().filter(is_true).count()
            });
        });
    }
}

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    let compiler = Compiler::for_host().expect("a host that can compile");
    let mut symbols = Symbols::new();
    let rules = RULES.map(|text| Rules::new(text, &compiler, &mut symbols));
    let records = records();
    let mut tables = vec![];
    for count in USERS {
        let users: Vec<&Record> = records.iter().cycle().take(count).collect();
        let name = format!("{count} users");
        let mut group = criterion.benchmark_group(&name);
        group.throughput(Throughput::Elements(count as u64));
        in_place(&mut group, &rules, &users, &symbols);
        group.finish();
        tables.push(ratios(&name, &ENGINES, &NAMES, ("ns a user", count as f64)));
        let name = format!("{count} users, inputs put in place");
        let mut group = criterion.benchmark_group(&name);
        group.throughput(Throughput::Elements(count as u64));
        filled(&mut group, &rules, &users, &symbols);
        group.finish();
        tables.push(ratios(&name, &FILLED, &NAMES, ("ns a user", count as f64)));
    }
    criterion.final_summary();
    println!("{}", tables.join("\n"));
}
