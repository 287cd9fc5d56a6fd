//! JsonLogic: an operator is an object of one key. It has JavaScript's truth and JavaScript's numbers, which
//! are said out loud: a string is true where it is not empty, a missing value is false.

mod operators;

use serde_json::{Map, Value};

use crate::case::{Foreign, Question, Unsaid, no_function, unsaid};
use crate::said::{Kind, Said, joined};
use operators::{arithmetic, choose, coalesce, concatenated, either, extreme, pair, truth};

pub(crate) fn translate(foreign: &Foreign) -> Result<Question, Unsaid> {
    let bindings = match &foreign.bindings {
        Value::Object(_) | Value::Null => foreign.named(),
        // The whole of the data has no name there, and one here.
        whole => Map::from_iter([(WHOLE.to_owned(), whole.clone())]),
    };
    let logic = Logic {
        bindings: &bindings,
        data: &foreign.bindings,
        whole: &[WHOLE],
    };
    let said = logic.say(&foreign.expr)?;
    Ok(Question::value(said.text, bindings))
}

/// The name of the item that a condition is asked about.
const ITEM: &str = "item";

/// The name of data that is no object.
const WHOLE: &str = "data";

struct Logic<'a> {
    bindings: &'a Map<String, Value>,
    data: &'a Value,
    /// What stands before the names in data: that of an item, or of data that is no object.
    whole: &'a [&'a str],
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
            "all" | "some" | "none" => return self.of_items(op, of),
            "map" | "filter" | "reduce" => return unsaid("closures that make lists"),
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
            "merge" => Ok(merged(&arguments)),
            _ => pair(op, &arguments),
        }
    }

    /// A condition asked of the items of a list, which alone it knows. Of no items `all` is false.
    fn of_items(&self, op: &str, of: &Value) -> Result<Said, Unsaid> {
        let Value::Array(arguments) = of else {
            return unsaid("closures of other forms");
        };
        let [list, condition] = arguments.as_slice() else {
            return unsaid("closures of other forms");
        };
        let said = self.say(list)?;
        if said.kind != Kind::List {
            return unsaid("closures over what is no list");
        }
        let sample = self.sample(list);
        let mut bindings = self.bindings.clone();
        bindings.insert(ITEM.to_owned(), sample.clone());
        let inner = Logic {
            bindings: &bindings,
            data: &sample,
            whole: &[ITEM],
        };
        let condition = truth(&inner.say(condition)?)?;
        let quantity = match op {
            "all" => "ALL",
            "some" => "ANY",
            _ => "NONE",
        };
        let asked = Said::of_items(quantity, &said, ITEM, &condition);
        Ok(match op {
            "all" => joined(&[said.test("IS NOT EMPTY"), asked], "AND", ""),
            _ => asked,
        })
    }

    /// The first item of a list that is written out or bound by its name.
    fn sample(&self, list: &Value) -> Value {
        let items = match list {
            Value::Array(items) => Some(items),
            _ => {
                let path = list.get("var").and_then(Value::as_str);
                let names = path.into_iter().flat_map(|path| path.split('.'));
                let names = names.filter(|name| !name.is_empty());
                let found = names.fold(Some(self.data), |at, name| at?.get(name));
                found.and_then(Value::as_array)
            }
        };
        let first = items.and_then(|items| items.first());
        first.cloned().unwrap_or_default()
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
        let is_item = self.whole == [ITEM];
        let path = match (path, is_object) {
            ([], true) => return unsaid("objects as values"),
            ([], false) => self.whole.to_vec(),
            (_, true) if is_item => [self.whole, path].concat(),
            (_, true) => path.to_vec(),
            (_, false) => return unsaid("items by their place"),
        };
        if path.iter().any(|name| name.is_empty()) {
            return unsaid("names that are empty");
        }
        let said = Said::field(&path, self.bindings);
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

/// Lists joined; what is none is a list of itself.
fn merged(arguments: &[Said]) -> Said {
    let lists: Vec<Said> = arguments
        .iter()
        .map(|said| match said.kind {
            Kind::List => said.clone(),
            _ => list(std::slice::from_ref(said)),
        })
        .collect();
    match lists.as_slice() {
        [] => list(&[]),
        [one] => one.clone(),
        many => Said::call("LIST_CONCAT", &many.iter().collect::<Vec<_>>(), Kind::List),
    }
}

fn list(items: &[Said]) -> Said {
    let items: Vec<&str> = items.iter().map(|it| it.text.as_str()).collect();
    Said::atom(format!("[{}]", items.join(", ")), Kind::List)
}
