//! Events that follow one another, and those that do not come.

use crate::*;

const MINUTE: i64 = 60_000;

/// Events at so many minutes before noon.
fn before(events: &[(&str, i64)]) -> Vec<Event> {
    let one = |(index, (event_type, minutes)): (usize, &(&str, i64))| {
        event(
            &format!("e{index}"),
            event_type,
            NOON - minutes * MINUTE,
            &[],
        )
    };
    events.iter().enumerate().map(one).collect()
}

/// The value at noon, and whenever else, in minutes after it.
fn at(text: &str, events: &[Event], minutes: i64) -> Value {
    let facts = Facts {
        events: events.to_vec(),
        ..Facts::default()
    };
    evaluate(&rule(text), &facts, NOON + minutes * MINUTE)
}

#[test]
fn steps_follow_strictly_and_in_their_order() {
    let in_order = before(&[("view", 20), ("buy", 10)]);
    assert_eq!(after("SEQUENCE(view THEN buy)", &in_order), TRUE);
    assert_eq!(after("SEQUENCE(buy THEN view)", &in_order), FALSE);
    let at_once = before(&[("view", 10), ("buy", 10)]);
    assert_eq!(after("SEQUENCE(view THEN buy)", &at_once), FALSE);
    let one = before(&[("buy", 10)]);
    assert_eq!(after("SEQUENCE(buy THEN buy)", &one), FALSE);
    assert_eq!(after("SEQUENCE(view THEN buy)", &[]), FALSE);
}

#[test]
fn within_includes_its_end_and_counts_from_the_step_before() {
    let events = before(&[("view", 70), ("buy", 10)]);
    assert_eq!(after("SEQUENCE(view THEN buy WITHIN 1h)", &events), TRUE);
    assert_eq!(
        after("SEQUENCE(view THEN buy WITHIN 59min)", &events),
        FALSE
    );
    let chain = before(&[("view", 70), ("page", 40), ("buy", 10)]);
    let text = "SEQUENCE(view THEN page WITHIN 30min THEN buy WITHIN 30min)";
    assert_eq!(after(text, &chain), TRUE);
}

#[test]
fn another_chain_may_do_where_the_nearest_does_not() {
    // The later view has no page after it in time, the earlier one has.
    let events = before(&[("view", 60), ("page", 55), ("view", 50), ("buy", 54)]);
    let text = "SEQUENCE(view THEN page WITHIN 5min THEN buy WITHIN 5min)";
    assert_eq!(after(text, &events), TRUE);
}

#[test]
fn the_first_step_lies_in_the_window() {
    let events = before(&[("view", 70), ("buy", 10)]);
    let of = |window: &str| after(&format!("SEQUENCE(view {window} THEN buy)"), &events);
    assert_eq!(of("WITHIN LAST 70min"), FALSE);
    assert_eq!(of("WITHIN LAST 71min"), TRUE);
    assert_eq!(of("FROM 2h TO 70min AGO"), TRUE);
    assert_eq!(of("FROM 2h TO 71min AGO"), FALSE);
    assert_eq!(of("WITHIN LAST 1 CALENDAR DAY"), TRUE);
    assert_eq!(of("DURING DATE '2024-01-15' TO DATE '2024-01-16'"), TRUE);
    assert_eq!(of("DURING DATE '2024-01-14' TO DATE '2024-01-15'"), FALSE);
}

#[test]
fn what_does_not_come_is_known_when_its_time_is_over() {
    let text = "SEQUENCE(view THEN NOT buy WITHIN 1h)";
    let viewed = before(&[("view", 30)]);
    assert_eq!(at(text, &viewed, 0), FALSE);
    assert_eq!(at(text, &viewed, 29), FALSE);
    assert_eq!(at(text, &viewed, 30), TRUE);
    let bought = before(&[("view", 30), ("buy", -30)]);
    assert_eq!(at(text, &bought, 30), FALSE);
    let too_late = before(&[("view", 30), ("buy", -31)]);
    assert_eq!(at(text, &too_late, 31), TRUE);
    let at_once = before(&[("view", 30), ("buy", 30)]);
    assert_eq!(at(text, &at_once, 30), TRUE);
}

#[test]
fn what_may_come_at_any_time_is_missed_until_it_comes() {
    let text = "SEQUENCE(view THEN NOT buy)";
    let events = before(&[("view", 30), ("buy", -10)]);
    assert_eq!(at(text, &events, -31), FALSE);
    assert_eq!(at(text, &events, -30), TRUE);
    assert_eq!(at(text, &events, 9), TRUE);
    assert_eq!(at(text, &events, 10), FALSE);
}

#[test]
fn a_condition_is_about_the_event_alone() {
    let view = |id: &str, minutes: i64, sku: &str| {
        event(id, "view", NOON - minutes * MINUTE, &[("sku", string(sku))])
    };
    let events = [view("1", 20, "a"), view("2", 10, "b")];
    let text = "SEQUENCE(view WHERE sku == 'a' THEN view WHERE sku == 'b')";
    assert_eq!(after(text, &events), TRUE);
    let other = "SEQUENCE(view WHERE sku == 'b' THEN view WHERE sku == 'a')";
    assert_eq!(after(other, &events), FALSE);
}

#[test]
fn it_is_never_null() {
    assert_eq!(after("SEQUENCE(view THEN buy) IS NULL", &[]), FALSE);
    assert_eq!(after("NOT SEQUENCE(view THEN buy)", &[]), TRUE);
}
