//! The rule language: text or JSON to a checked rule, and what the rule means.
//!
//! A rule is a pure function of the facts known about a user and an instant.

#![forbid(unsafe_code)]

mod analysis;
pub mod ast;
pub mod builtins;
pub mod calendar;
mod check;
mod codes;
pub mod decimal;
mod diagnostic;
mod english;
mod evaluate;
pub mod facts;
mod format;
pub mod json;
pub mod limits;
mod parse;
mod render;
pub mod rule;
mod schema;
mod span;
#[cfg(feature = "testkit")]
pub mod testkit;
pub mod text;
pub mod time;
mod types;
pub mod value;
mod words;

pub use analysis::{Relation, relation};
pub use check::{Checked, Expected, check, check_expr, live_reasons, nearest};
pub use codes::Code;
pub use diagnostic::{Diagnostic, Diagnostics, Fix, Severity};
pub use english::{english, english_duration};
pub use evaluate::{
    Inputs, Override, evaluate, evaluate_node, exists, inputs, instants, memberships,
};
pub use format::{format, format_event, format_field, format_property};
pub use parse::parse;
pub use render::render;
pub use rule::Rule;
pub use schema::{Declared, Schema, Untyped};
pub use span::Span;
pub use types::{Scalar, Type};
pub use value::Value;
pub use words::continues_name;
