//! One meaning, three engines: compiled rules, over a row and over columns, answer as the interpreter
//! does, on generated rules, histories and instants.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use rule_jit::{
    Columns, Compiler, Input, NotCompiled, Question, Row, Symbols, lower, lower_filter,
};
use rulelang::facts::{Event, Facts};
use rulelang::rule::{Aggregate, Node, NodeKind};
use rulelang::testkit::{any_condition, any_facts, any_now, any_value_expression, schema};
use rulelang::{
    Expected, Inputs, Rule, Span, Type, Value, check_expr, evaluate, evaluate_node, parse,
};

const CASES: u32 = 3_000;

fn rule(source: &str) -> Rule {
    let checked = check_expr(
        parse(source).unwrap(),
        source,
        &schema(),
        Expected::AnyValue,
    );
    checked
        .unwrap_or_else(|problems| panic!("{source}: {problems:?}"))
        .rule
}

/// The slots of a rule: fields, aggregates, segments, sequences, shares of users.
fn slot(rule: &Rule, input: Input<'_>) -> Option<u32> {
    let (fields, aggregates) = (rule.fields.len(), rule.aggregates.len());
    let slot = match input {
        Input::Field(one) => rule.fields.iter().position(|other| other == one)?,
        Input::Aggregate(one) => fields + rule.aggregates.iter().position(|other| other == one)?,
        Input::Segment(one) => {
            fields + aggregates + rule.segments.iter().position(|other| other == one)?
        }
        Input::Sequence(one) => {
            let segments = fields + aggregates + rule.segments.len();
            segments + rule.sequences.iter().position(|other| other == one)?
        }
        Input::Percent(one) => {
            let segments = fields + aggregates + rule.segments.len();
            let sequences = segments + rule.sequences.len();
            sequences + rule.percents.iter().position(|other| other == one)?
        }
        Input::Property(_) => return None,
    };
    Some(slot as u32)
}

/// What the interpreter says of each input, in the order of the slots.
fn inputs(rule: &Rule, facts: &Facts, now: i64) -> Vec<Value> {
    let fields = (0..rule.fields.len()).map(|at| (NodeKind::Field(at), rule.fields[at].ty));
    let aggregates =
        (0..rule.aggregates.len()).map(|at| (NodeKind::Aggregate(at), rule.aggregates[at].ty));
    let segments = (0..rule.segments.len()).map(|at| (NodeKind::InSegment(at), Type::Bool));
    let sequences = (0..rule.sequences.len()).map(|at| (NodeKind::Sequence(at), Type::Bool));
    let percents = (0..rule.percents.len()).map(|at| (NodeKind::Percent(at), Type::Bool));
    let nodes = fields.chain(aggregates).chain(segments);
    let nodes = nodes.chain(sequences).chain(percents);
    nodes
        .map(|(kind, ty)| {
            let span = Span::default();
            let root = Node { kind, ty, span };
            let input = Rule {
                root,
                ..rule.clone()
            };
            evaluate(&input, facts, now)
        })
        .collect()
}

/// What can be asked of a rule.
fn questions(rule: &Rule) -> &'static [Question] {
    match rule.root.ty {
        Type::Bool => &[Question::Match, Question::Value],
        _ => &[Question::Value],
    }
}

fn agrees(compiler: &Compiler, rule: &Rule, facts: &Facts, now: i64) -> Result<(), NotCompiled> {
    let judged = evaluate(rule, facts, now);
    let values = inputs(rule, facts, now);
    for question in questions(rule).iter().copied() {
        let mut symbols = Symbols::new();
        let layout = |input: Input<'_>| slot(rule, input);
        let lowered = lower(rule, question, &layout, &mut symbols)?;
        let code = compiler.compile(lowered.shape()).unwrap();
        let compiled = code.bind(lowered).unwrap();
        let mut row = Row::new(values.len(), now);
        for (slot, value) in values.iter().enumerate() {
            row.set_value(slot as u32, value, &symbols);
        }
        match question {
            Question::Value => assert_eq!(compiled.value(&row).unwrap(), judged),
            Question::Match => {
                let is_true = judged == Value::Bool(true);
                assert_eq!(compiled.matches(&row).unwrap(), is_true);
            }
        }
    }
    Ok(())
}

#[test]
fn compiled_rules_answer_as_the_interpreter_does() {
    let compiler = Compiler::for_host().unwrap();
    let not_compiled = std::cell::RefCell::new(Vec::new());
    let sources = prop_oneof![any_condition(3), any_value_expression(3)];
    let mut runner = TestRunner::new(Config::with_cases(CASES));
    runner
        .run(
            &(sources, any_facts(), any_now()),
            |(source, facts, now)| {
                if let Err(problem) = agrees(&compiler, &rule(&source), &facts, now) {
                    not_compiled.borrow_mut().push((problem, source));
                }
                Ok(())
            },
        )
        .unwrap();
    let not_compiled = not_compiled.into_inner();
    for (problem, source) in &not_compiled {
        println!("{problem}: {}", problem.span.text(source));
    }
    let share = not_compiled.len() * 100 / CASES as usize;
    assert!(share < 2, "{share} % were not compiled");
}

