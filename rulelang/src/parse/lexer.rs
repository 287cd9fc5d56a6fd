//! The source as tokens, for what happens before and after the grammar: the guard and the wording
//! of errors, and for editors. Its notion of strings, comments, names and numbers is the grammar's.

use super::dates;
use super::operators::is_curly;
use crate::Span;
use crate::words::{continues_name, starts_name};

/// The kinds of token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenKind {
    /// A keyword, name or path, backticks included.
    Word,
    /// A string.
    String,
    /// All that starts with a digit and looks like a number or a short duration.
    Number,
    /// A day or an instant without quotes.
    Date,
    /// An operator or bracket of the language, or one that people take for one.
    Symbol,
    /// A string in curly quotes; only its first quote where the line has no other.
    Curly,
    /// Any other character.
    Stray,
}

/// A token and where it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Token<'s> {
    /// What it is.
    pub kind: TokenKind,
    /// As it is written.
    pub text: &'s str,
    /// Where it stands.
    pub span: Span,
}

impl Token<'_> {
    /// Whether it is this word, in any case.
    pub fn is_word(&self, word: &str) -> bool {
        self.kind == TokenKind::Word && self.text.eq_ignore_ascii_case(word)
    }

    /// Whether it is this symbol.
    pub fn is_symbol(&self, symbol: &str) -> bool {
        self.kind == TokenKind::Symbol && self.text == symbol
    }
}

/// Something that starts here and never ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unclosed {
    /// `string`, `backtick` or `comment`.
    pub what: &'static str,
    /// Its first byte.
    pub start: usize,
}

/// Symbols of more than one character, longest first; the language does not have all of them.
const LONG_SYMBOLS: &[&str] = &[
    "===", "!==", "<=>", "==", "!=", "<>", "<=", ">=", "&&", "||", "=>", "=<", "=~", "~=", "!~",
    "~*", "**", "??", "->", ":=", "<<", ">>",
];

/// The tokens of a source, until its end or the first thing that is never closed.
#[derive(Debug, Clone)]
pub struct Lexer<'s> {
    source: &'s str,
    at: usize,
}

impl<'s> Lexer<'s> {
    /// The tokens from byte `at` on.
    pub fn new(source: &'s str, at: usize) -> Self {
        Self { source, at }
    }

    fn rest(&self) -> &'s str {
        self.source.get(self.at..).unwrap_or("")
    }

    /// Skips whitespace and comments.
    fn skip(&mut self) -> Result<(), Unclosed> {
        loop {
            let rest = self.rest();
            if rest.starts_with([' ', '\t', '\r', '\n']) {
                self.at += 1;
            } else if rest.starts_with("//") {
                self.at += rest.find('\n').unwrap_or(rest.len());
            } else if let Some(body) = rest.strip_prefix("/*") {
                let end = body.find("*/").ok_or(Unclosed {
                    what: "comment",
                    start: self.at,
                })?;
                self.at += end + 4;
            } else {
                return Ok(());
            }
        }
    }

    fn token(&mut self) -> Result<Option<Token<'s>>, Unclosed> {
        self.skip()?;
        let rest = self.rest();
        let Some(first) = rest.chars().next() else {
            return Ok(None);
        };
        let (kind, length) = match first {
            '\'' | '"' => (TokenKind::String, string_length(rest, first)),
            '`' => (TokenKind::Word, path_length(rest)),
            _ if is_curly(first) => (TokenKind::Curly, Some(curly_length(rest, first))),
            _ if starts_name(first) => (TokenKind::Word, path_length(rest)),
            ':' if starts_parameter(rest) => (TokenKind::Word, Some(1 + name_length(rest, 1))),
            _ if first.is_ascii_digit() => match dates::length(rest) {
                None => (TokenKind::Number, Some(number_length(rest))),
                date => (TokenKind::Date, date),
            },
            _ => symbol_length(rest, first),
        };
        let length = length.ok_or(Unclosed {
            what: if matches!(first, '\'' | '"') {
                "string"
            } else {
                "backtick"
            },
            start: self.at,
        })?;
        let span = Span::new(self.at, self.at + length);
        self.at += length;
        Ok(Some(Token {
            kind,
            text: span.text(self.source),
            span,
        }))
    }
}

