//! JsonLogic: an operator is an object of one key. It has JavaScript's truth and JavaScript's numbers, which
//! are said out loud: a string is true where it is not empty, a missing value is false.

use serde_json::{Map, Value};

use crate::case::{Foreign, Question, Unsaid, no_function, unsaid};
use crate::said::{Kind, Said, case, joined};

pub(crate) fn translate(foreign: &Foreign) -> Result<Question, Unsaid> {
    let bindings = match &foreign.bindings {
        Value::Object(_) | Value::Null => foreign.named(),
        // The whole of the data has no name there, and one here.
        whole => Map::from_iter([(WHOLE.to_owned(), whole.clone())]),
    };
    let logic = Logic {
        bindings: &bindings,
        data: &foreign.bindings,
    };
    let said = logic.say(&foreign.expr)?;
    Ok(Question::value(said.text, bindings))
}

/// The name of data that is no object.
const WHOLE: &str = "data";

struct Logic<'a> {
    bindings: &'a Map<String, Value>,
    data: &'a Value,
}

impl Logic<'_> {
    fn say(&self, value: &Value) -> Result<Said, Unsaid> {
        match value {
            Value::Null => Ok(Said::null()),
            Value::Bool(value) => Ok(Said::bool(*value)),
            Value::Number(number) => Ok(Said::number(&number.to_string())),
            Value::String(text) => Ok(Said::string(text)),
            Value::Array(items) => Ok(list(&self.all(items)?)),
            Value::Object(operation) => {
                let mut pairs = operation.iter();
                let (Some((op, of)), None) = (pairs.next(), pairs.next()) else {
                    return unsaid("objects as values");
                };
                self.operation(op, of)
            }
        }
    }

    fn all(&self, values: &[Value]) -> Result<Vec<Said>, Unsaid> {
        values.iter().map(|value| self.say(value)).collect()
    }

    fn operation(&self, op: &str, of: &Value) -> Result<Said, Unsaid> {
        match op {
            "var" => return self.variable(of),
            "val" => return self.field(&names(of)?),
            "map" | "filter" | "reduce" | "all" | "some" | "none" => return unsaid("closures"),
            _ => {}
        }
        // What is one operand may stand without its list; a list that is worked out is many.
        let arguments = match of {
            Value::Array(items) => self.all(items)?,
            one => vec![self.say(one)?],
        };
        match op {
            "+" | "-" | "*" | "/" | "%" => arithmetic(op, &arguments),
            "and" | "or" => either(op, &arguments),
            "if" | "?:" => choose(&arguments),
            "max" | "min" => extreme(op, &arguments),
            "??" => Ok(coalesce(&arguments)),
            "cat" if arguments.iter().any(|it| it.kind == Kind::List) => {
                no_function("joining the items of a list")
            }
            "cat" => Ok(concatenated(&arguments)),
            "merge" => no_function("joining lists"),
            _ => pair(op, &arguments),
        }
    }

    /// `var` is a path with dots, and a default.
    fn variable(&self, of: &Value) -> Result<Said, Unsaid> {
        let (path, default) = match of {
            Value::Array(items) => (items.first(), items.get(1)),
            one => (Some(one), None),
        };
        let field = match path {
            None => self.field(&[])?,
            Some(Value::String(path)) if path.is_empty() => self.field(&[])?,
            Some(Value::String(path)) => self.field(&path.split('.').collect::<Vec<_>>())?,
            Some(_) => return unsaid("items by their place"),
        };
        match default {
            Some(default) => Ok(coalesce(&[field, self.say(default)?])),
            None => Ok(field),
        }
    }

    fn field(&self, path: &[&str]) -> Result<Said, Unsaid> {
        let is_object = matches!(self.data, Value::Object(_) | Value::Null);
        let path = match (path, is_object) {
            ([], true) => return unsaid("objects as values"),
            ([], false) => &[WHOLE],
            (_, true) => path,
            (_, false) => return unsaid("items by their place"),
        };
        if path.iter().any(|name| name.is_empty()) {
            return unsaid("names that are empty");
        }
        let said = Said::field(path, self.bindings);
        match said.kind {
            Kind::Map => unsaid("objects as values"),
            _ => Ok(said),
        }
    }
}

/// The names in what `val` is given.
fn names(of: &Value) -> Result<Vec<&str>, Unsaid> {
    let items = match of {
        Value::Array(items) => items.iter().collect(),
        one => vec![one],
    };
    let names = items.into_iter().map(|item| match item {
        Value::String(name) => Ok(name.as_str()),
        _ => unsaid("items by their place"),
    });
    names.collect()
}

fn list(items: &[Said]) -> Said {
    let items: Vec<&str> = items.iter().map(|it| it.text.as_str()).collect();
    Said::atom(format!("[{}]", items.join(", ")), Kind::List)
}

/// Whether a value counts as true.
fn truth(said: &Said) -> Result<Said, Unsaid> {
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
fn arithmetic(op: &str, arguments: &[Said]) -> Result<Said, Unsaid> {
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
fn either(op: &str, arguments: &[Said]) -> Result<Said, Unsaid> {
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
    Ok(match branches.is_empty() {
        true => last.clone(),
        false => case(&branches, last, shared(arguments)),
    })
}

/// Conditions and values by turns, and what else.
fn choose(arguments: &[Said]) -> Result<Said, Unsaid> {
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

fn extreme(op: &str, arguments: &[Said]) -> Result<Said, Unsaid> {
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

fn coalesce(arguments: &[Said]) -> Said {
    match arguments {
        [] => Said::null(),
        many => {
            let all: Vec<&Said> = many.iter().collect();
            Said::call("COALESCE", &all, shared(many))
        }
    }
}

fn concatenated(arguments: &[Said]) -> Said {
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
fn pair(op: &str, arguments: &[Said]) -> Result<Said, Unsaid> {
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
