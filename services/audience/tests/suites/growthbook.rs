//! GrowthBook's conditions, which are those of MongoDB: an object of fields and of what is asked of each.
//! A condition holds or it does not: never is it unknown, so what is negated is said with IS NOT TRUE.

use serde_json::{Map, Value};

use crate::case::{Foreign, Question, Unsaid, no_function, unsaid};
use crate::said::{Kind, Said, joined};

pub(crate) fn translate(foreign: &Foreign) -> Result<Question, Unsaid> {
    let bindings = foreign.named();
    let conditions = Conditions {
        bindings: &bindings,
        groups: &foreign.groups,
    };
    let said = conditions.say(&foreign.expr)?;
    Ok(Question::matches(Value::String(said.text), bindings))
}

struct Conditions<'a> {
    bindings: &'a Map<String, Value>,
    groups: &'a Map<String, Value>,
}

impl Conditions<'_> {
    /// Every entry of a condition has to hold.
    fn say(&self, condition: &Value) -> Result<Said, Unsaid> {
        let Value::Object(entries) = condition else {
            return unsaid("malformed conditions");
        };
        let said = entries.iter().map(|(name, value)| match name.as_str() {
            "$and" => Ok(joined(&self.each(value)?, "AND", "TRUE")),
            // No alternatives are none that fail.
            "$or" => Ok(joined(&self.each(value)?, "OR", "TRUE")),
            "$nor" => Ok(joined(&self.each(value)?, "OR", "TRUE").test("IS NOT TRUE")),
            "$not" => Ok(self.say(value)?.test("IS NOT TRUE")),
            field => {
                let path: Vec<&str> = field.split('.').collect();
                self.test(&Said::field(&path, self.bindings), value)
            }
        });
        let said: Result<Vec<Said>, Unsaid> = said.collect();
        Ok(joined(&said?, "AND", "TRUE"))
    }

    fn each(&self, conditions: &Value) -> Result<Vec<Said>, Unsaid> {
        match conditions {
            Value::Array(conditions) => conditions.iter().map(|it| self.say(it)).collect(),
            _ => unsaid("malformed conditions"),
        }
    }

    /// What is asked of a value: operators, or what it equals.
    fn test(&self, of: &Said, asked: &Value) -> Result<Said, Unsaid> {
        match asked {
            Value::Object(operators) if operators.keys().all(|name| name.starts_with('$')) => {
                let said = operators
                    .iter()
                    .map(|(operator, value)| self.operator(of, operator, value));
                let said: Result<Vec<Said>, Unsaid> = said.collect();
                Ok(joined(&said?, "AND", "TRUE"))
            }
            plain => Ok(of.equals(&constant(plain)?)),
        }
    }

    fn operator(&self, of: &Said, operator: &str, value: &Value) -> Result<Said, Unsaid> {
        match operator {
            "$eq" => Ok(of.equals(&constant(value)?)),
            "$ne" => Ok(of.equals(&constant(value)?).test("IS NOT TRUE")),
            "$lt" => compared(of, "<", value),
            "$lte" => compared(of, "<=", value),
            "$gt" => compared(of, ">", value),
            "$gte" => compared(of, ">=", value),
            // Of what is no list neither is true.
            "$in" | "$nin" if !value.is_array() => Ok(Said::bool(false)),
            "$in" => is_in(of, value),
            "$nin" => Ok(is_in(of, value)?.test("IS NOT TRUE")),
            "$inGroup" => is_in(of, self.group(value)),
            "$notInGroup" => Ok(is_in(of, self.group(value))?.test("IS NOT TRUE")),
            "$all" => Ok(of.infix("CONTAINS ALL", &items(value)?, Kind::Bool)),
            "$exists" if value == &Value::Bool(true) => Ok(of.test("IS NOT NULL")),
            "$exists" => Ok(of.test("IS NULL")),
            "$not" => Ok(self.test(of, value)?.test("IS NOT TRUE")),
            "$regex" => Ok(of.infix("MATCHES", &constant(value)?, Kind::Bool)),
            "$size" => self.test(&Said::call("LENGTH", &[of], Kind::Int), value),
            "$elemMatch" => self.of_items(of, value),
            "$type" => no_function("the type of a value"),
            version => version_compared(of, version, value),
        }
    }

    /// A condition asked of the items of a list: of the item itself, or of its members. What is no list has
    /// none.
    fn of_items(&self, list: &Said, condition: &Value) -> Result<Said, Unsaid> {
        const ITEM: &str = "item";
        if list.kind != Kind::List {
            return Ok(Said::bool(false));
        }
        let is_list = |name: &str| Said::field(&[name], self.bindings).text == list.text;
        let bound = self.bindings.iter().find(|(name, _)| is_list(name));
        let first = bound.and_then(|(_, items)| items.get(0));
        let mut bindings = self.bindings.clone();
        bindings.insert(ITEM.to_owned(), first.cloned().unwrap_or_default());
        let inner = Conditions {
            bindings: &bindings,
            groups: self.groups,
        };
        let item = Said::field(&[ITEM], &bindings);
        let asked = match condition {
            Value::Object(entries) if entries.keys().any(|name| !name.starts_with('$')) => {
                let members = entries.iter();
                let members = members.map(|(name, of)| (format!("{ITEM}.{name}"), of.clone()));
                inner.say(&Value::Object(members.collect()))?
            }
            asked => inner.test(&item, asked)?,
        };
        Ok(Said::of_items("ANY", list, ITEM, &asked))
    }

    /// The values of a named group; one that is unknown has none.
    fn group(&self, name: &Value) -> &Value {
        const NONE: &Value = &Value::Array(Vec::new());
        let name = name.as_str().unwrap_or_default();
        self.groups.get(name).unwrap_or(NONE)
    }
}

