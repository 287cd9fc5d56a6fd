//! The rule language: text or JSON to a checked rule, and what the rule means.
//!
//! A rule is a pure function of the facts known about a user and an instant. It answers TRUE, FALSE or NULL, by
//! SQL's logic of absent values.
//!
//! ```
//! use rulelang::facts::{Facts, Traits};
//! use rulelang::{Schema, Value, check, english, evaluate};
//!
//! let checked = check("age >= 18 AND country IN ('DE', 'AT')", &Schema::default())?;
//! assert_eq!(english(&checked.rule), "age is at least 18, and country is 'DE' or 'AT'");
//!
//! let said = Traits {
//!     id: "t1".into(),
//!     timestamp: None,
//!     values: [("age".into(), Value::Int(41)), ("country".into(), Value::string("AT"))].into(),
//! };
//! let ann = Facts { traits: vec![said], ..Facts::default() };
//! assert_eq!(evaluate(&checked.rule, &ann, 0), Value::Bool(true));
//!
//! // What is wrong is told with its place, and mostly with what to do about it.
//! let wrong = check("18 < age < 65", &Schema::default()).unwrap_err();
//! assert!(wrong.to_string().contains("comparisons do not chain"));
//! # Ok::<(), rulelang::Diagnostics>(())
//! ```
//!
//! | to… | use |
//! |---|---|
//! | check a rule | [`check`]; [`parse`] and [`check_expr`] one after the other |
//! | say what names are there and what types they have | [`Schema`] |
//! | evaluate it from raw facts | [`evaluate`] over [`facts::Facts`] |
//! | evaluate it over inputs that somebody else keeps | [`evaluate_node`] over [`Inputs`] |
//! | compile it, or read it in any other way | [`Rule`], a typed tree |
//! | print it | [`format()`], [`english`], [`json::to_json`] |
//! | show what is wrong | [`render`], or the [`Diagnostics`] themselves; [`Code::page`] says more |
//! | know whether it can be kept live | [`live_reasons`] |
//! | compare two rules | [`relation`] |
//! | help somebody who writes one | [`tokens`], [`english_of`] |
//!
//! No function here panics on what it is given, reads a clock, a file or the environment, or starts a
//! thread; time and depth are bounded by [`limits`]. Trees that somebody builds by hand are theirs to keep
//! within [`limits::NESTING_DEPTH_MAX`]. [`parse()`] sets pest's limit of calls, which is one for all grammars
//! of a process. The feature `testkit` has generators of
//! rules and histories for the property tests of other engines.

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
pub mod tokens;
mod types;
pub mod value;
mod words;

pub use analysis::{Relation, relation};
pub use check::{Checked, Expected, check, check_expr, live_reasons, nearest};
pub use codes::Code;
pub use diagnostic::{Diagnostic, Diagnostics, Fix, Severity};
pub use english::{english, english_duration, english_of};
pub use evaluate::{
    Inputs, Override, evaluate, evaluate_node, exists, inputs, instants, latest_value, memberships,
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
