//! One rule by itself: compiled, with a layout and a dictionary of its own.
//!
//! For programs that hold a few rules. Whoever holds thousands shares code by [`crate::Shape`]
//! and one row among them: [`crate::lower()`], [`crate::Compiler`].

use std::sync::Arc;

use rulelang::rule::{Aggregate, Field, Sequence};
use rulelang::{Rule, Type, Value};

use crate::compiled::CompiledRule;
use crate::compiler::Compiler;
use crate::error::{CompileError, NotCompiled, RowTooShort};
use crate::lower::{Input, lower};
use crate::row::Row;
use crate::shape::Question;
use crate::symbols::Symbols;

/// A compiled rule that knows the names of its inputs. Its slots are those of the rule's fields,
/// then its aggregates, its segments and its sequences, each in the rule's order.
#[derive(Debug, Clone)]
pub struct StandaloneRule {
    compiled: CompiledRule,
    fields: Vec<Field>,
    aggregates: Vec<Aggregate>,
    segments: Vec<String>,
    sequences: Vec<Sequence>,
    symbols: Arc<Symbols>,
}

/// Why a rule does not run as machine code.
#[derive(Debug, thiserror::Error)]
pub enum StandaloneError {
    /// The compiler leaves it to the interpreter.
    #[error(transparent)]
    NotCompiled(#[from] NotCompiled),
    /// The machine, or a bug.
    #[error(transparent)]
    Compile(#[from] CompileError),
}

impl StandaloneRule {
    /// Compiles a rule.
    ///
    /// # Errors
    /// [`StandaloneError`]
    pub fn new(rule: &Rule, question: Question) -> Result<Self, StandaloneError> {
        let mut symbols = Symbols::new();
        let (fields, aggregates) = (rule.fields.len(), rule.aggregates.len());
        let segments = fields + aggregates + rule.segments.len();
        let layout = |input: Input<'_>| {
            let slot = match input {
                Input::Field(field) => rule.fields.iter().position(|one| one == field)?,
                Input::Aggregate(aggregate) => {
                    fields + rule.aggregates.iter().position(|one| one == aggregate)?
                }
                Input::Segment(id) => {
                    fields + aggregates + rule.segments.iter().position(|one| one == id)?
                }
                Input::Sequence(sequence) => {
                    segments + rule.sequences.iter().position(|one| one == sequence)?
                }
                Input::Property(_) => return None,
            };
            u32::try_from(slot).ok()
        };
        let lowered = lower(rule, question, &layout, &mut symbols)?;
        let code = Compiler::for_host()?.compile(lowered.shape())?;
        let mismatch = |error: crate::ShapeMismatch| CompileError::Generator(error.to_string());
        Ok(Self {
            compiled: code.bind(lowered).map_err(mismatch)?,
            fields: rule.fields.clone(),
            aggregates: rule.aggregates.clone(),
            segments: rule.segments.clone(),
            sequences: rule.sequences.clone(),
            symbols: Arc::new(symbols),
        })
    }

    /// A row for this rule at the instant `now` (milliseconds). `bindings` gives raw values by
    /// the name of a field, by the canonical text of an aggregate or a sequence, and by `segment:`
    /// and the id of a segment; what it does not give is NULL, and a segment FALSE.
    ///
    /// A value that does not have the type of its field, nor can take it, is NULL.
    pub fn row<'a>(&self, now: i64, bindings: impl Fn(&str) -> Option<&'a Value>) -> Row<'a> {
        let mut row = Row::new(self.slots(), now);
        let fields = self.fields.iter().map(|field| (&*field.name, field.ty));
        let aggregates = self.aggregates.iter().map(|one| (&*one.text, one.ty));
        let mut slot = 0;
        for (name, ty) in fields.chain(aggregates) {
            if let Some(value) = bindings(name) {
                row.set_typed(slot, value, ty, &self.symbols);
            }
            slot += 1;
        }
        for segment in &self.segments {
            let member = bindings(&format!("segment:{segment}"));
            row.set_bool(slot, member == Some(&Value::Bool(true)));
            slot += 1;
        }
        for sequence in &self.sequences {
            if let Some(value) = bindings(&sequence.text) {
                row.set_typed(slot, value, Type::Bool, &self.symbols);
            }
            slot += 1;
        }
        row
    }

    /// Whether the rule is TRUE.
    ///
    /// # Errors
    /// [`RowTooShort`], never for a row of [`Self::row`].
    pub fn matches(&self, row: &Row<'_>) -> Result<bool, RowTooShort> {
        self.compiled.matches(row)
    }

    /// The rule's value; NULL is told from FALSE where it was compiled for [`Question::Value`].
    ///
    /// # Errors
    /// [`RowTooShort`], never for a row of [`Self::row`].
    pub fn value(&self, row: &Row<'_>) -> Result<Value, RowTooShort> {
        self.compiled.value(row)
    }

    /// The strings that the rule names, for whoever fills a [`Row`] by slots.
    pub fn symbols(&self) -> &Symbols {
        &self.symbols
    }

    /// How many slots a row has.
    pub fn slots(&self) -> usize {
        self.fields.len() + self.aggregates.len() + self.segments.len() + self.sequences.len()
    }

    /// The rule without the names.
    pub fn compiled(&self) -> &CompiledRule {
        &self.compiled
    }
}
