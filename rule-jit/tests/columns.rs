//! Columns own what they hold, and code over them is bound as safely as that for rows.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use rule_jit::{ColumnRule, Columns, Compiler, Input, Question, RowTooShort, Symbols, lower};
use rulelang::{Schema, Value, check};

/// The only field of a rule stands in the only slot.
fn over_columns(text: &str, symbols: &mut Symbols) -> ColumnRule {
    let rule = check(text, &Schema::default()).unwrap().rule;
    let layout = |_: Input<'_>| Some(0);
    let lowered = lower(&rule, Question::Match, &layout, symbols).unwrap();
    let compiler = Compiler::for_host().unwrap();
    let code = compiler.compile_columns(lowered.shape()).unwrap();
    code.bind(lowered).unwrap()
}

#[test]
fn columns_keep_the_strings_and_lists_that_they_are_given() {
    let mut symbols = Symbols::new();
    let title = over_columns("title CONTAINS 'red'", &mut symbols);
    let tags = over_columns("tags CONTAINS ANY ('a', 'b')", &mut symbols);
    let (mut titles, mut lists) = (Columns::new(1, 0), Columns::new(1, 0));
    for row in 0..100 {
        titles.push_row();
        let colour = if row % 2 == 0 { "red" } else { "blue" };
        titles.set_value(0, &Value::string(&format!("{colour} {row}")), &symbols);
        lists.push_row();
        let tag = if row % 3 == 0 { "a" } else { "c" };
        let tags = [Value::string(tag), Value::string("d")];
        lists.set_value(0, &Value::List(tags.into()), &symbols);
    }
    let count = |bits: Vec<u64>| bits.iter().map(|word| word.count_ones()).sum::<u32>();
    assert_eq!(count(title.matches(&titles).unwrap()), 50);
    assert_eq!(count(tags.matches(&lists).unwrap()), 34);
    // A copy needs nothing of what it was copied from.
    let copy = titles.clone();
    titles.clear();
    assert_eq!(count(title.matches(&copy).unwrap()), 50);
    assert!(title.matches(&titles).unwrap().is_empty());
}

#[test]
fn cleared_columns_hold_nothing_of_the_rows_before() {
    let mut symbols = Symbols::new();
    let rule = over_columns("a > 1", &mut symbols);
    let mut columns = Columns::new(1, 0);
    for _ in 0..70 {
        columns.push_row();
        columns.set_value(0, &Value::Float(2.0), &symbols);
    }
    assert_eq!(rule.matches(&columns).unwrap(), [u64::MAX, 0b11_1111]);
    columns.clear();
    for _ in 0..70 {
        columns.push_row();
    }
    columns.set_value(0, &Value::Float(2.0), &symbols);
    assert_eq!(rule.matches(&columns).unwrap(), [0, 0b10_0000]);
}

#[test]
fn what_has_no_place_is_not_set_and_too_few_columns_are_told() {
    let mut symbols = Symbols::new();
    let rule = over_columns("a > 1", &mut symbols);
    let mut columns = Columns::new(1, 0);
    columns.set_value(0, &Value::Float(2.0), &symbols);
    assert!(columns.is_empty());
    columns.push_row();
    columns.set_value(1, &Value::Float(2.0), &symbols);
    columns.set_bool(u32::MAX, true);
    assert_eq!(rule.matches(&columns).unwrap(), [0]);
    let mut none = Columns::new(0, 0);
    none.push_row();
    assert_eq!(rule.matches(&none), Err(RowTooShort));
}

#[test]
fn a_rule_that_reads_nothing_needs_no_columns() {
    let always = over_columns("TRUE", &mut Symbols::new());
    let mut columns = Columns::new(0, 0);
    for _ in 0..65 {
        columns.push_row();
    }
    assert_eq!(always.matches(&columns).unwrap(), [u64::MAX, 1]);
    assert_eq!(
        always.values(&columns).unwrap(),
        vec![Value::Bool(true); 65]
    );
}
