//! The Common Expression Language. Its operators are strict in their types, so most is said as it stands;
//! what differs is spelled: `/` of ints is DIV, `+` of strings CONCAT.

mod closures;
mod functions;
mod syntax;

use serde_json::{Map, Value};

use crate::case::{Foreign, Question, Unsaid, no_function, unsaid};
use crate::parse::{Node, parse};
use crate::said::{Kind, Said, joined};
use crate::tokens::tokens;

pub(crate) fn translate(foreign: &Foreign) -> Result<Question, Unsaid> {
    let bindings = foreign.named();
    if bindings.values().any(|it| it.get("$type").is_some()) {
        return unsaid("bindings that JSON cannot say");
    }
    let tree = parse(tokens(foreign.text(), &syntax::SPELLING)?, &syntax::GRAMMAR)?;
    let said = Cel {
        bindings: &bindings,
    }
    .say(&tree)?;
    Ok(Question::value(said.text, bindings))
}

struct Cel<'a> {
    bindings: &'a Map<String, Value>,
}

impl Cel<'_> {
    fn say(&self, node: &Node) -> Result<Said, Unsaid> {
        match node {
            Node::Null => Ok(Said::null()),
            Node::Bool(value) => Ok(Said::bool(*value)),
            Node::Number(text) => number(text),
            Node::Text(text) => Ok(Said::string(text)),
            Node::Name(_) | Node::Member(..) => self.field(node),
            Node::List(items) => {
                let items: Vec<String> = self.all(items)?.into_iter().map(|it| it.text).collect();
                Ok(Said::atom(format!("[{}]", items.join(", ")), Kind::List))
            }
            Node::Prefix("!", of) => Ok(self.say(of)?.not()),
            Node::Prefix(_, of) => Ok(self.say(of)?.negated()),
            Node::Infix("in", item, list) => self.is_in(item, list),
            Node::Infix(op, left, right) => infix(op, &self.say(left)?, &self.say(right)?),
            Node::Index(list, at) => self.item(list, at),
            Node::Case(branches, otherwise) => self.choose(branches, otherwise.as_deref()),
            Node::Call(name, arguments) => self.call(name, arguments),
        }
    }

    fn item(&self, list: &Node, at: &Node) -> Result<Said, Unsaid> {
        let (said, at) = (self.say(list)?, self.say(at)?);
        match (said.kind, at.kind) {
            (Kind::List, Kind::Int) => Ok(said.item(&at, Kind::of(&list.sample(self.bindings)))),
            _ => unsaid("items of what is no list"),
        }
    }

    fn all(&self, nodes: &[Node]) -> Result<Vec<Said>, Unsaid> {
        nodes.iter().map(|node| self.say(node)).collect()
    }

    fn field(&self, node: &Node) -> Result<Said, Unsaid> {
        const TYPES: [&str; 10] = [
            "bool",
            "int",
            "uint",
            "double",
            "null_type",
            "string",
            "bytes",
            "list",
            "map",
            "type",
        ];
        let mut path = Vec::new();
        let mut at = node;
        while let Node::Member(of, name) = at {
            path.insert(0, name.as_str());
            at = of;
        }
        let Node::Name(first) = at else {
            return unsaid("a member of what has no name");
        };
        path.insert(0, first);
        if path.len() == 1 && TYPES.contains(&first.as_str()) {
            return unsaid("types as values");
        }
        Ok(Said::field(&path, self.bindings))
    }

    fn is_in(&self, item: &Node, list: &Node) -> Result<Said, Unsaid> {
        let item = self.say(item)?;
        if let Node::List(items) = list {
            let items: Vec<String> = self.all(items)?.into_iter().map(|it| it.text).collect();
            let items = Said::atom(format!("({})", items.join(", ")), Kind::List);
            return Ok(item.infix("IN", &items, Kind::Bool));
        }
        Ok(self.say(list)?.infix("CONTAINS", &item, Kind::Bool))
    }

    fn choose(&self, branches: &[(Node, Node)], otherwise: Option<&Node>) -> Result<Said, Unsaid> {
        let ([(condition, value)], Some(otherwise)) = (branches, otherwise) else {
            return unsaid("a choice of many");
        };
        let (value, otherwise) = (self.say(value)?, self.say(otherwise)?);
        let kind = value.kind.shared(otherwise.kind).unwrap_or(Kind::Unknown);
        Ok(Said::call(
            "IF",
            &[&self.say(condition)?, &value, &otherwise],
            kind,
        ))
    }

    fn call(&self, name: &str, arguments: &[Node]) -> Result<Said, Unsaid> {
        if let Some(said) = self.closure(name, arguments) {
            return said;
        }
        match (name, arguments) {
            ("has", [member]) => Ok(self.field(member)?.test("IS NOT NULL")),
            ("duration", [Node::Text(text)]) => functions::duration(text),
            (_, [Node::Name(module), rest @ ..]) if module == "math" => {
                functions::math(name, &self.all(rest)?)
            }
            (_, [Node::Name(module), ..]) if module == "strings" => no_function(name),
            _ => functions::call(name, &self.all(arguments)?),
        }
    }
}

/// A number, in decimal digits.
fn number(text: &str) -> Result<Said, Unsaid> {
    if text.ends_with(['u', 'U']) {
        return unsaid("unsigned integers");
    }
    match text.strip_prefix("0x") {
        Some(digits) => match i64::from_str_radix(digits, 16) {
            Ok(value) => Ok(Said::number(&value.to_string())),
            Err(_) => unsaid("unsigned integers"),
        },
        None => Ok(Said::number(text)),
    }
}

fn infix(op: &str, left: &Said, right: &Said) -> Result<Said, Unsaid> {
    let numeric = left.kind.with(right.kind);
    Ok(match op {
        "&&" => joined(&[left.clone(), right.clone()], "AND", ""),
        "||" => joined(&[left.clone(), right.clone()], "OR", ""),
        "==" => left.equals(right),
        "!=" => left.differs(right),
        "+" if left.kind == Kind::Text => Said::call("CONCAT", &[left, right], Kind::Text),
        "+" if left.kind == Kind::List => Said::call("LIST_CONCAT", &[left, right], Kind::List),
        "+" | "-" => left.infix(op, right, moved(op, left.kind, right.kind)),
        "/" if numeric == Kind::Int => left.infix("DIV", right, numeric),
        "*" | "/" | "%" => left.infix(op, right, numeric),
        _ => left.infix(op, right, Kind::Bool),
    })
}

/// The type of a sum or a difference, of instants and durations too.
fn moved(op: &str, left: Kind, right: Kind) -> Kind {
    match (left, right) {
        (Kind::Instant, Kind::Instant) if op == "-" => Kind::Duration,
        (Kind::Instant, _) | (_, Kind::Instant) => Kind::Instant,
        (Kind::Duration, _) => Kind::Duration,
        _ => left.with(right),
    }
}
