//! The constants of generated rules and facts: few, and at the borders.

use proptest::prelude::*;
use proptest::sample::select;

use crate::value::Value;

pub(super) const INTS: &[&str] = &[
    "0",
    "1",
    "2",
    "3",
    "-1",
    "100",
    "9007199254740991",
    "9007199254740992",
    "9007199254740993",
    "9223372036854775807",
    "-9223372036854775807",
];

pub(super) const FLOATS: &[&str] = &[
    "0.0",
    "-0.0",
    "0.5",
    "1.0",
    "1.5",
    "2.0",
    "2.5",
    "-1.0",
    "33.33",
    "33.34",
    "100.0",
    "1e18",
    "9007199254740992.0",
    "1e300",
];

pub(super) const STRINGS: &[&str] = &[
    "''", "'a'", "'A'", "'b'", "'ab'", "'abc'", "'US'", "'é'", "'a_b'", "'50%'", "'it''s'",
];

pub(super) const PATTERNS: &[&str] = &[
    "''",
    "'%'",
    "'_'",
    "'a%'",
    "'%b'",
    "'%b%'",
    "'a_b'",
    "'a!_b' ESCAPE '!'",
    "'%!%' ESCAPE '!'",
    "'é'",
];

pub(super) const REGEXES: &[&str] = &["''", "'^a'", "'b$'", "'^(a|U).*'", "'[[:upper:]]'", "'^.$'"];

pub(super) const TIMESTAMPS: &[&str] = &[
    "TIMESTAMP '2024-01-15T08:00:00Z'",
    "TIMESTAMP '2024-01-15T09:00:00Z'",
    "TIMESTAMP '2024-01-15T09:59:59.999Z'",
    "TIMESTAMP '2024-01-15T10:00:00Z'",
    "TIMESTAMP '2024-01-15T12:00:00+02:00'",
    "TIMESTAMP '2024-01-15T00:00:00Z'",
    "TIMESTAMP '1969-12-31T23:59:59.999Z'",
];

pub(super) const DATES: &[&str] = &[
    "DATE '2024-01-15'",
    "DATE '2024-01-14'",
    "DATE '2024-01-16'",
    "DATE '2024-02-29'",
    "DATE '1969-12-31'",
];

pub(super) const UNITS: &[&str] = &[
    "'millisecond'",
    "'second'",
    "'minutes'",
    "'Hour'",
    "'day'",
    "'week'",
    "'month'",
    "'quarter'",
    "'year'",
];

pub(super) const DURATIONS: &[&str] = &["1ms", "1s", "10min", "30min", "1h", "2 HOURS"];

/// Spans that begin between the facts: midnight, of a Monday, in Honolulu is at 10:00 UTC, and in
/// Auckland an hour later.
pub(super) const CALENDARS: &[&str] = &[
    "1 CALENDAR DAY IN 'Pacific/Honolulu'",
    "2 CALENDAR DAYS IN 'Pacific/Auckland'",
    "1 CALENDAR WEEK IN 'Pacific/Honolulu'",
    "1 CALENDAR MONTH",
    "3 CALENDAR YEARS IN 'Europe/Berlin'",
];

/// A day begins there at 10:00 UTC, at 11:00, or at midnight.
pub(super) const ZONES: &[&str] = &["IN 'Pacific/Honolulu'", "IN 'Pacific/Auckland'", ""];

pub(super) const SPANS_AGO: &[&str] = &[
    "FROM 1h TO 10min AGO",
    "FROM 2h TO 1h AGO",
    "FROM 30min TO 1ms AGO",
];

pub(super) const SPANS_FIXED: &[&str] = &[
    "DURING TIMESTAMP '2024-01-15T09:00:00Z' TO TIMESTAMP '2024-01-15T10:00:00Z'",
    "DURING TIMESTAMP '2024-01-15T08:00:00Z' TO TIMESTAMP '2024-01-15T09:30:00Z'",
    "DURING DATE '2024-01-14' TO DATE '2024-01-15'",
];

/// Raw values of every kind by the type that they fit, as they come out of JSON.
pub(super) fn raw_float() -> BoxedStrategy<Value> {
    prop_oneof![
        select(vec![
            0.0,
            -0.0,
            0.5,
            1.0,
            1.5,
            2.0,
            2.5,
            -1.0,
            33.33,
            33.34,
            100.0,
            1e18,
            1.1e18,
            1e300,
            9_007_199_254_740_992.0
        ])
        .prop_map(Value::Float),
        raw_int(),
    ]
    .boxed()
}

pub(super) fn raw_int() -> BoxedStrategy<Value> {
    const TWO_POW_53: i64 = 1 << 53;
    let ints = vec![
        0,
        1,
        2,
        3,
        -1,
        100,
        TWO_POW_53 - 1,
        TWO_POW_53,
        TWO_POW_53 + 1,
        i64::MAX,
        i64::MIN,
    ];
    select(ints).prop_map(Value::Int).boxed()
}

pub(super) fn raw_string() -> BoxedStrategy<Value> {
    let texts = vec![
        "", "a", "A", "b", "ab", "abc", "US", "é", "a_b", "axb", "50%", "it's",
    ];
    select(texts).prop_map(Value::string).boxed()
}

pub(super) fn raw_bool() -> BoxedStrategy<Value> {
    any::<bool>().prop_map(Value::Bool).boxed()
}

pub(super) fn raw_timestamp() -> BoxedStrategy<Value> {
    let texts = vec![
        "2024-01-15T08:00:00Z",
        "2024-01-15T09:00:00Z",
        "2024-01-15T09:59:59.9999Z",
        "2024-01-15T10:00:00Z",
        "2024-01-15T11:30:00+02:00",
        "2024-01-15T00:00:00Z",
        "not a timestamp",
    ];
    select(texts).prop_map(Value::string).boxed()
}

pub(super) fn raw_date() -> BoxedStrategy<Value> {
    let texts = vec!["2024-01-14", "2024-01-15", "2024-01-16", "2023-02-29"];
    select(texts).prop_map(Value::string).boxed()
}

pub(super) fn raw_list() -> BoxedStrategy<Value> {
    proptest::collection::vec(raw_string(), 0..4)
        .prop_map(|items| Value::List(items.into()))
        .boxed()
}

/// Lists of objects with the members that generated quantifiers read, of which some are missing or
/// do not fit.
pub(super) fn raw_objects() -> BoxedStrategy<Value> {
    let part = proptest::option::of(raw_string());
    let part = part.prop_map(|sku| object([("sku", sku)]));
    let parts = proptest::collection::vec(part, 0..3);
    let parts = parts.prop_map(|parts| Value::List(parts.into()));
    let amount = prop_oneof![8 => raw_float(), 1 => raw_string()];
    let members = (
        proptest::option::of(amount),
        proptest::option::of(raw_string()),
        proptest::option::of(raw_bool()),
        proptest::option::of(parts),
    );
    let item = members.prop_map(|(amount, sku, flag, parts)| {
        object([
            ("amount", amount),
            ("sku", sku),
            ("flag", flag),
            ("parts", parts),
        ])
    });
    let items = proptest::collection::vec(item, 0..4);
    items.prop_map(|items| Value::List(items.into())).boxed()
}

fn object<const N: usize>(members: [(&str, Option<Value>); N]) -> Value {
    let known = members.into_iter();
    Value::object(known.filter_map(|(name, value)| Some((name.into(), value?))))
}
