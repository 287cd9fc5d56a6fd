//! The traps of the grammar, each by name: canonical text in, canonical text out, or an error.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "helpers of tests"
)]

use rulelang::{Code, Diagnostic, format, parse, render};

/// Parses `source`, which must print as `canonical`, and that again as itself and the same tree.
#[track_caller]
fn reads(source: &str, canonical: &str) {
    let tree = match parse(source) {
        Ok(tree) => tree,
        Err(errors) => panic!("{}", render(&errors, source, false)),
    };
    let text = format(&tree);
    assert_eq!(text, canonical);
    let again = parse(&text).unwrap_or_else(|errors| panic!("{}", render(&errors, &text, false)));
    assert_eq!(again, tree, "{source}");
    assert_eq!(format(&again), text);
}

/// `source` is canonical.
#[track_caller]
fn stays(source: &str) {
    reads(source, source);
}

/// The errors of `source`.
#[track_caller]
fn errors(source: &str) -> Vec<Diagnostic> {
    match parse(source) {
        Ok(tree) => panic!("`{source}` parsed as {}", format(&tree)),
        Err(errors) => errors.iter().cloned().collect(),
    }
}

/// The one error of `source`: its code, the text it points at, its message.
#[track_caller]
fn fails(source: &str, code: Code, at: &str, message: &str) -> Diagnostic {
    let errors = errors(source);
    assert_eq!(errors.len(), 1, "{errors:#?}");
    let error = errors[0].clone();
    let found = (error.code, error.span.text(source), error.message.as_str());
    assert_eq!(found, (code, at, message));
    error
}

/// Applies the fix of `error` and answers the canonical text of what comes out.
#[track_caller]
fn fixed(source: &str, error: &Diagnostic) -> String {
    let fix = error.fix.clone().unwrap();
    let (start, end) = (fix.span.start as usize, fix.span.end as usize);
    let text = format!("{}{}{}", &source[..start], fix.replacement, &source[end..]);
    format(&parse(&text).unwrap_or_else(|errors| panic!("{}", render(&errors, &text, false))))
}

#[test]
fn names_may_start_with_keywords() {
    for name in [
        "order",
        "android",
        "inactive",
        "notify",
        "island",
        "betweenness",
        "orders.total",
        "trueish",
        "nullable",
        "cases",
        "endless",
        "didactic",
        "existsing",
        "counts",
    ] {
        stays(&format!("{name} == 1"));
        stays(&format!("NOT {name} AND {name} OR {name} IS NULL"));
    }
}

#[test]
fn unreserved_words_are_names_where_no_keyword_can_stand() {
    for name in [
        "count",
        "sum",
        "avg",
        "min",
        "max",
        "first",
        "last",
        "within",
        "next",
        "between",
        "like",
        "ilike",
        "matches",
        "contains",
        "starts",
        "ends",
        "with",
        "from",
        "to",
        "ago",
        "during",
        "before",
        "after",
        "older",
        "than",
        "where",
        "when",
        "then",
        "else",
        "end",
        "empty",
        "distinct",
        "segment",
        "list",
        "any",
        "all",
        "none",
        "div",
        "escape",
        "date",
        "timestamp",
        "days",
        "calendar",
        "DID_IT",
        "percent",
        "sequence",
    ] {
        stays(&format!("{name} == 1"));
        stays(&format!("{name} AND x + {name} > {name} * 2"));
        stays(&format!("{name} BETWEEN {name} AND {name}"));
        stays(&format!("{name} IN ({name}, {name})"));
        stays(&format!(
            "{name} CONTAINS {name} OR {name} WITHIN LAST 3 DAYS"
        ));
        stays(&format!(
            "CASE WHEN {name} THEN {name} ELSE {name} END == {name}"
        ));
        stays(&format!(
            "COUNT({name} WITHIN LAST 1 DAY WHERE {name} == {name}) > 1"
        ));
        stays(&format!("SUM({name}.{name}) > 1"));
        stays(&format!("x DURING {name} TO {name}"));
    }
}

