//! Wirefilter, Cloudflare's filters of requests: fields with dots, sets in braces without commas.

use std::str::Chars;

use serde_json::{Map, Value};

use crate::case::{Foreign, Question, Unsaid, no_function, unsaid};
use crate::parse::{Grammar, Node, Parser, parse, path};
use crate::said::{Kind, Said, joined};
use crate::tokens::{Read, Spelling, Token, quoted, raw, tokens};

const SPELLING: Spelling = Spelling {
    symbols: &[
        "&&", "||", "^^", "==", "!=", "<=", ">=", "..", "<", ">", "~", "!", "&", "(", ")", "[",
        "]", "{", "}", ",", "*", ".",
    ],
    dotted_names: true,
    string,
};

/// The power of comparisons.
const COMPARISON: u8 = 5;

static GRAMMAR: Grammar = Grammar {
    prefix: &[("not", 4), ("!", 4)],
    infix: &[
        ("or", 1),
        ("||", 1),
        ("xor", 2),
        ("^^", 2),
        ("and", 3),
        ("&&", 3),
        ("==", COMPARISON),
        ("!=", COMPARISON),
        ("<", COMPARISON),
        ("<=", COMPARISON),
        (">", COMPARISON),
        (">=", COMPARISON),
        ("contains", COMPARISON),
        ("matches", COMPARISON),
        ("~", COMPARISON),
        ("wildcard", COMPARISON),
    ],
    primary: |_| Ok(None),
    suffix,
};

pub(crate) fn translate(foreign: &Foreign) -> Result<Question, Unsaid> {
    let bindings = foreign.named();
    let tree = parse(tokens(foreign.text(), &SPELLING)?, &GRAMMAR)?;
    let said = say(&tree, &bindings)?;
    Ok(Question::matches(Value::String(said.text), bindings))
}

/// Members of fields, sets after `in`, and `strict wildcard`.
fn suffix(parser: &mut Parser, of: &Node, power: u8) -> Result<Option<Node>, Unsaid> {
    if let Some(longer) = path(parser, of)? {
        return Ok(Some(longer));
    }
    if power > COMPARISON {
        return Ok(None);
    }
    if parser.eat("strict") {
        parser.expect("wildcard")?;
        let pattern = parser.expression(COMPARISON + 1)?;
        return Ok(Some(Node::infix("strict wildcard", of.clone(), pattern)));
    }
    if !parser.eat("in") {
        return Ok(None);
    }
    parser.expect("{")?;
    let mut items = Vec::new();
    while !parser.eat("}") {
        let first = literal(parser)?;
        items.push(if parser.eat("..") {
            Node::infix("..", first, literal(parser)?)
        } else {
            first
        });
    }
    Ok(Some(Node::infix("in", of.clone(), Node::List(items))))
}

fn literal(parser: &mut Parser) -> Result<Node, Unsaid> {
    match parser.next() {
        Token::Number(text) => Ok(Node::Number(text)),
        Token::Text(text) => Ok(Node::Text(text)),
        _ => unsaid("literals of addresses"),
    }
}

/// `"…"` with escapes, or `r#"…"#` without.
fn string(rest: &str) -> Option<Read> {
    if rest.starts_with('"') {
        return quoted(rest, "\"", escape);
    }
    let marked = rest.strip_prefix('r')?;
    let marks = marked.find(|c| c != '#')?;
    let (hashes, text) = marked.split_at(marks);
    let inner = text.strip_prefix('"')?;
    let close = format!("\"{hashes}");
    let Some(end) = inner.find(&close) else {
        return raw(text, "\"");
    };
    let taken = 1 + marks + 1 + end + close.len();
    Some(Ok((inner[..end].to_owned(), taken)))
}

fn escape(left: &mut Chars) -> Result<char, Unsaid> {
    match left.next() {
        Some('x') => {
            let digits: String = left.take(2).collect();
            match u8::from_str_radix(&digits, 16) {
                Ok(byte) if byte.is_ascii() => Ok(char::from(byte)),
                _ => unsaid("bytes"),
            }
        }
        Some(c) => Ok(c),
        None => unsaid("a string without an end"),
    }
}