impl<'s> Iterator for Lexer<'s> {
    type Item = Result<Token<'s>, Unclosed>;

    fn next(&mut self) -> Option<Self::Item> {
        let token = self.token().transpose();
        if matches!(token, Some(Err(_))) {
            self.at = self.source.len();
        }
        token
    }
}

/// Bytes of the string that `rest` starts with, quotes included; `None` where it never ends.
fn string_length(rest: &str, quote: char) -> Option<usize> {
    let mut characters = rest.char_indices().skip(1).peekable();
    while let Some((at, character)) = characters.next() {
        if character == '\\' {
            characters.next();
        } else if character == quote {
            let doubled = quote == '\'' && characters.peek().is_some_and(|(_, next)| *next == '\'');
            if !doubled {
                return Some(at + 1);
            }
            characters.next();
        }
    }
    None
}

fn curly_length(rest: &str, first: char) -> usize {
    let quote = first.len_utf8();
    let line = rest.lines().next().unwrap_or("");
    let body = line.get(quote..).unwrap_or("");
    let mut quotes = body.char_indices().filter(|(_, one)| is_curly(*one));
    let mut end = None;
    for (at, closing) in &mut quotes {
        let after = at + closing.len_utf8();
        end = Some(quote + after);
        // As in ‘it’s’.
        let is_apostrophe = closing == '’' && body.get(after..).is_some_and(starts_with_letter);
        if !is_apostrophe {
            break;
        }
    }
    end.unwrap_or(quote)
}

fn starts_with_letter(text: &str) -> bool {
    text.starts_with(char::is_alphabetic)
}

/// Bytes of the name in backticks that `rest` starts with; a doubled backtick stands for one.
fn quoted_length(rest: &str) -> Option<usize> {
    let mut at = 1;
    loop {
        at += rest.get(at..)?.find('`')? + 1;
        if !rest.get(at..)?.starts_with('`') {
            return Some(at);
        }
        at += 1;
    }
}

/// Bytes of the path that `rest` starts with; `None` where a backtick is never closed.
fn path_length(rest: &str) -> Option<usize> {
    let mut length = 0;
    loop {
        let step = rest.get(length..).unwrap_or("");
        length += if step.starts_with('`') {
            quoted_length(step)?
        } else {
            step.find(|character| !continues_name(character))
                .unwrap_or(step.len())
        };
        let next = rest.get(length..).and_then(|after| after.strip_prefix('.'));
        match next {
            Some(next) if next.starts_with(|c| c == '`' || starts_name(c)) => length += 1,
            _ => return Some(length),
        }
    }
}

/// Whether a parameter's name follows the colon at once.
fn starts_parameter(rest: &str) -> bool {
    rest.chars().nth(1).is_some_and(starts_name)
}

/// Bytes of the bare name at byte `start`.
fn name_length(rest: &str, start: usize) -> usize {
    let name = rest.get(start..).unwrap_or("");
    name.find(|character| !continues_name(character))
        .unwrap_or(name.len())
}

fn number_length(rest: &str) -> usize {
    let bytes = rest.as_bytes();
    let is_digit = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_digit);
    let mut length = 1;
    while let Some(byte) = bytes.get(length) {
        let signed = matches!(bytes.get(length + 1), Some(b'+' | b'-')) && is_digit(length + 2);
        length += match byte {
            b'e' | b'E' if signed => 2,
            b'.' if is_digit(length + 1) => 1,
            b'_' => 1,
            _ if byte.is_ascii_alphanumeric() => 1,
            _ => break,
        };
    }
    length
}

fn symbol_length(rest: &str, first: char) -> (TokenKind, Option<usize>) {
    // `*.timestamp` names a property of any event.
    if let Some(path) = rest.strip_prefix("*.")
        && path.starts_with(|c| c == '`' || starts_name(c))
    {
        return (
            TokenKind::Word,
            path_length(path).map(|length| length + "*.".len()),
        );
    }
    if let Some(symbol) = LONG_SYMBOLS
        .iter()
        .find(|symbol| rest.starts_with(**symbol))
    {
        return (TokenKind::Symbol, Some(symbol.len()));
    }
    let kind = if "()[]+-*/%<>=!,".contains(first) {
        TokenKind::Symbol
    } else {
        TokenKind::Stray
    };
    (kind, Some(first.len_utf8()))
}
