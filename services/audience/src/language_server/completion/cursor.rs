//! The text before the cursor: its tokens, and what is begun and not yet ended there.

use rulelang::tokens::{Lexer, Token, TokenKind};

/// Where somebody writes.
#[derive(Debug)]
pub(super) struct Cursor<'a> {
    /// The tokens before what is begun.
    pub(super) tokens: Vec<Token<'a>>,
    pub(super) begun: Begun,
    /// Where what is begun starts: a word with its dots and backticks, or a string within its quote.
    pub(super) start: usize,
    /// The cursor.
    pub(super) end: usize,
}

/// What is begun at the cursor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Begun {
    /// A word, or nothing yet.
    Word,
    /// A string in these quotes.
    String(char),
    /// What nobody can complete: a number, a comment.
    Other,
}

impl<'a> Cursor<'a> {
    /// The cursor at the end of a text.
    pub(super) fn new(text: &'a str) -> Self {
        let mut tokens = vec![];
        let mut unclosed = None;
        for token in Lexer::new(text, 0) {
            match token {
                Ok(token) => tokens.push(token),
                Err(open) => unclosed = Some(open),
            }
        }
        let end = text.len();
        let (begun, start) = match unclosed {
            Some(open) if open.what == "string" => {
                let is_double = text.get(open.start..).unwrap_or("").starts_with('"');
                let quote = if is_double { '"' } else { '\'' };
                (Begun::String(quote), open.start + 1)
            }
            Some(open) if open.what == "backtick" => (Begun::Word, open.start),
            Some(open) => (Begun::Other, open.start),
            None if ends_in_comment(text, &tokens) => (Begun::Other, end),
            None => word(&mut tokens, end),
        };
        Self {
            tokens,
            begun,
            start,
            end,
        }
    }
}

/// What stands behind the last token is blank, or a comment to the end of the line.
fn ends_in_comment(text: &str, tokens: &[Token<'_>]) -> bool {
    let end = tokens.last().map_or(0, |it| it.span.end as usize);
    let last_line = text.get(end..).and_then(|rest| rest.lines().next_back());
    !text.ends_with('\n') && last_line.is_some_and(|line| line.contains("//"))
}

/// Takes the word that ends at the cursor from the tokens, and a dot behind it; says where it starts.
fn word(tokens: &mut Vec<Token<'_>>, end: usize) -> (Begun, usize) {
    let touches = |it: &&Token<'_>, at: usize| it.span.end as usize == at;
    let Some(last) = tokens.last().filter(|it| touches(it, end)).copied() else {
        return (Begun::Word, end);
    };
    let start = last.span.start as usize;
    match last.kind {
        TokenKind::Number => return (Begun::Other, start),
        TokenKind::Word => drop(tokens.pop()),
        TokenKind::Stray if last.text == "." => {
            tokens.pop();
            let path = tokens.last().filter(|it| touches(it, start)).copied();
            if let Some(path) = path.filter(|it| it.kind == TokenKind::Word || it.is_symbol("*")) {
                tokens.pop();
                return (Begun::Word, path.span.start as usize);
            }
        }
        _ => return (Begun::Word, end),
    }
    (Begun::Word, start)
}