fn say(node: &Node, bindings: &Map<String, Value>) -> Result<Said, Unsaid> {
    match node {
        Node::Number(text) => Ok(Said::number(text)),
        Node::Text(text) => Ok(Said::string(text)),
        Node::Name(name) => Ok(Said::field(&[name], bindings)),
        Node::Index(of, key) => match (of.as_ref(), key.as_ref()) {
            (Node::Name(name), Node::Text(key)) => Ok(Said::field(&[name, key], bindings)),
            (Node::Name(name), Node::Number(at)) => {
                let sample = Kind::of(&of.sample(bindings));
                Ok(Said::field(&[name], bindings).item(&Said::number(at), sample))
            }
            _ => unsaid("items of what has no name"),
        },
        Node::Prefix(_, of) => Ok(say(of, bindings)?.not()),
        Node::Infix("in", of, items) => is_in(&say(of, bindings)?, items),
        Node::Infix(op, left, right) => infix(op, &say(left, bindings)?, right, bindings),
        Node::Call(name, of) => {
            let said: Result<Vec<Said>, Unsaid> = of.iter().map(|it| say(it, bindings)).collect();
            call(name, &said?)
        }
        other => unsaid(format!("{other:?}")),
    }
}

fn infix(
    op: &str,
    left: &Said,
    right: &Node,
    bindings: &Map<String, Value>,
) -> Result<Said, Unsaid> {
    if let (true, Node::Text(pattern)) = (op.ends_with("wildcard"), right) {
        let ours = if op == "wildcard" { "ILIKE" } else { "LIKE" };
        let pattern = Said::string(&like(pattern)?);
        return Ok(left.test(&format!("{ours} {} ESCAPE '!'", pattern.text)));
    }
    let right = say(right, bindings)?;
    Ok(match op {
        "or" | "||" => joined(&[left.clone(), right], "OR", ""),
        "and" | "&&" => joined(&[left.clone(), right], "AND", ""),
        "xor" | "^^" => left.infix("!=", &right, Kind::Bool),
        // What is missing differs from everything.
        "!=" => left.infix("IS DISTINCT FROM", &right, Kind::Bool),
        "contains" => left.infix("CONTAINS", &right, Kind::Bool),
        "matches" | "~" => left.infix("MATCHES", &right, Kind::Bool),
        _ => left.infix(op, &right, Kind::Bool),
    })
}

/// A set of values and of ranges, which include both ends.
fn is_in(of: &Said, items: &Node) -> Result<Said, Unsaid> {
    let Node::List(items) = items else {
        return unsaid("named lists");
    };
    let none = Map::new();
    let (mut values, mut tests) = (Vec::new(), Vec::new());
    for item in items {
        match item {
            Node::Infix("..", first, last) => {
                let (first, last) = (say(first, &none)?, say(last, &none)?);
                tests.push(of.test(&format!("BETWEEN {} AND {}", first.text, last.text)));
            }
            value => values.push(say(value, &none)?.text),
        }
    }
    let list = Said::atom(format!("({})", values.join(", ")), Kind::List);
    tests.push(of.infix("IN", &list, Kind::Bool));
    Ok(joined(&tests, "OR", ""))
}

/// A wildcard's pattern as one of LIKE: `*` is any run of characters, and a backslash takes that from it.
fn like(pattern: &str) -> Result<String, Unsaid> {
    let mut like = String::new();
    let mut left = pattern.chars();
    while let Some(c) = left.next() {
        match c {
            '*' => like.push('%'),
            '%' | '_' | '!' => like.extend(['!', c]),
            '\\' => match left.next() {
                Some(c @ ('*' | '\\')) => like.push(c),
                _ => return unsaid("malformed patterns"),
            },
            c => like.push(c),
        }
    }
    Ok(like)
}

fn call(name: &str, arguments: &[Said]) -> Result<Said, Unsaid> {
    let all: Vec<&Said> = arguments.iter().collect();
    match (name, all.as_slice()) {
        ("concat", _) => Ok(Said::call("CONCAT", &all, Kind::Text)),
        ("lowercase" | "lower", [_]) => Ok(Said::call("LOWER", &all, Kind::Text)),
        // The tests of wirefilter have a function that changes nothing.
        ("echo", [one]) => Ok((*one).clone()),
        _ => no_function(name),
    }
}
