//! Conversions between types. None fails: what cannot be converted is NULL.

use super::{Builtin, Family, Kind, Parameter, Signature, made};
use crate::calendar::Zone;
use crate::time;
use crate::types::Type;
use crate::value::{Value, exact_int};

const BOOL: Parameter = Parameter::new("x", Kind::Is(Type::Bool));
const INT: Parameter = Parameter::int("x");
const FLOAT: Parameter = Parameter::new("x", Kind::Is(Type::Float));
const TEXT: Parameter = Parameter::text("text");
const TIMESTAMP: Parameter = Parameter::new("t", Kind::Is(Type::Timestamp));
const DATE: Parameter = Parameter::new("day", Kind::Is(Type::Date));

pub(super) const FAMILY: Family = Family {
    title: "Conversions",
    members: &[
        Builtin::strict(
            "TO_INT",
            &[
                Signature::new(&[TEXT], Kind::Is(Type::Int)),
                Signature::new(&[FLOAT], Kind::Is(Type::Int)),
                Signature::new(&[INT], Kind::Is(Type::Int)),
                Signature::new(&[BOOL], Kind::Is(Type::Int)),
            ],
            "An int: of a string its decimal digits, of a float the nearest int, halfway the even \
             one, of TRUE 1 and of FALSE 0.",
            &[
                ("TO_INT(' 42 ')", "42"),
                ("TO_INT('4.5')", "NULL"),
                ("TO_INT(2.5)", "2"),
                ("TO_INT(TRUE)", "1"),
            ],
            to_int,
        ),
        Builtin::strict(
            "TO_FLOAT",
            &[
                Signature::new(&[TEXT], Kind::Is(Type::Float)),
                Signature::new(&[FLOAT], Kind::Is(Type::Float)),
            ],
            "A float, of a string or of an int, which is rounded where 64 bits do not hold it.",
            &[
                ("TO_FLOAT('1e3')", "1000.0"),
                ("TO_FLOAT(3)", "3.0"),
                ("TO_FLOAT('NaN')", "NULL"),
            ],
            to_float,
        ),
        Builtin::strict(
            "TO_STRING",
            &[
                Signature::new(&[FLOAT], Kind::Is(Type::String)),
                Signature::new(&[INT], Kind::Is(Type::String)),
                Signature::new(&[BOOL], Kind::Is(Type::String)),
                Signature::new(&[DATE], Kind::Is(Type::String)),
                Signature::new(&[TIMESTAMP], Kind::Is(Type::String)),
                Signature::new(&[TEXT], Kind::Is(Type::String)),
            ],
            "A string. A number has as few digits as tell it apart, a float an exponent from 1e15 \
             on and below 0.0001; an instant is as in RFC 3339, in UTC.",
            &[
                ("TO_STRING(42)", "'42'"),
                ("TO_STRING(1.0)", "'1'"),
                ("TO_STRING(1e20)", "'1e+20'"),
                ("TO_STRING(TRUE)", "'true'"),
                ("TO_STRING(DATE '2026-01-31')", "'2026-01-31'"),
            ],
            to_string,
        ),
        Builtin::strict(
            "TO_BOOL",
            &[
                Signature::new(&[TEXT], Kind::Is(Type::Bool)),
                Signature::new(&[INT], Kind::Is(Type::Bool)),
                Signature::new(&[BOOL], Kind::Is(Type::Bool)),
            ],
            "A bool: of a string `true`, `yes`, `on`, `1` and `false`, `no`, `off`, `0`, in any \
             case or shortened as far as it is clear; of an int whether it is not 0.",
            &[
                ("TO_BOOL('Yes')", "TRUE"),
                ("TO_BOOL('f')", "FALSE"),
                ("TO_BOOL('o')", "NULL"),
            ],
            to_bool,
        ),
        Builtin::strict(
            "TO_TIMESTAMP",
            &[
                Signature::new(&[TEXT], Kind::Is(Type::Timestamp)),
                Signature::new(&[FLOAT], Kind::Is(Type::Timestamp)),
                Signature::new(&[TIMESTAMP], Kind::Is(Type::Timestamp)),
            ],
            "An instant: of a string in RFC 3339 with its offset, or of a day as `YYYY-MM-DD`, \
             which is its midnight in UTC; of a number the seconds since 1970. NULL of an instant \
             beyond the year 9999.",
            &[
                (
                    "TO_TIMESTAMP('2026-01-31T10:00:00+01:00')",
                    "TIMESTAMP '2026-01-31T09:00:00Z'",
                ),
                (
                    "TO_TIMESTAMP('2026-01-31')",
                    "TIMESTAMP '2026-01-31T00:00:00Z'",
                ),
                (
                    "TO_TIMESTAMP(86400.5)",
                    "TIMESTAMP '1970-01-02T00:00:00.500Z'",
                ),
                ("TO_TIMESTAMP('tomorrow')", "NULL"),
                ("TO_TIMESTAMP(253402300800)", "NULL"),
            ],
            to_timestamp,
        ),
        Builtin::strict(
            "TO_DATE",
            &[
                Signature::new(&[TEXT], Kind::Is(Type::Date)),
                Signature::new(&[DATE], Kind::Is(Type::Date)),
                Signature::new(
                    &[TIMESTAMP, Parameter::new("zone", Kind::Zone).optional()],
                    Kind::Is(Type::Date),
                ),
            ],
            "A day: of a string as `YYYY-MM-DD` or in RFC 3339, of an instant its day in UTC, or in \
             a time zone.",
            &[
                ("TO_DATE('2026-01-31')", "DATE '2026-01-31'"),
                (
                    "TO_DATE(TIMESTAMP '2026-01-31T23:59:59Z')",
                    "DATE '2026-01-31'",
                ),
                (
                    "TO_DATE(TIMESTAMP '2026-01-31T23:59:59Z', 'Asia/Tokyo')",
                    "DATE '2026-02-01'",
                ),
                ("TO_DATE('2026-02-30')", "NULL"),
            ],
            to_date,
        ),
    ],
};

