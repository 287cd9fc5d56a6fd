//! One Pratt parser for the dialects that are text, and the tree that it makes. A dialect is a table of
//! operators and two places where it can read what is its own.

use serde_json::{Map, Value};

use crate::case::{Unsaid, unsaid};
use crate::tokens::Token;

#[derive(Debug, Clone)]
pub(crate) enum Node {
    Null,
    Bool(bool),
    /// As written.
    Number(String),
    Text(String),
    Name(String),
    List(Vec<Node>),
    Prefix(&'static str, Box<Node>),
    Infix(&'static str, Box<Node>, Box<Node>),
    /// A function; one called on a value has a dot before its name and the value as the first argument.
    Call(String, Vec<Node>),
    Member(Box<Node>, String),
    Index(Box<Node>, Box<Node>),
    /// Conditions with their values, and what else.
    Case(Vec<(Node, Node)>, Option<Box<Node>>),
}

impl Node {
    /// The first item of a list, where it is written out or bound: what the others are like.
    pub(crate) fn sample(&self, bindings: &Map<String, Value>) -> Value {
        match self {
            Self::List(items) => items.first().map_or(Value::Null, Self::literal),
            _ => match self.bound(bindings) {
                Some(Value::Array(items)) => items.first().cloned().unwrap_or_default(),
                _ => Value::Null,
            },
        }
    }

    fn literal(&self) -> Value {
        match self {
            Self::Bool(value) => (*value).into(),
            Self::Text(text) => text.as_str().into(),
            Self::Number(text) => serde_json::from_str(text).unwrap_or_default(),
            _ => Value::Null,
        }
    }

    fn bound<'b>(&self, bindings: &'b Map<String, Value>) -> Option<&'b Value> {
        match self {
            Self::Name(name) => bindings.get(name),
            Self::Member(of, name) => of.bound(bindings)?.get(name),
            _ => None,
        }
    }

    pub(crate) fn infix(op: &'static str, left: Self, right: Self) -> Self {
        Self::Infix(op, Box::new(left), Box::new(right))
    }

    pub(crate) fn prefix(op: &'static str, of: Self) -> Self {
        Self::Prefix(op, Box::new(of))
    }
}

/// A dialect's operators. The tighter one binds, the greater its power.
pub(crate) struct Grammar {
    pub(crate) prefix: &'static [(&'static str, u8)],
    /// All group from the left.
    pub(crate) infix: &'static [(&'static str, u8)],
    /// Reads a value that only this dialect has, if one begins here.
    pub(crate) primary: fn(&mut Parser) -> Result<Option<Node>, Unsaid>,
    /// Reads on after a whole operand, where something of this dialect's own follows that binds at least
    /// as tightly as the given power.
    pub(crate) suffix: fn(&mut Parser, &Node, u8) -> Result<Option<Node>, Unsaid>,
}

/// The power of the loosest operator inside brackets. Only what separates whole expressions is looser.
const LOOSEST: u8 = 1;

pub(crate) struct Parser {
    tokens: Vec<Token>,
    at: usize,
    grammar: &'static Grammar,
}

/// Parses a whole text.
pub(crate) fn parse(tokens: Vec<Token>, grammar: &'static Grammar) -> Result<Node, Unsaid> {
    let mut parser = Parser {
        tokens,
        at: 0,
        grammar,
    };
    let node = parser.expression(0)?;
    match parser.peek() {
        Token::End => Ok(node),
        other => unsaid(format!("the syntax {other}")),
    }
}

impl Parser {
    pub(crate) fn peek(&self) -> &Token {
        &self.tokens[self.at]
    }

    pub(crate) fn next(&mut self) -> Token {
        let token = self.peek().clone();
        self.at = (self.at + 1).min(self.tokens.len() - 1);
        token
    }

    /// Whether a symbol or word stands here.
    pub(crate) fn is(&self, wanted: &str) -> bool {
        match self.peek() {
            Token::Symbol(symbol) => *symbol == wanted,
            Token::Name(word) => word == wanted,
            _ => false,
        }
    }

    /// Passes a symbol or word, if it stands here.
    pub(crate) fn eat(&mut self, wanted: &str) -> bool {
        let found = self.is(wanted);
        if found {
            self.next();
        }
        found
    }

    pub(crate) fn expect(&mut self, wanted: &str) -> Result<(), Unsaid> {
        if self.eat(wanted) {
            return Ok(());
        }
        unsaid(format!("the syntax {}", self.peek()))
    }

    /// What binds at least as tightly as a power.
    pub(crate) fn expression(&mut self, power: u8) -> Result<Node, Unsaid> {
        let mut left = self.operand()?;
        loop {
            if let Some(longer) = (self.grammar.suffix)(self, &left, power)? {
                left = longer;
                continue;
            }
            let infix = self.grammar.infix.iter();
            let found = infix.copied().find(|(op, of)| *of >= power && self.is(op));
            let Some((op, of)) = found else {
                return Ok(left);
            };
            self.next();
            left = Node::infix(op, left, self.expression(of + 1)?);
        }
    }

    /// Expressions separated by commas, up to what closes them; a comma may end them.
    pub(crate) fn until(&mut self, close: &str) -> Result<Vec<Node>, Unsaid> {
        let mut found = Vec::new();
        while !self.eat(close) {
            found.push(self.expression(LOOSEST)?);
            if !self.is(close) {
                self.expect(",")?;
            }
        }
        Ok(found)
    }

    fn operand(&mut self) -> Result<Node, Unsaid> {
        if let Some(own) = (self.grammar.primary)(self)? {
            return Ok(own);
        }
        let prefix = self.grammar.prefix.iter();
        if let Some((op, power)) = prefix.copied().find(|(op, _)| self.is(op)) {
            self.next();
            return Ok(Node::prefix(op, self.expression(power)?));
        }
        match self.next() {
            Token::Number(text) => Ok(Node::Number(text)),
            Token::Text(text) => Ok(Node::Text(text)),
            Token::Name(name) if self.eat("(") => Ok(Node::Call(name, self.until(")")?)),
            Token::Name(name) => Ok(Node::Name(name)),
            Token::Symbol("(") => {
                let inner = self.expression(LOOSEST)?;
                self.expect(")")?;
                Ok(inner)
            }
            Token::Symbol("[") => Ok(Node::List(self.until("]")?)),
            Token::Symbol("{") => unsaid("maps"),
            other => unsaid(format!("the syntax {other}")),
        }
    }
}

/// Reads `.name`, `.name(…)` and `[…]` after a value.
pub(crate) fn path(parser: &mut Parser, of: &Node) -> Result<Option<Node>, Unsaid> {
    if parser.eat("[") {
        if parser.is(":") {
            return unsaid("slices");
        }
        let index = parser.expression(LOOSEST)?;
        if parser.is(":") {
            return unsaid("slices");
        }
        parser.expect("]")?;
        return Ok(Some(Node::Index(Box::new(of.clone()), Box::new(index))));
    }
    if !parser.eat(".") {
        return Ok(None);
    }
    let Token::Name(name) = parser.next() else {
        return unsaid("optional members");
    };
    if !parser.eat("(") {
        return Ok(Some(Node::Member(Box::new(of.clone()), name)));
    }
    let mut arguments = vec![of.clone()];
    arguments.append(&mut parser.until(")")?);
    Ok(Some(Node::Call(format!(".{name}"), arguments)))
}
