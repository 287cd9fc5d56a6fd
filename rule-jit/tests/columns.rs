//! Columns own what they hold, and code over them is bound as safely as that for rows.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use rule_jit::{
    ColumnRule, Columns, Compiler, Input, Question, RowTooShort, StandaloneRule, Symbols, lower,
};
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

/// They were NULL once.
#[test]
fn columns_keep_lists_of_objects() {
    let mut symbols = Symbols::new();
    let dear = over_columns("ANY(items, i => i.price > 10)", &mut symbols);
    let mut columns = Columns::new(1, 0);
    for row in 0..100 {
        columns.push_row();
        let item = Value::object([("price".into(), Value::Float(f64::from(row % 20)))]);
        columns.set_value(0, &Value::List([item].into()), &symbols);
    }
    let bits = dear.matches(&columns).unwrap();
    assert_eq!(bits.iter().map(|word| word.count_ones()).sum::<u32>(), 45);
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

/// More terms than one loop takes: joined either way, nested, and with calls, of which some rows
/// are spared and sometimes all.
fn rules_of_many_terms() -> Vec<String> {
    let joined = |with: &str, count: usize, term: &dyn Fn(usize) -> String| {
        let terms: Vec<String> = (0..count).map(term).collect();
        terms.join(with)
    };
    let above = |at: usize| format!("f{} > {}", at % 8, at % 5);
    let below = |at: usize| format!("f{} <= {}", at % 8, 9 - at % 3);
    let (all, any) = (joined(" AND ", 16, &below), joined(" OR ", 16, &above));
    let calls = "s CONTAINS 'b' AND s LIKE '%a%' AND NOT (s ENDS WITH 'x')";
    vec![
        all.clone(),
        any.clone(),
        format!("({all}) AND ({any}) AND s != 'abc'"),
        format!("({any}) AND {calls}"),
        format!("{all} AND {calls}"),
        format!("({calls}) OR ({all} AND s IN ('abc', 'b', 'ca', 'd', 'e')) OR f0 > 8"),
        format!("NOT (({any}) AND ({all}) AND s STARTS WITH 'a')"),
        format!("({all}) IS NULL OR ({any} AND s CONTAINS 'c')"),
        format!("f0 > 100 AND {calls} AND {all}"),
        format!("f0 < 100 OR {calls} OR {any}"),
    ]
}

#[test]
fn rules_of_many_terms_answer_over_columns_as_row_by_row() {
    let compiler = Compiler::for_host().unwrap();
    let mut matched = 0;
    for text in rules_of_many_terms() {
        let rule = check(&text, &Schema::default()).unwrap().rule;
        let standalone = StandaloneRule::new(&rule, Question::Match).unwrap();
        let row_code = standalone.compiled();
        let code = compiler.compile_columns(row_code.shape().shape()).unwrap();
        let over_columns = code.bind_like(row_code).unwrap();
        let (mut columns, mut expected) = (Columns::new(standalone.slots(), 0), vec![0; 4]);
        for row in 0..200_u64 {
            let value = |name: &str| match name {
                "s" => Value::string(["abc", "cb", "ax", "", "ba"][row as usize * 7 % 5]),
                name if (row + name.len() as u64).is_multiple_of(11) => Value::Null,
                name => {
                    let field = u64::from(name.as_bytes()[1]);
                    Value::Float((row * 31 + field * row * 17) as f64 % 10.0)
                }
            };
            let values: Vec<Value> = rule.fields.iter().map(|field| value(&field.name)).collect();
            columns.push_row();
            for (slot, value) in (0..).zip(&values) {
                columns.set_value(slot, value, standalone.symbols());
            }
            let place = |name: &str| rule.fields.iter().position(|field| *field.name == *name);
            let given = standalone.row(0, |name| values.get(place(name)?));
            let is_match = standalone.matches(&given).unwrap();
            expected[row as usize / 64] |= u64::from(is_match) << (row % 64);
            matched += u32::from(is_match);
        }
        assert_eq!(over_columns.matches(&columns).unwrap(), expected, "{text}");
    }
    assert!((200..1_800).contains(&matched), "{matched} of 2,000");
}
