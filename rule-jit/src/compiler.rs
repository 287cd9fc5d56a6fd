//! From a shape to machine code.

use std::sync::Mutex;

use cranelift_codegen::Context;
use cranelift_codegen::control::ControlPlane;
use cranelift_codegen::isa::OwnedTargetIsa;
use cranelift_frontend::FunctionBuilderContext;

use crate::code_memory::CodeMemory;
use crate::column_rule::ColumnShape;
use crate::compiled::CompiledShape;
use crate::emit::{Over, emit};
use crate::entry_point::{ColumnEntryPoint, EntryPoint};
use crate::error::CompileError;
use crate::shape::Shape;
use crate::target;

/// Makes machine code for shapes. It holds no code itself: what it makes is freed by its holders.
pub struct Compiler {
    isa: OwnedTargetIsa,
    /// Memory that one compilation leaves to the next.
    scratch: Mutex<Scratch>,
}

/// The working memory of one compilation.
struct Scratch {
    context: Context,
    builder: FunctionBuilderContext,
}

impl Default for Scratch {
    fn default() -> Self {
        Self {
            context: Context::new(),
            builder: FunctionBuilderContext::new(),
        }
    }
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
        let isa = target::host()?;
        Ok(Self {
            isa,
            scratch: Mutex::default(),
        })
    }

    /// Compiles a shape: tens of microseconds, so not on an event's path. Keep what it returns,
    /// by shape. Threads may compile at the same time.
    ///
    /// # Errors
    /// [`CompileError::Memory`] where the system refuses executable memory.
    pub fn compile(&self, shape: &Shape) -> Result<CompiledShape, CompileError> {
        Ok(CompiledShape {
            shape: shape.clone(),
            entry: EntryPoint::new(self.code(shape, Over::Row)?),
        })
    }

    /// Compiles a shape for columns; as [`Self::compile`], and costs about as much.
    ///
    /// # Errors
    /// As [`Self::compile`].
    pub fn compile_columns(&self, shape: &Shape) -> Result<ColumnShape, CompileError> {
        Ok(ColumnShape {
            shape: shape.clone(),
            entry: ColumnEntryPoint::new(self.code(shape, Over::Columns)?),
        })
    }

    fn code(&self, shape: &Shape, over: Over) -> Result<CodeMemory, CompileError> {
        match self.scratch.try_lock() {
            Ok(mut scratch) => self.code_with(shape, over, &mut scratch),
            // Another thread compiles: better some allocations than to wait for it.
            Err(_) => self.code_with(shape, over, &mut Scratch::default()),
        }
    }

    fn code_with(
        &self,
        shape: &Shape,
        over: Over,
        scratch: &mut Scratch,
    ) -> Result<CodeMemory, CompileError> {
        let Scratch { context, builder } = scratch;
        context.clear();
        emit(shape, over, &*self.isa, &mut context.func, builder).inspect_err(|_| {
            // What a failure leaves behind would confuse the next compilation.
            *builder = FunctionBuilderContext::new();
        })?;
        let code = context
            .compile(&*self.isa, &mut ControlPlane::default())
            .map_err(|error| CompileError::Generator(error.inner.to_string()))?;
        if !code.buffer.relocs().is_empty() {
            let problem = "code that depends on where it stands";
            return Err(CompileError::Generator(problem.to_owned()));
        }
        Ok(CodeMemory::new(code.code_buffer())?)
    }

    /// The shape as Cranelift's intermediate code, not optimised yet.
    pub(crate) fn generate(&self, shape: &Shape, over: Over) -> Result<Context, CompileError> {
        let mut scratch = Scratch::default();
        let function = &mut scratch.context.func;
        emit(shape, over, &*self.isa, function, &mut scratch.builder)?;
        Ok(scratch.context)
    }

    pub(crate) fn isa(&self) -> &OwnedTargetIsa {
        &self.isa
    }
}
