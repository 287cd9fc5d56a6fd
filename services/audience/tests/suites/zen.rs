//! Zen, the expressions of GoRules. Numbers are decimals and instants are strings, or seconds since 1970;
//! what a value is follows from what is bound and from the functions that it comes from.

mod closures;
mod functions;
mod instants;
mod syntax;

use serde_json::{Map, Value};

use crate::case::{Foreign, Question, Unsaid, no_function, unsaid};
use crate::parse::{Node, parse};
use crate::said::{Kind, Said, joined};
use crate::tokens::tokens;

pub(crate) fn translate(foreign: &Foreign) -> Result<Question, Unsaid> {
    let bindings = foreign.named();
    let tree = parse(tokens(foreign.text(), &syntax::SPELLING)?, &syntax::GRAMMAR)?;
    let zen = Zen {
        bindings: &bindings,
    };
    // `a.b = value` answers with an object of what is named.
    if let Node::Infix("=", name, value) = &tree {
        let named = path(name)?.into_iter().map(str::to_owned).collect();
        let said = zen.say(value)?;
        let question = Question::value(said.text, bindings);
        return Ok(Question { named, ..question });
    }
    let said = match bindings.get("$") {
        Some(_) => zen.say_unary(&tree)?,
        None => zen.say(&tree)?,
    };
    Ok(Question::value(said.text, bindings))
}

struct Zen<'a> {
    bindings: &'a Map<String, Value>,
}

impl Zen<'_> {
    fn say(&self, node: &Node) -> Result<Said, Unsaid> {
        match node {
            Node::Null => Ok(Said::null()),
            Node::Bool(value) => Ok(Said::bool(*value)),
            Node::Number(text) => Ok(Said::number(text)),
            Node::Text(text) => Ok(Said::string(text)),
            Node::Name(_) | Node::Member(..) => self.field(node),
            Node::List(items) => {
                let items: Vec<String> = self.all(items)?.into_iter().map(|it| it.text).collect();
                Ok(Said::atom(format!("[{}]", items.join(", ")), Kind::List))
            }
            Node::Prefix("not", of) => Ok(self.say(of)?.not()),
            Node::Prefix(_, of) => Ok(self.say(of)?.negated()),
            Node::Infix("in", item, range) => self.is_in(item, range),
            Node::Infix(op, left, right) => infix(op, &self.say(left)?, &self.say(right)?),
            Node::Index(list, at) => self.item(list, at),
            Node::Case(branches, otherwise) => self.choose(branches, otherwise.as_deref()),
            Node::Call(name, _) if name == ".." => unsaid("ranges as values"),
            Node::Call(name, arguments) => match self.closure(name, arguments) {
                Some(said) => said,
                None => functions::call(name, &self.all(arguments)?),
            },
        }
    }

    fn item(&self, list: &Node, at: &Node) -> Result<Said, Unsaid> {
        let (said, at) = (self.say(list)?, self.say(at)?);
        match (said.kind, at.kind) {
            (Kind::List, Kind::Int) => Ok(said.item(&at, Kind::of(&list.sample(self.bindings)))),
            _ => unsaid("items of what is no list"),
        }
    }

    /// A test of `$`: what is no test is compared with it.
    fn say_unary(&self, node: &Node) -> Result<Said, Unsaid> {
        let dollar = || Node::Name("$".to_owned());
        match node {
            Node::Infix("," | "or", left, right) => Ok(joined(
                &[self.say_unary(left)?, self.say_unary(right)?],
                "OR",
                "",
            )),
            Node::Infix("and", left, right) => Ok(joined(
                &[self.say_unary(left)?, self.say_unary(right)?],
                "AND",
                "",
            )),
            Node::Call(name, _) if name == ".." => self.is_in(&dollar(), node),
            Node::List(_) => self.is_in(&dollar(), node),
            Node::Infix("==" | "!=" | "<" | "<=" | ">" | ">=" | "in", ..)
            | Node::Prefix("not", _) => self.say(node),
            // What asks of `$` itself is a test.
            Node::Call(_, arguments) if matches!(arguments.first(), Some(Node::Name(name)) if name == "$") => {
                self.say(node)
            }
            _ => Ok(self.field(&dollar())?.equals(&self.say(node)?)),
        }
    }

    fn all(&self, nodes: &[Node]) -> Result<Vec<Said>, Unsaid> {
        nodes.iter().map(|node| self.say(node)).collect()
    }

    fn field(&self, node: &Node) -> Result<Said, Unsaid> {
        Ok(Said::field(&path(node)?, self.bindings))
    }

    fn is_in(&self, item: &Node, range: &Node) -> Result<Said, Unsaid> {
        let item = self.say(item)?;
        match range {
            Node::List(items) => {
                let items: Vec<String> = self.all(items)?.into_iter().map(|it| it.text).collect();
                let items = Said::atom(format!("({})", items.join(", ")), Kind::List);
                Ok(item.infix("IN", &items, Kind::Bool))
            }
            Node::Call(name, ends) if name == ".." => {
                let [first, last, Node::Bool(has_first), Node::Bool(has_last)] = ends.as_slice()
                else {
                    return unsaid("ranges without ends");
                };
                let from = if *has_first { ">=" } else { ">" };
                let to = if *has_last { "<=" } else { "<" };
                let above = item.infix(from, &self.say(first)?, Kind::Bool);
                let below = item.infix(to, &self.say(last)?, Kind::Bool);
                Ok(joined(&[above, below], "AND", ""))
            }
            other => Ok(self.say(other)?.infix("CONTAINS", &item, Kind::Bool)),
        }
    }

    fn choose(&self, branches: &[(Node, Node)], otherwise: Option<&Node>) -> Result<Said, Unsaid> {
        let ([(condition, value)], Some(otherwise)) = (branches, otherwise) else {
            return unsaid("a choice of many");
        };
        let (value, otherwise) = (self.say(value)?, self.say(otherwise)?);
        let kind = value.kind.shared(otherwise.kind).unwrap_or(Kind::Unknown);
        let condition = self.say(condition)?;
        Ok(Said::call("IF", &[&condition, &value, &otherwise], kind))
    }
}

/// The names of a path.
fn path(node: &Node) -> Result<Vec<&str>, Unsaid> {
    let mut path = Vec::new();
    let mut at = node;
    while let Node::Member(of, name) = at {
        path.insert(0, name.as_str());
        at = of;
    }
    match at {
        Node::Name(first) => path.insert(0, first),
        Node::Index(..) => return no_function("the item of a list at a place"),
        _ => return unsaid("a member of what has no name"),
    }
    Ok(path)
}

fn infix(op: &str, left: &Said, right: &Said) -> Result<Said, Unsaid> {
    let numeric = left.kind.with(right.kind);
    Ok(match op {
        "and" => joined(&[left.clone(), right.clone()], "AND", ""),
        "or" => joined(&[left.clone(), right.clone()], "OR", ""),
        "==" => left.equals(right),
        "!=" => left.differs(right),
        "??" => {
            let kind = left.kind.shared(right.kind).unwrap_or(Kind::Unknown);
            Said::call("COALESCE", &[left, right], kind)
        }
        "^" => Said::call("POWER", &[left, right], Kind::Float),
        "+" if left.kind == Kind::Text => Said::call("CONCAT", &[left, right], Kind::Text),
        "/" => left.infix("/", right, Kind::Float),
        "+" | "-" | "*" | "%" => left.infix(op, right, numeric),
        "," => return unsaid("lists of tests"),
        _ => left.infix(op, right, Kind::Bool),
    })
}
