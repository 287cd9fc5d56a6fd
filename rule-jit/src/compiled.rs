//! Code of a shape, and a rule that runs on it.

use std::sync::Arc;

use rulelang::Value;

use crate::calls::Frame;
use crate::constants::Constants;
use crate::entry_point::EntryPoint;
use crate::error::{RowTooShort, ShapeMismatch};
use crate::lower::Lowered;
use crate::row::Row;
use crate::shape::Shape;

/// Machine code for all rules of one shape. Cheap to clone; its memory is freed with the last
/// clone and the last rule bound to it.
#[derive(Debug, Clone)]
pub struct CompiledShape {
    pub(crate) shape: Shape,
    pub(crate) entry: EntryPoint,
}

impl CompiledShape {
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
    pub fn bind(&self, lowered: Lowered) -> Result<CompiledRule, ShapeMismatch> {
        if lowered.shape != self.shape {
            return Err(ShapeMismatch);
        }
        Ok(CompiledRule {
            shape: self.clone(),
            constants: Arc::new(lowered.constants),
        })
    }
}

/// A rule that can be evaluated: code shared with others of its shape, and its own constants.
/// Cheap to clone, `Send` and `Sync`.
#[derive(Debug, Clone)]
pub struct CompiledRule {
    // INVARIANT: the constants were lowered together with this shape; `bind` is the only maker.
    pub(crate) shape: CompiledShape,
    pub(crate) constants: Arc<Constants>,
}

impl CompiledRule {
    /// Whether the rule is TRUE for a row, whatever question it was lowered for.
    ///
    /// # Errors
    /// [`RowTooShort`]; ask [`Self::slots`] once to be sure that it never comes.
    #[inline]
    pub fn matches(&self, row: &Row<'_>) -> Result<bool, RowTooShort> {
        self.call(row, &mut Frame::new())
    }

    /// The rule's value for a row; of a rule lowered for [`crate::Question::Match`], TRUE or
    /// FALSE, and FALSE may stand for NULL.
    ///
    /// # Errors
    /// [`RowTooShort`], as [`Self::matches`].
    pub fn value(&self, row: &Row<'_>) -> Result<Value, RowTooShort> {
        self.call_for_value(row)
    }

    /// How many slots a row must have.
    pub fn slots(&self) -> usize {
        self.constants.slots()
    }

    /// The code it runs on.
    pub fn shape(&self) -> &CompiledShape {
        &self.shape
    }

    /// Its constants.
    pub fn constants(&self) -> &Constants {
        &self.constants
    }
}
