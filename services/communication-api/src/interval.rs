//! The time from one start of a recurring campaign to the next: `90m`, `12h`, `7d`.

use crate::limits::{EVERY_MS_MAX, EVERY_MS_MIN};

const UNITS: [(char, i64); 4] = [
    ('w', 7 * 86_400_000),
    ('d', 86_400_000),
    ('h', 3_600_000),
    ('m', 60_000),
];

/// Reads an interval as milliseconds.
///
/// # Errors
/// What is wrong, in words.
pub(crate) fn parse(text: &str) -> Result<i64, String> {
    let unit = UNITS.iter().find(|(unit, _)| text.ends_with(*unit));
    let count = unit.and_then(|(unit, ms)| {
        let count: i64 = text.strip_suffix(*unit)?.parse().ok()?;
        count.checked_mul(*ms)
    });
    match count {
        Some(ms) if (EVERY_MS_MIN..=EVERY_MS_MAX).contains(&ms) => Ok(ms),
        Some(_) => Err(format!("`{text}` is not between 1m and 366d")),
        None => Err(format!("`{text}` is not an interval like `12h` or `7d`")),
    }
}

/// Prints milliseconds in the largest unit that divides them.
pub(crate) fn format(ms: i64) -> String {
    let unit = UNITS.iter().find(|(_, unit_ms)| ms % unit_ms == 0);
    unit.map_or_else(
        || format!("{ms}ms"),
        |(unit, unit_ms)| format!("{}{unit}", ms / unit_ms),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_interval_is_a_whole_number_of_units() {
        assert_eq!(parse("90m"), Ok(5_400_000));
        assert_eq!(parse("366d"), Ok(EVERY_MS_MAX));
        for text in [
            "",
            "d",
            "7",
            "-1d",
            "1.5h",
            "59s",
            "0m",
            "367d",
            "99999999999999999w",
            "7 d",
        ] {
            assert!(parse(text).is_err(), "{text}");
        }
        for text in ["90m", "12h", "6d", "2w"] {
            assert_eq!(format(parse(text).unwrap()), text);
        }
        assert_eq!(format(parse("7d").unwrap()), "1w");
    }
}