fn to_int(arguments: &[Value]) -> Value {
    let int = match arguments {
        [Value::String(text)] => text.trim().parse().ok(),
        [Value::Int(int)] => Some(*int),
        [Value::Float(float)] => exact_int(float.round_ties_even()),
        [Value::Bool(truth)] => Some(i64::from(*truth)),
        _ => None,
    };
    int.map_or(Value::Null, Value::Int)
}

fn to_float(arguments: &[Value]) -> Value {
    match arguments {
        [Value::String(text)] => text.trim().parse().map_or(Value::Null, Value::float),
        [Value::Float(float)] => Value::float(*float),
        _ => Value::Null,
    }
}

fn to_string(arguments: &[Value]) -> Value {
    match arguments {
        [Value::String(text)] => made(text),
        [Value::Int(int)] => made(&int.to_string()),
        [Value::Float(float)] => made(&float_text(*float)),
        [Value::Bool(truth)] => made(&truth.to_string()),
        [Value::Timestamp(millis)] => made(&time::format_timestamp(*millis)),
        [Value::Date(days)] => made(&time::format_date(*days)),
        _ => Value::Null,
    }
}

/// The shortest digits that read back as the float, as PostgreSQL prints them.
fn float_text(float: f64) -> String {
    let scientific = format!("{float:e}");
    let Some((digits, exponent)) = scientific.split_once('e') else {
        return scientific;
    };
    match exponent.parse::<i32>() {
        Ok(power @ (..-4 | 15..)) => {
            let sign = if power < 0 { '-' } else { '+' };
            format!("{digits}e{sign}{:02}", power.unsigned_abs())
        }
        _ => float.to_string(),
    }
}

fn to_bool(arguments: &[Value]) -> Value {
    match arguments {
        [Value::Bool(truth)] => Value::Bool(*truth),
        [Value::Int(int)] => Value::Bool(*int != 0),
        [Value::String(text)] => match &*text.trim().to_ascii_lowercase() {
            "t" | "tr" | "tru" | "true" | "y" | "ye" | "yes" | "on" | "1" => Value::Bool(true),
            "f" | "fa" | "fal" | "fals" | "false" | "n" | "no" | "of" | "off" | "0" => {
                Value::Bool(false)
            }
            _ => Value::Null,
        },
        _ => Value::Null,
    }
}

fn to_timestamp(arguments: &[Value]) -> Value {
    let millis = match arguments {
        [Value::Timestamp(millis)] => Some(*millis),
        [Value::Float(seconds)] => exact_int((seconds * 1_000.0).round()),
        [Value::String(text)] => time::instant_of(text.trim()),
        _ => None,
    };
    let written = millis.filter(|millis| time::can_be_written(*millis));
    written.map_or(Value::Null, Value::Timestamp)
}

fn to_date(arguments: &[Value]) -> Value {
    let days = match arguments {
        [Value::Date(days)] => Some(*days),
        [Value::Timestamp(millis)] => time::day_in_utc(*millis),
        [Value::Timestamp(millis), Value::String(zone)] => {
            let local = Zone::named(zone).and_then(|zone| zone.local(*millis));
            local.and_then(|local| time::days_of(local.date()))
        }
        [Value::String(text)] => time::day_of(text.trim()),
        _ => None,
    };
    days.map_or(Value::Null, Value::Date)
}
