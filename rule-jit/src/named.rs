//! A rule for a program that links the library: inputs by name, an answer, nothing to set up.
//!
//! A [`NamedRule`] has a layout, a dictionary and code of its own. Whoever runs many rules over
//! one kind of row shares those instead ([`crate::lower()`], [`crate::Compiler`]); whoever runs
//! them over histories wants the crate `rule-runtime`.

use std::sync::Arc;

use rulelang::rule::{Node, NodeKind};
use rulelang::{Inputs, Rule, Type, Value, evaluate_node};

use crate::{CompiledRule, Compiler, Input, Question, Row, Symbols, lower};

/// A rule that is asked with values by name. Compiled where that is possible, else run by the
/// reference interpreter, with the same answers.
#[derive(Debug)]
pub struct NamedRule {
    rule: Rule,
    /// Fields, then aggregates, then segments: each one's name and type, by slot.
    inputs: Vec<(Arc<str>, Type)>,
    symbols: Symbols,
    compiled: Result<CompiledRule, String>,
}

impl NamedRule {
    /// Compiles a rule; tens of microseconds.
    pub fn new(rule: Rule) -> Self {
        let mut symbols = Symbols::new();
        let compiled = compile(&rule, &mut symbols);
        Self {
            inputs: inputs(&rule),
            rule,
            symbols,
            compiled,
        }
    }

    /// The names that it reads and the type that each takes: a field's name, a computed trait's
    /// or else an aggregate's canonical text, a segment's id.
    pub fn inputs(&self) -> impl Iterator<Item = (&str, Type)> {
        self.inputs.iter().map(|(name, ty)| (&**name, *ty))
    }

    /// Why it runs in the interpreter; `None` where it is compiled.
    pub fn not_compiled(&self) -> Option<&str> {
        self.compiled.as_ref().err().map(String::as_str)
    }

    /// Whether the rule is TRUE at the instant `now` (milliseconds); see [`Self::value`].
    pub fn matches(&self, values: &[(&str, Value)], now: i64) -> bool {
        self.value(values, now) == Value::Bool(true)
    }

    /// The rule's value at the instant `now` (milliseconds). `values` are raw, in any order; what
    /// is missing or of the wrong type is NULL, and names that the rule does not read are ignored.
    pub fn value(&self, values: &[(&str, Value)], now: i64) -> Value {
        let slots: Vec<Value> = self
            .inputs
            .iter()
            .map(|(name, ty)| entering(values, name, *ty))
            .collect();
        let Ok(compiled) = &self.compiled else {
            let fields = self.rule.fields.len();
            let segments = fields + self.rule.aggregates.len();
            return evaluate_node(
                &self.rule.root,
                &Slots {
                    slots: &slots,
                    first_aggregate: fields,
                    first_segment: segments,
                    now,
                },
            );
        };
        let mut row = Row::new(compiled.slots().max(slots.len()), now);
        for (slot, value) in slots.iter().enumerate() {
            row.set_value(slot as u32, value, &self.symbols);
        }
        compiled.value(&row).unwrap_or_default()
    }
}

fn compile(rule: &Rule, symbols: &mut Symbols) -> Result<CompiledRule, String> {
    let first_aggregate = rule.fields.len();
    let first_segment = first_aggregate + rule.aggregates.len();
    let layout = |input: Input<'_>| {
        let slot = match input {
            Input::Field(field) => rule.fields.iter().position(|other| other == field),
            Input::Aggregate(aggregate) => rule
                .aggregates
                .iter()
                .position(|other| other == aggregate)
                .map(|index| first_aggregate + index),
            Input::Segment(id) => rule
                .segments
                .iter()
                .position(|other| other == id)
                .map(|index| first_segment + index),
            Input::Property(_) => None,
        };
        slot.map(|slot| slot as u32)
    };
    let lowered =
        lower(rule, Question::Value, &layout, symbols).map_err(|error| error.to_string())?;
    let compiler = Compiler::for_host().map_err(|error| error.to_string())?;
    let code = compiler
        .compile(lowered.shape())
        .map_err(|error| error.to_string())?;
    code.bind(lowered).map_err(|error| error.to_string())
}

fn inputs(rule: &Rule) -> Vec<(Arc<str>, Type)> {
    let fields = rule
        .fields
        .iter()
        .map(|field| (field.name.clone(), field.ty));
    let aggregates = rule
        .aggregates
        .iter()
        .enumerate()
        .map(|(index, aggregate)| {
            let name = trait_of(&rule.root, index).unwrap_or_else(|| aggregate.text.clone());
            (name, aggregate.ty)
        });
    let segments = rule
        .segments
        .iter()
        .map(|id| (Arc::from(id.as_str()), Type::Bool));
    fields.chain(aggregates).chain(segments).collect()
}

/// The computed trait that is an aggregate and nothing else.
fn trait_of(root: &Node, aggregate: usize) -> Option<Arc<str>> {
    let mut found = None;
    root.walk(&mut |node| {
        if let NodeKind::Trait { name, body } = &node.kind
            && body.kind == NodeKind::Aggregate(aggregate)
        {
            found = Some(name.clone());
        }
    });
    found
}

/// The value given for a name, of the type of its place; −0 is 0.
fn entering(values: &[(&str, Value)], name: &str, ty: Type) -> Value {
    let given = values.iter().find(|(given, _)| *given == name);
    match given.map_or(Value::Null, |(_, value)| value.typed(ty)) {
        Value::Float(float) => Value::float(float),
        value => value,
    }
}

/// The inputs of the interpreter.
struct Slots<'a> {
    slots: &'a [Value],
    first_aggregate: usize,
    first_segment: usize,
    now: i64,
}

impl Slots<'_> {
    fn slot(&self, slot: usize) -> Value {
        self.slots.get(slot).cloned().unwrap_or_default()
    }
}

impl Inputs for Slots<'_> {
    fn field(&self, index: usize) -> Value {
        self.slot(index)
    }

    fn property(&self, _: usize) -> Value {
        Value::Null
    }

    fn aggregate(&self, index: usize) -> Value {
        self.slot(self.first_aggregate + index)
    }

    fn in_segment(&self, index: usize) -> bool {
        self.slot(self.first_segment + index) == Value::Bool(true)
    }

    fn now(&self) -> i64 {
        self.now
    }
}
