//! Functions of numbers. An int stays an int, and what has no answer, or none that fits, is NULL.

use std::cmp::Ordering;

use super::{Builtin, Family, Kind, Nulls, Parameter, Signature};
use crate::types::Type;
use crate::value::Value;

const X: Parameter = Parameter::new("x", Kind::Number);
const PLACES: Parameter = Parameter::int("places").optional();
const FLOAT: Kind = Kind::Is(Type::Float);

const OF_NUMBER: &[Signature] = &[Signature::new(&[X], Kind::Number)];
const OF_NUMBER_AND_PLACES: &[Signature] = &[Signature::new(&[X, PLACES], Kind::Number)];
const OF_MANY: &[Signature] = &[Signature::new(
    &[Parameter::new("x", Kind::Scalar).repeated()],
    Kind::Scalar,
)];

pub(super) const FAMILY: Family = Family {
    title: "Numbers",
    members: &[
        Builtin::strict(
            "ABS",
            OF_NUMBER,
            "The number without its sign.",
            &[("ABS(-2.5)", "2.5"), ("ABS(-3)", "3")],
            |arguments| of_number(arguments, i64::checked_abs, f64::abs),
        ),
        Builtin::strict(
            "SIGN",
            OF_NUMBER,
            "−1, 0 or 1 as the number is below, at or above 0.",
            &[("SIGN(-7)", "-1"), ("SIGN(0.0)", "0.0")],
            |arguments| of_number(arguments, |int| Some(int.signum()), sign),
        ),
        Builtin::strict(
            "FLOOR",
            OF_NUMBER,
            "The greatest whole number that is not above it.",
            &[("FLOOR(-1.5)", "-2.0"), ("FLOOR(7)", "7")],
            |arguments| of_number(arguments, Some, f64::floor),
        ),
        Builtin {
            aliases: &["CEILING"],
            ..Builtin::strict(
                "CEIL",
                OF_NUMBER,
                "The least whole number that is not below it.",
                &[("CEIL(1.2)", "2.0")],
                |arguments| of_number(arguments, Some, f64::ceil),
            )
        },
        Builtin::strict(
            "ROUND",
            OF_NUMBER_AND_PLACES,
            "The nearest number of that many decimal places, none if not said; half is rounded \
             away from 0, and a float stands for the decimal that it is written as. Negative \
             places round before the point.",
            &[
                ("ROUND(2.5)", "3.0"),
                ("ROUND(-2.5)", "-3.0"),
                ("ROUND(2.675, 2)", "2.68"),
                ("ROUND(1250, -2)", "1300"),
            ],
            |arguments| to_places(arguments, Mode::HalfAway),
        ),
        Builtin::strict(
            "TRUNC",
            OF_NUMBER_AND_PLACES,
            "As ROUND, toward 0.",
            &[("TRUNC(-2.7)", "-2.0"), ("TRUNC(2.679, 2)", "2.67")],
            |arguments| to_places(arguments, Mode::TowardZero),
        ),
        Builtin::strict(
            "MOD",
            &[Signature::new(
                &[X, Parameter::new("y", Kind::Number)],
                Kind::Number,
            )],
            "`x % y`: the remainder of a division that truncates; NULL where `y` is 0.",
            &[
                ("MOD(7, 3)", "1"),
                ("MOD(-7, 3)", "-1"),
                ("MOD(7, 0)", "NULL"),
            ],
            modulo,
        ),
        Builtin {
            aliases: &["POW"],
            ..Builtin::strict(
                "POWER",
                &[Signature::new(
                    &[Parameter::new("x", FLOAT), Parameter::new("y", FLOAT)],
                    FLOAT,
                )],
                "`x` to the power of `y`; NULL where that is no number.",
                &[("POWER(2, 10)", "1024.0"), ("POWER(-8, 0.5)", "NULL")],
                power,
            )
        },
        Builtin::strict(
            "SQRT",
            &[Signature::new(&[Parameter::new("x", FLOAT)], FLOAT)],
            "The square root; NULL of a negative number.",
            &[("SQRT(2.25)", "1.5"), ("SQRT(-1)", "NULL")],
            |arguments| of_number(arguments, |_| None, f64::sqrt),
        ),
        Builtin {
            nulls: Nulls::Skipped,
            ..Builtin::strict(
                "LEAST",
                OF_MANY,
                "The least of the arguments that are not NULL; NULL where all are.",
                &[("LEAST(3, NULL, 2)", "2"), ("LEAST('b', 'a')", "'a'")],
                |arguments| extreme(arguments, Ordering::Less),
            )
        },
        Builtin {
            nulls: Nulls::Skipped,
            ..Builtin::strict(
                "GREATEST",
                OF_MANY,
                "The greatest of the arguments that are not NULL; NULL where all are.",
                &[
                    ("GREATEST(3, NULL, 2)", "3"),
                    (
                        "GREATEST(DATE '2026-01-31', DATE '2026-02-01')",
                        "DATE '2026-02-01'",
                    ),
                ],
                |arguments| extreme(arguments, Ordering::Greater),
            )
        },
    ],
};

