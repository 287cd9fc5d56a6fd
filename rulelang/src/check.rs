//! Syntax tree and schema to a typed rule.
//!
//! The tree is walked twice by the same code. The first walk *learns*: it reports nothing and
//! collects what the uses of undeclared names say of their types ([`slots`]). The second walk
//! *builds*: every name has its type, mistakes are reported, and typed nodes come out. After a
//! mistake an expression is [`context::Ty::Error`], which agrees with everything, so that one mistake is
//! one diagnostic.

mod absent;
mod aggregate;
mod align;
mod arithmetic;
mod calls;
mod compare;
mod context;
mod expression;
mod functions;
mod given;
mod lists;
mod live;
mod mismatch;
mod moment;
mod names;
mod percent;
mod quantifiers;
mod sequence;
mod slots;
mod suggest;
#[cfg(test)]
mod tests;
mod text;

use crate::ast::Expr;
use crate::diagnostic::Diagnostics;
use crate::{Rule, Schema};

use context::{Checker, Phase};
pub use live::live_reasons;
pub use suggest::nearest;

/// A rule that passed, and what was noticed on the way.
#[derive(Debug, Clone)]
pub struct Checked {
    /// The rule.
    pub rule: Rule,
    /// Warnings only.
    pub warnings: Diagnostics,
}

/// What the whole expression must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expected {
    /// A condition: what a segment needs.
    Condition,
    /// Anything: what `rule eval` and computed traits take.
    AnyValue,
}

/// Parses and checks the text of a condition.
///
/// # Errors
/// What is wrong with it, in source order: no [`Checked`] has mistakes.
pub fn check(source: &str, schema: &Schema) -> Result<Checked, Diagnostics> {
    check_expr(crate::parse(source)?, source, schema, Expected::Condition)
}

/// Checks a parsed expression whose spans point into `source`.
///
/// # Errors
/// As [`check()`].
pub fn check_expr(
    expr: Expr,
    source: &str,
    schema: &Schema,
    expected: Expected,
) -> Result<Checked, Diagnostics> {
    let written = expr.clone();
    let mut expr = expr;
    let mut checker = Checker::new(schema, source);
    checker.errors = given::bind_parameters(&mut expr, schema);
    let mut bound = (expr != written).then(|| expr.clone());
    for found in &given::bind_lists(&mut expr, schema) {
        checker.errors.push(found.clone());
    }
    checker.root(&expr, expected);
    checker.phase = Phase::Build;
    checker.finish_learning();
    let root = checker.root(&expr, expected);
    if checker.errors.is_empty() {
        let aggregates = &checker.aggregates;
        for guessed in std::mem::take(&mut checker.slots.guessed) {
            checker.warnings.push(guessed);
        }
        // What is surely odd comes first: of many warnings the last are not told.
        crate::analysis::warn(&mut checker.warnings, source, aggregates, &root);
        absent::warn(&mut checker.warnings, source, aggregates, &root);
        checker.warnings.sort();
        if let Some(bound) = &mut bound {
            given::write_instants(bound, &checker.given_instants);
        }
        let warnings = checker.warnings;
        let rule = Rule {
            ast: written,
            given: bound,
            source: source.into(),
            root,
            fields: checker.fields,
            aggregates: checker.aggregates,
            segments: checker.segments,
            sequences: checker.sequences,
            percents: checker.percents,
        };
        return Ok(Checked { rule, warnings });
    }
    checker.errors.sort();
    Err(checker.errors)
}
