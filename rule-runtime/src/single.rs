//! One rule by machine code alone, its inputs given: for tools that hold one engine against
//! another. None falls back to the interpreter.

use rule_jit::{Columns, Input, Lowered, Question, Row, Symbols, lower};
use rulelang::{Inputs, Rule, Value};

use crate::cache::RuleCache;

/// The value of `rule` by machine code.
///
/// # Errors
/// The reason why the rule, or any rule on this host, is not compiled.
pub fn evaluate_compiled(
    rule: &Rule,
    inputs: &dyn Inputs,
    cache: &RuleCache,
) -> Result<Value, String> {
    let mut symbols = Symbols::new();
    let lowered = lowered(rule, &mut symbols)?;
    let code = cache.compiled(lowered.shape());
    let bound = code.map_err(|error| error.to_string())?.bind(lowered);
    let compiled = bound.map_err(|error| error.to_string())?;
    let values = values(rule, inputs);
    let mut row = Row::new(values.len(), inputs.now());
    for (slot, value) in (0..).zip(&values) {
        row.set_value(slot, value, &symbols);
    }
    compiled.value(&row).map_err(|error| error.to_string())
}

/// The value of `rule` by the code that runs over columns, which have one row.
///
/// # Errors
/// As [`evaluate_compiled`].
pub fn evaluate_over_columns(
    rule: &Rule,
    inputs: &dyn Inputs,
    cache: &RuleCache,
) -> Result<Value, String> {
    let mut symbols = Symbols::new();
    let lowered = lowered(rule, &mut symbols)?;
    let code = cache.over_columns(lowered.shape());
    let bound = code.map_err(|error| error.to_string())?.bind(lowered);
    let compiled = bound.map_err(|error| error.to_string())?;
    let values = values(rule, inputs);
    let mut columns = Columns::new(values.len(), inputs.now());
    columns.push_row();
    for (slot, value) in (0..).zip(&values) {
        columns.set_value(slot, value, &symbols);
    }
    let answers = compiled.values(&columns);
    let answer = answers.map_err(|error| error.to_string())?.pop();
    answer.ok_or_else(|| "the columns' only row has no answer".to_owned())
}

/// The rule, its slots those of its fields, its aggregates, its segments, its sequences.
fn lowered(rule: &Rule, symbols: &mut Symbols) -> Result<Lowered, String> {
    let fields = rule.fields.len();
    let aggregates = fields + rule.aggregates.len();
    let segments = aggregates + rule.segments.len();
    let layout = |input: Input<'_>| {
        let slot = match input {
            Input::Field(field) => rule.fields.iter().position(|other| other == field)?,
            Input::Aggregate(aggregate) => {
                let mut known = rule.aggregates.iter();
                fields + known.position(|other| std::ptr::eq(other, aggregate))?
            }
            Input::Segment(id) => {
                aggregates + rule.segments.iter().position(|other| *other == *id)?
            }
            Input::Sequence(sequence) => {
                let mut known = rule.sequences.iter();
                segments + known.position(|other| std::ptr::eq(other, sequence))?
            }
            Input::Property(_) => return None,
        };
        Some(slot as u32)
    };
    lower(rule, Question::Value, &layout, symbols).map_err(|error| error.to_string())
}

/// What stands in those slots.
fn values(rule: &Rule, inputs: &dyn Inputs) -> Vec<Value> {
    let fields = (0..rule.fields.len()).map(|index| inputs.field(index));
    let aggregates = (0..rule.aggregates.len()).map(|index| inputs.aggregate(index));
    let segments = 0..rule.segments.len();
    let segments = segments.map(|index| Value::Bool(inputs.in_segment(index)));
    let sequences = (0..rule.sequences.len()).map(|index| inputs.sequence(index));
    let values = fields.chain(aggregates).chain(segments);
    values.chain(sequences).collect()
}
