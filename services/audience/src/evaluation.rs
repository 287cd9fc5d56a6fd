//! The engines that evaluate one rule, by the option that names one.

pub(crate) mod cases;

use clap::ValueEnum;
use kit::evaluation::Prepared;
use rule_runtime::RuleCache;
use rulelang::{Diagnostics, Value};

/// Which engine evaluates. None falls back to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum Engine {
    /// The reference interpreter
    #[default]
    Interpreter,
    /// Machine code
    Jit,
    /// The machine code that scans columns, of one row here
    Batch,
}

/// Why there is no value.
#[derive(Debug, thiserror::Error)]
pub(crate) enum EvaluationError {
    /// The rule is wrong.
    #[error("{0}")]
    Rule(Diagnostics),
    /// The engine does not run this rule.
    #[error("{0}")]
    NotCompiled(String),
}

impl Engine {
    /// The value of a rule; machine code is kept in `cache`.
    pub(crate) fn evaluate(
        self,
        prepared: &Prepared,
        cache: &RuleCache,
    ) -> Result<Value, EvaluationError> {
        let value = match self {
            Self::Interpreter => Ok(prepared.interpret()),
            Self::Jit => prepared.run_compiled(cache),
            Self::Batch => prepared.run_over_columns(cache),
        };
        value.map_err(EvaluationError::NotCompiled)
    }
}
