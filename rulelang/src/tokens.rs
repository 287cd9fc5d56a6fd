//! The tokens of a text, whether it is a rule or not yet one: for editors, which help while
//! somebody writes.

pub use crate::parse::{Lexer, Token, TokenKind, Unclosed};
