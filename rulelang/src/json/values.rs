//! Constants of the JSON form: numbers, strings, durations, instants, windows; both ways.

use serde_json::{Map, Number, Value as Json, json};

use crate::Code;
use crate::ast::{Duration, DurationUnit, Expr, ExprKind, Literal, TimeOp, Window};
use crate::limits::{LIST_ITEMS_MAX, STRING_BYTES_MAX};
use crate::time::{format_timestamp, parse_date, parse_timestamp};

use super::read::{Reader, node};
use super::spans::calendar_json;

/// Units by every name they are read by; the first of a unit is the one that is written.
const UNITS: &[(&str, DurationUnit)] = &[
    ("ms", DurationUnit::Milliseconds),
    ("millisecond", DurationUnit::Milliseconds),
    ("s", DurationUnit::Seconds),
    ("sec", DurationUnit::Seconds),
    ("second", DurationUnit::Seconds),
    ("min", DurationUnit::Minutes),
    ("minute", DurationUnit::Minutes),
    ("h", DurationUnit::Hours),
    ("hour", DurationUnit::Hours),
    ("d", DurationUnit::Days),
    ("day", DurationUnit::Days),
    ("w", DurationUnit::Weeks),
    ("week", DurationUnit::Weeks),
];

impl Reader {
    /// A constant or `{"field": "x"}`.
    pub(super) fn value(&mut self, json: &Json, pointer: &str) -> Option<Expr> {
        let literal = match json {
            Json::Null => Literal::Null,
            Json::Bool(value) => Literal::Bool(*value),
            Json::Number(number) => return self.number(number, pointer),
            Json::String(text) if text.len() > STRING_BYTES_MAX => {
                let message = format!("a string has at most {STRING_BYTES_MAX} bytes");
                return self.fail(Code::TooLarge, pointer, message);
            }
            Json::String(text) => Literal::String(text.clone()),
            Json::Object(map) if map.contains_key("param") => return self.parameter(map, pointer),
            Json::Object(map) => {
                self.only_keys(map, &["field"], pointer)?;
                let Some(Json::String(field)) = map.get("field") else {
                    let help = "write a constant, {\"field\": \"x\"} or {\"param\": \"p\"}";
                    return self.shape(pointer, "a value cannot be this object", help);
                };
                return Some(node(ExprKind::Field(field.clone())));
            }
            Json::Array(_) => {
                let help = "lists go with `in`, `between`, `contains_any` and the like";
                return self.shape(pointer, "one value is wanted here, not a list", help);
            }
        };
        Some(node(ExprKind::Literal(literal)))
    }

    fn number(&mut self, number: &Number, pointer: &str) -> Option<Expr> {
        let int = number.as_i64().map(Literal::Int);
        let is_exact = |float: &f64| {
            let large = number.as_u64();
            large.is_none_or(|large| *float as u128 == u128::from(large))
        };
        let float = || {
            number
                .as_f64()
                .filter(|float| float.is_finite() && is_exact(float))
        };
        match int.or_else(|| float().map(Literal::Float)) {
            Some(literal) => Some(node(ExprKind::Literal(literal))),
            None => self.fail(
                Code::BadLiteral,
                pointer,
                "the number is out of range, or no float is exactly that",
            ),
        }
    }

    /// A list of values; one value is a list of one.
    pub(super) fn values(&mut self, json: &Json, pointer: &str) -> Option<Vec<Expr>> {
        let Json::Array(items) = json else {
            return Some(vec![self.value(json, pointer)?]);
        };
        if items.len() > LIST_ITEMS_MAX {
            let message = format!("a list has at most {LIST_ITEMS_MAX} items");
            return self.fail(Code::TooLarge, pointer, message);
        }
        let read: Vec<_> = items
            .iter()
            .enumerate()
            .map(|(index, item)| self.value(item, &format!("{pointer}/{index}")))
            .collect();
        read.into_iter().collect()
    }

    /// An instant: a string is a TIMESTAMP or a DATE, an object a field.
    pub(super) fn instant(&mut self, json: &Json, pointer: &str) -> Option<Expr> {
        let Json::String(text) = json else {
            if json.is_object() {
                return self.value(json, pointer);
            }
            let help = "write \"2026-01-31T10:00:00Z\" or \"2026-01-31\"";
            return self.shape(pointer, "an instant is a string", help);
        };
        let date = parse_date(text).map(Literal::Date);
        let literal = date.or_else(|| parse_timestamp(text).map(Literal::Timestamp));
        if let Some(literal) = literal {
            return Some(node(ExprKind::Literal(literal)));
        }
        let message = format!("`{text}` is not an instant");
        let help = "write \"2026-01-31T10:00:00Z\" or \"2026-01-31\"";
        self.shape(pointer, &message, help)
    }

