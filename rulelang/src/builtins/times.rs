//! Functions of instants and days, by the calendar in UTC or in a zone that is named. Instants outside the years −9999 to 9999
//! have no calendar: there they are NULL.

use jiff::Span;
use jiff::civil::{Date, DateTime, Time};

use super::signature::word;
use super::{Builtin, Family, Function, Kind, Meaning, Nulls, Parameter, Signature};
use crate::calendar::Zone;
use crate::time::{DAY_MS, days_of};
use crate::types::Type;
use crate::value::Value;

/// The units by which instants are cut, moved and counted.
const UNITS: &[&str] = &[
    "millisecond",
    "second",
    "minute",
    "hour",
    "day",
    "week",
    "month",
    "quarter",
    "year",
];

const UNIT: Parameter = Parameter::new("unit", Kind::Word(UNITS));
const T: Parameter = Parameter::new("t", Kind::Is(Type::Timestamp));
const ZONE: Parameter = Parameter::new("zone", Kind::Zone);
const START: Parameter = Parameter::new("start", Kind::Is(Type::Timestamp));
const END: Parameter = Parameter::new("end", Kind::Is(Type::Timestamp));

/// A part of an instant or of a day.
const fn part(
    name: &'static str,
    doc: &'static str,
    examples: &'static [(&'static str, &'static str)],
    function: Function,
) -> Builtin {
    const SIGNATURES: &[Signature] = &[Signature::new(&[T, ZONE.optional()], Kind::Is(Type::Int))];
    Builtin::strict(name, SIGNATURES, doc, examples, function)
}