#[test]
fn fields_may_be_named_like_prefix_tests() {
    reads("exists == 1", "`exists` == 1");
    reads("did AND exists", "`did` AND `exists`");
    reads("did NOT IN (1)", "`did` NOT IN (1)");
    reads("did WITHIN LAST 30d", "`did` WITHIN LAST 30 DAYS");
    reads("did * 2 > 1", "`did` * 2 > 1");
    reads("exists LIKE 'x'", "`exists` LIKE 'x'");
    reads("exists exists", "EXISTS exists");
    reads("did did", "DID did");
    stays("EXISTS `like`");
    stays("DID `before`");
    stays("did.it AND exists.too");
}

#[test]
fn reserved_words_are_reserved_as_whole_names_only() {
    for name in [
        "and", "or", "not", "in", "is", "true", "false", "null", "case",
    ] {
        stays(&format!("`{name}` == 1"));
        stays(&format!("order.{name} == 1"));
        stays(&format!("{name}.x == 1"));
        stays(&format!("SUM(purchase.{name}) > 1"));
    }
    reads("`order`.`in` == 1", "order.in == 1");
    fails(
        "in == 1",
        Code::Syntax,
        "==",
        "expected `SEGMENT`, found `==`",
    );
}

#[test]
fn keywords_take_any_case_and_fields_keep_theirs() {
    reads("a and B or Not c Is Null", "a AND B OR NOT c IS NULL");
    reads("x iN (TRUE, False)", "x IN (TRUE, FALSE)");
    reads("lower(Name) == 'x'", "LOWER(Name) == 'x'");
    reads("count(Purchase) > 1", "COUNT(Purchase) > 1");
}

#[test]
fn operators_have_other_spellings() {
    reads("a = 1 && b <> 2 || !c", "a == 1 AND b != 2 OR NOT c");
    reads("a=1&&b<>2||!(c)", "a == 1 AND b != 2 OR NOT c");
}

#[test]
fn and_binds_tighter_than_or() {
    stays("a OR b AND c OR d");
    reads("a OR (b AND c)", "a OR b AND c");
    stays("(a OR b) AND c");
    stays("(a AND b) AND c");
    stays("a OR (b OR c)");
}

#[test]
fn not_binds_looser_than_comparisons() {
    reads("NOT (a == b)", "NOT a == b");
    reads("NOT ((a)) == b", "NOT a == b");
    stays("(NOT a) == b");
    stays("NOT NOT a");
    stays("NOT (a AND b)");
    stays("NOT EXISTS a AND NOT DID login");
}

#[test]
fn bang_stands_where_both_readings_agree() {
    reads("!a AND !(b == c)", "NOT a AND NOT b == c");
    reads("!!a", "NOT NOT a");
    let source = "!a == b";
    let error = fails(
        source,
        Code::Syntax,
        "!",
        "`!` stands before brackets or a single boolean only",
    );
    assert_eq!(fixed(source, &error), "NOT a == b");
    assert_eq!(errors("!(a) == b")[0].code, Code::Syntax);
    fails("a == !b", Code::Syntax, "!", "expected a value, found `!`");
}

#[test]
fn between_takes_its_own_and() {
    stays("x BETWEEN 1 AND 2 AND y");
    stays("x NOT BETWEEN a + 1 AND b * 2 OR y");
    reads("x BETWEEN (1) AND (2)", "x BETWEEN 1 AND 2");
    fails(
        "x BETWEEN 1",
        Code::Syntax,
        "",
        "expected an operator or the `AND` of BETWEEN, found the end of the rule",
    );
}

#[test]
fn arithmetic_groups_to_the_left() {
    stays("a - b - c == 0");
    stays("a - (b - c) == 0");
    stays("a + b * c - d / e % f DIV g > 0");
    stays("(a + b) * (c - d) > 0");
    stays("a * (b / c) > 0");
    stays("a - -b > -(-c)");
    reads("5 --3 > 1", "5 - -3 > 1");
}

#[test]
fn the_sign_of_a_number_belongs_to_it() {
    use rulelang::ast::{ExprKind, Literal};
    assert_eq!(
        parse("- 5").unwrap().kind,
        ExprKind::Literal(Literal::Int(-5))
    );
    let least = parse("-9223372036854775808").unwrap().kind;
    assert_eq!(least, ExprKind::Literal(Literal::Int(i64::MIN)));
    let beyond = parse("9223372036854775808").unwrap().kind;
    assert_eq!(
        beyond,
        ExprKind::Literal(Literal::Float(9_223_372_036_854_775_808.0))
    );
    stays("-(5)");
    stays("-x * -2 == -30 DAYS");
}

