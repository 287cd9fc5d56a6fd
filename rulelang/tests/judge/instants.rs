//! The instants at which a value may change by itself.

use rulelang::instants;

use crate::*;

const T: &str = "TIMESTAMP '2024-01-15T12:00:00Z'";

fn of_noon_buyer(text: &str) -> Vec<i64> {
    let facts = Facts {
        events: vec![event("1", "buy", NOON, &[])],
        ..Facts::default()
    };
    let after_noon = |instant: i64| instant - NOON;
    let instants = instants(&rule(text), &facts);
    instants.into_iter().map(after_noon).collect()
}

#[test]
fn an_event_enters_and_leaves_windows() {
    assert_eq!(of_noon_buyer("COUNT(buy)"), [0]);
    assert_eq!(of_noon_buyer("COUNT(buy WITHIN LAST 1h)"), [0, HOUR]);
    let ago = "COUNT(buy FROM 2h TO 1h AGO)";
    assert_eq!(of_noon_buyer(ago), [0, HOUR, 2 * HOUR]);
}

#[test]
fn an_instant_passes_the_borders_of_time_tests() {
    let last = of_noon_buyer("lastActivity WITHIN LAST 1h");
    assert_eq!(last, [0, HOUR]);
    let next = of_noon_buyer(&format!("{T} + 3h WITHIN NEXT 1h"));
    assert_eq!(next, [0, 2 * HOUR, 3 * HOUR]);
    assert_eq!(of_noon_buyer(&format!("{T} OLDER THAN 1h")), [0, HOUR]);
    let nested = format!("IF({T} OLDER THAN 1h, {T} + 5h, {T}) WITHIN LAST 2h");
    assert_eq!(
        of_noon_buyer(&nested),
        [0, HOUR, 2 * HOUR, 5 * HOUR, 7 * HOUR]
    );
}

#[test]
fn a_comparison_with_now_flips_where_its_sides_meet() {
    let met = of_noon_buyer(&format!("{T} + 1h < NOW() - 1h"));
    assert_eq!(met, [0, 2 * HOUR - 1, 2 * HOUR, 2 * HOUR + 1]);
}

#[test]
fn without_facts_constants_still_flip() {
    let instants = instants(&rule(&format!("NOW() >= {T}")), &Facts::default());
    assert_eq!(instants, [NOON - 1, NOON, NOON + 1]);
}
