//! The functions of the Common Expression Language, by the names that ours have.

use crate::case::{Unsaid, no_function, unsaid};
use crate::said::{Kind, Said};

/// A function, or one called on a value: its first argument.
pub(super) fn call(name: &str, arguments: &[Said]) -> Result<Said, Unsaid> {
    let all: Vec<&Said> = arguments.iter().collect();
    match (name, all.as_slice()) {
        ("size" | ".size", [_]) => Ok(Said::call("LENGTH", &all, Kind::Int)),
        (".startsWith", [of, part]) => Ok(of.infix("STARTS WITH", part, Kind::Bool)),
        (".endsWith", [of, part]) => Ok(of.infix("ENDS WITH", part, Kind::Bool)),
        (".contains", [of, part]) => Ok(of.infix("CONTAINS", part, Kind::Bool)),
        (".matches" | "matches", [of, pattern]) => Ok(of.infix("MATCHES", pattern, Kind::Bool)),
        (".trim", [_]) => Ok(Said::call("TRIM", &all, Kind::Text)),
        (".reverse", [_]) => Ok(Said::call("REVERSE", &all, Kind::Text)),
        (".replace", [_, _, _]) => Ok(Said::call("REPLACE", &all, Kind::Text)),
        (".charAt", [of, at]) => {
            let one = Said::number("1");
            Ok(Said::call("SUBSTRING", &[of, &next(at), &one], Kind::Text))
        }
        (".indexOf", [_, _]) => Ok(before(&Said::call("POSITION", &all, Kind::Int))),
        (".substring", [of, start]) => Ok(Said::call("SUBSTRING", &[of, &next(start)], Kind::Text)),
        (".substring", [of, start, end]) => {
            let count = end.infix("-", start, Kind::Int);
            Ok(Said::call(
                "SUBSTRING",
                &[of, &next(start), &count],
                Kind::Text,
            ))
        }
        ("double" | "int" | "string" | "bool" | "timestamp" | "duration", [of]) => {
            conversion(name, of)
        }
        (_, [of]) if of.kind == Kind::Duration => part_of_duration(name, of),
        (_, [of]) if name.starts_with(".get") => part_of_instant(name, of),
        (_, [of, zone]) if name.starts_with(".get") => part_in_zone(name, of, zone),
        _ => no_function(name),
    }
}

/// `math.` and a function.
pub(super) fn math(name: &str, arguments: &[Said]) -> Result<Said, Unsaid> {
    let all: Vec<&Said> = arguments.iter().collect();
    let kinds = all.iter().map(|it| it.kind);
    let kind = kinds.fold(Kind::Int, Kind::with);
    match (name, all.as_slice()) {
        (".greatest", [list]) if list.kind == Kind::List => {
            Ok(Said::call("LIST_MAX", &all, Kind::Float))
        }
        (".least", [list]) if list.kind == Kind::List => {
            Ok(Said::call("LIST_MIN", &all, Kind::Float))
        }
        (
            ".greatest" | ".least" | ".abs" | ".sign" | ".ceil" | ".floor" | ".round" | ".trunc"
            | ".sqrt",
            _,
        ) => Ok(Said::call(&name[1..].to_uppercase(), &all, kind)),
        _ => no_function(name),
    }
}

/// A duration as written: numbers, each with a unit.
pub(super) fn duration(text: &str) -> Result<Said, Unsaid> {
    let (is_negative, mut rest) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let mut parts = Vec::new();
    while !rest.is_empty() {
        let digits = rest
            .find(|c: char| !c.is_ascii_digit())
            .unwrap_or(rest.len());
        let (count, after) = rest.split_at(digits);
        let unit = after
            .find(|c: char| c.is_ascii_digit())
            .unwrap_or(after.len());
        let (unit, after) = after.split_at(unit);
        let ours = match unit {
            "h" | "s" | "ms" => unit,
            "m" => "min",
            _ => return unsaid("durations below a millisecond"),
        };
        parts.push(format!("{count}{ours}"));
        rest = after;
    }
    let said = match parts.as_slice() {
        [one] => Said::atom(one.clone(), Kind::Duration),
        many => Said::compound(many.join(" + "), Kind::Duration),
    };
    Ok(if is_negative { said.negated() } else { said })
}

