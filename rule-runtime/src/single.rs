//! One rule by machine code alone, its inputs given: for tools that hold one engine against
//! another.

use rule_jit::{Input, Question, Row, Symbols, lower};
use rulelang::{Inputs, Rule, Value};

use crate::cache::RuleCache;

/// The value of `rule` by machine code. It never falls back to the interpreter.
///
/// # Errors
/// The reason why the rule, or any rule on this host, is not compiled.
pub fn evaluate_compiled(
    rule: &Rule,
    inputs: &dyn Inputs,
    cache: &RuleCache,
) -> Result<Value, String> {
    let fields = rule.fields.len();
    let aggregates = fields + rule.aggregates.len();
    let segments = aggregates + rule.segments.len();
    let slots = segments + rule.sequences.len();
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
    let mut symbols = Symbols::new();
    let lowered = lower(rule, Question::Value, &layout, &mut symbols);
    let lowered = lowered.map_err(|error| error.to_string())?;
    let code = cache.compiled(lowered.shape());
    let bound = code.map_err(|error| error.to_string())?.bind(lowered);
    let compiled = bound.map_err(|error| error.to_string())?;
    let values = (0..fields).map(|index| inputs.field(index));
    let values = values.chain((0..aggregates - fields).map(|index| inputs.aggregate(index)));
    let members = (0..segments - aggregates).map(|index| Value::Bool(inputs.in_segment(index)));
    let followed = (0..slots - segments).map(|index| inputs.sequence(index));
    let values: Vec<Value> = values.chain(members).chain(followed).collect();
    let mut row = Row::new(slots, inputs.now());
    for (slot, value) in (0..).zip(&values) {
        row.set_value(slot, value, &symbols);
    }
    compiled.value(&row).map_err(|error| error.to_string())
}
