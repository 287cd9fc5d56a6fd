//! Machine code for rules: one function for each *shape* of rule, one table of constants for each
//! rule.
//!
//! Thousands of rules are a few shapes with different constants. [`lower()`] takes a checked rule
//! apart into its [`Shape`] and its [`Constants`]; a [`Compiler`] makes code of the shape, once;
//! [`CompiledShape::bind`] joins the two into a [`CompiledRule`], which answers for a [`Row`]. For
//! many users at once a shape has a second function, made when it is first asked for: the same code
//! in a loop over [`Columns`] ([`ColumnRule`]).
//!
//! What compiled code may touch: the row's slots, the rule's constants, what those point to, and
//! the few functions of `host_calls`. It traps never, and writes one answer. Of a rule that calls
//! functions of the language, `calls` keeps what those make; no other allocates.
//! It must agree with [`rulelang::evaluate`] on everything; what it cannot say it refuses to
//! compile ([`NotCompiled`]), for the interpreter to answer.
//!
//! ```
//! use rule_jit::{Question, StandaloneRule};
//! use rulelang::{Schema, Value, check};
//!
//! let rule = check("age >= 18 AND country IN ('DE', 'FR')", &Schema::default())?.rule;
//! let adult = StandaloneRule::new(&rule, Question::Match)?;
//! let (age, country) = (Value::Float(41.0), Value::string("FR"));
//! let row = adult.row(0, |name| match name {
//!     "age" => Some(&age),
//!     "country" => Some(&country),
//!     _ => None,
//! });
//! assert!(adult.matches(&row)?);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod calls;
mod code_memory;
mod column_rule;
mod columns;
mod compiled;
mod compiler;
mod constants;
mod cost;
mod dump;
mod emit;
mod entry_point;
mod error;
mod host_calls;
mod lower;
mod membership;
mod quantifiers;
mod row;
mod shape;
mod standalone;
mod symbols;
mod target;
mod term;

pub use column_rule::{ColumnRule, ColumnShape};
pub use columns::Columns;
pub use compiled::{CompiledRule, CompiledShape};
pub use compiler::Compiler;
pub use constants::Constants;
pub use error::{CompileError, NotCompiled, RowTooShort, ShapeMismatch};
pub use lower::{Input, Layout, Lowered, SHAPE_OPS_MAX, lower, lower_filter};
pub use row::Row;
pub use shape::{Question, Shape};
pub use standalone::{StandaloneError, StandaloneRule};
pub use symbols::{SYMBOL_NULL, SYMBOL_UNKNOWN, Symbols};
