//! Values as JSON.

use rulelang::{Value, time};
use serde_json::Value as Json;

/// A value as JSON: the members of an object by their dotted names, timestamps as RFC 3339 strings in UTC, dates as `YYYY-MM-DD`, durations as
/// milliseconds.
pub fn value_to_json(value: &Value) -> Json {
    match value {
        Value::Null => Json::Null,
        Value::Bool(value) => Json::Bool(*value),
        Value::Int(int) => (*int).into(),
        Value::Float(float) => (*float).into(),
        Value::String(text) => Json::String(text.to_string()),
        Value::Timestamp(millis) => Json::String(time::format_timestamp(*millis)),
        Value::Date(days) => Json::String(time::format_date(*days)),
        Value::Duration(millis) => (*millis).into(),
        Value::List(items) => items.iter().map(value_to_json).collect(),
        Value::Object(members) => {
            let members = members.iter();
            let members = members.map(|(name, value)| (name.to_string(), value_to_json(value)));
            Json::Object(members.collect())
        }
    }
}
