//! From a shape to machine code.

use cranelift_codegen::Context;
use cranelift_codegen::control::ControlPlane;
use cranelift_codegen::isa::OwnedTargetIsa;
use cranelift_frontend::FunctionBuilderContext;

use crate::code_memory::CodeMemory;
use crate::compiled::CompiledShape;
use crate::emit::emit;
use crate::entry_point::EntryPoint;
use crate::error::CompileError;
use crate::shape::Shape;
use crate::target;

/// Makes machine code for shapes. It holds no code itself: what it makes is freed by its holders.
pub struct Compiler {
    isa: OwnedTargetIsa,
}

impl std::fmt::Debug for Compiler {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Compiler")
            .field("target", &self.isa.triple().to_string())
            .finish_non_exhaustive()
    }
}

impl Compiler {
    /// A compiler for the machine that we run on.
    ///
    /// # Errors
    /// [`CompileError::UnsupportedHost`]
    pub fn for_host() -> Result<Self, CompileError> {
        target::host().map(|isa| Self { isa })
    }

    /// Compiles a shape: tens of microseconds, so not on an event's path. Keep what it returns,
    /// by shape.
    ///
    /// # Errors
    /// [`CompileError::Memory`] where the system refuses executable memory.
    pub fn compile(&self, shape: &Shape) -> Result<CompiledShape, CompileError> {
        let mut context = self.generate(shape)?;
        let code = context
            .compile(&*self.isa, &mut ControlPlane::default())
            .map_err(|error| CompileError::Generator(format!("{:?}", error.inner)))?;
        if !code.buffer.relocs().is_empty() {
            let problem = "code that depends on where it stands";
            return Err(CompileError::Generator(problem.to_owned()));
        }
        let memory = CodeMemory::new(code.code_buffer())?;
        Ok(CompiledShape {
            shape: shape.clone(),
            entry: EntryPoint::new(memory),
        })
    }

    /// The shape as Cranelift's intermediate code, not optimised yet.
    pub(crate) fn generate(&self, shape: &Shape) -> Result<Context, CompileError> {
        let mut context = Context::new();
        let mut builder_context = FunctionBuilderContext::new();
        emit(shape, &*self.isa, &mut context.func, &mut builder_context)?;
        Ok(context)
    }

    pub(crate) fn isa(&self) -> &OwnedTargetIsa {
        &self.isa
    }
}
