//! A place in the source, and the tokens around it.

use super::super::lexer::{Lexer, Token, TokenKind};
use crate::words::{RESERVED, is_one_of};

/// Where the parse failed.
pub(super) struct Place<'s> {
    source: &'s str,
    pub(super) tokens: Vec<Token<'s>>,
    /// The index of the token there; that after the last one at the end of the source.
    pub(super) at: usize,
}

impl<'s> Place<'s> {
    pub(super) fn new(source: &'s str, byte: usize) -> Self {
        let tokens: Vec<Token> = Lexer::new(source, 0).map_while(Result::ok).collect();
        let at = tokens.partition_point(|token| token.span.end as usize <= byte);
        Self { source, tokens, at }
    }

    /// The source from one byte to another.
    pub(super) fn between(&self, start: u32, end: u32) -> &'s str {
        self.source.get(start as usize..end as usize).unwrap_or("")
    }

    pub(super) fn is_word(&self, index: usize, word: &str) -> bool {
        let token = self.tokens.get(index);
        token.is_some_and(|token| token.is_word(word))
    }

    pub(super) fn is_symbol(&self, index: usize, symbol: &str) -> bool {
        let token = self.tokens.get(index);
        token.is_some_and(|token| token.is_symbol(symbol))
    }

    pub(super) fn is_any_word(&self, index: usize, words: &[&str]) -> bool {
        words.iter().any(|word| self.is_word(index, word))
    }

    /// The bracket that the place stands in.
    pub(super) fn bracket(&self) -> Option<usize> {
        self.unmatched(self.at)
    }

    /// The bracket that is closed at `close`.
    pub(super) fn opening(&self, close: usize) -> Option<usize> {
        self.unmatched(close)
    }

    /// The last bracket before `end` that nothing before `end` closes.
    fn unmatched(&self, end: usize) -> Option<usize> {
        let mut closed = 0_usize;
        (0..end).rev().find(|index| {
            let opens = self.is_symbol(*index, "(") || self.is_symbol(*index, "[");
            if opens && closed == 0 {
                return true;
            }
            let closes = self.is_symbol(*index, ")") || self.is_symbol(*index, "]");
            closed = closed + usize::from(closes) - usize::from(opens);
            false
        })
    }

    /// What closes the bracket that the place stands in.
    pub(super) fn closing(&self) -> Option<&Token<'s>> {
        let mut open = 0_usize;
        let mut rest = self.tokens.get(self.at..)?.iter();
        rest.find(|token| {
            let closes = token.is_symbol(")") || token.is_symbol("]");
            if closes && open == 0 {
                return true;
            }
            let opens = token.is_symbol("(") || token.is_symbol("[");
            open = open + usize::from(opens) - usize::from(closes);
            false
        })
    }

    /// The tokens that `pattern` matches here, one for each of its parts, if the place stands in the
    /// brackets of one of the words of `inside`: see [`super::table::Row`].
    pub(super) fn matched(&self, inside: &str, pattern: &str) -> Option<Vec<usize>> {
        if !inside.is_empty() {
            let word = self.bracket()?.checked_sub(1)?;
            let mut words = inside.split(' ');
            words.find(|one| self.is_word(word, one))?;
        }
        let (before, from) = pattern.split_once('|')?;
        let mut matched = vec![];
        let mut index = self.at;
        for part in before.split_whitespace().rev() {
            index = index.checked_sub(1)?;
            if part == "()" {
                self.is_symbol(index, ")").then_some(())?;
                index = self.opening(index)?;
            } else {
                self.fits(index, part).then_some(())?;
            }
            matched.push(index);
        }
        matched.reverse();
        for (further, part) in from.split_whitespace().enumerate() {
            self.fits(self.at + further, part).then_some(())?;
            matched.push(self.at + further);
        }
        Some(matched)
    }

    fn fits(&self, index: usize, part: &str) -> bool {
        let Some(token) = self.tokens.get(index) else {
            return false;
        };
        part.split('/').any(|one| match one {
            "NAME" => is_name(token),
            "STRING" => token.kind == TokenKind::String,
            "NUMBER" => token.kind == TokenKind::Number,
            _ => token.is_word(one) || token.is_symbol(one),
        })
    }
}

fn is_name(token: &Token) -> bool {
    token.kind == TokenKind::Word
        && !token.text.starts_with(':')
        && !is_one_of(token.text, RESERVED)
}
