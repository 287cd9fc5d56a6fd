//! Instants and days as text: RFC 3339 and `YYYY-MM-DD`, by way of jiff.

use jiff::civil::{Date, DateTime};
use jiff::fmt::temporal::Pieces;
use jiff::{SignedDuration, Timestamp};

/// Milliseconds of a day.
pub const DAY_MS: i64 = 86_400_000;

const EPOCH: DateTime = DateTime::constant(1970, 1, 1, 0, 0, 0, 0);

/// Reads an RFC 3339 timestamp as milliseconds since the epoch; finer digits are floored. What ISO 8601
/// writes shorter is taken too: no seconds, no separators. `None` where it is malformed or has no
/// offset, and beyond the year 9999 in UTC.
pub fn parse_timestamp(text: &str) -> Option<i64> {
    let Ok(timestamp) = text.parse::<Timestamp>() else {
        return parse_late(text);
    };
    Some(timestamp.as_nanosecond().div_euclid(1_000_000) as i64)
}

/// As [`parse_timestamp`], for the last day and a half of the year 9999, which jiff leaves out: who
/// means "never" writes 9999-12-31T23:59:59Z.
fn parse_late(text: &str) -> Option<i64> {
    let pieces = Pieces::parse(text).ok()?;
    let civil = pieces.date().to_datetime(pieces.time()?);
    let offset = pieces.to_numeric_offset()?.seconds();
    let nanoseconds = civil.duration_since(EPOCH).as_nanos();
    let millis = i64::try_from(nanoseconds.div_euclid(1_000_000)).ok()? - i64::from(offset) * 1_000;
    let is_late = Timestamp::MAX.as_millisecond() < millis;
    (is_late && can_be_written(millis)).then_some(millis)
}

/// Reads an instant as [`parse_timestamp`], or a day as its midnight in UTC.
pub(crate) fn instant_of(text: &str) -> Option<i64> {
    let midnight = || parse_date(text).map(|days| i64::from(days) * DAY_MS);
    parse_timestamp(text).or_else(midnight)
}

/// Reads a day as [`parse_date`], or an instant as the day that it is in UTC.
pub(crate) fn day_of(text: &str) -> Option<i32> {
    parse_date(text).or_else(|| parse_timestamp(text).and_then(day_in_utc))
}

/// The day in UTC of an instant in milliseconds; `None` where its number does not fit.
pub(crate) fn day_in_utc(millis: i64) -> Option<i32> {
    i32::try_from(millis.div_euclid(DAY_MS)).ok()
}

/// Reads `YYYY-MM-DD` as days since the epoch; `None` where there is no such day.
pub fn parse_date(text: &str) -> Option<i32> {
    let date: Date = (text.len() == 10).then(|| text.parse().ok())??;
    days_of(date)
}

/// A day as days since the epoch.
pub(crate) fn days_of(day: Date) -> Option<i32> {
    let since = Date::constant(1970, 1, 1).until(day).ok()?;
    Some(since.get_days())
}

/// Prints milliseconds as RFC 3339 in UTC, with milliseconds only where there are any.
/// Instants outside the years −9999 to 9999 print as a signed number of milliseconds.
pub fn format_timestamp(millis: i64) -> String {
    civil(millis).map_or_else(|| millis.to_string(), |civil| format!("{civil}Z"))
}

/// Whether an instant, in milliseconds, can be written: its year in UTC has four digits.
pub(crate) fn can_be_written(millis: i64) -> bool {
    civil(millis).is_some()
}

/// The calendar and the clock in UTC.
fn civil(millis: i64) -> Option<DateTime> {
    EPOCH.checked_add(SignedDuration::from_millis(millis)).ok()
}

/// Prints days since the epoch as `YYYY-MM-DD`.
pub fn format_date(days: i32) -> String {
    let span = jiff::Span::new().try_days(days);
    let date = span.and_then(|span| Date::constant(1970, 1, 1).checked_add(span));
    date.map_or_else(|_| days.to_string(), |date| date.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timestamps_floor_to_milliseconds() {
        assert_eq!(parse_timestamp("1970-01-01T00:00:00.0019Z"), Some(1));
        assert_eq!(parse_timestamp("1969-12-31T23:59:59.9999Z"), Some(-1));
        assert_eq!(
            parse_timestamp("2024-01-15T10:30:00+02:00"),
            Some(1_705_307_400_000)
        );
        assert_eq!(parse_timestamp("2024-01-15T10:30:00"), None);
        assert_eq!(parse_timestamp("2024-01-15"), None);
        assert_eq!(
            format_timestamp(1_705_307_400_120),
            "2024-01-15T08:30:00.12Z"
        );
    }

    #[test]
    fn the_last_instant_of_the_year_9999_is_one() {
        let last = 253_402_300_799_999;
        assert_eq!(parse_timestamp("9999-12-31T23:59:59.999Z"), Some(last));
        assert_eq!(format_timestamp(last), "9999-12-31T23:59:59.999Z");
        assert_eq!(format_timestamp(last + 1), (last + 1).to_string());
        let shifted = parse_timestamp("9999-12-31T23:59:59.9999+02:00");
        assert_eq!(shifted, Some(last - 7_200_000));
        for beyond in [
            "9999-12-31T23:59:59-00:01",
            "9999-12-31T23:59:59",
            "9999-12-32T00:00:00Z",
        ] {
            assert_eq!(parse_timestamp(beyond), None);
        }
    }

    #[test]
    fn a_day_is_its_midnight_and_an_instant_its_day() {
        assert_eq!(instant_of("1970-01-02"), Some(DAY_MS));
        assert_eq!(
            instant_of("1970-01-02T00:00:00+01:00"),
            Some(DAY_MS - 3_600_000)
        );
        assert_eq!(day_of("1970-01-02T00:00:00+01:00"), Some(0));
        assert_eq!((instant_of("soon"), day_of("soon")), (None, None));
    }

    #[test]
    fn dates_are_days_since_the_epoch() {
        assert_eq!(parse_date("1970-01-02"), Some(1));
        assert_eq!(parse_date("1968-02-29"), Some(-672));
        assert_eq!(parse_date("2023-02-29"), None);
        assert_eq!(format_date(-672), "1968-02-29");
    }
}
