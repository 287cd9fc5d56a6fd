//! Code of a shape for columns, and a rule that runs on it.

use std::sync::Arc;

use rulelang::Value;

use crate::columns::{BLOCK_ROWS, Columns};
use crate::compiled::CompiledRule;
use crate::constants::Constants;
use crate::entry_point::ColumnEntryPoint;
use crate::error::{RowTooShort, ShapeMismatch};
use crate::lower::Lowered;
use crate::shape::Shape;

/// Machine code for all rules of one shape, over [`Columns`]. Cheap to clone; its memory is freed
/// with the last clone and the last rule bound to it.
#[derive(Debug, Clone)]
pub struct ColumnShape {
    pub(crate) shape: Shape,
    pub(crate) entry: ColumnEntryPoint,
}

impl ColumnShape {
    /// The shape that it is the code of.
    pub fn shape(&self) -> &Shape {
        &self.shape
    }

    /// Bytes of machine code. The memory it takes is that, rounded up to pages.
    pub fn code_bytes(&self) -> usize {
        self.entry.code_bytes()
    }

    /// A rule that runs on this code.
    ///
    /// # Errors
    /// [`ShapeMismatch`] where the rule has another shape.
    pub fn bind(&self, lowered: Lowered) -> Result<ColumnRule, ShapeMismatch> {
        self.join(&lowered.shape, Arc::new(lowered.constants))
    }

    /// A rule that answers for rows, for columns; the two share their constants.
    ///
    /// # Errors
    /// [`ShapeMismatch`] where the rule has another shape.
    pub fn bind_like(&self, rule: &CompiledRule) -> Result<ColumnRule, ShapeMismatch> {
        self.join(rule.shape().shape(), Arc::clone(&rule.constants))
    }

    fn join(&self, shape: &Shape, constants: Arc<Constants>) -> Result<ColumnRule, ShapeMismatch> {
        if *shape != self.shape {
            return Err(ShapeMismatch);
        }
        Ok(ColumnRule {
            shape: self.clone(),
            constants,
        })
    }
}

/// A rule that can be evaluated over [`Columns`]. Cheap to clone, `Send` and `Sync`.
#[derive(Debug, Clone)]
pub struct ColumnRule {
    // INVARIANT: the constants were lowered together with this shape; `join` is the only maker.
    pub(crate) shape: ColumnShape,
    pub(crate) constants: Arc<Constants>,
}

impl ColumnRule {
    /// Whether the rule is TRUE of each row, whatever question it was lowered for: a bit for each,
    /// 64 to a word, the first row the lowest bit of the first word. What is over in the last word is 0.
    ///
    /// # Errors
    /// [`RowTooShort`], where the columns are fewer than [`Self::slots`].
    pub fn matches(&self, columns: &Columns) -> Result<Vec<u64>, RowTooShort> {
        let mut bits = Vec::with_capacity(columns.len().div_ceil(BLOCK_ROWS));
        self.call(columns, |block| bits.push(block.bits))?;
        Ok(bits)
    }

    /// The rule's value for each row; of a rule lowered for [`crate::Question::Match`], TRUE or
    /// FALSE, and FALSE may stand for NULL.
    ///
    /// # Errors
    /// [`RowTooShort`], as [`Self::matches`].
    pub fn values(&self, columns: &Columns) -> Result<Vec<Value>, RowTooShort> {
        self.call_for_values(columns)
    }

    /// How many slots the columns must have.
    pub fn slots(&self) -> usize {
        self.constants.slots()
    }

    /// The code it runs on.
    pub fn shape(&self) -> &ColumnShape {
        &self.shape
    }
}
