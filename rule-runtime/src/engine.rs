//! How a rule of a set is evaluated: compiled, or by the interpreter where it cannot be.

use rule_jit::{CompiledRule, Input, Lowered, NotCompiled, Question, Symbols, lower, lower_filter};
use rulelang::Rule;
use rulelang::rule::Aggregate;

use crate::cache::RuleCache;
use crate::rule_set::leaves::InputSlots;

/// How one rule is evaluated.
#[derive(Debug)]
pub(crate) enum Engine {
    /// Machine code.
    Compiled(CompiledRule),
    /// The reference interpreter, and why.
    Interpreted(String),
}

impl Engine {
    /// Compiles a segment's rule.
    pub(crate) fn rule(
        rule: &Rule,
        slots: &InputSlots,
        symbols: &mut Symbols,
        cache: &RuleCache,
    ) -> Self {
        let layout = |input: Input<'_>| match input {
            Input::Field(field) => at(&rule.fields, &slots.fields, |other| other == field),
            Input::Aggregate(aggregate) => at(&rule.aggregates, &slots.aggregates, |other| {
                std::ptr::eq(other, aggregate)
            }),
            Input::Segment(id) => at(&rule.segments, &slots.segments, |other| *other == *id),
            Input::Sequence(sequence) => at(&rule.sequences, &slots.sequences, |other| {
                std::ptr::eq(other, sequence)
            }),
            Input::Property(_) => None,
        };
        Self::of(lower(rule, Question::Match, &layout, symbols), cache)
    }

    /// Compiles an aggregate's WHERE; `slots` has one slot for each of its properties.
    pub(crate) fn filter(
        aggregate: &Aggregate,
        slots: &[u32],
        symbols: &mut Symbols,
        cache: &RuleCache,
    ) -> Self {
        let layout = |input: Input<'_>| match input {
            Input::Property(property) => {
                at(&aggregate.properties, slots, |other| other == property)
            }
            _ => None,
        };
        Self::of(lower_filter(aggregate, &layout, symbols), cache)
    }

    fn of(lowered: Result<Lowered, NotCompiled>, cache: &RuleCache) -> Self {
        let compiled = lowered
            .map_err(|error| error.to_string())
            .and_then(|lowered| {
                let code = cache
                    .compiled(lowered.shape())
                    .map_err(|error| error.to_string())?;
                code.bind(lowered).map_err(|error| error.to_string())
            });
        compiled.map_or_else(Self::Interpreted, Self::Compiled)
    }
}

/// The slot of the first input that is meant.
fn at<T>(inputs: &[T], slots: &[u32], is_meant: impl Fn(&T) -> bool) -> Option<u32> {
    inputs
        .iter()
        .position(is_meant)
        .and_then(|index| slots.get(index).copied())
}
