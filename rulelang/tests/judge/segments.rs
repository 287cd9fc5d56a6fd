//! Memberships: existence, overrides, segments that name segments.

use std::collections::BTreeMap;

use rulelang::{Override, exists, memberships};

use crate::*;

fn segments(rules: &[(&str, &str)]) -> Vec<(String, Rule)> {
    let one = |(name, text): &(&str, &str)| ((*name).to_owned(), rule(text));
    rules.iter().map(one).collect()
}

fn members(rules: &[(&str, &str)], facts: &Facts, overrides: &[(&str, Override)]) -> Vec<String> {
    let owned = |(name, decided): &(&str, Override)| ((*name).to_owned(), *decided);
    let overrides: BTreeMap<_, _> = overrides.iter().map(owned).collect();
    let memberships = memberships(&segments(rules), facts, &overrides, NOON);
    assert_eq!(memberships.len(), rules.len());
    let is_member = memberships.into_iter().filter(|(_, member)| *member);
    is_member.map(|(segment, _)| segment).collect()
}

#[test]
fn a_user_exists_from_the_first_event_or_traits() {
    let event_only = Facts {
        events: vec![buy("1", 1.0)],
        ..Facts::default()
    };
    assert!(!exists(&event_only, NOON - HOUR - 1));
    assert!(exists(&event_only, NOON - HOUR));
    assert!(exists(&traits(None, &[]), i64::MIN));
    assert!(exists(&traits(Some(NOON), &[]), NOON));
    assert!(!exists(&traits(Some(NOON), &[]), NOON - 1));
    assert!(!exists(&Facts::default(), NOON));
}

#[test]
fn a_negative_rule_names_only_users_who_exist() {
    let rules = [("quiet", "DID NOT buy WITHIN LAST 1h")];
    assert!(members(&rules, &Facts::default(), &[]).is_empty());
    assert_eq!(members(&rules, &traits(None, &[]), &[]), ["quiet"]);
}

#[test]
fn a_null_rule_names_nobody() {
    assert!(members(&[("s", "a > 1")], &traits(None, &[]), &[]).is_empty());
    assert!(members(&[("s", "NOT (a > 1)")], &traits(None, &[]), &[]).is_empty());
}

#[test]
fn segments_read_one_another_at_the_same_instant_in_any_order() {
    let rules = [
        (
            "a_top",
            "IN SEGMENT 'm_middle' AND NOT IN SEGMENT 'z_other'",
        ),
        ("m_middle", "IN SEGMENT 'z_base'"),
        ("z_base", "COUNT(buy) == 1"),
        ("z_other", "COUNT(buy) == 2"),
    ];
    let facts = Facts {
        events: vec![buy("1", 1.0)],
        ..Facts::default()
    };
    assert_eq!(
        members(&rules, &facts, &[]),
        ["a_top", "m_middle", "z_base"]
    );
}

#[test]
fn overrides_win_and_are_seen_by_other_segments() {
    let rules = [
        ("all", "TRUE"),
        ("none", "FALSE"),
        ("both", "IN SEGMENT 'none'"),
    ];
    let user = traits(None, &[]);
    assert_eq!(members(&rules, &user, &[]), ["all"]);
    let overrides = [("all", Override::Excluded), ("none", Override::Included)];
    assert_eq!(members(&rules, &user, &overrides), ["both", "none"]);
}

#[test]
fn an_included_user_is_a_member_before_anything_is_known_of_them() {
    let rules = [("vip", "FALSE"), ("rest", "NOT IN SEGMENT 'vip'")];
    let included = [("vip", Override::Included)];
    assert_eq!(members(&rules, &Facts::default(), &included), ["vip"]);
}

#[test]
fn an_unknown_segment_and_a_circle_read_false() {
    let rules = [
        ("one", "NOT IN SEGMENT 'two'"),
        ("two", "NOT IN SEGMENT 'one'"),
        ("free", "NOT IN SEGMENT 'nowhere'"),
    ];
    assert_eq!(members(&rules, &traits(None, &[]), &[]), ["free"]);
}

#[test]
fn memberships_among_the_facts_are_not_read() {
    let mut facts = traits(None, &[]);
    facts.memberships.insert("vip".to_owned(), true);
    assert!(members(&[("s", "IN SEGMENT 'vip'")], &facts, &[]).is_empty());
    assert_eq!(evaluate(&rule("IN SEGMENT 'vip'"), &facts, NOON), TRUE);
}
