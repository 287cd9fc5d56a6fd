//! What can go wrong, and whose matter it is.

use rulelang::Span;

/// A rule that is right but that the compiler does not compile: evaluate it with the reference
/// interpreter. Nobody's bug.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not compiled: {what}")]
pub struct NotCompiled {
    /// Where it stands in the rule's source.
    pub span: Span,
    /// What it is: `a list`, `too large a rule`.
    pub what: &'static str,
}

/// Why machine code could not be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CompileError {
    /// The host's matter: no code generator for this processor or operating system.
    #[error("no code generator for this machine: {0}")]
    UnsupportedHost(String),
    /// The host's matter: the operating system refuses executable memory (a seccomp filter, a
    /// hardened kernel). The reference interpreter still works.
    #[error("the operating system refuses executable memory")]
    Memory(#[from] std::io::Error),
    /// Our bug, or Cranelift's: a shape that does not become code.
    #[error("the code generator refused a shape: {0}")]
    Generator(String),
}

/// A row with fewer slots than the rule reads: the caller's bug.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the row is shorter than the rule's layout")]
pub struct RowTooShort;

/// Constants bound to the code of another shape: the caller's bug.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the rule has another shape than the code")]
pub struct ShapeMismatch;