pub(super) const FAMILY: Family = Family {
    title: "Time",
    members: &[
        Builtin {
            name: "NOW",
            aliases: &[],
            signatures: &[Signature::new(&[], Kind::Is(Type::Timestamp))],
            nulls: Nulls::Seen,
            doc: "The instant of the evaluation, the same wherever it stands in a rule. In a live \
                  rule it may only be compared, as the language reference says.",
            examples: &[("NOW() <= NOW()", "TRUE")],
            meaning: Meaning::Form,
        },
        Builtin::strict(
            "DATE_TRUNC",
            &[Signature::new(&[UNIT, T], Kind::Is(Type::Timestamp))],
            "The first instant of the unit that an instant is in. A week begins on Monday.",
            &[
                (
                    "DATE_TRUNC('month', TIMESTAMP '2026-01-31T10:20:30Z')",
                    "TIMESTAMP '2026-01-01T00:00:00Z'",
                ),
                (
                    "DATE_TRUNC('week', DATE '2026-02-01')",
                    "TIMESTAMP '2026-01-26T00:00:00Z'",
                ),
                (
                    "DATE_TRUNC('hour', TIMESTAMP '2026-01-31T10:20:30Z')",
                    "TIMESTAMP '2026-01-31T10:00:00Z'",
                ),
            ],
            date_trunc,
        ),
        Builtin::strict(
            "DATE_ADD",
            &[Signature::new(
                &[UNIT, Parameter::int("count"), T],
                Kind::Is(Type::Timestamp),
            )],
            "The instant so many units later, or earlier. A day that a month does not have is its \
             last one.",
            &[
                (
                    "DATE_ADD('month', 1, TIMESTAMP '2026-01-31T10:00:00Z')",
                    "TIMESTAMP '2026-02-28T10:00:00Z'",
                ),
                (
                    "DATE_ADD('days', -1, DATE '2026-03-01')",
                    "TIMESTAMP '2026-02-28T00:00:00Z'",
                ),
            ],
            date_add,
        ),
        Builtin::strict(
            "DATE_DIFF",
            &[Signature::new(&[UNIT, START, END], Kind::Is(Type::Int))],
            "How many units begin after `start` and up to `end`; negative the other way round.",
            &[
                (
                    "DATE_DIFF('day', TIMESTAMP '2026-01-31T23:59:00Z', DATE '2026-02-01')",
                    "1",
                ),
                (
                    "DATE_DIFF('month', DATE '2026-01-31', DATE '2026-02-01')",
                    "1",
                ),
                (
                    "DATE_DIFF('year', DATE '2026-12-31', DATE '2026-01-01')",
                    "0",
                ),
                (
                    "DATE_DIFF('hour', DATE '2026-01-02', DATE '2026-01-01')",
                    "-24",
                ),
            ],
            date_diff,
        ),
        part(
            "YEAR",
            "The year.",
            &[("YEAR(DATE '2026-01-31')", "2026")],
            |arguments| of_day(arguments, |day| i64::from(day.year())),
        ),
        part(
            "QUARTER",
            "The quarter of the year, 1 to 4.",
            &[("QUARTER(DATE '2026-05-01')", "2")],
            |arguments| of_day(arguments, |day| i64::from(day.month() + 2) / 3),
        ),
        part(
            "MONTH",
            "The month, 1 to 12.",
            &[("MONTH(DATE '2026-01-31')", "1")],
            |arguments| of_day(arguments, |day| i64::from(day.month())),
        ),
        part(
            "WEEK",
            "The week of the year by ISO 8601, 1 to 53: the first one has the year's first Thursday.",
            &[("WEEK(DATE '2027-01-01')", "53")],
            |arguments| of_day(arguments, |day| i64::from(day.iso_week_date().week())),
        ),
        Builtin {
            aliases: &["DAY_OF_MONTH"],
            ..part(
                "DAY",
                "The day of the month, 1 to 31.",
                &[("DAY(DATE '2026-01-31')", "31")],
                |arguments| of_day(arguments, |day| i64::from(day.day())),
            )
        },
        part(
            "DAY_OF_WEEK",
            "The day of the week, 1 for Monday to 7 for Sunday.",
            &[("DAY_OF_WEEK(DATE '2026-01-31')", "6")],
            |arguments| {
                of_day(arguments, |day| {
                    i64::from(day.weekday().to_monday_one_offset())
                })
            },
        ),
        part(
            "DAY_OF_YEAR",
            "The day of the year, 1 to 366.",
            &[("DAY_OF_YEAR(DATE '2026-02-01')", "32")],
            |arguments| of_day(arguments, |day| i64::from(day.day_of_year())),
        ),
        part(
            "HOUR",
            "The hour, 0 to 23.",
            &[
                ("HOUR(TIMESTAMP '2026-01-31T10:20:30Z')", "10"),
                (
                    "HOUR(TIMESTAMP '2026-07-31T10:20:30Z', 'Europe/Berlin')",
                    "12",
                ),
            ],
            |arguments| of_clock(arguments, Time::hour),
        ),
        part(
            "MINUTE",
            "The minute, 0 to 59.",
            &[("MINUTE(TIMESTAMP '2026-01-31T10:20:30Z')", "20")],
            |arguments| of_clock(arguments, Time::minute),
        ),
        part(
            "SECOND",
            "The second, 0 to 59, whole.",
            &[("SECOND(TIMESTAMP '2026-01-31T10:20:30.999Z')", "30")],
            |arguments| of_clock(arguments, Time::second),
        ),
    ],
};

/// A unit as a number of others.
#[derive(Clone, Copy)]
enum Unit {
    /// So many milliseconds, counted from an instant where one begins.
    Fixed { millis: i64, origin: i64 },
    /// So many months.
    Months(i64),
}

impl Unit {
    fn named(text: &str) -> Option<Self> {
        let fixed = |millis| Self::Fixed { millis, origin: 0 };
        Some(match word(UNITS, text)? {
            "millisecond" => fixed(1),
            "second" => fixed(1_000),
            "minute" => fixed(60_000),
            "hour" => fixed(3_600_000),
            "day" => fixed(DAY_MS),
            // 1970 began on a Thursday; the Monday after it was the 5th.
            "week" => Self::Fixed {
                millis: 7 * DAY_MS,
                origin: 4 * DAY_MS,
            },
            "month" => Self::Months(1),
            "quarter" => Self::Months(3),
            "year" => Self::Months(12),
            _ => return None,
        })
    }

