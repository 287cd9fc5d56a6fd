//! SQLite's expressions over numbers, strings and NULL. SQLite has no booleans: a number is true where it is
//! not 0, and a comparison is 1 or 0.

use crate::case::{Foreign, Question, Unsaid, no_function, unsaid};
use crate::parse::{Grammar, Node, Parser, parse};
use crate::said::{Kind, Said, case, joined};
use crate::tokens::{Spelling, Token, raw, tokens};

const SPELLING: Spelling = Spelling {
    symbols: &[
        "<>", "<=", ">=", "==", "!=", "<", ">", "=", "+", "-", "*", "/", "%", "(", ")", ",",
    ],
    dotted_names: false,
    string: |rest| raw(rest, "'"),
};

/// The power of what tests equality, IN and BETWEEN among it.
const EQUALITY: u8 = 4;

static GRAMMAR: Grammar = Grammar {
    prefix: &[("NOT", 3), ("-", 9), ("+", 9)],
    infix: &[
        ("OR", 1),
        ("AND", 2),
        ("=", EQUALITY),
        ("==", EQUALITY),
        ("<>", EQUALITY),
        ("!=", EQUALITY),
        ("<", 5),
        ("<=", 5),
        (">", 5),
        (">=", 5),
        ("+", 6),
        ("-", 6),
        ("*", 7),
        ("/", 7),
        ("%", 7),
    ],
    primary,
    suffix,
};

pub(crate) fn translate(foreign: &Foreign) -> Result<Question, Unsaid> {
    let tree = parse(tokens(foreign.text(), &SPELLING)?, &GRAMMAR)?;
    let said = say(&tree)?;
    let value = match said.kind {
        Kind::Bool => number(said),
        _ => said,
    };
    Ok(Question::value(value.text, foreign.named()))
}

fn primary(parser: &mut Parser) -> Result<Option<Node>, Unsaid> {
    if parser.eat("NULL") || parser.eat("null") {
        return Ok(Some(Node::Null));
    }
    if parser.is("x") {
        return unsaid("bytes");
    }
    if parser.eat("CASE") {
        return choice(parser).map(Some);
    }
    if parser.eat("CAST") {
        parser.expect("(")?;
        let value = parser.expression(0)?;
        parser.expect("AS")?;
        let Token::Name(kind) = parser.next() else {
            return unsaid("a cast to no type");
        };
        parser.expect(")")?;
        return Ok(Some(Node::Call(format!("CAST {kind}"), vec![value])));
    }
    Ok(None)
}

/// The rest of a CASE; one that compares a value with others is one of equalities.
fn choice(parser: &mut Parser) -> Result<Node, Unsaid> {
    let compared = if parser.is("WHEN") {
        None
    } else {
        Some(parser.expression(0)?)
    };
    let mut branches = Vec::new();
    while parser.eat("WHEN") {
        let mut condition = parser.expression(0)?;
        if let Some(compared) = &compared {
            condition = Node::infix("=", compared.clone(), condition);
        }
        parser.expect("THEN")?;
        branches.push((condition, parser.expression(0)?));
    }
    let otherwise = if parser.eat("ELSE") {
        Some(Box::new(parser.expression(0)?))
    } else {
        None
    };
    parser.expect("END")?;
    Ok(Node::Case(branches, otherwise))
}

/// `IS NULL`, `IN (…)` and `BETWEEN … AND …`, with and without NOT.
fn suffix(parser: &mut Parser, of: &Node, power: u8) -> Result<Option<Node>, Unsaid> {
    if power > EQUALITY {
        return Ok(None);
    }
    if parser.eat("IS") {
        let is_negated = parser.eat("NOT");
        let right = parser.expression(EQUALITY + 1)?;
        return Ok(Some(negated(
            Node::infix("IS", of.clone(), right),
            is_negated,
        )));
    }
    // After a whole operand NOT begins nothing else.
    let is_negated = parser.eat("NOT");
    if parser.eat("IN") {
        parser.expect("(")?;
        let items = Node::List(parser.until(")")?);
        return Ok(Some(negated(
            Node::infix("IN", of.clone(), items),
            is_negated,
        )));
    }
    if parser.eat("BETWEEN") {
        let low = parser.expression(EQUALITY + 1)?;
        parser.expect("AND")?;
        let high = parser.expression(EQUALITY + 1)?;
        let between = Node::Call("BETWEEN".to_owned(), vec![of.clone(), low, high]);
        return Ok(Some(negated(between, is_negated)));
    }
    Ok(None)
}

fn negated(node: Node, is_negated: bool) -> Node {
    if is_negated {
        return Node::prefix("NOT", node);
    }
    node
}

