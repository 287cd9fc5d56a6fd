//! What is written in place of what the language has: each mistake names what to write, and where a fix
//! is given, the rule with it is one.
#![expect(clippy::unwrap_used, clippy::panic, reason = "helpers of tests")]

use rulelang::{Code, Diagnostic, format, parse, render};

/// The first error of `source`.
#[track_caller]
fn error(source: &str) -> Diagnostic {
    match parse(source) {
        Ok(tree) => panic!("`{source}` parsed as {}", format(&tree)),
        Err(errors) => errors.iter().next().unwrap().clone(),
    }
}

/// A rule, the help of its error, and what its fix makes of it; an empty text where there is no fix.
type Case = (&'static str, &'static str, &'static str);

#[track_caller]
fn hold(cases: &[Case]) {
    for (source, help, fixed) in cases {
        let error = error(source);
        assert_eq!(error.help.as_deref(), Some(*help), "{source}");
        let mended = error.fix.map_or_else(String::new, |fix| {
            let (start, end) = (fix.span.start as usize, fix.span.end as usize);
            format!("{}{}{}", &source[..start], fix.replacement, &source[end..])
        });
        assert_eq!(mended, *fixed, "{source}");
        if !mended.is_empty() {
            parse(&mended).unwrap_or_else(|errors| panic!("{}", render(&errors, &mended, false)));
        }
    }
}

#[test]
fn windows_stand_right_after_the_event() {
    hold(&[
        (
            "SUM(purchase.amount WHERE category = 'shoes' WITHIN LAST 30 DAYS) > 1 AND vip",
            "the window stands within the brackets, before WHERE: `SUM(purchase.amount WITHIN LAST 30 DAYS WHERE …)`",
            "SUM(purchase.amount WITHIN LAST 30 DAYS WHERE category = 'shoes') > 1 AND vip",
        ),
        (
            "SUM(purchase.amount WHERE (a OR b) AND c = 1 WITHIN LAST 2d AND d) > 1",
            "the window stands within the brackets, before WHERE: `SUM(purchase.amount WITHIN LAST 2d WHERE …)`",
            "SUM(purchase.amount WITHIN LAST 2d WHERE (a OR b) AND c = 1 AND d) > 1",
        ),
        (
            "SUM(purchase.amount WHERE a = 1 // note\n WITHIN LAST 2d) > 1",
            "the window stands within the brackets, before WHERE: `SUM(purchase.amount WITHIN LAST 2d WHERE …)`",
            "SUM(purchase.amount WITHIN LAST 2d WHERE a = 1) > 1",
        ),
        (
            "vip AND COUNT(purchase) WITHIN LAST 30 DAYS > 3",
            "the window stands within the brackets: `COUNT(purchase WITHIN LAST 30 DAYS)`",
            "vip AND COUNT(purchase WITHIN LAST 30 DAYS) > 3",
        ),
        (
            "COUNT(purchase) > 3 WITHIN LAST 1 CALENDAR MONTH IN 'Europe/Berlin'",
            "the window stands within the brackets: `COUNT(purchase WITHIN LAST 1 CALENDAR MONTH IN 'Europe/Berlin')`",
            "COUNT(purchase WITHIN LAST 1 CALENDAR MONTH IN 'Europe/Berlin') > 3",
        ),
        (
            "COUNT DISTINCT(view.sku WHERE a == 1) WITHIN LAST 7d > 3",
            "the window stands within the brackets, before WHERE: `COUNT DISTINCT(view.sku WITHIN LAST 7d WHERE …)`",
            "COUNT DISTINCT(view.sku WITHIN LAST 7d WHERE a == 1) > 3",
        ),
        (
            "COUNT(purchase) IN LAST 3 DAYS > 1",
            "the window stands within the brackets: `COUNT(purchase WITHIN LAST 3 DAYS)`",
            "COUNT(purchase WITHIN LAST 3 DAYS) > 1",
        ),
        (
            "COUNT(purchase in last 3d) > 1",
            "write `WITHIN LAST …`",
            "COUNT(purchase WITHIN last 3d) > 1",
        ),
        (
            "DID(purchase) WITHIN LAST 3 DAYS",
            "the window stands within the brackets: `DID(purchase WITHIN LAST 3 DAYS)`",
            "DID(purchase WITHIN LAST 3 DAYS)",
        ),
        (
            "SEQUENCE(view WHERE x == 1 WITHIN LAST 3 DAYS THEN cart)",
            "the `WITHIN` of a step stands before WHERE: `view WITHIN LAST 3 DAYS WHERE …`",
            "SEQUENCE(view WITHIN LAST 3 DAYS WHERE x == 1 THEN cart)",
        ),
        (
            "SEQUENCE(view WHERE x THEN NOT cart WHERE sku == 'a' WITHIN 1h)",
            "the `WITHIN` of a step stands before WHERE: `NOT cart WITHIN 1h WHERE …`",
            "SEQUENCE(view WHERE x THEN NOT cart WITHIN 1h WHERE sku == 'a')",
        ),
        (
            "COUNT(purchase, WITHIN LAST 3 DAYS) > 1",
            "no comma stands here: `purchase WITHIN …`",
            "COUNT(purchase WITHIN LAST 3 DAYS) > 1",
        ),
    ]);
    assert_eq!(error("COUNT(e) WITHIN LAST 3d > 3").code, Code::Misplaced);
}

/// Two windows, arithmetic, an instant: what is meant is not certain, or something else.
#[test]
fn other_windows_are_left_alone() {
    for source in [
        "COUNT(e WITHIN LAST 3d) WITHIN LAST 7d > 3",
        "LAST(e.timestamp) WITHIN LAST 7d == TRUE",
        "COUNT(e) + x WITHIN LAST 3d > 1",
        "x > 1 WITHIN LAST 3d",
    ] {
        assert_eq!(error(source).code, Code::ChainedComparison, "{source}");
    }
}

#[test]
fn windows_in_other_words() {
    hold(&[
        (
            "signup IN LAST 30 DAYS",
            "write `WITHIN LAST …`",
            "signup WITHIN LAST 30 DAYS",
        ),
        (
            "signup IN THE NEXT 3d",
            "write `WITHIN NEXT …`",
            "signup WITHIN NEXT 3d",
        ),
        (
            "signup within the last 3d",
            "write `WITHIN LAST …`",
            "signup within LAST 3d",
        ),
        (
            "signup last 30 days",
            "write `WITHIN LAST …`",
            "signup WITHIN LAST 30 days",
        ),
        (
            "COUNT(purchase LAST 30 DAYS) > 1",
            "write `WITHIN LAST …`",
            "COUNT(purchase WITHIN LAST 30 DAYS) > 1",
        ),
        (
            "signup WITHIN THIS MONTH",
            "write `WITHIN LAST 1 CALENDAR MONTH IN 'Europe/Berlin'`, or without `IN` for UTC",
            "",
        ),
        (
            "signup WITHIN today",
            "write `WITHIN LAST 1 CALENDAR DAY IN 'Europe/Berlin'`, or without `IN` for UTC",
            "",
        ),
        (
            "signup WITHIN LAST WEEK",
            "say how many, as `WITHIN LAST 7 DAYS`; `WITHIN LAST 1 CALENDAR WEEK` is the present one so far",
            "",
        ),
        (
            "signup WITHIN 30 DAYS",
            "write `WITHIN LAST` for the past, `WITHIN NEXT` for what is to come",
            "",
        ),
        (
            "signup WITHIN LAST 5 h",
            "units are `SECONDS`, `MINUTES`, `HOURS`, `DAYS`, `WEEKS`; letters follow the number at once, as `12h`",
            "",
        ),
        (
            "signup WITHIN LAST 3 CALENDAR DAYS IN Berlin",
            "the name of a time zone stands in quotes, as `IN 'Europe/Berlin'`",
            "",
        ),
    ]);
    let minutes = |source| format(&parse(source).unwrap());
    assert_eq!(minutes("x OLDER THAN 5 min"), "x OLDER THAN 5 MINUTES");
    assert_eq!(minutes("x WITHIN LAST 5 Mins"), "x WITHIN LAST 5 MINUTES");
}

#[test]
fn names_stand_in_quotes() {
    hold(&[
        (
            "NOT IN SEGMENT vip",
            "the name of a segment stands in quotes: `IN SEGMENT 'vip'`",
            "NOT IN SEGMENT 'vip'",
        ),
        (
            "IN SEGMENT `it's`",
            r"the name of a segment stands in quotes: `IN SEGMENT 'it\'s'`",
            r"IN SEGMENT 'it\'s'",
        ),
        (
            "sku IN LIST blocked_skus",
            "the name of a list stands in quotes: `IN LIST 'blocked_skus'`",
            "sku IN LIST 'blocked_skus'",
        ),
        (
            "sku IN blocked",
            "write the values in brackets, as `IN ('a', 'b')`; or `IN LIST 'name'` for a list that is kept beside the rules, or `blocked CONTAINS …` where `blocked` is a list of the user's",
            "",
        ),
        (
            "user NOT IN SEGMENT 'vip'",
            "a segment is asked for without a field: `NOT IN SEGMENT 'vip'`",
            "NOT IN SEGMENT 'vip'",
        ),
        (
            "p AND user in segment 'vip'",
            "a segment is asked for without a field: `IN SEGMENT 'vip'`",
            "p AND IN SEGMENT 'vip'",
        ),
        (
            "sku IN 'a'",
            "a list stands in brackets: `IN ('a')`",
            "sku IN ('a')",
        ),
    ]);
}

#[test]
fn comparisons_in_other_words() {
    hold(&[
        ("plan is 'pro'", "write `==` to compare", "plan == 'pro'"),
        ("plan is not 3", "write `!=` to compare", "plan != 3"),
        (
            "plan is pro",
            "write `==` to compare, text in quotes: `== 'pro'`",
            "",
        ),
        (
            "plan is not pro",
            "write `!=` to compare, text in quotes: `!= 'pro'`",
            "",
        ),
        (
            "sku IN ['a', 'b']",
            "a list after IN stands in round brackets: `IN ('a', 'b')`",
            "",
        ),
        (
            "tags CONTAINS ('a', 'b')",
            "write `CONTAINS ANY ('a', …)`, or `ALL` or `NONE`",
            "",
        ),
        (
            "tags CONTAINS 'a', 'b'",
            "write `CONTAINS ANY ('a', …)`, or `ALL` or `NONE`",
            "",
        ),
        (
            "plan is missing",
            "write `IS NOT NULL` for what is known, `IS NULL` for what is not",
            "",
        ),
        (
            "x BETWEEN 18, 30",
            "`AND` stands between the ends: `BETWEEN 18 AND …`",
            "x BETWEEN 18 AND 30",
        ),
        (
            "x BETWEEN 18 to 30",
            "`AND` stands between the ends: `BETWEEN 18 AND …`",
            "x BETWEEN 18 AND 30",
        ),
        (
            "x BETWEEN date '2026-01-01', DATE '2026-02-01'",
            "`AND` stands between the ends: `BETWEEN DATE '2026-01-01' AND …`",
            "x BETWEEN date '2026-01-01' AND DATE '2026-02-01'",
        ),
        (
            "x BETWEEN (18, 30)",
            "write `BETWEEN 18 AND …`, without brackets",
            "",
        ),
    ]);
}

#[test]
fn counts_and_sequences_in_other_words() {
    hold(&[
        (
            "DID purchase 3 TIMES",
            "count how often: `COUNT(purchase) >= 3`, with a window within the brackets",
            "",
        ),
        (
            "DID purchase AT LEAST 3 TIMES",
            "count how often: `COUNT(purchase) >= 3` or `<=`, with a window within the brackets",
            "",
        ),
        (
            "DID NOT purchase 3 TIMES",
            "count how often: `COUNT(purchase) < 3`, with a window within the brackets",
            "",
        ),
        (
            "DID purchase > 3",
            "count how often: `COUNT(purchase) > 3`",
            "",
        ),
        (
            "COUNT(DISTINCT view.sku WITHIN LAST 7d) > 1",
            "write `COUNT DISTINCT(view.sku)`",
            "COUNT DISTINCT(view.sku WITHIN LAST 7d) > 1",
        ),
        (
            "COUNT(purchase OR view) > 1",
            "count each: `COUNT(purchase) > 0 OR COUNT(view) > 0`, or both together: `COUNT(purchase) + COUNT(view)`",
            "",
        ),
        (
            "DID(purchase or view)",
            "ask for each: `DID purchase OR DID view`",
            "",
        ),
        (
            "COUNT(purchase) WHERE x == 1 > 3",
            "WHERE stands within the brackets: `COUNT(event WHERE condition)`",
            "",
        ),
        (
            "SEQUENCE(view THEN DID NOT purchase)",
            "write `THEN NOT purchase`",
            "SEQUENCE(view THEN NOT purchase)",
        ),
        (
            "SEQUENCE(view THEN NOT DID purchase WITHIN 1h)",
            "write `THEN NOT purchase`",
            "SEQUENCE(view THEN NOT purchase WITHIN 1h)",
        ),
        (
            "SEQUENCE(DID view THEN purchase)",
            "a step is an event alone: `view`",
            "SEQUENCE(view THEN purchase)",
        ),
        (
            "SEQUENCE(view WITHIN LAST 7d, cart WITHIN 1h)",
            "`THEN` stands between steps: `7d THEN cart`",
            "SEQUENCE(view WITHIN LAST 7d THEN cart WITHIN 1h)",
        ),
        (
            "SEQUENCE(view, cart)",
            "`THEN` stands between steps: `view THEN cart`",
            "SEQUENCE(view THEN cart)",
        ),
    ]);
}

#[test]
fn aggregates_ask_for_a_property() {
    hold(&[
        (
            "LAST(purchase WHERE x) OLDER THAN 7 DAYS",
            "write `LAST(purchase.timestamp)` for when it happened, or name what is asked of it, as `LAST(purchase.amount)`",
            "",
        ),
        ("SUM(`a b`) > 7", "write `SUM(`a b`.amount)`", ""),
    ]);
}

#[test]
fn conditions_of_quantifiers_name_the_item() {
    hold(&[
        (
            "ANY(items, x -> x.a > 3)",
            "did you mean `=>`?",
            "ANY(items, x => x.a > 3)",
        ),
        ("x -> 3", "write `a.b`", ""),
        (
            "p AND ANY(items, price > 500 AND (q OR r))",
            "the condition names the item: `ANY(items, i => i.price > 500 AND (q OR r))`",
            "",
        ),
        (
            "ALL(flags, on)",
            "the condition names the item: `ALL(flags, i => i.on)`",
            "",
        ),
        (
            "COUNT_IF(items, it.price > 500) > 2",
            "the condition names the item: `COUNT_IF(items, it => it.price > 500)`",
            "",
        ),
        (
            "ANY(items, i, i.price > 3)",
            "`=>` stands after the item: `ANY(items, i => …`",
            "ANY(items, i => i.price > 3)",
        ),
        (
            "ANY(items, NOT gift)",
            "the condition names the item, as `ANY(items, i => NOT i.gift)`",
            "",
        ),
        (
            "NONE(tags, 'x')",
            "the condition names the item: `NONE(tags, i => i == 'x')`",
            "",
        ),
        (
            "ANY(tags, LOWER(x) == 'a')",
            "the condition names the item, as `ANY(items, i => i.price > 500)`",
            "",
        ),
        (
            "ANY(tags)",
            "a condition on the items follows the list, as `ANY(tags, i => i.price > 500)`",
            "",
        ),
    ]);
}

#[test]
fn dates_stand_in_quotes() {
    hold(&[
        (
            "signup>2026-01-01",
            "write `DATE '2026-01-01'`",
            "signup>DATE '2026-01-01'",
        ),
        (
            "signup > date 2026-01-01",
            "write `DATE '2026-01-01'`",
            "signup > date '2026-01-01'",
        ),
        (
            "signup > 2026-01-01T10:00:00.5+02:00 AND vip",
            "write `TIMESTAMP '2026-01-01T10:00:00.5+02:00'`",
            "signup > TIMESTAMP '2026-01-01T10:00:00.5+02:00' AND vip",
        ),
        (
            "signup > 2026-01-01 10:00:00Z",
            "write `TIMESTAMP '2026-01-01T10:00:00Z'`",
            "signup > TIMESTAMP '2026-01-01T10:00:00Z'",
        ),
        (
            "signup > 2026-01-01T10:00",
            "instants are written with their offset from UTC: `TIMESTAMP '2026-12-31T10:00:00Z'`",
            "",
        ),
        (
            "signup > 2026-02-30",
            "there is no such day; dates are written `DATE '2026-12-31'`",
            "",
        ),
    ]);
    let message = error("signup > 2026-01-01").message;
    assert_eq!(message, "`2026-01-01` is a subtraction, not a date");
    let both = parse("x BETWEEN 2026-01-01 AND 2026-02-01").unwrap_err();
    assert_eq!(both.iter().count(), 2);
    for subtraction in [
        "x > 2026 - 01 - 01",
        "x > 2026-1-1",
        "x > 2026-10",
        "x > 12026-01-01",
        "x > 2026-01-011",
        "a2026-01-01 > x",
    ] {
        assert!(parse(subtraction).is_ok(), "{subtraction}");
    }
}

/// A fix that reads as a rule of another meaning is none.
#[test]
fn what_a_fix_cannot_know_it_leaves() {
    hold(&[
        (
            "x SIMILAR TO 'a'",
            "write `MATCHES 'a'`, a regular expression, or `LIKE 'a'`",
            "",
        ),
        ("flags & 4 > 0", "there are no bit operators", ""),
        ("flags | 1 == 1", "there are no bit operators", ""),
        (
            "x == 1 == TRUE",
            "a comparison is a condition by itself: leave TRUE or FALSE out, with NOT before it",
            "",
        ),
        ("a == ‘it’s’", "write `'it’s'`", "a == 'it’s'"),
        (
            "a == 12345678901234567890",
            "write `1.2345678901234567e19` if that is near enough",
            "",
        ),
    ]);
    assert!(parse("a == 18446744073709551616 AND b == -9223372036854775808").is_ok());
}

/// Whoever writes very many mistakes waits no longer for their hints.
#[test]
fn hints_take_linear_time() {
    let many = format!("x{}", " IN (1) WITHIN LAST 1d".repeat(2_000));
    assert_eq!(error(&many).code, Code::ChainedComparison);
    let many = vec!["COUNT(e) WITHIN LAST 1d > 1"; 2_000].join(" AND ");
    assert_eq!(parse(&many).unwrap_err().iter().count(), 20);
}
