//! Spans of time, windows, and tests against now.

use super::Teller;
use super::layout::Told;
use crate::calendar::{Anniversary, CalendarSpan, CalendarUnit, Reach};
use crate::rule::{Node, TimeTest, Window};
use crate::time::{DAY_MS, format_date, format_timestamp};

const UNITS: [(i64, &str); 4] = [
    (DAY_MS, "day"),
    (3_600_000, "hour"),
    (60_000, "minute"),
    (1_000, "second"),
];

/// After instants, which are told in universal time.
const UTC: &str = " (UTC)";

impl Teller<'_> {
    /// WITHIN LAST and its family, and their opposites.
    pub(super) fn instant_test(self, test: TimeTest, operand: &Node, holds: bool) -> Told {
        let value = self.value(operand);
        if let TimeTest::Anniversary(asked) = test {
            let when = anniversary_words(asked);
            return Told::Plain(match holds {
                true => format!("the anniversary of {value} is {when}"),
                false if self.may_lack(operand) => {
                    format!("{value} is known and its anniversary is not {when}")
                }
                false => format!("the anniversary of {value} is not {when}"),
            });
        }
        let when = match test {
            TimeTest::WithinLast(last) => in_the_last(last),
            TimeTest::WithinLastCalendar(calendar) => calendar_words(calendar),
            TimeTest::WithinNext(next) => format!("in the next {}", one_unit(next)),
            TimeTest::OlderThan(age) => format!("at least {} ago", duration(age)),
            TimeTest::FromToAgo { from, to } => from_to_ago(from, to),
            TimeTest::During { start, end } => during(start, end),
            TimeTest::Anniversary(asked) => anniversary_words(asked),
        };
        Told::Plain(if holds {
            format!("{value} is {when}")
        } else {
            format!("{value} is {}not {when}", self.known_and(operand))
        })
    }
}

/// When the events of a window happened, with a blank before it; nothing for all time.
pub(super) fn window(window: Window) -> String {
    let when = match window {
        Window::AllTime => return String::new(),
        Window::WithinLast(last) => in_the_last(last),
        Window::WithinLastCalendar(calendar) => calendar_words(calendar),
        Window::FromToAgo { from, to } => from_to_ago(from, to),
        Window::During { start, end } => during(start, end),
    };
    format!(" {when}")
}

fn in_the_last(last: i64) -> String {
    format!("in the last {}", one_unit(last))
}

fn from_to_ago(from: i64, to: i64) -> String {
    format!("from {} to {} ago", duration(from), duration(to))
}

fn during(start: i64, end: i64) -> String {
    let (start, end) = (instant(start), instant(end));
    // The zone is the same for both.
    let start = start.strip_suffix(UTC).unwrap_or(&start);
    format!("from {start} until before {end}")
}

/// `in the next 7 days (Europe/Berlin)`
fn anniversary_words(asked: Anniversary) -> String {
    let when = match asked.reach {
        Reach::Next(next) => format!("in the next {}", one_unit(next)),
        Reach::Last(last) => in_the_last(last),
        Reach::LastCalendar(calendar) => return calendar_words(calendar),
    };
    format!("{when} ({})", asked.zone.name())
}

/// `in this month so far or the 2 months before it (Europe/Berlin)`: what is yet to come of the month
/// is not within it.
fn calendar_words(calendar: CalendarSpan) -> String {
    let (this, unit) = match calendar.unit {
        CalendarUnit::Days if calendar.count > 1 => ("today", "day"),
        CalendarUnit::Days => ("today so far", "day"),
        CalendarUnit::Weeks => ("in this week so far", "week"),
        CalendarUnit::Months => ("in this month so far", "month"),
        CalendarUnit::Years => ("in this year so far", "year"),
    };
    let before = match calendar.count {
        0 | 1 => String::new(),
        2 => format!(" or the {unit} before it"),
        count => format!(" or the {} {unit}s before it", count - 1),
    };
    format!("{this}{before} ({})", calendar.zone.name())
}

/// A duration without the number where that is 1: `in the last day`.
fn one_unit(milliseconds: i64) -> String {
    let text = duration(milliseconds);
    text.strip_prefix("1 ").map_or(text.clone(), str::to_owned)
}

/// `30 days`: milliseconds in the largest unit that they are a whole number of.
pub fn duration(milliseconds: i64) -> String {
    let unit = UNITS
        .into_iter()
        .find(|(length, _)| milliseconds % length == 0);
    let (length, unit) = unit.unwrap_or((1, "millisecond"));
    match milliseconds / length {
        0 => String::from("0 seconds"),
        1 => format!("1 {unit}"),
        count => format!("{count} {unit}s"),
    }
}

/// An instant; a day alone where it is a midnight in UTC.
pub(super) fn instant(milliseconds: i64) -> String {
    let day = i32::try_from(milliseconds / DAY_MS);
    match day {
        Ok(day) if milliseconds % DAY_MS == 0 => format!("{}{UTC}", format_date(day)),
        _ => {
            let text = format_timestamp(milliseconds);
            match text.strip_suffix('Z') {
                Some(text) => format!("{}{UTC}", text.replace('T', " ")),
                None => text,
            }
        }
    }
}
