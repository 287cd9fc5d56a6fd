//! Which rules share a shape, and what the code of a shape looks like.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use rule_jit::{Compiler, Input, Question, Row, Shape, Symbols, lower};
use rulelang::{Schema, Type, check};

fn shape(source: &str) -> Shape {
    let mut schema = Schema::default();
    schema.traits.clear();
    schema.declare_field("churned", Type::Bool, "the test");
    schema.declare_field("eventCount", Type::Int, "the test");
    schema.declare_field("lastActivity", Type::Timestamp, "the test");
    let rule = check(source, &schema).unwrap().rule;
    let slot = |input: Input<'_>| match input {
        Input::Field(field) => rule.fields.iter().position(|other| other == field),
        _ => Some(99),
    };
    let layout = |input: Input<'_>| slot(input).map(|slot| slot as u32);
    let lowered = lower(&rule, Question::Match, &layout, &mut Symbols::new()).unwrap();
    lowered.shape().clone()
}

#[test]
fn constants_fields_and_order_do_not_make_a_shape() {
    let one = shape("a > 1 AND s == 'x' AND (b < 2 OR churned)");
    assert_eq!(one, shape("(churned OR z < -3.5) AND t == 'y' AND c > 100"));
    assert_eq!(
        one,
        shape("NOT (s != 'x' OR NOT (a > 1)) AND NOT (NOT churned AND b >= 2)")
    );
    assert_ne!(one, shape("a >= 1 AND s == 'x' AND (b < 2 OR churned)"));
}

#[test]
fn equalities_joined_by_or_are_one_set() {
    assert_eq!(
        shape("s == 'a' OR s == 'b' OR s == 'c'"),
        shape("s IN ('a', 'b', 'c')")
    );
    assert_eq!(shape("s != 'a' AND s != 'b'"), shape("s NOT IN ('a', 'b')"));
    let many = |count| {
        let items: Vec<String> = (0..count).map(|item| format!("'{item}'")).collect();
        shape(&format!("s IN ({})", items.join(", ")))
    };
    assert_eq!(many(5), many(1_000));
}

/// The instructions of a rule's code, those of its frame included.
fn instructions(source: &str) -> Vec<String> {
    let assembly = Compiler::for_host()
        .unwrap()
        .assembly(&shape(source))
        .unwrap();
    let lines = assembly.lines().map(str::trim);
    let code = lines.filter(|line| !line.is_empty() && !line.ends_with(':'));
    code.map(str::to_owned).collect()
}

#[cfg(target_arch = "x86_64")]
#[test]
fn cheap_tests_neither_branch_nor_call() {
    let rules = [
        ("totalSpent > 1000", 9),
        ("totalSpent > 1000 AND category == 'electronics'", 14),
        (
            "(totalSpent > 1000 OR eventCount >= 50) AND country IN ('US','CA','GB','DE') \
             AND NOT churned",
            38,
        ),
        (
            "totalSpent > 100 AND totalSpent <= 5000 AND eventCount >= 3 AND age BETWEEN 18 AND 65 \
             AND country IN ('US','CA','GB') AND plan != 'free' AND NOT churned \
             AND lastActivity WITHIN LAST 30 DAYS AND (category == 'shoes' OR score > 0.5) \
             AND email IS NOT NULL AND email != ''",
            105,
        ),
    ];
    for (source, at_most) in rules {
        let code = instructions(source);
        let leaves = |line: &String| line.starts_with('j') || line.starts_with("call");
        assert!(!code.iter().any(leaves), "{source}");
        assert!(
            code.len() <= at_most,
            "{} instructions of {source}",
            code.len()
        );
    }
}

#[test]
fn calls_of_the_host_are_skipped_where_the_answer_is_known() {
    let code = instructions("s CONTAINS 'x' AND a > 1 AND t LIKE 'a_b'");
    let position = |start: &str| {
        code.iter()
            .position(|line| line.starts_with(start))
            .unwrap()
    };
    assert!(position("vucomisd") < position("j"));
    assert!(position("j") < position("call"));
}

#[test]
fn code_of_another_shape_is_refused() {
    let mut symbols = Symbols::new();
    let layout = |_: Input<'_>| Some(0);
    let mut lowered = |source: &str| {
        let rule = check(source, &Schema::default()).unwrap().rule;
        lower(&rule, Question::Match, &layout, &mut symbols).unwrap()
    };
    let (one, other) = (lowered("a > 1"), lowered("a < 1"));
    let code = Compiler::for_host().unwrap().compile(one.shape()).unwrap();
    assert!(code.bind(other).is_err());
    let rule = code.bind(one).unwrap();
    assert!(rule.matches(&Row::new(0, 0)).is_err());
}
