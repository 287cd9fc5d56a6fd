//! Compiled code and the reference interpreter agree.
//!
//! The first byte says where the rule comes from: even, it is generated; odd, it is the text up to a
//! zero byte. What follows is the seed of all that is generated, the history and the instant too.

use proptest::strategy::{BoxedStrategy, Strategy, ValueTree};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use rule_jit::{Columns, Compiler, Input, Question, Row, Symbols, lower};
use rulelang::facts::Facts;
use rulelang::rule::{Node, NodeKind};
use rulelang::testkit::{any_condition, any_facts, any_now, any_value_expression, schema};
use rulelang::{Expected, Rule, Span, Type, Value, check_expr, evaluate, parse};

thread_local! {
    static GENERATORS: Generators = Generators::new();
}

struct Generators {
    rules: BoxedStrategy<String>,
    facts: BoxedStrategy<(Facts, i64)>,
    compiler: Compiler,
}

impl Generators {
    fn new() -> Self {
        let rules = proptest::prop_oneof![any_condition(3), any_value_expression(3)];
        Self {
            rules: rules.boxed(),
            facts: (any_facts(), any_now()).boxed(),
            compiler: Compiler::for_host().expect("a host that can compile"),
        }
    }
}

pub(crate) fn holds(data: &[u8]) {
    let Some((kind, rest)) = data.split_first() else {
        return;
    };
    GENERATORS.with(|generators| {
        let mut runner;
        let text = if kind % 2 == 0 {
            runner = runner_of(rest);
            let Ok(tree) = generators.rules.new_tree(&mut runner) else {
                return;
            };
            tree.current()
        } else {
            let mut parts = rest.splitn(2, |byte| *byte == 0);
            let text = parts.next().unwrap_or_default();
            runner = runner_of(parts.next().unwrap_or_default());
            let Ok(text) = std::str::from_utf8(text) else {
                return;
            };
            text.to_owned()
        };
        let Ok(tree) = generators.facts.new_tree(&mut runner) else {
            return;
        };
        let (facts, now) = tree.current();
        agree(&text, &facts, now, &generators.compiler);
    });
}

/// Random numbers from a seed of up to 32 bytes. Bytes as the numbers themselves would let the
/// fuzzer steer, but a source that runs dry makes the generators draw for ever.
fn runner_of(bytes: &[u8]) -> TestRunner {
    let mut seed = [0; 32];
    for (to, from) in seed.iter_mut().zip(bytes) {
        *to = *from;
    }
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &seed);
    TestRunner::new_with_rng(Config::default(), rng)
}

fn agree(text: &str, facts: &Facts, now: i64, compiler: &Compiler) {
    let Ok(parsed) = parse(text) else {
        return;
    };
    let Ok(checked) = check_expr(parsed, text, &schema(), Expected::AnyValue) else {
        return;
    };
    let rule = checked.rule;
    let expected = evaluate(&rule, facts, now);
    let questions: &[Question] = match rule.root.ty {
        Type::Bool => &[Question::Match, Question::Value],
        _ => &[Question::Value],
    };
    for question in questions.iter().copied() {
        let mut symbols = Symbols::new();
        let layout = |input: Input<'_>| slot(&rule, input);
        let Ok(lowered) = lower(&rule, question, &layout, &mut symbols) else {
            continue;
        };
        let code = compiler
            .compile(lowered.shape())
            .expect("every shape compiles");
        let compiled = code.bind(lowered).expect("constants of its shape");
        let inputs = inputs(&rule, facts, now);
        let mut row = Row::new(inputs.len().max(compiled.slots()), now);
        for (slot, value) in inputs.iter().enumerate() {
            row.set_value(slot as u32, value, &symbols);
        }
        let matches = compiled.matches(&row).expect("a row of the right length");
        let is_true = expected == Value::Bool(true);
        assert_eq!(
            matches, is_true,
            "{question:?}: `{text}` at {now} of {inputs:?}"
        );
        if question == Question::Value {
            let value = compiled.value(&row).expect("a row of the right length");
            assert_eq!(value, expected, "`{text}` at {now} of {inputs:?}");
        }
        let code = compiler.compile_columns(compiled.shape().shape());
        let code = code.expect("every shape compiles");
        let over_columns = code.bind_like(&compiled).expect("constants of its shape");
        let mut columns = Columns::new(row.len(), now);
        columns.push_row();
        for (slot, value) in inputs.iter().enumerate() {
            columns.set_value(slot as u32, value, &symbols);
        }
        let bits = over_columns.matches(&columns).expect("enough columns");
        assert_eq!(
            bits,
            [u64::from(is_true)],
            "columns: `{text}` at {now} of {inputs:?}"
        );
        if question == Question::Value {
            let values = over_columns.values(&columns).expect("enough columns");
            assert_eq!(
                values,
                [expected.clone()],
                "columns: `{text}` at {now} of {inputs:?}"
            );
        }
    }
}

fn slot(rule: &Rule, input: Input<'_>) -> Option<u32> {
    let (fields, aggregates) = (rule.fields.len(), rule.aggregates.len());
    let place = match input {
        Input::Field(field) => rule.fields.iter().position(|other| other == field),
        Input::Aggregate(aggregate) => {
            let same = |other: &_| std::ptr::eq(other, aggregate);
            rule.aggregates.iter().position(same).map(|at| fields + at)
        }
        Input::Segment(id) => {
            let place = rule.segments.iter().position(|other| other == id);
            place.map(|at| fields + aggregates + at)
        }
        Input::Sequence(sequence) => {
            let place = rule.sequences.iter().position(|other| other == sequence);
            place.map(|at| fields + aggregates + rule.segments.len() + at)
        }
        Input::Property(_) => None,
    };
    place.map(|place| place as u32)
}

/// The rule's inputs, by slot, as the interpreter sees them.
fn inputs(rule: &Rule, facts: &Facts, now: i64) -> Vec<Value> {
    let fields = rule.fields.iter().map(|field| field.ty).enumerate();
    let fields = fields.map(|(at, ty)| (NodeKind::Field(at), ty));
    let aggregates = rule
        .aggregates
        .iter()
        .map(|aggregate| aggregate.ty)
        .enumerate();
    let aggregates = aggregates.map(|(at, ty)| (NodeKind::Aggregate(at), ty));
    let segments = (0..rule.segments.len()).map(|at| (NodeKind::InSegment(at), Type::Bool));
    let mut alone = rule.clone();
    let sequences = (0..rule.sequences.len()).map(|at| (NodeKind::Sequence(at), Type::Bool));
    let all = fields.chain(aggregates).chain(segments).chain(sequences);
    all.map(|(kind, ty)| {
        let span = Span::default();
        alone.root = Node { kind, ty, span };
        evaluate(&alone, facts, now)
    })
    .collect()
}