fn next(at: &Said) -> Said {
    at.infix("+", &Said::number("1"), Kind::Int)
}

fn before(at: &Said) -> Said {
    at.infix("-", &Said::number("1"), Kind::Int)
}

fn epoch() -> Said {
    Said::call("TO_TIMESTAMP", &[&Said::number("0")], Kind::Instant)
}

/// Whole units from 1970 to an instant.
fn since_epoch(unit: &str, to: &Said) -> Said {
    let unit = Said::string(unit);
    Said::call("DATE_DIFF", &[&unit, &epoch(), to], Kind::Int)
}

fn conversion(name: &str, of: &Said) -> Result<Said, Unsaid> {
    match (name, of.kind) {
        ("double", _) => Ok(Said::call("TO_FLOAT", &[of], Kind::Float)),
        ("int", Kind::Float) => {
            let whole = Said::call("TRUNC", &[of], Kind::Float);
            Ok(Said::call("TO_INT", &[&whole], Kind::Int))
        }
        ("int", Kind::Instant) => Ok(since_epoch("second", of)),
        ("int", _) => Ok(Said::call("TO_INT", &[of], Kind::Int)),
        ("string", Kind::Duration) => no_function("string of a duration"),
        ("string", _) => Ok(Said::call("TO_STRING", &[of], Kind::Text)),
        ("bool", _) => Ok(Said::call("TO_BOOL", &[of], Kind::Bool)),
        ("timestamp", _) => Ok(Said::call("TO_TIMESTAMP", &[of], Kind::Instant)),
        ("duration", Kind::Duration) => Ok(of.clone()),
        _ => no_function(name),
    }
}

fn part_of_instant(name: &str, of: &Said) -> Result<Said, Unsaid> {
    part(name, &[of])
}

/// A zone is a name, or how far its clocks are from UTC.
fn part_in_zone(name: &str, of: &Said, zone: &Said) -> Result<Said, Unsaid> {
    let text = zone.text.trim_matches('"');
    if text.contains(|c: char| c.is_alphabetic()) {
        return part(name, &[of, zone]);
    }
    let (op, clock) = match text.strip_prefix('-') {
        Some(clock) => ("-", clock),
        None => ("+", text.strip_prefix('+').unwrap_or(text)),
    };
    let Some((hours, minutes)) = clock.split_once(':') else {
        return unsaid("time zones of other forms");
    };
    let hours = Said::atom(format!("{hours}h"), Kind::Duration);
    let minutes = Said::atom(format!("{minutes}min"), Kind::Duration);
    let moved = of.infix(op, &hours, Kind::Instant);
    part(name, &[&moved.infix(op, &minutes, Kind::Instant)])
}

/// Where CEL counts from 0, we count from 1; its week begins on Sunday.
fn part(name: &str, of: &[&Said]) -> Result<Said, Unsaid> {
    let part = |function: &str| Said::call(function, of, Kind::Int);
    match name {
        ".getFullYear" => Ok(part("YEAR")),
        ".getMonth" => Ok(before(&part("MONTH"))),
        ".getDate" => Ok(part("DAY")),
        ".getDayOfMonth" => Ok(before(&part("DAY"))),
        ".getDayOfWeek" => Ok(part("DAY_OF_WEEK").infix("%", &Said::number("7"), Kind::Int)),
        ".getDayOfYear" => Ok(before(&part("DAY_OF_YEAR"))),
        ".getHours" => Ok(part("HOUR")),
        ".getMinutes" => Ok(part("MINUTE")),
        ".getSeconds" => Ok(part("SECOND")),
        _ => no_function(name),
    }
}

fn part_of_duration(name: &str, of: &Said) -> Result<Said, Unsaid> {
    let end = epoch().infix("+", of, Kind::Instant);
    match name {
        ".getHours" => Ok(since_epoch("hour", &end)),
        ".getMinutes" => Ok(since_epoch("minute", &end)),
        ".getSeconds" => Ok(since_epoch("second", &end)),
        _ => no_function(name),
    }
}
