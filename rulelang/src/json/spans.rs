//! Lengths of windows, of exact time and of a calendar, and tests whose window has a place; both
//! ways.
//!
//! `{"count": 30, "unit": "calendar_days", "zone": "Europe/Berlin"}` is a calendar's; with `"days"`
//! and the like the zone is that of an anniversary. Without one it is UTC.

use serde_json::{Map, Value as Json, json};

use crate::Code;
use crate::ast::{Duration, DurationUnit, TimeOp};
use crate::calendar::{CalendarSpan, CalendarUnit, Zone};
use crate::limits::CALENDAR_UNITS_MAX;

use super::operators::Operator;
use super::read::Reader;
use super::values::{duration_json, unit_of};

/// The units of a calendar by their names.
const CALENDAR: [(&str, CalendarUnit); 4] = [
    ("calendar_days", CalendarUnit::Days),
    ("calendar_weeks", CalendarUnit::Weeks),
    ("calendar_months", CalendarUnit::Months),
    ("calendar_years", CalendarUnit::Years),
];

/// How long a window is.
#[derive(Debug, Clone, Copy)]
pub(super) enum Length {
    /// A span of time, and the zone that was written with it.
    Exact(Duration, Option<Zone>),
    /// Units of a calendar.
    Calendar(CalendarSpan),
}

impl Reader {
    /// WITHIN LAST or an aggregate's window: any length, but a zone goes with a calendar.
    pub(super) fn last(&mut self, json: &Json, at: &str) -> Option<TimeOp> {
        match self.length(json, at)? {
            Length::Exact(last, None) => Some(TimeOp::WithinLast(last)),
            Length::Calendar(span) => Some(TimeOp::WithinLastCalendar(span)),
            Length::Exact(_, Some(_)) => {
                let help = "write a unit such as \"calendar_days\", or leave out the zone";
                self.shape(
                    &format!("{at}/zone"),
                    "a time zone goes with units of a calendar",
                    help,
                )
            }
        }
    }

    /// What is asked of an anniversary.
    pub(super) fn anniversary(&mut self, is_next: bool, json: &Json, at: &str) -> Option<TimeOp> {
        let (within, zone) = match self.length(json, at)? {
            Length::Exact(next, zone) if is_next => (TimeOp::WithinNext(next), zone),
            Length::Exact(last, zone) => (TimeOp::WithinLast(last), zone),
            Length::Calendar(span) if !is_next => {
                (TimeOp::WithinLastCalendar(span), Some(span.zone))
            }
            Length::Calendar(_) => {
                let help = "write a unit such as \"days\"";
                return self.shape(at, "calendar windows lie in the past", help);
            }
        };
        Some(TimeOp::Anniversary {
            within: Box::new(within),
            zone: zone.unwrap_or_else(Zone::utc),
        })
    }

    /// `{"start": …, "end": …}`
    pub(super) fn during(&mut self, json: &Json, at: &str) -> Option<TimeOp> {
        let Json::Object(map) = json else {
            let help = "write {\"start\": \"2026-01-01\", \"end\": \"2026-02-01\"}";
            return self.shape(at, "`during` takes a start and an end", help);
        };
        self.only_keys(map, &["start", "end"], at)?;
        let (Some(start), Some(end)) = (map.get("start"), map.get("end")) else {
            let help = "write {\"start\": \"2026-01-01\", \"end\": \"2026-02-01\"}";
            return self.shape(at, "`during` takes a start and an end", help);
        };
        let start = self.instant(start, &format!("{at}/start"));
        let end = self.instant(end, &format!("{at}/end"));
        Some(TimeOp::During(Box::new(start?), Box::new(end?)))
    }

    /// A duration, or a count of units.
    fn length(&mut self, json: &Json, at: &str) -> Option<Length> {
        match json {
            Json::Object(map) if map.contains_key("count") || map.contains_key("unit") => {
                self.counted(map, at)
            }
            _ => Some(Length::Exact(self.duration(json, at)?, None)),
        }
    }

