//! Code memory is freed with its last holder.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use rule_jit::{Compiler, Input, Question, Row, Symbols, lower};
use rulelang::{Schema, check};

#[cfg(target_os = "linux")]
const SHAPES: usize = 20_000;

/// Resident memory in KiB.
#[cfg(target_os = "linux")]
fn resident_kib() -> u64 {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap();
    let pages: u64 = statm.split_whitespace().nth(1).unwrap().parse().unwrap();
    pages * 4
}

#[cfg(target_os = "linux")]
#[test]
fn compiling_and_dropping_shapes_keeps_memory_flat() {
    let compiler = Compiler::for_host().unwrap();
    let compile = |number: usize| {
        // Eight shapes: up to four terms of one of two kinds.
        let term = |at| {
            if number.is_multiple_of(2) {
                format!("a > {at}")
            } else {
                format!("b < {at}")
            }
        };
        let terms: Vec<String> = (0..=number % 8 / 2).map(term).collect();
        let rule = check(&terms.join(" AND "), &Schema::default())
            .unwrap()
            .rule;
        let mut symbols = Symbols::new();
        let layout = |_: Input<'_>| Some(0);
        let lowered = lower(&rule, Question::Match, &layout, &mut symbols).unwrap();
        compiler
            .compile(lowered.shape())
            .unwrap()
            .bind(lowered)
            .unwrap()
    };
    (0..200).for_each(|number| drop(compile(number)));
    let before = resident_kib();
    (0..SHAPES).for_each(|number| drop(compile(number)));
    let grown = resident_kib().saturating_sub(before);
    assert!(grown < 4 * 1024, "{grown} KiB more than before");
}

#[test]
fn code_lives_as_long_as_any_rule_bound_to_it() {
    let rule = check("a > 1", &Schema::default()).unwrap().rule;
    let compiled = {
        let mut symbols = Symbols::new();
        let layout = |_: Input<'_>| Some(0);
        let lowered = lower(&rule, Question::Match, &layout, &mut symbols).unwrap();
        let code = Compiler::for_host()
            .unwrap()
            .compile(lowered.shape())
            .unwrap();
        code.bind(lowered).unwrap()
    };
    let threads: Vec<_> = (0..2)
        .map(|thread| {
            let compiled = compiled.clone();
            std::thread::spawn(move || {
                let mut row = Row::new(1, 0);
                row.set_float(0, f64::from(thread) + 1.0);
                compiled.matches(&row).unwrap()
            })
        })
        .collect();
    drop(compiled);
    let answers: Vec<bool> = threads.into_iter().map(|one| one.join().unwrap()).collect();
    assert_eq!(answers, [false, true]);
}
