//! Hostile sources: each is refused by its code, quickly and without a deep stack.
#![expect(clippy::panic, reason = "helpers of tests")]

use std::time::{Duration, Instant};

use rulelang::{Code, format, parse};

/// Parses in a thread with the stack of a small server task.
fn parse_on_small_stack(source: String) -> Result<String, Vec<(Code, String)>> {
    let started = Instant::now();
    let parsed = std::thread::Builder::new()
        .stack_size(1024 * 1024)
        .spawn(move || match parse(&source) {
            Ok(tree) => Ok(format(&tree)),
            Err(errors) => Err(errors
                .iter()
                .map(|error| (error.code, error.message.clone()))
                .collect()),
        });
    let Ok(Ok(outcome)) = parsed.map(std::thread::JoinHandle::join) else {
        panic!("the parser died");
    };
    // Generous for a loaded machine; what backtracks takes minutes.
    assert!(started.elapsed() < Duration::from_secs(10));
    outcome
}

#[track_caller]
fn refused(source: impl Into<String>, code: Code) -> String {
    match parse_on_small_stack(source.into()) {
        Ok(_) => panic!("parsed"),
        Err(errors) => {
            let (found, message) = errors.first().cloned().unwrap_or((code, String::new()));
            assert_eq!(found, code, "{message}");
            message
        }
    }
}

#[track_caller]
fn accepted(source: impl Into<String>) {
    if let Err(errors) = parse_on_small_stack(source.into()) {
        panic!("{errors:?}");
    }
}

fn wrapped(open: &str, times: usize, inner: &str, close: &str) -> String {
    format!("{}{inner}{}", open.repeat(times), close.repeat(times))
}

#[test]
fn ten_megabytes_are_refused_at_once() {
    let message = refused("a OR ".repeat(2_000_000), Code::SourceTooLong);
    assert!(message.contains("10000000 bytes") && message.contains("65536"));
    refused("(".repeat(10_000_000), Code::SourceTooLong);
}

#[test]
fn brackets_nest_to_the_limit() {
    let message = refused("(".repeat(10_000), Code::NestingTooDeep);
    assert!(message.contains("64"));
    refused(wrapped("(", 10_000, "a", ")"), Code::NestingTooDeep);
    refused(wrapped("(", 65, "a", ")"), Code::NestingTooDeep);
    accepted(wrapped("(", 64, "a", ")"));
    accepted(wrapped("NOT (", 64, "a", ")"));
    refused("(".repeat(64), Code::Unclosed);
}

#[test]
fn operators_without_brackets_nest_to_the_limit() {
    for (open, inner) in [
        ("NOT ", "a"),
        ("!", "a"),
        ("- ", "x"),
        ("NOT NOT ", "x IN (1)"),
    ] {
        refused(wrapped(open, 5_000, inner, ""), Code::NestingTooDeep);
        accepted(wrapped(open, 30, inner, ""));
    }
    accepted(wrapped("NOT ", 64, "a", ""));
    refused(wrapped("NOT ", 65, "a", ""), Code::NestingTooDeep);
    for operator in [" + 1", " * 1", " - x", " DIV 2", " + -1 * -x"] {
        refused(format!("x{}", operator.repeat(5_000)), Code::NestingTooDeep);
        accepted(format!("x{}", operator.repeat(30)));
    }
}

#[test]
fn cases_nest_to_the_limit() {
    refused("CASE ".repeat(10_000), Code::NestingTooDeep);
    refused("CASE WHEN ".repeat(6_000), Code::NestingTooDeep);
    refused("CASE WHEN end AND ".repeat(3_000), Code::NestingTooDeep);
    let nested = wrapped("CASE WHEN a THEN ", 65, "1", " END");
    refused(nested, Code::NestingTooDeep);
    accepted(wrapped("CASE WHEN a THEN ", 64, "1", " END"));
    accepted(format!("x IN ({})", "CASE WHEN a THEN 1 END, ".repeat(500)));
}

#[test]
fn every_nesting_form_is_deep_enough_and_fits_the_stack() {
    for (open, inner, close) in [
        ("F(", "1", ")"),
        ("[", "1", "]"),
        ("[F([", "1", "])]"),
        ("x IN (", "1", ")"),
        ("x + (", "1", ")"),
        ("-(", "x", ")"),
        ("EXISTS (", "x", ")"),
        ("DID(e WHERE ", "x", ")"),
        ("COUNT(e WHERE ", "x", ")"),
        ("SEQUENCE(e THEN f WHERE ", "x", ")"),
        ("SEQUENCE(e WHERE ", "x", " THEN f)"),
        ("ANY(", "x", ", i => i)"),
        ("ANY(x, i => ", "i", ")"),
        ("x BETWEEN 1 AND (", "1", ")"),
        ("x CONTAINS ANY (", "1", ")"),
        ("x DURING (", "1", ") TO 5"),
        ("DID e DURING (", "1", ") TO 5"),
        ("a OR b AND NOT x == 1 + 2 * -(", "1", ")"),
        ("a AND IF(CASE WHEN b THEN c END, ", "1", ", 2)"),
    ] {
        accepted(wrapped(open, 8, inner, close));
        // At the limit of brackets, whether or not the operators between are too deep.
        drop(parse_on_small_stack(wrapped(open, 64, inner, close)));
        refused(wrapped(open, 65, inner, close), Code::NestingTooDeep);
        assert!(parse_on_small_stack(open.repeat(64)).is_err());
    }
}

