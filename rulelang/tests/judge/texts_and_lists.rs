//! Strings and lists.

use crate::*;

fn s(text: &str) -> [(&'static str, Value); 1] {
    [("s", string(text))]
}

#[test]
fn strings_compare_by_bytes() {
    assert_eq!(of("s < 'a'", &s("Z")), TRUE);
    assert_eq!(of("s > 'z'", &s("é")), TRUE);
    assert_eq!(of("s == 'us'", &s("US")), FALSE);
}

#[test]
fn like_matches_the_whole_string() {
    assert_eq!(of("s LIKE 'a%'", &s("abc")), TRUE);
    assert_eq!(of("s LIKE 'b'", &s("abc")), FALSE);
    assert_eq!(of("s LIKE '_b_'", &s("abc")), TRUE);
    assert_eq!(of("s LIKE '_'", &s("é")), TRUE);
    assert_eq!(of("s LIKE 'A%'", &s("abc")), FALSE);
    assert_eq!(of("s ILIKE 'A%'", &s("abc")), TRUE);
    assert_eq!(of("s LIKE '50!%' ESCAPE '!'", &s("50%")), TRUE);
    assert_eq!(of("s LIKE '50!%' ESCAPE '!'", &s("500")), FALSE);
    assert_eq!(of("s LIKE '%b%'", &s("a\nb\nc")), TRUE);
    assert_eq!(of("s LIKE ''", &s("")), TRUE);
}

#[test]
fn matches_is_unanchored() {
    assert_eq!(of("s MATCHES 'b'", &s("abc")), TRUE);
    assert_eq!(of("s MATCHES '^b'", &s("abc")), FALSE);
    assert_eq!(of("s NOT MATCHES '^b'", &s("abc")), TRUE);
}

#[test]
fn every_string_contains_and_starts_with_the_empty_one() {
    assert_eq!(of("s CONTAINS ''", &s("")), TRUE);
    assert_eq!(of("s STARTS WITH ''", &s("a")), TRUE);
    assert_eq!(of("s ENDS WITH 'bc'", &s("abc")), TRUE);
    assert_eq!(of("s CONTAINS t", &s("abc")), NULL);
}

#[test]
fn a_list_holds_items() {
    let tags = [("tags", strings(&["x", "y"]))];
    assert_eq!(of("tags CONTAINS 'x'", &tags), TRUE);
    assert_eq!(of("tags NOT CONTAINS 'x'", &tags), FALSE);
    assert_eq!(of("tags CONTAINS ANY ('z', 'y')", &tags), TRUE);
    assert_eq!(of("tags CONTAINS ALL ('x', 'y')", &tags), TRUE);
    assert_eq!(of("tags CONTAINS ALL ('x', 'z')", &tags), FALSE);
    assert_eq!(of("tags CONTAINS NONE ('z')", &tags), TRUE);
    assert_eq!(of("tags CONTAINS NONE ('z', 'x')", &tags), FALSE);
}

#[test]
fn a_null_item_is_unknown_to_a_list_that_holds_anything() {
    let tags = [("tags", strings(&["x"]))];
    assert_eq!(of("tags CONTAINS ANY ('x', s)", &tags), TRUE);
    assert_eq!(of("tags CONTAINS ANY ('y', s)", &tags), NULL);
    assert_eq!(of("tags CONTAINS ALL ('x', s)", &tags), NULL);
    assert_eq!(of("tags CONTAINS ALL ('y', s)", &tags), FALSE);
    assert_eq!(of("tags CONTAINS NONE ('y', s)", &tags), NULL);
    let empty = [("tags", strings(&[]))];
    assert_eq!(of("tags CONTAINS s", &empty), FALSE);
}

#[test]
fn an_empty_string_and_an_empty_list_are_empty() {
    assert_eq!(of("s IS EMPTY", &s("")), TRUE);
    assert_eq!(of("s IS NOT EMPTY", &s(" ")), TRUE);
    assert_eq!(of("tags IS EMPTY", &[("tags", strings(&[]))]), TRUE);
    assert_eq!(of("tags IS EMPTY", &[("tags", strings(&["x"]))]), FALSE);
}

#[test]
fn a_list_with_an_absent_item_is_absent() {
    assert_eq!(of("[s, 'b'] CONTAINS 'b'", &s("a")), TRUE);
    assert_eq!(of("[s, 'b'] CONTAINS 'b'", &[]), NULL);
    assert_eq!(of("LENGTH([s, s])", &s("a")), Value::Int(2));
    assert_eq!(of("LENGTH([s, s])", &[]), NULL);
}

#[test]
fn what_functions_make_is_bounded() {
    let made = "LENGTH(REPLACE(REPEAT(s, 200), 'a', REPEAT('b', 300)))";
    assert_eq!(of(made, &s("a")), Value::Int(60_000));
    assert_eq!(of(made, &s("aa")), NULL);
    assert_eq!(of("LENGTH(REPEAT(s, 65536))", &s("a")), Value::Int(65_536));
    assert_eq!(of("REPEAT(s, 65537)", &s("a")), NULL);
    assert_eq!(of("LPAD(s, 9223372036854775807)", &s("a")), NULL);
    assert_eq!(of("LENGTH(RPAD(s, 65536))", &s("a")), Value::Int(65_536));
    assert_eq!(of("LENGTH(RPAD(s, 65536))", &s("é")), NULL);
    let twice = "LENGTH(CONCAT(REPEAT(s, 32768), REPEAT(s, 32769)))";
    assert_eq!(of(twice, &s("a")), NULL);
}

#[test]
fn lists_are_equal_where_their_items_are_in_order() {
    let tags = [("tags", strings(&["x", "y"])), ("s", string("y"))];
    for (text, value) in [
        ("tags == ['x', 'y']", TRUE),
        ("tags == ['y', 'x']", FALSE),
        ("tags != ['x']", TRUE),
        ("tags == []", FALSE),
        ("tags IS DISTINCT FROM ['x', s]", FALSE),
        ("[1, 2] == [1.0, 2.0]", TRUE),
        ("[] == []", TRUE),
        ("NULLIF(tags, ['x', 'y']) IS NULL", TRUE),
    ] {
        assert_eq!(of(text, &tags), value, "{text}");
    }
    assert_eq!(of_nobody("tags == ['x']"), NULL);
    assert_eq!(of_nobody("tags != ['x']"), NULL);
    assert_eq!(of_nobody("tags IS DISTINCT FROM ['x']"), TRUE);
    assert_eq!(of_nobody("numbers == [1, 2] OR numbers CONTAINS 2.5"), NULL);
}

#[test]
fn a_list_that_a_function_makes_has_an_end() {
    let long = "x,".repeat(9_999);
    let parts = [("s", string(&long)), ("tags", strings(&["y"]))];
    assert_eq!(of("LENGTH(SPLIT(s, ','))", &parts), Value::Int(10_000));
    assert_eq!(of("LENGTH(LIST_CONCAT(SPLIT(s, ','), tags))", &parts), NULL);
    assert_eq!(
        of("LIST_CONCAT(SPLIT(t, ','), tags) == ['y']", &parts),
        TRUE
    );
}
