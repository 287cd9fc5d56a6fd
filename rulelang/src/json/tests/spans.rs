//! Windows of calendars, anniversaries, `during`, and what versions have.

use serde_json::json;

use super::{check, leaf};

#[test]
fn windows_of_every_kind_have_leaves() {
    for (operator, value, expected) in [
        (
            "within_last",
            json!({"count": 30, "unit": "calendar_days", "zone": "Europe/Berlin"}),
            "x WITHIN LAST 30 CALENDAR DAYS IN 'Europe/Berlin'",
        ),
        (
            "not_within_last",
            json!({"count": 1, "unit": "Calendar_Month"}),
            "x NOT WITHIN LAST 1 CALENDAR MONTH",
        ),
        (
            "within_last",
            json!({"count": 3, "unit": "days"}),
            "x WITHIN LAST 3 DAYS",
        ),
        (
            "anniversary_within_next",
            json!({"count": 7, "unit": "days", "zone": "Europe/Berlin"}),
            "ANNIVERSARY(x) WITHIN NEXT 7 DAYS IN 'Europe/Berlin'",
        ),
        (
            "not_anniversary_within_last",
            json!("30d"),
            "ANNIVERSARY(x) NOT WITHIN LAST 30 DAYS",
        ),
        (
            "during",
            json!({"start": "2026-01-01", "end": {"field": "y"}}),
            "x DURING DATE '2026-01-01' TO y",
        ),
        (
            "version_gte",
            json!("1.2.0"),
            "VERSION_COMPARE(x, '1.2.0') >= 0",
        ),
        (
            "SEMVER_LT",
            json!({"field": "y"}),
            "VERSION_COMPARE(x, y) < 0",
        ),
    ] {
        assert_eq!(leaf(operator, &value), expected, "{operator} {value}");
    }
}

#[test]
fn mistakes_in_windows_name_their_place() {
    check(&[
        (
            json!({"field": "a", "operator": "within_last",
                "value": {"count": 3, "unit": "days", "zone": "UTC"}}),
            "E0401 at /value/zone: a time zone goes with units of a calendar",
        ),
        (
            json!({"field": "a", "operator": "within_last",
                "value": {"count": 3, "unit": "calendar_day", "zone": "Mars"}}),
            "E0004 at /value/zone: there is no time zone `Mars`",
        ),
        (
            json!({"aggregate": "count", "field": "p", "operator": "gt", "value": 1,
                "window": {"last": {"count": 3, "unit": "calendar_dys"}}}),
            "E0401 at /window/last/unit: there is no unit `calendar_dys`",
        ),
        (
            json!({"field": "a", "operator": "within_last",
                "value": {"count": 10001, "unit": "calendar_days"}}),
            "E0004 at /value/count: how many is from 1 to 10000, the limit (calendar units)",
        ),
        (
            json!({"field": "a", "operator": "anniversary_within_next",
                "value": {"count": 3, "unit": "calendar_days"}}),
            "E0401 at /value: calendar windows lie in the past",
        ),
        (
            json!({"field": "a", "operator": "during", "value": {"start": "2026-01-01"}}),
            "E0401 at /value: `during` takes a start and an end",
        ),
    ]);
}
