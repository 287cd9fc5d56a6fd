//! json-rules-engine: groups of conditions on facts, in our JSON form.

use serde_json::{Value, json};

use crate::case::{Foreign, Question, Unsaid, no_function, unsaid};

pub(crate) fn translate(foreign: &Foreign) -> Result<Question, Unsaid> {
    let rule = match foreign.expr.get("fact") {
        Some(_) => leaf(&foreign.expr)?,
        None => group(&foreign.expr)?,
    };
    Ok(Question::matches(rule, foreign.named()))
}

/// A group or a condition. Its priority says in which order facts are asked for: not what they are.
fn group(condition: &Value) -> Result<Value, Unsaid> {
    for name in ["all", "any"] {
        let Some(members) = condition.get(name).and_then(Value::as_array) else {
            continue;
        };
        if members.is_empty() {
            return Ok(json!({"expression": "TRUE"}));
        }
        let members: Result<Vec<Value>, Unsaid> = members.iter().map(group).collect();
        return Ok(json!({ name: members? }));
    }
    match condition.get("not") {
        Some(of) => Ok(json!({"not": group(of)?})),
        None => leaf(condition),
    }
}

fn leaf(condition: &Value) -> Result<Value, Unsaid> {
    let text = |key: &str| condition.get(key).and_then(Value::as_str);
    let (Some(fact), Some(operator)) = (text("fact"), text("operator")) else {
        return unsaid("conditions that have names");
    };
    let field = match text("path") {
        Some(path) if path.contains('[') => {
            return no_function("the item of a list at a place");
        }
        Some(path) => format!("{fact}.{}", path.trim_start_matches("$.")),
        None => fact.to_owned(),
    };
    let value = &condition["value"];
    let (plain, is_negated) = match operator.strip_prefix("not:") {
        Some(plain) => (plain, true),
        None => (operator, false),
    };
    let leaf = match plain {
        // These are about lists alone, as ours about any item of several are.
        "contains" => json!({"field": field, "operator": "contains_any", "value": [value]}),
        "doesNotContain" => json!({"field": field, "operator": "contains_none", "value": [value]}),
        decorated if decorated.contains(':') => return unsaid("operators of operators"),
        // All others have their names with us.
        known => json!({"field": field, "operator": known, "value": value}),
    };
    Ok(if is_negated {
        json!({ "not": leaf })
    } else {
        leaf
    })
}