    /// `"30d"`, `"30 days"` or `{"days": 30}`.
    pub(super) fn duration(&mut self, json: &Json, pointer: &str) -> Option<Duration> {
        let read = match json {
            Json::String(text) => {
                let unit_at = text.find(|c: char| !c.is_ascii_digit() && c != '_');
                let (count, unit) = text.split_at(unit_at.unwrap_or(text.len()));
                let count = count.replace('_', "").parse().ok();
                count.zip(unit_of(unit.trim()))
            }
            Json::Object(map) => match map.iter().next() {
                Some((unit, count)) if map.len() == 1 => count.as_i64().zip(unit_of(unit)),
                _ => None,
            },
            _ => None,
        };
        match read {
            Some((count, unit)) if count >= 0 => Some(Duration { count, unit }),
            _ => {
                let help = "write \"30d\", \"12h\", \"15min\", \"45s\", \"2w\" or {\"days\": 30}";
                self.shape(pointer, "this is not a duration", help)
            }
        }
    }

    /// The window of an aggregate.
    pub(super) fn window(&mut self, json: Option<&Json>, pointer: &str) -> Option<Window> {
        let map = match json {
            None => return Some(Window::AllTime),
            Some(json @ Json::String(_)) => {
                return Some(Window::WithinLast(self.duration(json, pointer)?));
            }
            Some(Json::Object(map)) => map,
            Some(_) => return self.bad_window(pointer),
        };
        self.only_keys(map, &["last", "from", "to", "start", "end"], pointer)?;
        let inner = |key: &str| format!("{pointer}/{key}");
        match window_keys(map) {
            [Some(last), None, None, None, None] => {
                Some(match self.last(last, &inner("last"))? {
                    TimeOp::WithinLastCalendar(span) => Window::WithinLastCalendar(span),
                    TimeOp::WithinLast(last) => Window::WithinLast(last),
                    _ => return None,
                })
            }
            [None, Some(from), Some(to), None, None] => {
                let from = self.duration(from, &inner("from"));
                let to = self.duration(to, &inner("to"));
                Some(Window::FromToAgo(from?, to?))
            }
            [None, None, None, Some(start), Some(end)] => {
                let start = self.instant(start, &inner("start"));
                let end = self.instant(end, &inner("end"));
                Some(Window::During(Box::new(start?), Box::new(end?)))
            }
            _ => self.bad_window(pointer),
        }
    }

    fn bad_window<T>(&mut self, pointer: &str) -> Option<T> {
        let help = "write \"30d\", {\"last\": \"30d\"}, {\"from\": \"90d\", \"to\": \"30d\"} or {\"start\": …, \"end\": …}";
        self.shape(pointer, "this is not a window", help)
    }
}

fn window_keys(map: &Map<String, Json>) -> [Option<&Json>; 5] {
    ["last", "from", "to", "start", "end"].map(|key| map.get(key))
}

pub(super) fn unit_of(name: &str) -> Option<DurationUnit> {
    let name = name.to_lowercase();
    let singular = name.strip_suffix('s').filter(|rest| rest.len() > 2);
    let mut units = UNITS.iter();
    let unit = units.find(|(known, _)| *known == name || Some(*known) == singular)?;
    Some(unit.1)
}

/// The JSON of a constant or a field; `None` where JSON has none that reads back as the same.
pub(super) fn value_json(expr: &Expr) -> Option<Json> {
    Some(match &expr.kind {
        ExprKind::Literal(Literal::Null) => Json::Null,
        ExprKind::Literal(Literal::Bool(value)) => json!(value),
        ExprKind::Literal(Literal::Int(value)) => json!(value),
        ExprKind::Literal(Literal::Float(value)) => Json::Number(Number::from_f64(*value)?),
        ExprKind::Literal(Literal::String(text)) => json!(text),
        ExprKind::Field(name) => json!({ "field": name }),
        ExprKind::Parameter(name) => json!({ "param": name }),
        _ => return None,
    })
}

/// The JSON of a constant instant.
pub(super) fn instant_json(expr: &Expr) -> Option<Json> {
    match &expr.kind {
        ExprKind::Literal(Literal::Timestamp(millis)) => {
            let text = format_timestamp(*millis);
            (parse_timestamp(&text) == Some(*millis)).then(|| json!(text))
        }
        ExprKind::Literal(Literal::Date(days)) => {
            let text = crate::time::format_date(*days);
            (parse_date(&text) == Some(*days)).then(|| json!(text))
        }
        ExprKind::Field(_) | ExprKind::Parameter(_) => value_json(expr),
        _ => None,
    }
}

/// `"30d"`
pub(super) fn duration_json(duration: Duration) -> Option<Json> {
    let mut units = UNITS.iter();
    let (name, _) = units.find(|(_, unit)| *unit == duration.unit)?;
    Some(json!(format!("{}{name}", duration.count)))
}

/// The JSON of a window, NULL for all time; `None` where JSON has none.
pub(super) fn window_json(window: &Window) -> Option<Json> {
    Some(match window {
        Window::AllTime => Json::Null,
        Window::WithinLast(last) => json!({ "last": duration_json(*last)? }),
        Window::WithinLastCalendar(span) => json!({ "last": calendar_json(*span) }),
        Window::FromToAgo(from, to) => {
            json!({ "from": duration_json(*from)?, "to": duration_json(*to)? })
        }
        Window::During(start, end) => {
            json!({ "start": instant_json(start)?, "end": instant_json(end)? })
        }
    })
}