fn say(node: &Node) -> Result<Said, Unsaid> {
    match node {
        Node::Null => Ok(Said::null()),
        Node::Number(text) => Ok(Said::number(text)),
        Node::Text(text) => Ok(Said::string(text)),
        Node::Prefix("NOT", of) => Ok(truth(say(of)?).not()),
        Node::Prefix("-", of) => Ok(number(say(of)?).negated()),
        Node::Prefix(_, of) => say(of),
        Node::Infix("AND", left, right) => both(left, "AND", right),
        Node::Infix("OR", left, right) => both(left, "OR", right),
        Node::Infix("IN", of, items) => is_in(of, items),
        Node::Infix("IS", left, right) => Ok(is(say(left)?, say(right)?)),
        Node::Infix(op, left, right) => Ok(infix(op, say(left)?, say(right)?)),
        Node::Call(name, arguments) => {
            let said: Result<Vec<Said>, Unsaid> = arguments.iter().map(say).collect();
            call(name, said?)
        }
        Node::Case(branches, otherwise) => choose(branches, otherwise.as_deref()),
        other => unsaid(format!("{other:?}")),
    }
}

/// As a number.
fn number(said: Said) -> Said {
    match said.kind {
        Kind::Bool => Said::call("TO_INT", &[&said], Kind::Int),
        _ => said.typed(Kind::Int),
    }
}

/// As a condition.
fn truth(said: Said) -> Said {
    match said.kind {
        Kind::Bool => said,
        Kind::Null => said.typed(Kind::Bool),
        _ => said.infix("!=", &Said::number("0"), Kind::Bool),
    }
}

/// As a value: strings are among them.
fn value(said: Said, kind: Kind) -> Said {
    match kind {
        Kind::Text => said.typed(Kind::Text),
        _ => number(said),
    }
}

fn both(left: &Node, op: &str, right: &Node) -> Result<Said, Unsaid> {
    Ok(joined(&[truth(say(left)?), truth(say(right)?)], op, ""))
}

fn is_in(of: &Node, items: &Node) -> Result<Said, Unsaid> {
    let Node::List(items) = items else {
        return unsaid("a subquery");
    };
    let said: Result<Vec<Said>, Unsaid> = items.iter().map(say).collect();
    let (of, said) = (say(of)?, said?);
    let mut kinds = said.iter().map(|it| it.kind).chain([of.kind]);
    let kind = kinds.find(|kind| *kind != Kind::Null);
    let kind = kind.unwrap_or(Kind::Int);
    let items: Vec<String> = said.into_iter().map(|it| value(it, kind).text).collect();
    let list = Said::atom(format!("({})", items.join(", ")), Kind::List);
    Ok(value(of, kind).infix("IN", &list, Kind::Bool))
}

fn is(left: Said, right: Said) -> Said {
    if right.is_null() {
        return left.test("IS NULL");
    }
    let op = "IS NOT DISTINCT FROM";
    number(left).infix(op, &number(right), Kind::Bool)
}

fn infix(op: &str, left: Said, right: Said) -> Said {
    let (left, right) = (number(left), number(right));
    let kind = left.kind.with(right.kind);
    match op {
        "/" if kind == Kind::Int => left.infix("DIV", &right, kind),
        "+" | "-" | "*" | "/" | "%" => left.infix(op, &right, kind),
        _ => left.infix(op, &right, Kind::Bool),
    }
}

fn call(name: &str, arguments: Vec<Said>) -> Result<Said, Unsaid> {
    let arguments: Vec<Said> = arguments.into_iter().map(number).collect();
    let all: Vec<&Said> = arguments.iter().collect();
    let kind = all
        .iter()
        .fold(Kind::Int, |kind, said| kind.with(said.kind));
    match (name, all.as_slice()) {
        ("CAST INTEGER", [one]) if one.kind == Kind::Float => {
            let whole = Said::call("TRUNC", &all, Kind::Float);
            Ok(Said::call("TO_INT", &[&whole], Kind::Int))
        }
        ("CAST INTEGER", [one]) => Ok((*one).clone()),
        ("CAST REAL", [_]) => Ok(Said::call("TO_FLOAT", &all, Kind::Float)),
        ("BETWEEN", [of, low, high]) => {
            Ok(of.test(&format!("BETWEEN {} AND {}", low.operand(), high.operand())))
        }
        ("COALESCE" | "NULLIF", _) => Ok(Said::call(name, &all, kind)),
        _ => no_function(name),
    }
}

fn choose(branches: &[(Node, Node)], otherwise: Option<&Node>) -> Result<Said, Unsaid> {
    let mut said = Vec::new();
    let otherwise = number(say(otherwise.unwrap_or(&Node::Null))?);
    let mut kind = otherwise.kind;
    for (condition, value) in branches {
        let value = number(say(value)?);
        kind = kind.with(value.kind);
        said.push((truth(say(condition)?), value));
    }
    Ok(case(&said, &otherwise, kind))
}