fn constant(value: &Value) -> Result<Said, Unsaid> {
    match value {
        Value::Null => Ok(Said::null()),
        Value::Bool(value) => Ok(Said::bool(*value)),
        Value::Number(number) => Ok(Said::number(&number.to_string())),
        Value::String(text) => Ok(Said::string(text)),
        Value::Array(items) => {
            let items: Result<Vec<String>, Unsaid> =
                items.iter().map(|it| Ok(constant(it)?.text)).collect();
            Ok(Said::atom(format!("[{}]", items?.join(", ")), Kind::List))
        }
        Value::Object(_) => unsaid("objects as values"),
    }
}

/// In round brackets.
fn items(value: &Value) -> Result<Said, Unsaid> {
    let Value::Array(values) = value else {
        return unsaid("malformed conditions");
    };
    let items: Result<Vec<String>, Unsaid> =
        values.iter().map(|it| Ok(constant(it)?.text)).collect();
    Ok(Said::atom(format!("({})", items?.join(", ")), Kind::List))
}

/// A list is in another where they share an item.
fn is_in(of: &Said, value: &Value) -> Result<Said, Unsaid> {
    let op = if of.kind == Kind::List {
        "CONTAINS ANY"
    } else {
        "IN"
    };
    Ok(of.infix(op, &items(value)?, Kind::Bool))
}

/// Strings with strings as such, else both sides as numbers.
fn compared(of: &Said, op: &str, value: &Value) -> Result<Said, Unsaid> {
    let constant = constant(value)?;
    let number = |said: &Said| match said.kind {
        Kind::Text => Said::call("TO_FLOAT", &[said], Kind::Float),
        _ => said.clone(),
    };
    if of.kind == constant.kind {
        return Ok(of.infix(op, &constant, Kind::Bool));
    }
    if of.kind == Kind::Null && constant.kind.is_number() {
        // What is missing is 0, where it is compared with a number.
        let known = Said::call("COALESCE", &[of, &Said::number("0")], constant.kind);
        return Ok(known.infix(op, &constant, Kind::Bool));
    }
    Ok(number(of).infix(op, &number(&constant), Kind::Bool))
}

fn version_compared(of: &Said, operator: &str, value: &Value) -> Result<Said, Unsaid> {
    let op = match operator {
        "$veq" => "==",
        "$vne" => "!=",
        "$vlt" => "<",
        "$vlte" => "<=",
        "$vgt" => ">",
        "$vgte" => ">=",
        _ => return unsaid("operators that do not exist"),
    };
    let order = Said::call("VERSION_COMPARE", &[of, &constant(value)?], Kind::Int);
    Ok(order.infix(op, &Said::number("0"), Kind::Bool))
}
