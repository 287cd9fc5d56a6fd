//! Every mistake of a source that the grammar refuses, not only the first: the part around a mistake
//! is blanked, and what is left is read again.
//!
//! INVARIANT: what is reported beyond the first mistake stands after the part that was blanked, so
//! it does not follow from it. Offsets stay those of the source.

use pest::Parser as _;
use pest::error::Error;

use super::lexer::{Lexer, Token, TokenKind};
use super::{Grammar, Rule, errors};
use crate::Diagnostics;
use crate::limits::{DIAGNOSTICS_MAX, SOURCE_BYTES_MAX};
use crate::words::is_one_of;

/// What stands in for a part: wherever an operand may stand, and beside any word or bracket.
const BLANK: &str = "''";

/// Bytes that are read again for one source, all attempts together.
const READ_AGAIN_MAX: usize = 2 * SOURCE_BYTES_MAX;

/// The words between which conditions stand.
const BETWEEN_PARTS: &[&str] = &["and", "or", "where", "when", "then", "else"];

/// The diagnostics of a source, of which `first` is the first mistake.
pub(super) fn syntax(source: &str, first: Error<Rule>) -> Diagnostics {
    let mut all = Diagnostics::default();
    let mut rest = Rest {
        text: source.to_owned(),
        tokens: placed(source),
        budget: READ_AGAIN_MAX,
    };
    let mut next = Some(first);
    while let Some(error) = next.take_if(|_| all.len() < DIAGNOSTICS_MAX) {
        all.push(errors::syntax(source, &error));
        next = errors::place(&error).and_then(|at| rest.error_after(at));
    }
    all
}

/// What is still to be read.
struct Rest<'s> {
    /// The source with what was refused blanked.
    text: String,
    tokens: Vec<Placed<'s>>,
    budget: usize,
}

/// A token of the source and where it stands among brackets and conditions.
struct Placed<'s> {
    token: Token<'s>,
    /// Brackets and CASEs around it; a bracket does not count for itself.
    depth: usize,
    closes: bool,
    /// Whether it parts conditions or arguments.
    parts: bool,
}

impl Rest<'_> {
    /// The first mistake after the part around byte `at`, which is blanked: the smallest part
    /// without which the source reads on.
    fn error_after(&mut self, at: usize) -> Option<Error<Rule>> {
        let index = (self.tokens).partition_point(|placed| placed.token.span.end as usize <= at);
        let found = self.tokens.get(index)?;
        let innermost = found.depth + usize::from(found.closes);
        for depth in (0..=innermost).rev() {
            let (first, end) = self.part(index, depth);
            let Some(blanked) = self.blanked(first, end) else {
                continue;
            };
            self.budget = self.budget.checked_sub(blanked.len())?;
            let Err(error) = Grammar::parse(Rule::main, &blanked) else {
                return None;
            };
            let after = self.tokens.get(end)?.token.span.start as usize;
            if errors::place(&error)? > after {
                self.text = blanked;
                return Some(error);
            }
        }
        None
    }

    /// The tokens around one, between what parts conditions at `depth`.
    fn part(&self, index: usize, depth: usize) -> (usize, usize) {
        let bounds =
            |placed: &Placed| placed.depth < depth || (placed.depth == depth && placed.parts);
        let (before, from) = self.tokens.split_at(index);
        let first = before.iter().rposition(bounds).map_or(0, |at| at + 1);
        let length = from.iter().position(bounds).unwrap_or(from.len());
        (first, index + length)
    }

    /// The text without those tokens; `None` where there is no room for what stands in for them.
    fn blanked(&self, first: usize, end: usize) -> Option<String> {
        let start = self.tokens.get(first)?.token.span.start as usize;
        let end = self.tokens.get(end.checked_sub(1)?)?.token.span.end as usize;
        let length = end.checked_sub(start)?;
        let blank = (length >= BLANK.len()).then(|| format!("{BLANK:length$}"))?;
        let (before, after) = (self.text.get(..start)?, self.text.get(end..)?);
        Some(format!("{before}{blank}{after}"))
    }
}

/// The tokens of a source with their places.
fn placed(source: &str) -> Vec<Placed<'_>> {
    let mut levels = Levels::default();
    let tokens = Lexer::new(source, 0).map_while(Result::ok);
    tokens.map(|token| levels.place(token)).collect()
}

/// The brackets and CASEs that are open.
#[derive(Default)]
struct Levels {
    outermost: Level,
    open: Vec<Level>,
}

#[derive(Default)]
struct Level {
    is_case: bool,
    /// Whether the AND of a BETWEEN is still to come.
    awaits_and: bool,
}

impl Levels {
    fn place<'s>(&mut self, token: Token<'s>) -> Placed<'s> {
        let closes = self.is_closing(&token);
        if closes {
            self.close(&token);
        }
        let depth = self.open.len();
        let parts = token.is_symbol(",") || self.parts_conditions(&token);
        let is_case = token.is_word("case");
        if is_case || token.is_symbol("(") || token.is_symbol("[") {
            self.open.push(Level {
                is_case,
                awaits_and: false,
            });
        }
        Placed {
            token,
            depth,
            closes,
            parts,
        }
    }

    /// (An END that closes no CASE is a field.)
    fn is_closing(&self, token: &Token) -> bool {
        let in_case = self.open.last().is_some_and(|level| level.is_case);
        token.is_symbol(")") || token.is_symbol("]") || (in_case && token.is_word("end"))
    }

    /// A bracket closes the CASEs within it that have no END.
    fn close(&mut self, token: &Token) {
        while let Some(level) = self.open.pop() {
            if !level.is_case || token.is_word("end") {
                return;
            }
        }
    }

    fn parts_conditions(&mut self, token: &Token) -> bool {
        let level = self.open.last_mut().unwrap_or(&mut self.outermost);
        if level.awaits_and && token.is_word("and") {
            level.awaits_and = false;
            return false;
        }
        let parts = token.kind == TokenKind::Word && is_one_of(token.text, BETWEEN_PARTS);
        level.awaits_and = token.is_word("between") || (level.awaits_and && !parts);
        parts
    }
}
