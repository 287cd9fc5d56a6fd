//! Values of JSON as the rule language writes them: for people, who read them beside a rule.

use rulelang::Span;
use rulelang::ast::{Expr, ExprKind, Literal};
use serde_json::{Number, Value as Json};

/// From here on a whole float is written with an exponent rather than with all its digits.
const LONG_NUMBER: f64 = 1e15;

/// `'pro'`, `3`, `TRUE`, `NULL`, `['a', 'b']`; an object, which the language cannot write, is JSON.
pub fn literal(value: &Json) -> String {
    let kind = match value {
        Json::Null => Literal::Null,
        Json::Bool(value) => Literal::Bool(*value),
        Json::Number(value) => return number(value),
        Json::String(text) => Literal::String(text.clone()),
        Json::Array(items) => {
            let items: Vec<String> = items.iter().map(literal).collect();
            return format!("[{}]", items.join(", "));
        }
        Json::Object(_) => return value.to_string(),
    };
    rulelang::format(&Expr {
        kind: ExprKind::Literal(kind),
        span: Span::default(),
    })
}

/// A float that is whole is written like an int, as people write it in rules.
fn number(value: &Number) -> String {
    match value.as_f64() {
        Some(float) if value.is_f64() && float.abs() < LONG_NUMBER => float.to_string(),
        _ => value.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn values_are_written_as_in_a_rule() {
        for (value, expected) in [
            (json!(null), "NULL"),
            (json!(true), "TRUE"),
            (json!(3.0), "3"),
            (json!(-3), "-3"),
            (json!(135.5), "135.5"),
            (json!(1e300), "1e+300"),
            (json!(i64::MAX), "9223372036854775807"),
            (json!("it's\n"), r"'it\'s\n'"),
            (json!(["a", 2.0]), "['a', 2]"),
            (json!([{"sku": "x"}]), r#"[{"sku":"x"}]"#),
        ] {
            assert_eq!(literal(&value), expected);
        }
    }
}
