//! How the Common Expression Language is written.

use std::str::Chars;

use crate::case::{Unsaid, unsaid};
use crate::parse::{Grammar, Node, Parser, path};
use crate::tokens::{Read, Spelling, quoted, raw};

pub(super) const SPELLING: Spelling = Spelling {
    symbols: &[
        "&&", "||", "==", "!=", "<=", ">=", "<", ">", "+", "-", "*", "/", "%", "!", "?", ":", "(",
        ")", "[", "]", "{", "}", ",", ".",
    ],
    dotted_names: false,
    string,
};

/// The power of `?`, the loosest operator.
const CHOICE: u8 = 1;

/// The power of what stands after a value: members, calls, items.
const PATH: u8 = 10;

pub(super) static GRAMMAR: Grammar = Grammar {
    prefix: &[("!", 8), ("-", 8)],
    infix: &[
        ("||", 2),
        ("&&", 3),
        ("==", 4),
        ("!=", 4),
        ("<", 4),
        ("<=", 4),
        (">", 4),
        (">=", 4),
        ("in", 4),
        ("+", 5),
        ("-", 5),
        ("*", 6),
        ("/", 6),
        ("%", 6),
    ],
    primary,
    suffix,
};

#[expect(
    clippy::unnecessary_wraps,
    reason = "in other grammars what begins a value may be what cannot be said"
)]
fn primary(parser: &mut Parser) -> Result<Option<Node>, Unsaid> {
    let words = [
        ("null", Node::Null),
        ("true", Node::Bool(true)),
        ("false", Node::Bool(false)),
    ];
    let found = words.into_iter().find(|(word, _)| parser.eat(word));
    Ok(found.map(|(_, node)| node))
}

fn suffix(parser: &mut Parser, of: &Node, power: u8) -> Result<Option<Node>, Unsaid> {
    if power <= PATH
        && let Some(longer) = path(parser, of)?
    {
        return Ok(Some(longer));
    }
    if power > CHOICE || !parser.eat("?") {
        return Ok(None);
    }
    let value = parser.expression(CHOICE + 1)?;
    parser.expect(":")?;
    let otherwise = parser.expression(CHOICE)?;
    let branches = vec![(of.clone(), value)];
    Ok(Some(Node::Case(branches, Some(Box::new(otherwise)))))
}

fn string(rest: &str) -> Option<Read> {
    const QUOTES: [&str; 4] = ["\"\"\"", "'''", "\"", "'"];
    let opens = |text: &str| text.starts_with(['"', '\'']);
    let marks = rest
        .find(|c: char| !matches!(c, 'r' | 'R' | 'b' | 'B'))
        .unwrap_or(0);
    if marks > 2 || !opens(&rest[marks..]) {
        return None;
    }
    let (marked, text) = rest.split_at(marks);
    if marked.contains(['b', 'B']) {
        return Some(unsaid("bytes"));
    }
    let quote = QUOTES.into_iter().find(|quote| text.starts_with(quote))?;
    let read = if marked.is_empty() {
        quoted(text, quote, escape)?
    } else {
        raw(text, quote)?
    };
    Some(read.map(|(text, taken)| (text, taken + marks)))
}

/// What follows a backslash.
fn escape(left: &mut Chars) -> Result<char, Unsaid> {
    Ok(match left.next() {
        Some('a') => '\u{7}',
        Some('b') => '\u{8}',
        Some('f') => '\u{c}',
        Some('n') => '\n',
        Some('r') => '\r',
        Some('t') => '\t',
        Some('v') => '\u{b}',
        Some('x' | 'X') => return code(left, 2, 16),
        Some('u') => return code(left, 4, 16),
        Some('U') => return code(left, 8, 16),
        Some(c @ '0'..='3') => {
            let low = code(left, 2, 8)?;
            let high = c.to_digit(8).unwrap_or_default() * 64;
            return char::from_u32(high + u32::from(low)).map_or_else(|| unsaid("escapes"), Ok);
        }
        Some(c) => c,
        None => return unsaid("a string without an end"),
    })
}

fn code(left: &mut Chars, digits: usize, radix: u32) -> Result<char, Unsaid> {
    let text: String = left.take(digits).collect();
    let code = u32::from_str_radix(&text, radix).ok();
    code.and_then(char::from_u32)
        .map_or_else(|| unsaid("escapes"), Ok)
}