    fn counted(&mut self, map: &Map<String, Json>, at: &str) -> Option<Length> {
        self.only_keys(map, &["count", "unit", "zone"], at)?;
        let zone = match map.get("zone") {
            Some(zone) => Some(self.zone(zone, &format!("{at}/zone"))?),
            None => None,
        };
        let count = map.get("count").and_then(Json::as_i64);
        let Some(count) = count.filter(|count| *count >= 0) else {
            let at = format!("{at}/count");
            return self.shape(&at, "a count is a whole number", "write 30");
        };
        let unit = map.get("unit").and_then(Json::as_str).unwrap_or_default();
        if let Some(unit) = unit_of(unit) {
            return Some(Length::Exact(Duration { count, unit }, zone));
        }
        let Some(unit) = calendar_unit(unit) else {
            let names = CALENDAR.iter().map(|(name, _)| *name);
            let nearest = crate::check::nearest(unit, names.chain(DURATIONS));
            let message = format!("there is no unit `{unit}`");
            return self.unknown(Code::JsonShape, &format!("{at}/unit"), message, nearest);
        };
        let fits = (1..=CALENDAR_UNITS_MAX as i64).contains(&count);
        let Some(count) = u32::try_from(count).ok().filter(|_| fits) else {
            let message =
                format!("how many is from 1 to {CALENDAR_UNITS_MAX}, the limit (calendar units)");
            return self.fail(Code::BadLiteral, &format!("{at}/count"), message);
        };
        Some(Length::Calendar(CalendarSpan {
            count,
            unit,
            zone: zone.unwrap_or_else(Zone::utc),
        }))
    }

    fn zone(&mut self, json: &Json, at: &str) -> Option<Zone> {
        let Json::String(name) = json else {
            let help = "write \"Europe/Berlin\"";
            return self.shape(at, "a time zone is named by a string", help);
        };
        Zone::named(name).or_else(|| {
            let message = format!("there is no time zone `{name}`");
            let nearest = crate::check::nearest(name, Zone::names());
            self.unknown(Code::BadLiteral, at, message, nearest)
        })
    }
}

/// The units of exact time as they are written beside a count.
const DURATIONS: [&str; 6] = [
    "milliseconds",
    "seconds",
    "minutes",
    "hours",
    "days",
    "weeks",
];

fn calendar_unit(name: &str) -> Option<CalendarUnit> {
    let name = name.to_lowercase();
    let mut units = CALENDAR.iter();
    let is_it = |known: &str| known == name || known.strip_suffix('s') == Some(&*name);
    Some(units.find(|(known, _)| is_it(known))?.1)
}

/// Operator and value of a test of time that a leaf can say.
pub(super) fn time_json(test: &TimeOp, negated: bool) -> Option<(Operator, Json)> {
    use super::values::instant_json;
    Some(match (test, negated) {
        (TimeOp::WithinLast(last), negated) => {
            (Operator::WithinLast { negated }, duration_json(*last)?)
        }
        (TimeOp::WithinLastCalendar(span), negated) => {
            (Operator::WithinLast { negated }, calendar_json(*span))
        }
        (TimeOp::During(start, end), negated) => {
            let value = json!({ "start": instant_json(start)?, "end": instant_json(end)? });
            (Operator::During { negated }, value)
        }
        (TimeOp::Anniversary { within, zone }, negated) => {
            let (is_next, value) = match **within {
                TimeOp::WithinNext(next) => (true, zoned_json(next, *zone)?),
                TimeOp::WithinLast(last) => (false, zoned_json(last, *zone)?),
                TimeOp::WithinLastCalendar(span) => (false, calendar_json(span)),
                _ => return None,
            };
            (Operator::Anniversary { is_next, negated }, value)
        }
        (TimeOp::WithinNext(next), false) => (Operator::WithinNext, duration_json(*next)?),
        (TimeOp::OlderThan(age), false) => (Operator::OlderThan, duration_json(*age)?),
        (TimeOp::Before(instant), false) => (Operator::Before, instant_json(instant)?),
        (TimeOp::After(instant), false) => (Operator::After, instant_json(instant)?),
        _ => return None,
    })
}

/// `{"count": 30, "unit": "calendar_days", "zone": "Europe/Berlin"}`
pub(super) fn calendar_json(span: CalendarSpan) -> Json {
    let mut units = CALENDAR.iter();
    let unit = units.find(|(_, unit)| *unit == span.unit);
    let unit = unit.map_or("", |(name, _)| name);
    counted_json(i64::from(span.count), unit, span.zone)
}

/// As [`duration_json`], with the zone where that is not UTC.
fn zoned_json(duration: Duration, zone: Zone) -> Option<Json> {
    if zone == Zone::utc() {
        return duration_json(duration);
    }
    let unit = match duration.unit {
        DurationUnit::Milliseconds => "milliseconds",
        DurationUnit::Seconds => "seconds",
        DurationUnit::Minutes => "minutes",
        DurationUnit::Hours => "hours",
        DurationUnit::Days => "days",
        DurationUnit::Weeks => "weeks",
    };
    Some(counted_json(duration.count, unit, zone))
}

fn counted_json(count: i64, unit: &str, zone: Zone) -> Json {
    let mut json = json!({ "count": count, "unit": unit });
    if let (Json::Object(map), true) = (&mut json, zone != Zone::utc()) {
        map.insert("zone".to_owned(), json!(zone.name()));
    }
    json
}
