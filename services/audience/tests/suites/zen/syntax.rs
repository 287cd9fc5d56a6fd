//! How zen expressions are written.
//!
//! A *unary* expression is about a value that is not named, `$`: `> 10`, `[1..5]`, `> 10, < 5`.

use crate::case::{Unsaid, unsaid};
use crate::parse::{Grammar, Node, Parser, path};
use crate::tokens::{Spelling, Token, raw};

pub(super) const SPELLING: Spelling = Spelling {
    symbols: &[
        "==", "!=", "<=", ">=", "??", "..", "<", ">", "+", "-", "*", "/", "%", "^", "?", ":", "(",
        ")", "[", "]", "{", "}", ",", ".", "#", "=", ";",
    ],
    dotted_names: false,
    string: |rest| {
        if rest.starts_with('`') {
            return Some(unsaid("templates"));
        }
        raw(rest, "'").or_else(|| raw(rest, "\""))
    },
};

/// What `#`, the item that a closure is asked about, is called here.
pub(super) const ITEM: &str = "it";

/// The power of `=`, which gives a value a name.
const ASSIGNMENT: u8 = 0;

/// The power of `?`.
const CHOICE: u8 = 1;

/// The power of comparisons.
const COMPARISON: u8 = 5;

/// The power of what stands after a value: members, calls, items.
const PATH: u8 = 10;

pub(super) static GRAMMAR: Grammar = Grammar {
    prefix: &[("not", 4), ("-", 9)],
    infix: &[
        ("=", ASSIGNMENT),
        // In a unary expression a comma is an alternative.
        (",", 0),
        ("or", 2),
        ("and", 3),
        ("==", COMPARISON),
        ("!=", COMPARISON),
        ("<", COMPARISON),
        ("<=", COMPARISON),
        (">", COMPARISON),
        (">=", COMPARISON),
        ("in", COMPARISON),
        ("+", 6),
        ("-", 6),
        ("*", 7),
        ("/", 7),
        ("%", 7),
        ("^", 8),
        ("??", 8),
    ],
    primary,
    suffix,
};

fn primary(parser: &mut Parser) -> Result<Option<Node>, Unsaid> {
    const COMPARISONS: [&str; 6] = ["==", "!=", "<=", ">=", "<", ">"];
    let words = [
        ("null", Node::Null),
        ("true", Node::Bool(true)),
        ("false", Node::Bool(false)),
    ];
    if let Some((_, word)) = words.into_iter().find(|(word, _)| parser.eat(word)) {
        return Ok(Some(word));
    }
    if parser.eat("#") {
        return Ok(Some(Node::Name(ITEM.to_owned())));
    }
    if let Some(op) = COMPARISONS.into_iter().find(|op| parser.eat(op)) {
        let right = parser.expression(COMPARISON + 1)?;
        return Ok(Some(Node::infix(op, Node::Name("$".to_owned()), right)));
    }
    for open in ["(", "["] {
        if parser.eat(open) {
            return bracket(parser, open).map(Some);
        }
    }
    Ok(None)
}

/// The rest of brackets, a list or a range: `(1..5]` is without 1 and with 5.
fn bracket(parser: &mut Parser, open: &str) -> Result<Node, Unsaid> {
    if parser.eat("]") {
        return Ok(Node::List(Vec::new()));
    }
    let first = parser.expression(CHOICE)?;
    if parser.eat("..") {
        let last = parser.expression(CHOICE)?;
        let is_closed = parser.eat("]");
        if !is_closed {
            parser.expect(")")?;
        }
        let ends = [Node::Bool(open == "["), Node::Bool(is_closed)];
        let range = [first, last].into_iter().chain(ends).collect();
        return Ok(Node::Call("..".to_owned(), range));
    }
    if open == "(" {
        parser.expect(")")?;
        return Ok(first);
    }
    let mut items = vec![first];
    while parser.eat(",") {
        items.push(parser.expression(CHOICE)?);
    }
    parser.expect("]")?;
    Ok(Node::List(items))
}

fn suffix(parser: &mut Parser, of: &Node, power: u8) -> Result<Option<Node>, Unsaid> {
    if parser.is(";") {
        return unsaid("statements");
    }
    if power <= CHOICE && parser.eat("as") {
        return match parser.next() {
            Token::Name(item) => Ok(Some(Node::infix("as", of.clone(), Node::Name(item)))),
            other => unsaid(format!("the syntax {other}")),
        };
    }
    if power <= PATH
        && let Some(longer) = path(parser, of)?
    {
        return Ok(Some(longer));
    }
    if power <= COMPARISON && parser.eat("not") {
        parser.expect("in")?;
        let range = parser.expression(COMPARISON + 1)?;
        let test = Node::infix("in", of.clone(), range);
        return Ok(Some(Node::prefix("not", test)));
    }
    if power > CHOICE || !parser.eat("?") {
        return Ok(None);
    }
    let value = parser.expression(CHOICE)?;
    parser.expect(":")?;
    let otherwise = parser.expression(CHOICE)?;
    let branches = vec![(of.clone(), value)];
    Ok(Some(Node::Case(branches, Some(Box::new(otherwise)))))
}
