//! Zen's instants: of `d`, which are values of their own, and of the older functions, which take strings and
//! seconds since 1970, and answer seconds.

use crate::case::{Unsaid, no_function, unsaid};
use crate::said::{Kind, Said};

/// A function about instants, if it is one.
pub(super) fn call(name: &str, arguments: &[Said]) -> Option<Result<Said, Unsaid>> {
    let (first, rest) = arguments.split_first()?;
    let said = match name {
        "d" | ".d" if rest.is_empty() => instant(first),
        "date" => instant(first).map(|at| seconds(&at)),
        "duration" => duration(first),
        "dateString" => instant(first).map(|at| written(&at)),
        "startOf" | ".startOf" => with_unit(first, rest, start),
        "endOf" | ".endOf" => with_unit(first, rest, end),
        ".add" => moved(first, rest, false),
        ".sub" => moved(first, rest, true),
        ".isBefore" => compared(first, "<", rest),
        ".isAfter" => compared(first, ">", rest),
        ".isSame" => compared(first, "==", rest),
        ".isSameOrBefore" => compared(first, "<=", rest),
        ".isSameOrAfter" => compared(first, ">=", rest),
        _ => {
            let function = part(name)?;
            instant(first).map(|at| Said::call(function, &[&at], Kind::Int))
        }
    };
    Some(said)
}

/// The function for a part of an instant.
fn part(name: &str) -> Option<&'static str> {
    Some(match name {
        "year" | ".year" => "YEAR",
        ".quarter" => "QUARTER",
        "monthOfYear" | ".month" => "MONTH",
        "weekOfYear" => "WEEK",
        "dayOfMonth" | ".day" => "DAY",
        "dayOfWeek" | ".weekday" => "DAY_OF_WEEK",
        "dayOfYear" | ".dayOfYear" => "DAY_OF_YEAR",
        ".hour" => "HOUR",
        ".minute" => "MINUTE",
        ".second" => "SECOND",
        _ => return None,
    })
}

/// A string, or seconds, as an instant. What a literal lacks for RFC 3339 is written into it.
fn instant(of: &Said) -> Result<Said, Unsaid> {
    match of.kind {
        Kind::Instant => Ok(of.clone()),
        Kind::Text if of.text.contains(' ') => {
            let date = of.text.replace(' ', "T").replacen('"', "", 2);
            Ok(Said::call(
                "TO_TIMESTAMP",
                &[&Said::string(&format!("{date}Z"))],
                Kind::Instant,
            ))
        }
        Kind::Text | Kind::Int | Kind::Float => {
            Ok(Said::call("TO_TIMESTAMP", &[of], Kind::Instant))
        }
        _ => unsaid("instants of other things"),
    }
}

fn epoch() -> Said {
    Said::call("TO_TIMESTAMP", &[&Said::number("0")], Kind::Instant)
}

/// An instant as seconds since 1970.
fn seconds(at: &Said) -> Said {
    Said::call(
        "DATE_DIFF",
        &[&Said::string("second"), &epoch(), at],
        Kind::Int,
    )
}

/// `2026-01-31 10:00:00`.
fn written(at: &Said) -> Said {
    let rfc = Said::call("TO_STRING", &[at], Kind::Text);
    let blank = Said::call(
        "REPLACE",
        &[&rfc, &Said::string("T"), &Said::string(" ")],
        Kind::Text,
    );
    Said::call("LEFT", &[&blank, &Said::number("19")], Kind::Text)
}

/// `1h 30m` in seconds.
fn duration(of: &Said) -> Result<Said, Unsaid> {
    let mut parts = Vec::new();
    for part in of.text.trim_matches('"').split_whitespace() {
        let digits = part
            .find(|c: char| !c.is_ascii_digit())
            .unwrap_or(part.len());
        let (count, unit) = part.split_at(digits);
        let seconds = match unit {
            "d" => 86_400,
            "h" => 3_600,
            "m" => 60,
            "s" => 1,
            _ => return unsaid("durations without a fixed length"),
        };
        parts.push(format!("{count} * {seconds}"));
    }
    Ok(Said::compound(parts.join(" + "), Kind::Int))
}

/// The name that a literal unit has with us.
fn unit(of: &Said) -> Result<Said, Unsaid> {
    let ours = match of.text.trim_matches('"') {
        "second" | "seconds" | "s" => "second",
        "minute" | "minutes" | "m" => "minute",
        "hour" | "hours" | "h" => "hour",
        "day" | "days" | "d" => "day",
        "week" | "weeks" | "w" => "week",
        "month" | "months" | "M" => "month",
        "quarter" | "quarters" | "q" => "quarter",
        "year" | "years" | "y" => "year",
        other => return no_function(&format!("the unit {other}")),
    };
    Ok(Said::string(ours))
}

/// Applies a function of a unit and an instant.
fn with_unit(of: &Said, rest: &[Said], function: fn(&Said, &Said) -> Said) -> Result<Said, Unsaid> {
    match rest {
        [of_unit] => Ok(function(&unit(of_unit)?, &instant(of)?)),
        _ => unsaid("instants of other things"),
    }
}

fn start(unit: &Said, at: &Said) -> Said {
    Said::call("DATE_TRUNC", &[unit, at], Kind::Instant)
}

/// The last second of a unit.
fn end(unit: &Said, at: &Said) -> Said {
    let next = Said::call(
        "DATE_ADD",
        &[unit, &Said::number("1"), &start(unit, at)],
        Kind::Instant,
    );
    next.infix("-", &Said::atom("1s", Kind::Duration), Kind::Instant)
}

fn moved(of: &Said, rest: &[Said], is_back: bool) -> Result<Said, Unsaid> {
    let [count, of_unit] = rest else {
        return unsaid("durations as strings");
    };
    let count = if is_back {
        count.negated()
    } else {
        count.clone()
    };
    let arguments = [&unit(of_unit)?, &count, &instant(of)?];
    Ok(Said::call("DATE_ADD", &arguments, Kind::Instant))
}

/// Compares two instants, or the units that they are in.
fn compared(of: &Said, op: &str, rest: &[Said]) -> Result<Said, Unsaid> {
    match rest {
        [other] => Ok(instant(of)?.infix(op, &instant(other)?, Kind::Bool)),
        [other, of_unit] => {
            let of_unit = unit(of_unit)?;
            let (left, right) = (
                start(&of_unit, &instant(of)?),
                start(&of_unit, &instant(other)?),
            );
            Ok(left.infix(op, &right, Kind::Bool))
        }
        _ => unsaid("instants of other things"),
    }
}
