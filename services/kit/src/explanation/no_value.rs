//! Why the interpreter finds no value, in words that name what stands in a value's place.

use rulelang::limits::QUANTIFIED_ITEMS_MAX;
use rulelang::rule::{Aggregate, AggregateFunction, Field};
use rulelang::{Type, Value, facts::Facts, latest_value};

use super::literal;
use crate::wire::value_to_json;

/// Characters shown of a value.
const SHOWN_MAX: usize = 60;

/// Of a field that is NULL at `now`.
pub(super) fn of_field(field: &Field, facts: &Facts, now: i64) -> String {
    let raw = latest_value(facts, &field.name, now);
    raw.map_or_else(
        || "there is no value".to_owned(),
        |raw| misfit(raw, field.ty),
    )
}

/// Of an aggregate that is NULL.
pub(super) fn of_aggregate(aggregate: &Aggregate) -> &'static str {
    match aggregate.function {
        AggregateFunction::Sum => "the sum does not fit its type",
        _ => "no event has a fitting value",
    }
}

/// `'3 Feb 1990' is a string, not a timestamp`
fn misfit(raw: &Value, wanted: Type) -> String {
    let Value::List(items) = raw else {
        return told(raw, wanted);
    };
    let wrong = match wanted {
        Type::List(item) => {
            let ty = item.as_type();
            let wrong = items.iter().find(|item| item.typed(ty).is_null());
            wrong.map(|item| told(item, ty))
        }
        Type::Objects if items.len() > QUANTIFIED_ITEMS_MAX => {
            return format!("the list has more than {QUANTIFIED_ITEMS_MAX} items");
        }
        Type::Objects => {
            let wrong = items.iter().find(|item| !matches!(item, Value::Object(_)));
            wrong.map(|item| format!("{}, not an object", is_a(item)))
        }
        _ => None,
    };
    wrong.map_or_else(
        || told(raw, wanted),
        |wrong| format!("in {}, {wrong}", shown(raw)),
    )
}

fn told(raw: &Value, wanted: Type) -> String {
    format!("{}, not {}", is_a(raw), name(wanted))
}

fn is_a(value: &Value) -> String {
    let name = match value {
        Value::Object(_) => "an object".to_owned(),
        value => name(value.type_of()),
    };
    format!("{} is {name}", shown(value))
}

fn name(ty: Type) -> String {
    match ty {
        Type::Null => "a value".to_owned(),
        // Every type but a list fits.
        Type::Any => "a single value".to_owned(),
        Type::Int => "an int".to_owned(),
        ty => format!("a {ty}"),
    }
}

fn shown(value: &Value) -> String {
    let text = literal(&value_to_json(value));
    match text.char_indices().nth(SHOWN_MAX) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rulelang::Scalar;

    fn list(items: &[Value]) -> Value {
        Value::List(items.into())
    }

    #[test]
    fn a_misfit_is_told_with_both_types() {
        let text = Value::string("3 Feb 1990");
        let object = Value::object([("sku".into(), Value::string("x"))]);
        for (raw, wanted, expected) in [
            (
                text.clone(),
                Type::Timestamp,
                "'3 Feb 1990' is a string, not a timestamp",
            ),
            (Value::Float(1.5), Type::Int, "1.5 is a float, not an int"),
            (
                list(&[Value::Int(1)]),
                Type::Any,
                "[1] is a list<int>, not a single value",
            ),
            (
                list(&[Value::Int(1), text]),
                Type::List(Scalar::Int),
                "in [1, '3 Feb 1990'], '3 Feb 1990' is a string, not an int",
            ),
            (
                list(&[object, Value::Int(1)]),
                Type::Objects,
                r#"in [{"sku":"x"}, 1], 1 is an int, not an object"#,
            ),
        ] {
            assert!(raw.typed(wanted).is_null(), "{raw:?}");
            assert_eq!(misfit(&raw, wanted), expected);
        }
    }

    #[test]
    fn a_long_value_is_cut() {
        let told = misfit(&Value::string(&"ä".repeat(1_000)), Type::Bool);
        assert!(told.ends_with("ä… is a string, not a bool"), "{told}");
        assert!(told.chars().count() < 100);
    }
}