#[test]
fn chained_comparisons_are_an_error_with_the_fix() {
    let source = "1 < x < 10";
    let error = fails(
        source,
        Code::ChainedComparison,
        source,
        "comparisons do not chain",
    );
    assert_eq!(error.fix.as_ref().unwrap().replacement, "1 < x AND x < 10");
    let source = "a AND NOT 1 < x + (1) <= 10 AND b";
    let error = errors(source).remove(0);
    assert_eq!(
        fixed(source, &error),
        "a AND NOT (1 < x + 1 AND x + 1 <= 10) AND b"
    );
    assert_eq!(errors("x IN (1) == TRUE")[0].code, Code::ChainedComparison);
    stays("(1 < x) == y");
}

#[test]
fn foreign_operators_get_a_suggestion() {
    for (source, operator, fix) in [
        ("a === b", "===", "a == b"),
        ("a !== b", "!==", "a != b"),
        ("a => b", "=>", "a >= b"),
        ("a =< b", "=<", "a <= b"),
        ("a ~= b", "~=", "a != b"),
        ("a =~ 'b'", "=~", "a MATCHES 'b'"),
        ("a & b", "&", "a AND b"),
        ("a | b", "|", "a OR b"),
        ("a&b", "&", "a AND b"),
        ("a AND ¬b", "¬", "a AND NOT b"),
        ("a ≥ b", "≥", "a >= b"),
        ("a equals b", "equals", "a == b"),
        ("a CONTAIN 'b'", "CONTAIN", "a CONTAINS 'b'"),
        ("a startswith 'b'", "startswith", "a STARTS WITH 'b'"),
    ] {
        let message = format!("there is no operator `{operator}`");
        let error = fails(source, Code::UnknownOperator, operator, &message);
        assert_eq!(fixed(source, &error), fix);
        assert!(error.help.unwrap().starts_with("did you mean `"));
    }
    for source in [
        "-2 ^ 2", "2 ** 3", "a ?? b", "a -> 'b'", "a ? b", "a ~ 'b'", "a << 1",
    ] {
        assert_eq!(errors(source)[0].code, Code::UnknownOperator, "{source}");
    }
}