#[test]
fn what_fails_inside_is_not_read_again_by_another_alternative() {
    for (open, close) in [
        ("(", ")"),
        ("F(", ")"),
        ("[", "]"),
        ("[1, ", "]"),
        ("ANY(", ", i => i)"),
        ("ANY(x, i => ", ")"),
        ("x IN (", ")"),
        ("EXISTS (", ")"),
        ("exists(", ")"),
        ("DID (e WHERE ", ")"),
        ("DID NOT (e WHERE ", ")"),
        ("COUNT(e WHERE ", ")"),
        ("SEQUENCE(e WHERE ", " THEN f)"),
        ("SEQUENCE(e THEN f WHERE ", ")"),
        ("SEQUENCE(e DURING (", ") TO 1 THEN f)"),
        ("COUNT DISTINCT(e.x WHERE ", ")"),
        ("SUM(e.x DURING (", ") TO 1)"),
        ("x CONTAINS ALL (", ")"),
        ("x CONTAINS (", ")"),
        ("DID e DURING (", ") TO 1"),
        ("x DURING (", ") TO 1"),
        ("x NOT BETWEEN (", ") AND 1"),
        ("x LIKE (", ") ESCAPE '!'"),
        ("CASE WHEN (", ") THEN 1 END"),
        ("CASE (", ") WHEN 1 THEN 2 END"),
        ("CASE x WHEN (", ") THEN 1 END"),
        ("NOT (", ")"),
        ("x IS DISTINCT FROM (", ")"),
    ] {
        let times = 64 / open.matches(['(', '[', 'C']).count().max(1) / 2;
        refused(wrapped(open, times, "5 5", close), Code::Syntax);
        refused(wrapped(open, times, "%", close), Code::Syntax);
    }
}

#[test]
fn nodes_are_limited() {
    accepted(format!("a{}", " OR b".repeat(4_999)));
    let message = refused(format!("x==1{}", " OR x==1".repeat(4_999)), Code::TooLarge);
    assert!(
        message.contains("15001 nodes") && message.contains("10000"),
        "{message}"
    );
    accepted(format!("x == 1{}", " OR x == 1".repeat(3_000)));
    // Each WHEN compares all of it.
    let compared = format!("COALESCE({})", vec!["x"; 500].join(","));
    let case = |times: usize| format!("CASE {compared} {} END", "WHEN 1 THEN 2 ".repeat(times));
    accepted(case(18));
    refused(case(4_000), Code::TooLarge);
}

#[test]
fn lists_are_limited() {
    let list = |items: usize| format!("x IN (1{})", ",1".repeat(items - 1));
    accepted(list(10_000));
    let message = refused(list(10_001), Code::TooLarge);
    assert!(
        message.contains("10001 items") && message.contains("10000"),
        "{message}"
    );
    refused(format!("x IN ({})", "a,".repeat(10_000)), Code::TooLarge);
}

#[test]
fn strings_are_limited() {
    accepted(format!("x == '{}'", "a".repeat(8_192)));
    let message = refused(format!("x == '{}'", "a".repeat(8_193)), Code::TooLarge);
    assert!(
        message.contains("8193 bytes") && message.contains("8192"),
        "{message}"
    );
    refused(format!("x == '{}'", "é".repeat(4_097)), Code::TooLarge);
}

#[test]
fn the_longest_sources_of_any_kind_take_no_time() {
    for part in [
        "a ",
        "a.",
        "1 ",
        "'' ",
        "` ",
        "* ",
        "NOT ",
        "IN ",
        "DID ",
        "DID * ",
        "EXISTS ",
        "COUNT ",
        "COUNT(",
        "SEQUENCE(",
        "SEQUENCE(a THEN NOT ",
        "a THEN ",
        "/**/",
        "//\n",
        "- ",
        "a IS NOT ",
        "a NOT ",
        "30 ",
        "30 DAYS ",
        "a AND ",
        "\n",
        "a OR ",
        "a,",
        "TIMESTAMP ",
        "''",
        "\\",
        "“",
        "a == a ",
        "end ",
        "CASE WHEN a THEN b END+",
    ] {
        for (before, after) in [("", ""), ("x IN (", ")"), ("x == '", "'"), ("`", "`")] {
            let times = (65_536 - before.len() - after.len()) / part.len();
            let source = format!("{before}{}{after}", part.repeat(times));
            drop(parse_on_small_stack(source));
        }
    }
}
