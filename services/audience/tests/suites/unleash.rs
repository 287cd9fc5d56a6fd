//! Unleash's constraints: alternatives, each of which is several tests of the context. All of its values are
//! strings; numbers, instants and versions are read from them. A test holds or it does not: never is it unknown.

use serde_json::{Map, Value};

use crate::case::{Foreign, Question, Unsaid, unsaid};
use crate::said::{Kind, Said, joined};

pub(crate) fn translate(foreign: &Foreign) -> Result<Question, Unsaid> {
    let mut bindings = foreign.named();
    // Properties are named as the standard fields are, beside which they stand.
    if let Some(Value::Object(properties)) = bindings.remove("properties") {
        bindings.extend(properties);
    }
    let alternatives: Result<Vec<Said>, Unsaid> = list(&foreign.expr, "anyOf")
        .iter()
        .map(|alternative| {
            let tests = list(alternative, "allOf").iter();
            let tests: Result<Vec<Said>, Unsaid> =
                tests.map(|test| constraint(test, &bindings)).collect();
            Ok(joined(&tests?, "AND", "TRUE"))
        })
        .collect();
    let is_enabled = foreign.expr["enabled"] == Value::Bool(true);
    let said = joined(
        &[Said::bool(is_enabled), joined(&alternatives?, "OR", "TRUE")],
        "AND",
        "",
    );
    Ok(Question::matches(Value::String(said.text), bindings))
}

fn list<'a>(of: &'a Value, name: &str) -> &'a [Value] {
    of.get(name)
        .and_then(Value::as_array)
        .map_or(&[], Vec::as_slice)
}

fn constraint(of: &Value, bindings: &Map<String, Value>) -> Result<Said, Unsaid> {
    let text = |key: &str| of.get(key).and_then(Value::as_str).unwrap_or_default();
    let is_true = |key: &str| of.get(key) == Some(&Value::Bool(true));
    let field = Said::field(&[text("contextName")], bindings);
    let values: Vec<Said> = list(of, "values")
        .iter()
        .filter_map(Value::as_str)
        .map(Said::string)
        .collect();
    let said = match text("operator") {
        "IN" => field.infix("IN", &items(&values), Kind::Bool),
        // What is missing is in no list.
        "NOT_IN" => field
            .infix("IN", &items(&values), Kind::Bool)
            .test("IS NOT TRUE"),
        "REGEX" if is_true("caseInsensitive") => {
            let pattern = Said::string(&format!("(?i){}", text("value")));
            field.infix("MATCHES", &pattern, Kind::Bool)
        }
        "REGEX" => field.infix("MATCHES", &Said::string(text("value")), Kind::Bool),
        "IN_CIDR" => any(&values, |network| {
            Said::call("IP_IN", &[&field, network], Kind::Bool)
        }),
        name if name.starts_with("STR_") => {
            string_test(name, &field, &values, is_true("caseInsensitive"))?
        }
        name => comparison(name, &field, &Said::string(text("value")))?,
    };
    Ok(if is_true("inverted") {
        said.not()
    } else {
        said
    })
}

fn items(values: &[Said]) -> Said {
    let items: Vec<&str> = values.iter().map(|it| it.text.as_str()).collect();
    Said::atom(format!("({})", items.join(", ")), Kind::List)
}

/// Whether a test holds for any value.
fn any(values: &[Said], test: impl Fn(&Said) -> Said) -> Said {
    let tests: Vec<Said> = values.iter().map(test).collect();
    joined(&tests, "OR", "FALSE")
}

fn string_test(
    operator: &str,
    field: &Said,
    values: &[Said],
    ignores_case: bool,
) -> Result<Said, Unsaid> {
    let op = match operator {
        "STR_STARTS_WITH" => "STARTS WITH",
        "STR_ENDS_WITH" => "ENDS WITH",
        "STR_CONTAINS" => "CONTAINS",
        _ => return unsaid("operators that do not exist"),
    };
    let folded = |said: &Said| {
        if ignores_case {
            return Said::call("LOWER", &[said], Kind::Text);
        }
        said.clone()
    };
    Ok(any(values, |value| {
        folded(field).infix(op, &folded(value), Kind::Bool)
    }))
}

/// `NUM_GT`, `DATE_BEFORE`, `SEMVER_LTE` and so on.
fn comparison(operator: &str, field: &Said, value: &Said) -> Result<Said, Unsaid> {
    let Some((of, order)) = operator.split_once('_') else {
        return unsaid("operators that do not exist");
    };
    let op = match order {
        "EQ" => "==",
        "GT" | "AFTER" => ">",
        "GTE" => ">=",
        "LT" | "BEFORE" => "<",
        "LTE" => "<=",
        _ => return unsaid("operators that do not exist"),
    };
    let read = |function: &str, kind: Kind| {
        let left = Said::call(function, &[field], kind);
        left.infix(op, &Said::call(function, &[value], kind), Kind::Bool)
    };
    match of {
        "NUM" => Ok(read("TO_FLOAT", Kind::Float)),
        "DATE" => Ok(read("TO_TIMESTAMP", Kind::Instant)),
        "SEMVER" => {
            let order = Said::call("VERSION_COMPARE", &[field, value], Kind::Int);
            Ok(order.infix(op, &Said::number("0"), Kind::Bool))
        }
        _ => unsaid("operators that do not exist"),
    }
}