#[test]
fn strings_take_both_quotes_and_escapes() {
    reads(r#"x == "it's""#, r"x == 'it\'s'");
    reads("x == 'it''s'", r"x == 'it\'s'");
    reads(r#"x == "\n\t\\\'\"""#, r#"x == '\n\t\\\'"'"#);
    reads(r"x == '\u00e9\uD83D\uDE00\u0007'", r"x == 'é😀\u0007'");
    stays("x == '-- // /* not comments */ `'");
    let found = errors(r"x == '\d+' AND y == '\q\u12' AND z == 1e999");
    let spans: Vec<(u32, u32)> = found.iter().map(|e| (e.span.start, e.span.end)).collect();
    assert_eq!(spans, [(6, 8), (21, 23), (23, 25), (38, 43)]);
    assert!(found.iter().all(|error| error.code == Code::BadLiteral));
    assert_eq!(errors(r"x == '\uD83D'")[0].code, Code::BadLiteral);
    assert_eq!(errors(r"x == '\u+123'")[0].code, Code::BadLiteral);
}

#[test]
fn curly_quotes_get_the_straight_ones() {
    let source = "x == “it's” AND y";
    let message = "curly quotes; strings are written in straight ones";
    let error = fails(source, Code::CurlyQuotes, "“it's”", message);
    assert_eq!(fixed(source, &error), r"x == 'it\'s' AND y");
    assert_eq!(errors("x == ’a AND y")[0].code, Code::CurlyQuotes);
    stays("x == '“quoted”'");
}

#[test]
fn unclosed_things_are_shown_where_they_open() {
    fails(
        "a == 'b",
        Code::Unclosed,
        "'",
        "this string is never closed",
    );
    fails(
        r"a == 'b\'",
        Code::Unclosed,
        "'",
        "this string is never closed",
    );
    fails(
        "a == \"b'",
        Code::Unclosed,
        "\"",
        "this string is never closed",
    );
    fails(
        "`a == 1",
        Code::Unclosed,
        "`",
        "this backtick is never closed",
    );
    fails(
        "a /* b",
        Code::Unclosed,
        "/",
        "this comment is never closed",
    );
    fails(
        "(a AND (b)",
        Code::Unclosed,
        "(",
        "this bracket is never closed",
    );
    fails("a)", Code::Syntax, ")", "this `)` closes nothing");
}

#[test]
fn comments_are_blanks() {
    reads("a // first\n AND/* second */b /**/", "a AND b");
    reads("a/b//c", "a / b");
    reads("a == '//' // x", "a == '//'");
}

#[test]
fn backticks_quote_any_name() {
    stays("`utm-source` == 'x'");
    stays("COUNT(`Order Completed`) > 1");
    stays(
        "SUM(`Order Completed`.revenue.`net`) > 1"
            .replace("`net`", "net")
            .as_str(),
    );
    reads("address.`zip code` == 1", "`address.zip code` == 1");
    stays("`a``b` == 1");
    stays("`straße` == 1");
    fails("`` == 1", Code::BadLiteral, "``", "a name cannot be empty");
}

#[test]
fn numbers_read_back_as_what_they_are() {
    reads("x == 1_000", "x == 1000");
    reads("x == 1.0", "x == 1.0");
    reads("x == 1e6", "x == 1000000.0");
    reads("x == 1.5E-7", "x == 1.5e-7");
    reads("x == 1e300", "x == 1e300");
    reads("x == 00012", "x == 12");
    fails(
        "x == 1e400",
        Code::BadLiteral,
        "1e400",
        "`1e400` is out of range; numbers go up to about 1.8e308",
    );
    for source in [
        "x == 0x1F",
        "x == 12abc",
        "x == 1.2.3",
        "x == 1e",
        "x == 5%5%",
        "x == .5",
    ] {
        let code = errors(source)[0].code;
        assert!(matches!(code, Code::BadLiteral | Code::Syntax), "{source}");
    }
    assert_eq!(fixed("x == .5", &errors("x == .5")[0]), "x == 0.5");
}

#[test]
fn durations_are_not_fields() {
    reads(
        "x WITHIN LAST 30d AND d == 5",
        "x WITHIN LAST 30 DAYS AND d == 5",
    );
    reads(
        "x > 1w + 12h - 15min + 45s + 5ms",
        "x > 1 WEEK + 12 HOURS - 15 MINUTES + 45 SECONDS + 5 MILLISECONDS",
    );
    reads("x OLDER THAN 1 day", "x OLDER THAN 1 DAY");
    reads("x WITHIN NEXT 2Days", "x WITHIN NEXT 2 DAYS");
    let source = "x WITHIN LAST 5m";
    assert_eq!(fixed(source, &errors(source)[0]), "x WITHIN LAST 5 MINUTES");
    fails(
        "x WITHIN LAST 30",
        Code::Syntax,
        "30",
        "expected a duration, found the number `30`",
    );
    fails(
        "x WITHIN LAST 1.5d",
        Code::BadLiteral,
        "1.5d",
        "a duration is a whole number of a unit, not `1.5`",
    );
    assert_eq!(
        errors("x WITHIN LAST 99999999999999999d")[0].code,
        Code::BadLiteral
    );
    assert_eq!(errors("x WITHIN LAST y")[0].code, Code::Syntax);
}

#[test]
fn timestamps_and_dates_are_literals_with_a_string_only() {
    reads(
        "x > TIMESTAMP \"2026-01-31T10:00:00+02:00\"",
        "x > TIMESTAMP '2026-01-31T08:00:00Z'",
    );
    stays("x BEFORE DATE '2026-01-31'");
    stays("timestamp > date AND DATE(x) == y");
    let found = errors("x > TIMESTAMP '2026-01-31' AND y < DATE '2026-02-30'");
    assert_eq!(found.len(), 2);
    assert!(found.iter().all(|error| error.code == Code::BadLiteral));
}

#[test]
fn in_takes_a_list_even_of_one() {
    stays("x IN (y)");
    stays("x IN ()");
    reads("x NOT IN (1, 2, )", "x NOT IN (1, 2)");
    stays("x IN (a == b, NOT c, -1, NULL)");
    fails("x IN 5", Code::Syntax, "5", "expected `(`, found `5`");
    assert_eq!(errors("x IN (,)")[0].code, Code::Syntax);
    assert_eq!(errors("x IN [1]")[0].code, Code::Syntax);
}

#[test]
fn is_not_null_is_one_test() {
    stays("x IS NOT NULL AND y IS NULL");
    stays("x IS TRUE OR y IS NOT FALSE");
    stays("x IS EMPTY OR y IS NOT EMPTY");
    stays("x IS DISTINCT FROM y + 1 AND x IS NOT DISTINCT FROM NULL");
    stays("x == NULL");
    fails(
        "x IS 5",
        Code::Syntax,
        "5",
        "expected `DISTINCT FROM`, `EMPTY`, `FALSE`, `NOT`, `NULL` or `TRUE`, found `5`",
    );
    assert_eq!(errors("x IS (NOT NULL)")[0].code, Code::Syntax);
}

#[test]
fn text_tests_take_not_and_escape() {
    stays("x LIKE 'a%' AND x NOT ILIKE 'b!_' ESCAPE '!'");
    stays("x MATCHES '^a' OR x NOT MATCHES 'b$'");
    stays("x CONTAINS 'a' AND x NOT CONTAINS y");
    stays("x STARTS WITH 'a' AND x NOT ENDS WITH LOWER(y)");
    stays("tags CONTAINS ANY ('a', 'b') OR tags NOT CONTAINS ALL (a) OR tags CONTAINS NONE ()");
    assert_eq!(errors("x LIKE 'a' ESCAPE 'ab'")[0].code, Code::BadLiteral);
}

#[test]
fn time_tests() {
    stays("x WITHIN LAST 30 DAYS AND x NOT WITHIN NEXT 1 HOUR");
    stays("x OLDER THAN 2 WEEKS OR x NOT OLDER THAN 0 DAYS");
    stays("x FROM 90 DAYS TO 30 DAYS AGO AND x NOT FROM 3 HOURS TO 1 HOUR AGO");
    stays("x DURING TIMESTAMP '2026-01-01T00:00:00Z' TO NOW() - 3 DAYS");
    stays("x BEFORE y AND x AFTER NOW() + 1 DAY AND x NOT BEFORE z");
}

#[test]
fn segments() {
    stays("IN SEGMENT 'vip' AND NOT IN SEGMENT 'churned'");
    stays("NOT (IN SEGMENT 'vip') OR NOT NOT IN SEGMENT 'x'");
    stays("segment IN (segment)");
}

#[test]
fn aggregates() {
    stays("COUNT(purchase WITHIN LAST 30 DAYS WHERE category == 'electronics') >= 3");
    stays("SUM(purchase.amount WITHIN LAST 30 DAYS WHERE category == 'x') > 500");
    stays("COUNT DISTINCT(purchase.sku) > 1 AND COUNT(*) == 0");
    stays("LAST(*.timestamp) WITHIN LAST 1 DAY AND FIRST(*.`a b`) == 1");
    stays("AVG(e.a FROM 90 DAYS TO 30 DAYS AGO) / MIN(e.b DURING a TO b) > MAX(`e.f`.b.c)");
    stays("COUNT(a WHERE COUNT(b) > 1) == 0");
    reads("count  distinct ( e.x ) > 1", "COUNT DISTINCT(e.x) > 1");
    assert_eq!(
        errors("COUNT(e.x) > 1")[0].message,
        "COUNT counts events, not the values of a property"
    );
    assert_eq!(
        errors("SUM(e) > 1")[0].message,
        "SUM needs a property of an event"
    );
    assert_eq!(errors("COUNT(e WITHIN NEXT 1d) > 1")[0].code, Code::Syntax);
    assert_eq!(
        errors("COUNT(e WHERE x WITHIN LAST 3d")[0].code,
        Code::Unclosed
    );
}

#[test]
fn did() {
    stays("DID login WITHIN LAST 30 DAYS AND DID NOT login");
    stays("DID * AND x OR DID NOT * WITHIN LAST 1 DAY OR (DID *) == x");
    stays("DID NOT (purchase WITHIN LAST 14 DAYS WHERE amount > 5)");
    stays("DID(purchase WHERE amount > 5)");
    reads(
        "DID(purchase) AND DID NOT(purchase WITHIN LAST 1d)",
        "DID purchase AND DID NOT purchase WITHIN LAST 1 DAY",
    );
    stays("NOT DID login AND DID `Order Completed` FROM 2 DAYS TO 1 DAY AGO");
    stays("CASE WHEN DID * THEN DID a ELSE DID NOT * END");
    let error = errors("DID e WHERE x == 1").remove(0);
    assert_eq!(
        error.help.unwrap(),
        "a WHERE needs brackets: `DID(event WHERE condition)`"
    );
    assert_eq!(errors("DID e.x")[0].code, Code::Syntax);
}

#[test]
fn calls_and_case() {
    stays("IF(a > 1, 'x', COALESCE(b, NULL)) == 'y' AND NOW() > x");
    stays("[] CONTAINS 1 OR [1, 2, x] CONTAINS ANY (3) OR LENGTH([['a'], b]) == 1");
    reads("[1,2,] contains x", "[1, 2] CONTAINS x");
    fails("[1, 2", Code::Unclosed, "[", "this bracket is never closed");
    fails("1, 2]", Code::Syntax, "]", "this `]` closes nothing");
    fails(
        "([1)]",
        Code::Syntax,
        ")",
        "expected an operator, `,` or `]`, found `)`",
    );
    fails(
        "x[0] == 1",
        Code::Syntax,
        "[",
        "expected an operator or the end of the rule, found `[`",
    );
    stays("CASE WHEN a THEN 1 WHEN b THEN CASE WHEN c THEN 2 END ELSE 3 END > 1");
    reads(
        "CASE plan WHEN 'pro' THEN 1 WHEN other THEN 2 ELSE 3 END > 1",
        "CASE WHEN plan == 'pro' THEN 1 WHEN plan == other THEN 2 ELSE 3 END > 1",
    );
    reads(
        "CASE a + 1 WHEN CASE b WHEN 1 THEN 2 END THEN TRUE END",
        "CASE WHEN a + 1 == CASE WHEN b == 1 THEN 2 END THEN TRUE END",
    );
    reads(
        "case when end then then else else end",
        "CASE WHEN end THEN then ELSE else END",
    );
    fails(
        "CASE WHEN a THEN 1",
        Code::Syntax,
        "",
        "expected an operator, `WHEN`, `ELSE` or `END`, found the end of the rule",
    );
    let error = errors("name.lower() == 'x'").remove(0);
    assert_eq!(
        error.help.unwrap(),
        "there are no methods: write `LOWER(name)`, not `name.lower()`"
    );
}

#[test]
fn sequences() {
    stays("SEQUENCE(view WITHIN LAST 7 DAYS WHERE price > 50 THEN cart WITHIN 1 HOUR)");
    stays("NOT SEQUENCE(* THEN `Order Completed` THEN NOT * WITHIN 1 DAY WHERE x IN ('a', 'b'))");
    stays("SEQUENCE(a THEN NOT b) AND sequence > 3 OR SEQUENCE(sequence THEN sequence) == p");
    stays("SEQUENCE(a WHERE CASE WHEN p THEN q END THEN b WHERE then) AND p");
    reads(
        "sequence ( not_in within last 1d then`b`then NOT in_time within 60min )",
        "SEQUENCE(not_in WITHIN LAST 1 DAY THEN b THEN NOT in_time WITHIN 60 MINUTES)",
    );
    // Words of the language as events.
    reads(
        "SEQUENCE(then THEN then WITHIN 1h THEN NOT within)",
        "SEQUENCE(`then` THEN `then` WITHIN 1 HOUR THEN NOT `within`)",
    );
    stays("SEQUENCE(sequence THEN last WITHIN 1 HOUR THEN NOT `not`)");
    fails(
        "SEQUENCE()",
        Code::Syntax,
        ")",
        "expected an event, found `)`",
    );
    fails(
        "SEQUENCE(a THEN b, c)",
        Code::Syntax,
        ",",
        "expected a window (`WITHIN LAST 30 DAYS`), `WHERE`, `WITHIN`, `THEN` or `)`, found `,`",
    );
    fails(
        "SEQUENCE(a THEN b.c)",
        Code::Syntax,
        "c",
        "a step takes an event, not a property of one",
    );
}

#[test]
fn quantifiers() {
    stays("ANY(items, i => i.price > 1 AND `i.a b` == 'x') OR NONE(tags, t => t == 'y')");
    stays("COUNT_IF(items, i => i.price > 1) + 1 > 2");
    // Whether this END closes the CASE is not sure before the grammar has looked.
    stays("ANY(CASE WHEN p THEN last END, i => i > 1)");
    stays("flags CONTAINS (ANY(x, i => i)) AND ns CONTAINS COUNT_IF(x, i => i)");
    stays("any > 1 AND all.none == count_if");
    stays("tags CONTAINS ANY ('a', 'b') AND ALL(tags, in_ => in_ == any)");
    stays("ANY(CASE WHEN a THEN where END, i => i)");
    reads("all ( x ,\ti=>( i ) )", "ALL(x, i => i)");
    reads(
        "Count_If(x /* all */, i => i.a) = 2",
        "COUNT_IF(x, i => i.a) == 2",
    );
    for (source, at, message) in [
        ("ANY(x, y)", ")", "expected `=>`, found `)`"),
        ("ANY(x)", ")", "expected an operator or `,`, found `)`"),
        (
            "ANY(x, 1 => y)",
            "1",
            "expected a name for the item, found `1`",
        ),
        ("ANY(x, i => )", ")", "expected a value, found `)`"),
    ] {
        fails(source, Code::Syntax, at, message);
    }
    for source in [
        "x => 1",
        "IN_(x, i => 1)",
        "ANY(x, (i => 1))",
        "ANY(x => 1, y)",
    ] {
        let error = errors(source).remove(0);
        assert_eq!(error.code, Code::UnknownOperator, "{source}");
    }
}

#[test]
fn parameters_and_lists_that_are_only_named() {
    stays("x == :name AND :min < y + :n");
    stays("x NOT IN :few OR y IN (:a, 'b') OR z IN LIST 'it\\'s'");
    stays("COUNT(e DURING :from TO :to WHERE a NOT IN LIST 'l') > :n");
    reads("x in list 'l' and y in :IN", "x IN LIST 'l' AND y IN :IN");
    // A field of that name stays one, and so does a list in brackets.
    stays("list == 1 AND x IN (list)");
    fails("x == : name", Code::Syntax, ":", "unexpected character `:`");
    for source in [
        "x == :",
        "x == :1",
        "x IN LIST l",
        "x IN LIST :l",
        ":a.b == 1",
        "a:b",
    ] {
        assert!(!errors(source).is_empty(), "{source}");
    }
}

#[test]
fn calendar_windows() {
    stays("x WITHIN LAST 30 CALENDAR DAYS IN 'Europe/Berlin' AND y");
    stays("COUNT(e WITHIN LAST 1 CALENDAR MONTH WHERE a) > x");
    stays("DID e WITHIN LAST 2 CALENDAR WEEKS IN 'Asia/Tokyo'");
    reads(
        "x not within last 1 calendar years in 'europe/berlin'",
        "x NOT WITHIN LAST 1 CALENDAR YEAR IN 'Europe/Berlin'",
    );
    reads(
        "x WITHIN LAST 1 CALENDAR DAY IN 'UTC'",
        "x WITHIN LAST 1 CALENDAR DAY",
    );
    let zone = fails(
        "x WITHIN LAST 1 CALENDAR DAY IN 'Europe/Berln'",
        Code::BadLiteral,
        "'Europe/Berln'",
        "there is no time zone `Europe/Berln`",
    );
    assert_eq!(zone.help.unwrap(), "did you mean `Europe/Berlin`?");
    stays("x WITHIN LAST 10000 CALENDAR YEARS");
    for source in [
        "x WITHIN LAST 10001 CALENDAR YEARS",
        "x WITHIN LAST 0 CALENDAR DAYS",
        "x WITHIN LAST 1.5 CALENDAR DAYS",
        "x WITHIN LAST 1 CALENDAR HOUR",
        "x WITHIN NEXT 1 CALENDAR DAY",
        "x OLDER THAN 1 CALENDAR DAY",
        "x > 1 CALENDAR DAY",
        "x WITHIN LAST 1 MONTH",
        "x WITHIN LAST 1y",
    ] {
        assert!(!errors(source).is_empty(), "{source}");
    }
}

#[test]
fn anniversaries() {
    stays("ANNIVERSARY(birthday) WITHIN NEXT 7 DAYS IN 'Europe/Berlin' AND y");
    stays("ANNIVERSARY(a + 1 DAY) NOT WITHIN LAST 1 CALENDAR DAY IN 'Asia/Tokyo'");
    stays("NOT ANNIVERSARY(x) WITHIN LAST 30 DAYS");
    reads(
        "anniversary ( x ) within next 1w in 'utc'",
        "ANNIVERSARY(x) WITHIN NEXT 1 WEEK",
    );
    // A field of that name stays one.
    stays("anniversary WITHIN NEXT 7 DAYS");
    let zone = fails(
        "x WITHIN LAST 7 DAYS IN 'Europe/Berlin'",
        Code::Syntax,
        "'Europe/Berlin'",
        "this window has no time zone of its own",
    );
    assert!(zone.help.unwrap().contains("CALENDAR"));
    for source in [
        "ANNIVERSARY(x) WITHIN LAST 1 CALENDAR DAY IN 'UTC' IN 'UTC'",
        "ANNIVERSARY(x) WITHIN NEXT 1 CALENDAR DAY",
        "ANNIVERSARY(x) WITHIN NEXT 7 DAYS IN 'Europe/Berln'",
        "COUNT(e WITHIN LAST 7 DAYS IN 'Europe/Berlin') > 1",
    ] {
        assert!(!errors(source).is_empty(), "{source}");
    }
}

#[test]
fn errors_say_what_was_expected() {
    fails(
        "",
        Code::Syntax,
        "",
        "expected a value, found the end of the rule",
    );
    fails(
        "a AND",
        Code::Syntax,
        "",
        "expected a value, found the end of the rule",
    );
    fails(
        "a == ",
        Code::Syntax,
        "",
        "expected a value, found the end of the rule",
    );
    fails(
        "a == AND b",
        Code::Syntax,
        "AND",
        "expected a value, found `AND`",
    );
    fails(
        "a foo",
        Code::Syntax,
        "foo",
        "expected an operator or the end of the rule, found `foo`",
    );
    fails(
        "(a foo)",
        Code::Syntax,
        "foo",
        "expected an operator or `)`, found `foo`",
    );
    fails(
        "F(a foo)",
        Code::Syntax,
        "foo",
        "expected an operator, `,` or `)`, found `foo`",
    );
    fails(
        "x STARTS 'a'",
        Code::Syntax,
        "'a'",
        "expected `WITH`, found `'a'`",
    );
    fails(
        "COUNT(5)",
        Code::Syntax,
        "5",
        "expected an event, found `5`",
    );
    fails("a @ b", Code::Syntax, "@", "unexpected character `@`");
    fails("straße == 1", Code::Syntax, "ß", "unexpected character `ß`");
    fails(
        "a\u{a0}== 1",
        Code::Syntax,
        "\u{a0}",
        "invisible character U+00A0",
    );
}

#[test]
fn spans_are_exact() {
    use rulelang::ast::ExprKind;
    let source = "  ( a ) + b  >  -( c ) /* x */ AND NOT d IN ( 1 , 2 )  OR e  ";
    let tree = parse(source).unwrap();
    assert_eq!(tree.span.text(source), source.trim());
    let ExprKind::Or(or) = &tree.kind else {
        panic!()
    };
    let ExprKind::And(and) = &or[0].kind else {
        panic!()
    };
    assert_eq!(and[0].span.text(source), "( a ) + b  >  -( c )");
    assert_eq!(and[1].span.text(source), "NOT d IN ( 1 , 2 )");
    let ExprKind::Compare(_, left, right) = &and[0].kind else {
        panic!()
    };
    assert_eq!(left.span.text(source), "( a ) + b");
    assert_eq!(right.span.text(source), "-( c )");
    let ExprKind::Arithmetic(_, left, _) = &left.kind else {
        panic!()
    };
    assert_eq!(left.span.text(source), "a");
    let source = "NOT  IN SEGMENT 'x' OR DID e  OR 3 > - 5 ";
    let ExprKind::Or(or) = parse(source).unwrap().kind else {
        panic!()
    };
    assert_eq!(or[0].span.text(source), "NOT  IN SEGMENT 'x'");
    assert_eq!(or[1].span.text(source), "DID e");
    let ExprKind::Compare(_, _, right) = &or[2].kind else {
        panic!()
    };
    assert_eq!(right.span.text(source), "- 5");
}
