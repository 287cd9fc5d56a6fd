//! Instants against now: half-open windows, exact to the millisecond.

use crate::*;

/// `at`, this many milliseconds before noon.
fn ago(milliseconds: i64) -> [(&'static str, Value); 1] {
    let at = rulelang::time::format_timestamp(NOON - milliseconds);
    [("at", string(&at))]
}

#[test]
fn within_last_leaves_out_the_old_end_and_takes_in_now() {
    let text = "at WITHIN LAST 1h";
    assert_eq!(of(text, &ago(HOUR)), FALSE);
    assert_eq!(of(text, &ago(HOUR - 1)), TRUE);
    assert_eq!(of(text, &ago(0)), TRUE);
    assert_eq!(of(text, &ago(-1)), FALSE);
    assert_eq!(of("at NOT WITHIN LAST 1h", &ago(HOUR)), TRUE);
}

#[test]
fn within_next_leaves_out_now_and_takes_in_the_far_end() {
    let text = "at WITHIN NEXT 1h";
    assert_eq!(of(text, &ago(0)), FALSE);
    assert_eq!(of(text, &ago(-1)), TRUE);
    assert_eq!(of(text, &ago(-HOUR)), TRUE);
    assert_eq!(of(text, &ago(-HOUR - 1)), FALSE);
}

#[test]
fn older_than_is_what_within_last_leaves_out_of_the_past() {
    assert_eq!(of("at OLDER THAN 1h", &ago(HOUR)), TRUE);
    assert_eq!(of("at OLDER THAN 1h", &ago(HOUR - 1)), FALSE);
}

#[test]
fn from_to_ago_is_half_open() {
    let text = "at FROM 2h TO 1h AGO";
    assert_eq!(of(text, &ago(2 * HOUR)), FALSE);
    assert_eq!(of(text, &ago(2 * HOUR - 1)), TRUE);
    assert_eq!(of(text, &ago(HOUR)), TRUE);
    assert_eq!(of(text, &ago(HOUR - 1)), FALSE);
}

#[test]
fn during_takes_in_its_start_and_leaves_out_its_end() {
    let text = "at DURING TIMESTAMP '2024-01-15T11:00:00Z' TO TIMESTAMP '2024-01-15T12:00:00Z'";
    assert_eq!(of(text, &ago(HOUR)), TRUE);
    assert_eq!(of(text, &ago(HOUR + 1)), FALSE);
    assert_eq!(of(text, &ago(0)), FALSE);
    assert_eq!(of(text, &ago(1)), TRUE);
    let text = text.replace("DURING", "NOT DURING");
    assert_eq!(of(&text, &ago(1)), FALSE);
    assert_eq!(of(&text, &ago(0)), TRUE);
    assert_eq!(of_nobody(&text), Value::Null);
    // A day is its midnight.
    let day = "d DURING DATE '2024-01-14' TO DATE '2024-01-15'";
    assert_eq!(of(day, &[("d", string("2024-01-14"))]), TRUE);
    assert_eq!(of(day, &[("d", string("2024-01-15"))]), FALSE);
}

/// At noon the next day begins in eleven hours in Berlin, in twelve in universal time.
#[test]
fn an_anniversary_is_of_the_day_in_its_zone() {
    let born = |day: &'static str| [("d", string(day))];
    let today = "ANNIVERSARY(d) WITHIN LAST 1 CALENDAR DAY";
    assert_eq!(of(today, &born("1990-01-15")), TRUE);
    assert_eq!(of(today, &born("1990-01-16")), FALSE);
    let berlin = "ANNIVERSARY(d) WITHIN NEXT 11h IN 'Europe/Berlin'";
    assert_eq!(of(berlin, &born("1990-01-16")), TRUE);
    let utc = "ANNIVERSARY(d) WITHIN NEXT 11h";
    assert_eq!(of(utc, &born("1990-01-16")), FALSE);
    assert_eq!(
        of("ANNIVERSARY(d) NOT WITHIN NEXT 11h", &born("1990-01-16")),
        TRUE
    );
    assert_eq!(of_nobody(today), Value::Null);
    // A timestamp is no anniversary of itself, a date that is to come is.
    assert_eq!(of("ANNIVERSARY(at) WITHIN LAST 1d", &ago(HOUR)), FALSE);
    assert_eq!(
        of("ANNIVERSARY(d) WITHIN NEXT 1d", &born("2024-01-16")),
        TRUE
    );
}

#[test]
fn before_and_after_are_strict() {
    let noon = "TIMESTAMP '2024-01-15T12:00:00Z'";
    assert_eq!(of(&format!("at BEFORE {noon}"), &ago(0)), FALSE);
    assert_eq!(of(&format!("at AFTER {noon}"), &ago(0)), FALSE);
    assert_eq!(of(&format!("at BEFORE {noon}"), &ago(1)), TRUE);
    assert_eq!(of(&format!("at AFTER {noon}"), &ago(-1)), TRUE);
}

#[test]
fn a_date_is_its_midnight_utc_beside_an_instant() {
    let day = [("d", string("2024-01-15"))];
    assert_eq!(of("d == TIMESTAMP '2024-01-15T00:00:00Z'", &day), TRUE);
    assert_eq!(of("d < TIMESTAMP '2024-01-15T00:00:00.001Z'", &day), TRUE);
    assert_eq!(of("d WITHIN LAST 12h", &day), FALSE);
    assert_eq!(of("d WITHIN LAST 13h", &day), TRUE);
    assert_eq!(of("d > DATE '2024-01-14'", &day), TRUE);
}

#[test]
fn instants_move_by_durations() {
    assert_eq!(of("at + 1h == NOW()", &ago(HOUR)), TRUE);
    assert_eq!(of("NOW() - 1h == at", &ago(HOUR)), TRUE);
    assert_eq!(of("NOW() - at", &ago(HOUR)), Value::Duration(HOUR));
    assert_eq!(of("NOW() - at > 30min", &ago(HOUR)), TRUE);
    let day = [("d", string("2024-01-15"))];
    assert_eq!(of("d + 12h", &day), Value::Timestamp(NOON));
    assert_eq!(of("d - DATE '2024-01-14' == 1d", &day), TRUE);
}

#[test]
fn finer_digits_are_floored() {
    let at = [("at", string("2024-01-15T11:59:59.9999Z"))];
    assert_eq!(of("at WITHIN LAST 1ms", &at), FALSE);
    assert_eq!(of("at WITHIN LAST 2ms", &at), TRUE);
}
