//! The operators of JsonLogic, over operands that are said already.

use crate::case::{Unsaid, no_function, unsaid};
use crate::said::{Kind, Said, case, joined};

/// Whether a value counts as true.
pub(super) fn truth(said: &Said) -> Result<Said, Unsaid> {
    match said.kind {
        Kind::Bool | Kind::Null => Ok(said.test("IS TRUE")),
        Kind::Int | Kind::Float => {
            let known = Said::call("COALESCE", &[said, &Said::number("0")], said.kind);
            Ok(known.infix("!=", &Said::number("0"), Kind::Bool))
        }
        Kind::Text | Kind::List => Ok(said.test("IS NOT EMPTY").test("IS TRUE")),
        _ => unsaid("the truth of other things"),
    }
}

/// As a number.
fn number(said: &Said) -> Result<Said, Unsaid> {
    match said.kind {
        Kind::Int | Kind::Float => Ok(said.clone()),
        Kind::Text => Ok(Said::call("TO_FLOAT", &[said], Kind::Float)),
        Kind::Bool => Ok(Said::call("TO_INT", &[said], Kind::Int)),
        Kind::Null => Ok(said.clone().typed(Kind::Int)),
        _ => unsaid("numbers of other things"),
    }
}

/// An operator between all operands; of one, what JavaScript makes of it: `-x`, `1 / x`, the number x.
pub(super) fn arithmetic(op: &str, arguments: &[Said]) -> Result<Said, Unsaid> {
    if let [one] = arguments
        && one.kind == Kind::List
    {
        return no_function("an operator between the items of a list");
    }
    let numbers: Result<Vec<Said>, Unsaid> = arguments.iter().map(number).collect();
    let numbers = numbers?;
    let Some((first, rest)) = numbers.split_first() else {
        return unsaid("an operator without operands");
    };
    if rest.is_empty() {
        return Ok(match op {
            "-" => first.negated(),
            "/" => Said::number("1").infix("/", first, Kind::Float),
            _ => first.clone(),
        });
    }
    Ok(rest.iter().fold(first.clone(), |left, right| {
        let kind = match op {
            "/" => Kind::Float,
            _ => left.kind.with(right.kind),
        };
        left.infix(op, right, kind)
    }))
}

/// AND and OR answer with the operand that decides.
pub(super) fn either(op: &str, arguments: &[Said]) -> Result<Said, Unsaid> {
    let Some((last, before)) = arguments.split_last() else {
        return unsaid("an operator without operands");
    };
    if arguments.iter().all(|it| it.kind == Kind::Bool) {
        return Ok(joined(arguments, &op.to_uppercase(), ""));
    }
    let mut branches = Vec::new();
    for said in before {
        let is_true = truth(said)?;
        let decides = if op == "or" { is_true } else { is_true.not() };
        branches.push((decides, said.clone()));
    }
    if branches.is_empty() {
        return Ok(last.clone());
    }
    Ok(case(&branches, last, shared(arguments)))
}

/// Conditions and values by turns, and what else.
pub(super) fn choose(arguments: &[Said]) -> Result<Said, Unsaid> {
    let mut branches = Vec::new();
    let mut left = arguments;
    while let [condition, value, rest @ ..] = left {
        branches.push((truth(condition)?, value.clone()));
        left = rest;
    }
    let otherwise = left.first().cloned().unwrap_or_else(Said::null);
    if branches.is_empty() {
        return Ok(otherwise);
    }
    Ok(case(&branches, &otherwise, shared(arguments)))
}

/// The type of all that have one.
fn shared(said: &[Said]) -> Kind {
    let kinds = said.iter().map(|it| it.kind);
    kinds.fold(Kind::Null, |kind, next| {
        kind.shared(next).unwrap_or(Kind::Unknown)
    })
}

pub(super) fn extreme(op: &str, arguments: &[Said]) -> Result<Said, Unsaid> {
    match arguments {
        [] => unsaid("an operator without operands"),
        [one] if one.kind == Kind::List => Ok(Said::call(
            &format!("LIST_{}", op.to_uppercase()),
            &[one],
            Kind::Float,
        )),
        many => {
            let name = if op == "max" { "GREATEST" } else { "LEAST" };
            let all: Vec<&Said> = many.iter().collect();
            Ok(Said::call(name, &all, shared(many)))
        }
    }
}

pub(super) fn coalesce(arguments: &[Said]) -> Said {
    match arguments {
        [] => Said::null(),
        many => {
            let all: Vec<&Said> = many.iter().collect();
            Said::call("COALESCE", &all, shared(many))
        }
    }
}

pub(super) fn concatenated(arguments: &[Said]) -> Said {
    let texts: Vec<Said> = arguments
        .iter()
        .map(|said| match said.kind {
            Kind::Text | Kind::Null => said.clone(),
            _ => Said::call("TO_STRING", &[said], Kind::Text),
        })
        .collect();
    match texts.as_slice() {
        [] => Said::string(""),
        many => Said::call("CONCAT", &many.iter().collect::<Vec<_>>(), Kind::Text),
    }
}

/// Operators of one, two or three operands.
pub(super) fn pair(op: &str, arguments: &[Said]) -> Result<Said, Unsaid> {
    match (op, arguments) {
        ("!", [one]) => Ok(truth(one)?.not()),
        ("!!", [one]) => truth(one),
        ("in", [item, list]) if list.kind == Kind::List => {
            let items = Said::atom(format!("({})", item.text), Kind::List);
            Ok(list.infix("CONTAINS ANY", &items, Kind::Bool))
        }
        ("in", [item, text]) => Ok(text.infix("CONTAINS", item, Kind::Bool)),
        ("substr", [text, start]) => Ok(substring(text, start)),
        ("substr", [text, start, count]) => Ok(shortened(&substring(text, start), count)),
        ("==" | "===", [left, right]) => Ok(left.equals(right)),
        ("!=" | "!==", [left, right]) => Ok(left.differs(right)),
        ("<" | "<=" | ">" | ">=", [first, .., _]) => {
            // `a < b < c` is that of each two neighbours.
            let mut pairs = Vec::new();
            let mut left = first;
            for right in &arguments[1..] {
                pairs.push(compared(op, left, right)?);
                left = right;
            }
            Ok(joined(&pairs, "AND", ""))
        }
        _ => no_function(op),
    }
}

/// Strings are compared as such, anything else as numbers.
fn compared(op: &str, left: &Said, right: &Said) -> Result<Said, Unsaid> {
    if left.kind == right.kind {
        return Ok(left.infix(op, right, Kind::Bool));
    }
    Ok(number(left)?.infix(op, &number(right)?, Kind::Bool))
}

/// From a place, counted from 0, or from the end where it is negative.
fn substring(text: &Said, start: &Said) -> Said {
    let zero = Said::number("0");
    let from_end = Said::call("RIGHT", &[text, &start.negated()], Kind::Text);
    let next = start.infix("+", &Said::number("1"), Kind::Int);
    let from_start = Said::call("SUBSTRING", &[text, &next], Kind::Text);
    let is_negative = start.infix("<", &zero, Kind::Bool);
    Said::call("IF", &[&is_negative, &from_end, &from_start], Kind::Text)
}

/// The first so many, or all but the last so many where it is negative: as LEFT has it.
fn shortened(text: &Said, count: &Said) -> Said {
    Said::call("LEFT", &[text, count], Kind::Text)
}
