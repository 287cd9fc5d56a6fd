//! Instants and days as text: RFC 3339 and `YYYY-MM-DD`, by way of jiff.

use jiff::Timestamp;
use jiff::civil::Date;

/// Milliseconds of a day.
pub const DAY_MS: i64 = 86_400_000;

/// Reads an RFC 3339 timestamp as milliseconds since the epoch; finer digits are floored.
/// `None` where it is malformed or has no offset.
pub fn parse_timestamp(text: &str) -> Option<i64> {
    let timestamp: Timestamp = text.parse().ok()?;
    Some(timestamp.as_nanosecond().div_euclid(1_000_000) as i64)
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
    Timestamp::from_millisecond(millis).map_or_else(|_| millis.to_string(), |ts| ts.to_string())
}

/// Whether an instant, in milliseconds, can be written in RFC 3339: whatever its offset, its year has
/// four digits.
pub(crate) fn can_be_written(millis: i64) -> bool {
    Timestamp::from_millisecond(millis).is_ok()
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
        assert_eq!(
            format_timestamp(1_705_307_400_120),
            "2024-01-15T08:30:00.12Z"
        );
    }

    #[test]
    fn dates_are_days_since_the_epoch() {
        assert_eq!(parse_date("1970-01-02"), Some(1));
        assert_eq!(parse_date("1968-02-29"), Some(-672));
        assert_eq!(parse_date("2023-02-29"), None);
        assert_eq!(format_date(-672), "1968-02-29");
    }
}
