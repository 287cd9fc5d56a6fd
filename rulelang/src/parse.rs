//! Text to syntax tree. This room is the only one that names pest.
//!
//! INVARIANT: [`guard`] runs first and bounds length and depth, so neither the grammar's recursion
//! nor the builder's, nor the drop of what is built, is in the hands of who wrote the source.

mod anniversary;
mod build;
mod conditions;
mod dates;
mod errors;
mod guard;
mod hints;
mod lexer;
mod literals;
mod operators;
mod quantifiers;
mod recovery;
mod sequence;

use std::num::NonZeroUsize;
use std::sync::Once;

use pest::Parser as _;

use crate::ast::Expr;
use crate::diagnostic::Diagnostics;
use crate::limits::SOURCE_BYTES_MAX;

pub use lexer::{Lexer, Token, TokenKind, Unclosed};

/// The grammar as a type; `Rule` beside it has one variant for each of its rules.
#[derive(pest_derive::Parser)]
#[grammar = "grammar.pest"]
struct Grammar;

type Pair<'s> = pest::iterators::Pair<'s, Rule>;

/// Calls of grammar rules for one byte of the longest source; the worst text known takes some 100.
const CALLS_PER_BYTE_MAX: usize = 1_000;

/// Parses the text of a rule.
///
/// The text is at most [`SOURCE_BYTES_MAX`] bytes, and takes time linear in its length whatever it
/// says.
///
/// # Errors
/// What does not parse, together as far as one mistake does not follow from another.
///
/// ```
/// let rule = rulelang::parse("totalSpent > 1000 AND category = 'electronics'").unwrap();
/// assert_eq!(rulelang::format(&rule), "totalSpent > 1000 AND category == 'electronics'");
/// ```
pub fn parse(source: &str) -> Result<Expr, Diagnostics> {
    static CALL_LIMIT: Once = Once::new();
    CALL_LIMIT.call_once(|| {
        pest::set_call_limit(NonZeroUsize::new(SOURCE_BYTES_MAX * CALLS_PER_BYTE_MAX));
    });
    guard::guard(source)?;
    let pairs =
        Grammar::parse(Rule::main, source).map_err(|error| recovery::syntax(source, error))?;
    build::build(source, pairs)
}