/// How many rows columns have: around the ends of blocks of 64 and of chunks of 1,024.
const ROWS: [usize; 8] = [1, 2, 63, 64, 65, 1023, 1024, 1025];

/// What there is to know of a few users, dealt out to the rows.
fn agrees_over_columns(
    compiler: &Compiler,
    rule: &Rule,
    users: &[Facts],
    now: i64,
    rows: usize,
) -> Result<(), NotCompiled> {
    let judged: Vec<Value> = users.iter().map(|user| evaluate(rule, user, now)).collect();
    let values: Vec<Vec<Value>> = users.iter().map(|user| inputs(rule, user, now)).collect();
    let user_of = |row: usize| (row + row / 64) % users.len();
    for question in questions(rule).iter().copied() {
        let mut symbols = Symbols::new();
        let layout = |input: Input<'_>| slot(rule, input);
        let lowered = lower(rule, question, &layout, &mut symbols)?;
        let code = compiler.compile_columns(lowered.shape()).unwrap();
        let compiled = code.bind(lowered).unwrap();
        let mut columns = Columns::new(values[0].len(), now);
        for row in 0..rows {
            columns.push_row();
            for (slot, value) in values[user_of(row)].iter().enumerate() {
                columns.set_value(slot as u32, value, &symbols);
            }
        }
        if question == Question::Value {
            let found = compiled.values(&columns).unwrap();
            assert_eq!(found.len(), rows);
            for (row, found) in found.iter().enumerate() {
                assert_eq!(*found, judged[user_of(row)], "row {row} of {rows}");
            }
        }
        if rule.root.ty == Type::Bool {
            let mut expected = vec![0_u64; rows.div_ceil(64)];
            for row in (0..rows).filter(|row| judged[user_of(*row)] == Value::Bool(true)) {
                expected[row / 64] |= 1 << (row % 64);
            }
            assert_eq!(compiled.matches(&columns).unwrap(), expected, "{rows} rows");
        }
    }
    Ok(())
}

#[test]
fn columns_answer_as_the_interpreter_does_about_each_row() {
    let compiler = Compiler::for_host().unwrap();
    let sources = prop_oneof![any_condition(3), any_value_expression(3)];
    let users = proptest::collection::vec(any_facts(), 1..5);
    let rows = proptest::sample::select(&ROWS);
    let cases = CASES / 5;
    let compiled = std::cell::Cell::new(0);
    let mut runner = TestRunner::new(Config::with_cases(cases));
    runner
        .run(
            &(sources, users, any_now(), rows),
            |(source, users, now, rows)| {
                let answered = agrees_over_columns(&compiler, &rule(&source), &users, now, rows);
                compiled.set(compiled.get() + u32::from(answered.is_ok()));
                Ok(())
            },
        )
        .unwrap();
    let compiled = compiled.get();
    assert!(
        compiled * 100 > cases * 98,
        "{compiled} of {cases} were compiled"
    );
}

/// A WHERE's inputs from one event.
struct Properties<'a>(&'a Aggregate, &'a Event);

impl Inputs for Properties<'_> {
    fn field(&self, _: usize) -> Value {
        Value::Null
    }

    fn property(&self, index: usize) -> Value {
        let property = &self.0.properties[index];
        if &*property.name == "timestamp" {
            return Value::Timestamp(self.1.timestamp);
        }
        match self.1.properties.get(&*property.name) {
            Some(raw) => raw.typed(property.ty),
            None => Value::Null,
        }
    }

    fn aggregate(&self, _: usize) -> Value {
        Value::Null
    }

    fn in_segment(&self, _: usize) -> bool {
        false
    }

    fn now(&self) -> i64 {
        0
    }
}

fn filter_agrees(compiler: &Compiler, aggregate: &Aggregate, facts: &Facts) {
    let mut symbols = Symbols::new();
    let layout = |input: Input<'_>| match input {
        Input::Property(one) => {
            let at = aggregate.properties.iter().position(|other| other == one);
            at.map(|at| at as u32)
        }
        _ => None,
    };
    let lowered = lower_filter(aggregate, &layout, &mut symbols).unwrap();
    let code = compiler.compile(lowered.shape()).unwrap();
    let compiled = code.bind(lowered).unwrap();
    for event in &facts.events {
        let inputs = Properties(aggregate, event);
        let values: Vec<Value> = (0..aggregate.properties.len())
            .map(|at| inputs.property(at))
            .collect();
        let mut row = Row::new(values.len(), 0);
        for (slot, value) in values.iter().enumerate() {
            row.set_value(slot as u32, value, &symbols);
        }
        let judged = match &aggregate.filter {
            Some(filter) => evaluate_node(filter, &inputs),
            None => Value::Bool(true),
        };
        assert_eq!(compiled.matches(&row).unwrap(), judged == Value::Bool(true));
    }
}

#[test]
fn compiled_filters_answer_as_the_interpreter_does() {
    let compiler = Compiler::for_host().unwrap();
    let mut runner = TestRunner::new(Config::with_cases(CASES / 10));
    runner
        .run(&(any_condition(3), any_facts()), |(source, facts)| {
            for aggregate in &rule(&source).aggregates {
                filter_agrees(&compiler, aggregate, &facts);
            }
            Ok(())
        })
        .unwrap();
}