fn of_number(
    arguments: &[Value],
    of_int: impl Fn(i64) -> Option<i64>,
    of_float: impl Fn(f64) -> f64,
) -> Value {
    match arguments {
        [Value::Int(int)] => of_int(*int).map_or(Value::Null, Value::Int),
        [Value::Float(float)] => Value::float(of_float(*float)),
        _ => Value::Null,
    }
}

fn sign(float: f64) -> f64 {
    if float == 0.0 { 0.0 } else { float.signum() }
}

fn modulo(arguments: &[Value]) -> Value {
    match arguments {
        [Value::Int(_), Value::Int(0)] => Value::Null,
        // The smallest int by −1 is 0, as in PostgreSQL.
        [Value::Int(x), Value::Int(y)] => Value::Int(x.wrapping_rem(*y)),
        [Value::Float(x), Value::Float(y)] => Value::float(x % y),
        _ => Value::Null,
    }
}

/// Not by the system's library, so that every machine has the same last digit.
fn power(arguments: &[Value]) -> Value {
    match arguments {
        [Value::Float(x), Value::Float(y)] => Value::float(libm::pow(*x, *y)),
        _ => Value::Null,
    }
}

fn extreme(arguments: &[Value], wanted: Ordering) -> Value {
    let present = arguments.iter().filter(|value| !value.is_null());
    let better = present.reduce(|best, value| {
        if value.compare(best) == Some(wanted) {
            value
        } else {
            best
        }
    });
    better.cloned().unwrap_or_default()
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Mode {
    HalfAway,
    TowardZero,
}

fn to_places(arguments: &[Value], mode: Mode) -> Value {
    match arguments {
        [Value::Int(int)] => Value::Int(*int),
        [Value::Int(int), Value::Int(places)] => int_to_places(*int, *places, mode),
        [Value::Float(float)] if mode == Mode::HalfAway => Value::float(float.round()),
        [Value::Float(float)] => Value::float(float.trunc()),
        [Value::Float(float), Value::Int(places)] => {
            float_to_places(*float, *places, mode).map_or(Value::Null, Value::float)
        }
        _ => Value::Null,
    }
}

fn int_to_places(int: i64, places: i64, mode: Mode) -> Value {
    // Twenty digits are more than an int has.
    let digits = u32::try_from(-places.clamp(-20, 0)).unwrap_or(0);
    let unit = 10_i128.pow(digits);
    let (int, half) = (i128::from(int), unit / 2);
    let nearest = match mode {
        Mode::HalfAway => (int.abs() + half) / unit * unit * int.signum(),
        Mode::TowardZero => int - int % unit,
    };
    i64::try_from(nearest).map_or(Value::Null, Value::Int)
}

/// Rounds the shortest decimal that reads back as `float`, and reads the result.
fn float_to_places(float: f64, places: i64, mode: Mode) -> Option<f64> {
    // Neither further digits nor further zeros than these make a difference to an f64.
    let places = places.clamp(-400, 400);
    let text = format!("{:e}", float.abs());
    let (mantissa, exponent) = text.split_once('e')?;
    let digits: String = mantissa.chars().filter(char::is_ascii_digit).collect();
    // How many digits stay: those before the point are one more than the exponent.
    let kept = exponent.parse::<i64>().ok()? + 1 + places;
    let Ok(kept) = usize::try_from(kept) else {
        return Some(0.0);
    };
    let Some(next) = digits.as_bytes().get(kept) else {
        return Some(float);
    };
    // An f64 has at most 17 digits, so they fit.
    let mut whole: u64 = digits.get(..kept)?.parse().unwrap_or(0);
    if mode == Mode::HalfAway && *next >= b'5' {
        whole += 1;
    }
    let rounded: f64 = format!("{whole}e{}", -places).parse().ok()?;
    Some(rounded.copysign(float))
}
