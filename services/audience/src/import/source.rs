//! Where a mapping takes a value from.

use std::collections::BTreeMap;

use rulelang::time::format_timestamp;
use serde::Deserialize;
use serde_json::{Map, Value};

/// Depth of a source within sources: a mapping comes from outside.
const DEPTH_MAX: usize = 8;

/// Where a value is taken from; written as JSON in one of these forms.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(try_from = "Value")]
pub(crate) enum Source {
    /// `"/data/id"`: a JSON pointer (RFC 6901) into the record.
    Pointer(String),
    /// `["/a", "/b"]`: the first that is there and not null.
    First(Vec<Self>),
    /// `{"value": 1}`: always this.
    Constant(Value),
    /// `{"join": ["/a", "/b"], "with": "-"}`: the texts of all, absent where one is absent.
    Join(Vec<Self>, String),
    /// `{"fields": {"name": "/a"}}`: an object of what is there.
    Fields(BTreeMap<String, Self>),
    /// `{"epochSeconds": "/ts"}` and `{"epochMs": "/ts"}`: an instant as a number, with how many
    /// milliseconds its unit has.
    Epoch(Box<Self>, i64),
}

impl Source {
    /// The value in a record; `None` where it is absent or null.
    pub(crate) fn find(&self, record: &Value) -> Option<Value> {
        let found = match self {
            Self::Pointer(pointer) => record.pointer(pointer).cloned(),
            Self::First(sources) => sources.iter().find_map(|source| source.find(record)),
            Self::Constant(value) => Some(value.clone()),
            Self::Join(sources, with) => {
                let texts = sources.iter().map(|source| source.find_text(record));
                let texts: Option<Vec<String>> = texts.collect();
                texts.map(|texts| Value::String(texts.join(with)))
            }
            Self::Fields(fields) => Some(Value::Object(found_fields(fields, record))),
            Self::Epoch(source, unit_ms) => {
                let instant = instant(&source.find(record)?, *unit_ms)?;
                Some(Value::String(format_timestamp(instant)))
            }
        };
        found.filter(|value| !value.is_null())
    }

    /// The same as text: a number as it is written; `None` for anything else that is no text.
    pub(crate) fn find_text(&self, record: &Value) -> Option<String> {
        match self.find(record)? {
            Value::String(text) => Some(text),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        }
    }

    fn read(value: Value, depth: usize) -> Result<Self, String> {
        if depth > DEPTH_MAX {
            return Err(format!("sources stand in sources at most {DEPTH_MAX} deep"));
        }
        match value {
            Value::String(pointer) if pointer.is_empty() || pointer.starts_with('/') => {
                Ok(Self::Pointer(pointer))
            }
            Value::String(text) => Err(format!(
                "`{text}` is no JSON pointer: write `/{text}`, or {{\"value\": \"{text}\"}} for a constant"
            )),
            Value::Array(sources) => Ok(Self::First(read_all(sources, depth)?)),
            Value::Object(object) => Self::read_object(object, depth),
            other => Err(format!(
                "`{other}` says not where to look: write a JSON pointer, or {{\"value\": {other}}}"
            )),
        }
    }

    fn read_object(mut object: Map<String, Value>, depth: usize) -> Result<Self, String> {
        let with = object.remove("with");
        let mut keys = object.into_iter();
        let (Some((key, value)), None) = (keys.next(), keys.next()) else {
            return Err(FORMS.to_owned());
        };
        match (key.as_str(), value, with) {
            ("value", value, None) => Ok(Self::Constant(value)),
            ("join", Value::Array(sources), with) => {
                let with = with.as_ref().map_or(Some(""), Value::as_str);
                let with = with.ok_or("`with` is the text between the joined ones")?;
                Ok(Self::Join(read_all(sources, depth)?, with.to_owned()))
            }
            ("fields", Value::Object(fields), None) => {
                let fields = fields.into_iter();
                let read = fields.map(|(name, value)| Ok((name, Self::read(value, depth + 1)?)));
                Ok(Self::Fields(read.collect::<Result<_, String>>()?))
            }
            ("epochSeconds", value, None) => {
                Ok(Self::Epoch(Box::new(Self::read(value, depth + 1)?), 1_000))
            }
            ("epochMs", value, None) => Ok(Self::Epoch(Box::new(Self::read(value, depth + 1)?), 1)),
            _ => Err(FORMS.to_owned()),
        }
    }
}

const FORMS: &str = "a source is a JSON pointer, a list of sources, or an object with `value`, \
     `join` (and `with`), `fields`, `epochSeconds` or `epochMs`";

impl TryFrom<Value> for Source {
    type Error = String;

    fn try_from(value: Value) -> Result<Self, String> {
        Self::read(value, 0)
    }
}

fn read_all(sources: Vec<Value>, depth: usize) -> Result<Vec<Source>, String> {
    let sources = sources.into_iter();
    sources
        .map(|value| Source::read(value, depth + 1))
        .collect()
}

fn found_fields(fields: &BTreeMap<String, Source>, record: &Value) -> Map<String, Value> {
    let found = fields.iter();
    let found = found.filter_map(|(name, source)| Some((name.clone(), source.find(record)?)));
    found.collect()
}

/// Milliseconds, finer digits floored.
fn instant(number: &Value, unit_ms: i64) -> Option<i64> {
    if let Some(whole) = number.as_i64() {
        return whole.checked_mul(unit_ms);
    }
    let milliseconds = (number.as_f64()? * unit_ms as f64).floor();
    (milliseconds.abs() < i64::MAX as f64).then_some(milliseconds as i64)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn find(source: Value, record: &Value) -> Option<Value> {
        Source::try_from(source).unwrap().find(record)
    }

    #[test]
    fn each_form_finds_its_value() {
        let record =
            json!({"id": 7, "data": {"user": "ann", "gone": null}, "at": 1_700_000_000.25});
        assert_eq!(find(json!("/data/user"), &record), Some(json!("ann")));
        assert_eq!(
            find(json!(["/x", "/data/gone", "/id"]), &record),
            Some(json!(7))
        );
        assert_eq!(find(json!({"value": [1]}), &record), Some(json!([1])));
        let joined = json!({"join": ["/data/user", "/id"], "with": "-"});
        assert_eq!(find(joined, &record), Some(json!("ann-7")));
        assert_eq!(find(json!({"join": ["/x", "/id"]}), &record), None);
        let fields = json!({"fields": {"who": "/data/user", "what": "/x"}});
        assert_eq!(find(fields, &record), Some(json!({"who": "ann"})));
        let seconds = find(json!({"epochSeconds": "/at"}), &record);
        assert_eq!(seconds, Some(json!("2023-11-14T22:13:20.25Z")));
        assert_eq!(find(json!({"epochMs": "/data/user"}), &record), None);
    }

    #[test]
    fn what_is_no_source_is_refused_with_the_fix() {
        let refused = |source| Source::try_from(source).unwrap_err();
        assert!(refused(json!("userId")).contains("write `/userId`"));
        assert!(refused(json!(5)).contains("{\"value\": 5}"));
        assert!(refused(json!({"value": 1, "join": []})).contains("a source is"));
        assert!(refused(json!({"with": "-"})).contains("a source is"));
        let mut deep = json!("/a");
        for _ in 0..=DEPTH_MAX {
            deep = json!([deep]);
        }
        assert!(refused(deep).contains("at most 8 deep"));
    }
}
