//! The time of parsing, checking, printing and refusing by the length of the source, for sources made to
//! be slow: nesting, long chains and lists, many names, and what fails late. Fails where a source eight
//! times as long takes more than [`GROWTH_MAX`] times as long.
#![expect(clippy::print_stdout, reason = "a benchmark may speak")]

use std::hint::black_box;
use std::time::{Duration, Instant};

use rulelang::{Checked, Diagnostics, Schema, check, english, format, json, parse, render};

/// Lengths in bytes, the last the longest that a rule may have.
const SIZES: [usize; 4] = [8 << 10, 16 << 10, 32 << 10, 64 << 10];
/// Eight times as much is to take about eight times as long; caches and the machine take the rest.
const GROWTH_MAX: f64 = 24.0;
/// The best of so many runs counts.
const RUNS: usize = 9;

/// A source of about `bytes`: `before`, then `part` as often as there is room, with its number for `#`,
/// then `after`.
struct Family {
    name: &'static str,
    before: &'static str,
    part: &'static str,
    after: &'static str,
}

const fn family(
    name: &'static str,
    before: &'static str,
    part: &'static str,
    after: &'static str,
) -> Family {
    Family {
        name,
        before,
        part,
        after,
    }
}

/// Right ones first, then near misses: each fails at its end, after all that could be tried before.
const FAMILIES: [Family; 28] = [
    family("long OR", "", "p OR ", "p"),
    family("long AND of brackets", "", "(p) AND ", "p"),
    family("long list of numbers", "x IN (", "1, ", "2)"),
    family("long list of strings", "s IN (", "'a', ", "'b')"),
    family("groups of 32 brackets", "", DEEP, "p"),
    family("calls within calls", "", CALLS, "p"),
    family("one name", "a", "bcd", " == 1"),
    family("blanks", "p", " ", ""),
    family("comments", "p", "/**/", ""),
    family("different fields", "", "the_field_# > 1000000   AND ", "p"),
    family(
        "different properties",
        "SUM(e.x WHERE ",
        "the_property_# > 1000  OR ",
        "p) > 1",
    ),
    family("calls of constants", "", CONSTANTS, "p"),
    family("names without a type", "", "x# == y# AND ", "p"),
    family("names in a chain", "x == x0", " AND\n x# == x", ""),
    family("near miss: OR without an end", "", "p OR ", ""),
    family("near miss: OR, then a sign", "", "p OR ", "p %"),
    family("near miss: list without an end", "x IN (", "1, ", "2"),
    family("near miss: list of a list", "x IN (", "1, ", "2 3)"),
    family("near miss: groups, then a sign", "", DEEP, "p p"),
    family("near miss: brackets only", "", "(", ""),
    family("near miss: NOT only", "", "NOT ", ""),
    family("near miss: CASE only", "", "CASE WHEN ", ""),
    family("near miss: aggregates", "", "COUNT(e WHERE ", ""),
    family("near miss: chains", "1", " < x", ""),
    family("near miss: text tests", "", "a NOT ", ""),
    family("near miss: durations", "", "30 DAYS ", ""),
    family("near miss: quotes", "s == '", "''", ""),
    family("many mistakes", "", "(a b) OR ", "p"),
];
const DEEP: &str = "((((((((((((((((((((((((((((((((p)))))))))))))))))))))))))))))))) OR ";
const CONSTANTS: &str = "x == SPLIT(REPEAT('a,', 4000), ',')                OR ";
const CALLS: &str = "ABS(ABS(ABS(ABS(ABS(ABS(ABS(ABS(x)))))))) > 1 OR ";

impl Family {
    fn source(&self, bytes: usize) -> String {
        let room = bytes - self.before.len() - self.after.len();
        // Numbers take more room than their sign.
        let length = self.part.len() + 4 * self.part.matches('#').count();
        let parts = 0..room / length;
        let middle: String = parts
            .map(|number| self.part.replace('#', &number.to_string()))
            .collect();
        format!("{}{middle}{}", self.before, self.after)
    }
}

/// The shortest of some runs.
fn time<T>(mut run: impl FnMut() -> T) -> Duration {
    let one = |_| {
        let started = Instant::now();
        black_box(run());
        started.elapsed()
    };
    (0..RUNS).map(one).min().unwrap_or_default()
}

/// Times by size, and the growth from the first to the last.
fn row(name: &str, times: &[Duration]) -> f64 {
    let micros = |time: &Duration| time.as_secs_f64() * 1e6;
    let cells = times.iter().map(|time| format!("{:>10.0}", micros(time)));
    // What is refused at once takes no time that could grow.
    let first = times.first().map_or(0.0, micros).max(20.0);
    let growth = times.last().map_or(0.0, micros) / first;
    println!("{name:<44}{}{growth:>9.1}", cells.collect::<String>());
    growth
}

/// Everything that a rule is shown as.
fn printed(checked: &Result<Checked, Diagnostics>) -> usize {
    let Ok(Checked { rule, .. }) = checked else {
        return 0;
    };
    let json = json::to_json(&rule.ast).to_string();
    format(&rule.ast).len() + english(rule).len() + json.len()
}

/// What is told of a rule that is wrong.
fn refused(source: &str, schema: &Schema) -> usize {
    let found = check(source, schema).err();
    found.map_or(0, |found| render(&found, source, false).len())
}

fn main() {
    let schema = Schema::default();
    println!(
        "µs by length in KiB{:<25}{:>10}{:>10}{:>10}{:>10}{:>9}",
        "", 8, 16, 32, 64, "growth"
    );
    let mut worst: f64 = 0.0;
    for family in &FAMILIES {
        let sources = SIZES.map(|bytes| family.source(bytes));
        let mut rows = |what: &str, times: [Duration; SIZES.len()]| {
            worst = worst.max(row(&format!("{what:<6} {}", family.name), &times));
        };
        rows("parse", sources.each_ref().map(|it| time(|| parse(it))));
        let checked = sources.each_ref().map(|it| check(it, &schema));
        if let [Ok(_), Ok(_), Ok(_), Ok(_)] = &checked {
            let again = sources.each_ref().map(|it| time(|| check(it, &schema)));
            rows("check", again);
            rows("print", checked.map(|it| time(|| printed(&it))));
        } else if checked.iter().all(Result::is_err) {
            rows(
                "refuse",
                sources.each_ref().map(|it| time(|| refused(it, &schema))),
            );
        }
    }
    println!("the most that time grows when a source is eight times as long: {worst:.1}");
    assert!(worst <= GROWTH_MAX, "not linear: {worst:.1} > {GROWTH_MAX}");
}
