//! Code as text, for snapshots and bug reports.

use cranelift_codegen::control::ControlPlane;

use crate::compiler::Compiler;
use crate::emit::Over;
use crate::error::CompileError;
use crate::shape::Shape;

impl Compiler {
    /// The shape as Cranelift's intermediate code before optimisation.
    ///
    /// # Errors
    /// As [`Compiler::compile`].
    pub fn clif(&self, shape: &Shape) -> Result<String, CompileError> {
        Ok(self.generate(shape, Over::Row)?.func.display().to_string())
    }

    /// The shape as machine instructions, in Cranelift's own notation.
    ///
    /// # Errors
    /// As [`Compiler::compile`].
    pub fn assembly(&self, shape: &Shape) -> Result<String, CompileError> {
        self.instructions(shape, Over::Row)
    }

    /// The same for columns.
    ///
    /// # Errors
    /// As [`Compiler::compile`].
    pub fn assembly_over_columns(&self, shape: &Shape) -> Result<String, CompileError> {
        self.instructions(shape, Over::Columns)
    }

    fn instructions(&self, shape: &Shape, over: Over) -> Result<String, CompileError> {
        let mut context = self.generate(shape, over)?;
        context.set_disasm(true);
        let code = context
            .compile(&**self.isa(), &mut ControlPlane::default())
            .map_err(|error| CompileError::Generator(error.inner.to_string()))?;
        Ok(code.vcode.clone().unwrap_or_default())
    }
}