    /// How many of the unit have begun up to an instant, counted from some fixed one.
    fn index(self, millis: i64) -> Option<i64> {
        Some(match self {
            Self::Fixed {
                millis: length,
                origin,
            } => millis.checked_sub(origin)?.div_euclid(length),
            Self::Months(months) => month_index(day_of(millis)?).div_euclid(months),
        })
    }

    /// The instant at which the unit of an index begins.
    fn start(self, index: i64) -> Option<i64> {
        match self {
            Self::Fixed {
                millis: length,
                origin,
            } => index.checked_mul(length)?.checked_add(origin),
            Self::Months(months) => {
                let month = index.checked_mul(months)?;
                let year = i16::try_from(month.div_euclid(12)).ok()?;
                let date = Date::new(year, month.rem_euclid(12) as i8 + 1, 1).ok()?;
                Some(i64::from(days_of(date)?) * DAY_MS)
            }
        }
    }
}

/// Months since the year 0.
fn month_index(day: Date) -> i64 {
    i64::from(day.year()) * 12 + i64::from(day.month()) - 1
}

fn epoch() -> Date {
    Date::constant(1970, 1, 1)
}

fn day_of(millis: i64) -> Option<Date> {
    let span = Span::new().try_days(millis.div_euclid(DAY_MS)).ok()?;
    epoch().checked_add(span).ok()
}

fn timestamp(millis: Option<i64>) -> Value {
    millis.map_or(Value::Null, Value::Timestamp)
}

fn date_trunc(arguments: &[Value]) -> Value {
    let [Value::String(unit), Value::Timestamp(millis)] = arguments else {
        return Value::Null;
    };
    let start = |unit: Unit| unit.start(unit.index(*millis)?);
    timestamp(Unit::named(unit).and_then(start))
}

fn date_add(arguments: &[Value]) -> Value {
    let [
        Value::String(unit),
        Value::Int(count),
        Value::Timestamp(millis),
    ] = arguments
    else {
        return Value::Null;
    };
    let moved = match Unit::named(unit) {
        Some(Unit::Fixed { millis: length, .. }) => count
            .checked_mul(length)
            .and_then(|distance| millis.checked_add(distance)),
        Some(Unit::Months(months)) => count
            .checked_mul(months)
            .and_then(|months| add_months(*millis, months)),
        None => None,
    };
    timestamp(moved)
}

/// The same day and time of day of another month, or that month's last day.
fn add_months(millis: i64, months: i64) -> Option<i64> {
    let span = Span::new().try_months(months).ok()?;
    let day = day_of(millis)?.checked_add(span).ok()?;
    Some(i64::from(days_of(day)?) * DAY_MS + millis.rem_euclid(DAY_MS))
}

fn date_diff(arguments: &[Value]) -> Value {
    let [
        Value::String(unit),
        Value::Timestamp(start),
        Value::Timestamp(end),
    ] = arguments
    else {
        return Value::Null;
    };
    let count = |unit: Unit| unit.index(*end)?.checked_sub(unit.index(*start)?);
    let count = Unit::named(unit).and_then(count);
    count.map_or(Value::Null, Value::Int)
}

/// The calendar and the clock of an instant in a zone, where one is given.
fn local(arguments: &[Value]) -> Option<DateTime> {
    let (millis, zone) = match arguments {
        [Value::Timestamp(millis)] => (*millis, Zone::utc()),
        [Value::Timestamp(millis), Value::String(zone)] => (*millis, Zone::named(zone)?),
        _ => return None,
    };
    zone.local(millis)
}

fn of_day(arguments: &[Value], part: impl Fn(Date) -> i64) -> Value {
    let local = local(arguments);
    local.map_or(Value::Null, |local| Value::Int(part(local.date())))
}

fn of_clock(arguments: &[Value], part: impl Fn(Time) -> i8) -> Value {
    let local = local(arguments);
    local.map_or(Value::Null, |local| Value::Int(part(local.time()).into()))
}
