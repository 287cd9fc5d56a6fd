//! One tokenizer for the dialects that are text; how each writes its strings it says itself.

use std::fmt;

use crate::case::{Unsaid, unsaid};

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Token {
    /// As written, suffixes included.
    Number(String),
    /// Without its quotes, escapes resolved.
    Text(String),
    /// A name or a word.
    Name(String),
    Symbol(&'static str),
    End,
}

impl fmt::Display for Token {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Self::Number(text) | Self::Name(text) => write!(f, "`{text}`"),
            Self::Text(_) => f.write_str("of a string here"),
            Self::Symbol(symbol) => write!(f, "`{symbol}`"),
            Self::End => f.write_str("of a sudden end"),
        }
    }
}

/// A string's contents, and the bytes taken.
pub(crate) type Read = Result<(String, usize), Unsaid>;

/// How a dialect is spelled.
pub(crate) struct Spelling {
    /// Longer ones before those that they begin with.
    pub(crate) symbols: &'static [&'static str],
    /// Whether a name may have dots inside.
    pub(crate) dotted_names: bool,
    /// Reads a string that begins here, if one does.
    pub(crate) string: fn(&str) -> Option<Read>,
}

/// Cuts a text into tokens; the last one is `End`.
pub(crate) fn tokens(text: &str, spelling: &Spelling) -> Result<Vec<Token>, Unsaid> {
    let mut found = Vec::new();
    let mut rest = text.trim_start();
    while !rest.is_empty() {
        let (token, taken) = next(rest, spelling, found.last())?;
        found.push(token);
        rest = rest[taken..].trim_start();
    }
    found.push(Token::End);
    Ok(found)
}

fn next(rest: &str, spelling: &Spelling, before: Option<&Token>) -> Result<(Token, usize), Unsaid> {
    if let Some(read) = (spelling.string)(rest) {
        return read.map(|(text, taken)| (Token::Text(text), taken));
    }
    let first = rest.chars().next().unwrap();
    let second = rest.chars().nth(1);
    // A number may begin with its point where no value stands before it.
    let after_value = matches!(
        before,
        Some(Token::Name(_) | Token::Number(_) | Token::Symbol(")" | "]"))
    );
    let is_number = first.is_ascii_digit()
        || (first == '.' && !after_value && second.is_some_and(|c| c.is_ascii_digit()));
    if is_number {
        let taken = number_length(rest);
        return Ok((Token::Number(rest[..taken].to_owned()), taken));
    }
    if first.is_alphabetic() || matches!(first, '_' | '$') {
        let part = |c: char| {
            c.is_alphanumeric() || matches!(c, '_' | '$') || (spelling.dotted_names && c == '.')
        };
        let taken = rest.find(|c| !part(c)).unwrap_or(rest.len());
        return Ok((Token::Name(rest[..taken].to_owned()), taken));
    }
    match spelling.symbols.iter().find(|it| rest.starts_with(**it)) {
        Some(symbol) => Ok((Token::Symbol(symbol), symbol.len())),
        None => unsaid(format!("the syntax `{first}`")),
    }
}

/// Bytes of the number that begins here: hexadecimal, or with a fraction and an exponent.
fn number_length(rest: &str) -> usize {
    let bytes = rest.as_bytes();
    let run = |from: usize, is_part: fn(&u8) -> bool| {
        from + bytes[from..]
            .iter()
            .take_while(|byte| is_part(byte))
            .count()
    };
    if rest.starts_with("0x") || rest.starts_with("0X") {
        return run(2, u8::is_ascii_alphanumeric);
    }
    let digits = |from| run(from, u8::is_ascii_digit);
    let mut end = digits(0);
    if bytes.get(end) == Some(&b'.') && bytes.get(end + 1).is_some_and(u8::is_ascii_digit) {
        end = digits(end + 1);
    }
    if matches!(bytes.get(end), Some(b'e' | b'E')) {
        let signed = end + 1 + usize::from(matches!(bytes.get(end + 1), Some(b'+' | b'-')));
        if bytes.get(signed).is_some_and(u8::is_ascii_digit) {
            end = digits(signed);
        }
    }
    // `1u`, and units as in `1d`.
    run(end, u8::is_ascii_alphabetic)
}

/// Reads a string between two quotes, with backslashes; `escape` resolves what follows one.
pub(crate) fn quoted(
    rest: &str,
    quote: &str,
    escape: fn(&mut std::str::Chars) -> Result<char, Unsaid>,
) -> Option<Read> {
    let mut text = String::new();
    let mut left = rest.strip_prefix(quote)?.chars();
    loop {
        if let Some(after) = left.as_str().strip_prefix(quote) {
            return Some(Ok((text, rest.len() - after.len())));
        }
        match left.next() {
            Some('\\') => match escape(&mut left) {
                Ok(c) => text.push(c),
                Err(why) => return Some(Err(why)),
            },
            Some(c) => text.push(c),
            None => return Some(unsaid("a string without an end")),
        }
    }
}

/// Reads a string between two quotes in which a backslash is one.
pub(crate) fn raw(rest: &str, quote: &str) -> Option<Read> {
    let inner = rest.strip_prefix(quote)?;
    let read = match inner.find(quote) {
        Some(end) => Ok((inner[..end].to_owned(), end + 2 * quote.len())),
        None => unsaid("a string without an end"),
    };
    Some(read)
}
