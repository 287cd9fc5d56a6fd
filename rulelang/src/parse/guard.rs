//! What is checked before the grammar runs: length, depth, things that are never closed, and
//! characters and operators that the language does not have.
//!
//! INVARIANT: a source that passes nests at most [`NESTING_DEPTH_MAX`] brackets and CASEs, so the
//! grammar's recursion is bounded; it has nothing but ASCII outside strings, names and comments.

use super::lexer::{Lexer, Token, TokenKind, Unclosed};
use super::{dates, operators};
use crate::limits::{NESTING_DEPTH_MAX, SOURCE_BYTES_MAX};
use crate::words::{OPERAND_FOLLOWS, is_one_of};
use crate::{Code, Diagnostic, Diagnostics, Span};

/// Checks a source in one pass, in time linear in its length.
pub(super) fn guard(source: &str) -> Result<(), Diagnostics> {
    if source.len() > SOURCE_BYTES_MAX {
        return Err(too_long(source.len()).into());
    }
    let mut guard = Guard {
        source,
        open: vec![],
        last: None,
        before_last: None,
        errors: Diagnostics::default(),
    };
    for token in Lexer::new(source, 0) {
        let proceed = match token {
            Ok(token) => guard.token(token),
            Err(unclosed) => {
                guard.errors.push(never_closed(unclosed));
                return Err(guard.errors);
            }
        };
        if !proceed {
            return Err(guard.errors);
        }
    }
    guard.finish()
}

fn too_long(bytes: usize) -> Diagnostic {
    let message =
        format!("the rule is {bytes} bytes long; the limit (source) is {SOURCE_BYTES_MAX} bytes");
    Diagnostic::error(Code::SourceTooLong, Span::new(0, 0), message)
}

fn never_closed(Unclosed { what, start }: Unclosed) -> Diagnostic {
    Diagnostic::error(
        Code::Unclosed,
        Span::new(start, start + 1),
        format!("this {what} is never closed"),
    )
}

/// A bracket or CASE that is still open.
struct Open {
    is_case: bool,
    /// Whether it is that of a quantifier, in which `=>` stands.
    is_quantifier: bool,
    span: Span,
}

struct Guard<'s> {
    source: &'s str,
    open: Vec<Open>,
    last: Option<Token<'s>>,
    before_last: Option<Token<'s>>,
    errors: Diagnostics,
}

impl<'s> Guard<'s> {
    /// Whether to go on.
    fn token(&mut self, token: Token<'s>) -> bool {
        let proceed = match token.kind {
            TokenKind::Symbol if matches!(token.text, "(" | "[") => self.open(&token, false),
            TokenKind::Symbol if matches!(token.text, ")" | "]") => {
                self.close(&token);
                true
            }
            TokenKind::Word if token.is_word("case") => self.open(&token, true),
            TokenKind::Word if token.is_word("end") => {
                self.end();
                true
            }
            TokenKind::Symbol if token.text == "=>" && self.is_arrow() => true,
            TokenKind::Symbol if token.text == "->" && self.is_arrow() => {
                self.errors.push(operators::thin_arrow(&token));
                true
            }
            TokenKind::Symbol | TokenKind::Stray => {
                if let Some(error) = operators::unknown(self.source, &token, self.last.as_ref()) {
                    self.errors.push(error);
                }
                true
            }
            TokenKind::Curly => {
                self.errors.push(operators::curly_quotes(&token));
                true
            }
            TokenKind::Date => {
                self.errors
                    .push(dates::unquoted(&token, self.last.as_ref()));
                true
            }
            TokenKind::Word | TokenKind::String | TokenKind::Number => true,
        };
        self.before_last = self.last.replace(token);
        proceed
    }

    fn open(&mut self, token: &Token<'s>, is_case: bool) -> bool {
        if self.open.len() == NESTING_DEPTH_MAX {
            self.errors.push(too_deep(token.span));
            return false;
        }
        self.open.push(Open {
            is_case,
            is_quantifier: token.is_symbol("(") && self.is_after_quantifier(),
            span: token.span,
        });
        true
    }

    /// Whether the last word makes a quantifier of the bracket that follows. (`CONTAINS ANY (…)` is
    /// another operator.)
    fn is_after_quantifier(&self) -> bool {
        let Some(last) = self.last.filter(|last| last.kind == TokenKind::Word) else {
            return false;
        };
        let before = self.before_last;
        let contains = before.is_some_and(|token| token.is_word("contains"));
        last.is_word("count_if") || (is_one_of(last.text, &["any", "all", "none"]) && !contains)
    }

    /// Whether `=>` may stand here: one token after a comma in the brackets of a quantifier. A CASE
    /// within them may count as open still.
    fn is_arrow(&self) -> bool {
        let bracket = self.open.iter().rfind(|open| !open.is_case);
        bracket.is_some_and(|open| open.is_quantifier)
            && self.before_last.is_some_and(|token| token.is_symbol(","))
    }

    /// A bracket that closes one of another kind is the grammar's matter; it goes no deeper then.
    fn close(&mut self, token: &Token<'s>) {
        while let Some(open) = self.open.pop() {
            if !open.is_case {
                return;
            }
        }
        let message = format!("this `{}` closes nothing", token.text);
        self.errors
            .push(Diagnostic::error(Code::Syntax, token.span, message));
    }

    /// An END closes a CASE unless it stands where only an operand can: there it is a field.
    /// Where in doubt it stays open, so that depth is never counted too low.
    fn end(&mut self) {
        let after_operand = self.last.is_some_and(|last| match last.kind {
            TokenKind::String | TokenKind::Number | TokenKind::Date => true,
            TokenKind::Word => !is_one_of(last.text, OPERAND_FOLLOWS),
            TokenKind::Symbol | TokenKind::Stray | TokenKind::Curly => {
                matches!(last.text, ")" | "]")
            }
        });
        if after_operand && self.open.last().is_some_and(|open| open.is_case) {
            self.open.pop();
        }
    }

    fn finish(mut self) -> Result<(), Diagnostics> {
        if let Some(open) = self.open.iter().rfind(|open| !open.is_case) {
            let message = "this bracket is never closed";
            self.errors
                .push(Diagnostic::error(Code::Unclosed, open.span, message));
        }
        if self.errors.is_empty() {
            Ok(())
        } else {
            Err(self.errors)
        }
    }
}

/// The error for what nests too deeply at `span`.
pub(super) fn too_deep(span: Span) -> Diagnostic {
    let message = format!("nested too deeply; the limit (nesting) is {NESTING_DEPTH_MAX} levels");
    Diagnostic::error(Code::NestingTooDeep, span, message)
}
