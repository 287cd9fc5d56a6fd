//! Profile fields from traits and events.

use crate::*;

fn ask(text: &str, traits: &[Traits], events: &[Event]) -> Value {
    let facts = Facts {
        traits: traits.to_vec(),
        events: events.to_vec(),
        ..Facts::default()
    };
    evaluate(&rule(text), &facts, NOON)
}

fn said(id: &str, timestamp: Option<i64>, s: Value) -> Traits {
    identify(id, timestamp, &[("s", s)])
}

fn seen(id: &str, timestamp: i64, s: Value) -> Event {
    event(id, "view", timestamp, &[("s", s)])
}

#[test]
fn the_latest_property_of_any_event_is_the_field() {
    let events = [
        seen("2", NOON - 1, string("newer")),
        seen("3", NOON - 2, string("older")),
        seen("4", NOON + 1, string("future")),
    ];
    assert_eq!(ask("s", &[], &events), string("newer"));
}

#[test]
fn ties_of_timestamps_break_by_the_bytes_of_the_id() {
    let events = [
        seen("10", NOON, string("ten")),
        seen("9", NOON, string("nine")),
    ];
    assert_eq!(ask("s", &[], &events), string("nine"));
    let traits = [
        said("9", Some(NOON), string("nine")),
        said("10", Some(NOON), string("ten")),
    ];
    assert_eq!(ask("s", &traits, &[]), string("nine"));
}

#[test]
fn a_trait_wins_over_a_later_event() {
    let traits = [said("1", Some(NOON - HOUR), string("trait"))];
    let events = [seen("2", NOON, string("event"))];
    assert_eq!(ask("s", &traits, &events), string("trait"));
}

#[test]
fn traits_without_a_timestamp_come_before_all_others() {
    let traits = [
        said("9", None, string("beginning")),
        said("1", Some(NOON - HOUR), string("later")),
    ];
    assert_eq!(ask("s", &traits, &[]), string("later"));
    let future = [
        said("9", None, string("beginning")),
        said("1", Some(NOON + 1), string("future")),
    ];
    assert_eq!(ask("s", &future, &[]), string("beginning"));
}

#[test]
fn an_explicit_null_unsets_a_trait_and_the_events_show_again() {
    let traits = [
        said("1", Some(NOON - 2), string("trait")),
        said("2", Some(NOON - 1), NULL),
    ];
    assert_eq!(ask("s", &traits, &[]), NULL);
    let events = [seen("3", NOON - HOUR, string("event"))];
    assert_eq!(ask("s", &traits, &events), string("event"));
}

#[test]
fn a_trait_of_the_wrong_type_hides_the_events() {
    let traits = [said("1", None, Value::Int(7))];
    let events = [seen("2", NOON, string("event"))];
    assert_eq!(ask("s", &traits, &events), NULL);
}

#[test]
fn a_null_property_leaves_the_field_as_it_was() {
    let events = [seen("1", NOON - 1, string("kept")), seen("2", NOON, NULL)];
    assert_eq!(ask("s", &[], &events), string("kept"));
}

#[test]
fn lists_come_from_traits_alone() {
    let events = [event("1", "view", NOON, &[("tags", strings(&["x"]))])];
    assert_eq!(ask("tags IS NULL", &[], &events), TRUE);
    let traits = [identify("1", None, &[("tags", strings(&["x"]))])];
    assert_eq!(ask("tags CONTAINS 'x'", &traits, &events), TRUE);
}

#[test]
fn page_and_screen_events_update_no_fields() {
    let page = Event {
        updates_fields: false,
        ..seen("1", NOON, string("page"))
    };
    assert_eq!(ask("s", &[], &[page]), NULL);
}

#[test]
fn a_computed_trait_shadows_a_sent_one() {
    let traits = [identify("1", None, &[("totalSpent", Value::Float(9.0))])];
    let bought = event("2", "purchase", NOON, &[("amount", Value::Float(1.0))]);
    assert_eq!(ask("totalSpent", &traits, &[bought]), Value::Float(1.0));
}
