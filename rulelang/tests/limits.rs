//! Each limit of the language: what is as large as it allows is taken, one more is refused, and the
//! error names it. `SEGMENT_DEPTH_MAX` is about several rules: `rule-runtime/tests/limits.rs`.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use rulelang::facts::{Facts, Traits};
use rulelang::limits::*;
use rulelang::{Code, Diagnostics, Expected, Schema, Value, check, check_expr, evaluate, json};
use serde_json::json;

#[track_caller]
fn taken(source: &str) {
    if let Err(found) = check(source, &Schema::default()) {
        panic!("{found}");
    }
}

/// The rule is refused for that one reason, which names the limit.
#[track_caller]
fn refused(source: &str, code: Code, limit: usize) {
    told(&check(source, &Schema::default()).unwrap_err(), code, limit);
}

#[track_caller]
fn told(found: &Diagnostics, code: Code, limit: usize) {
    let codes: Vec<Code> = found.iter().map(|item| item.code).collect();
    assert_eq!(codes, [code], "{found}");
    let message = &found.iter().next().unwrap().message;
    assert!(message.contains(&limit.to_string()), "{message}");
}

/// `count` parts, joined.
fn joined(count: usize, separator: &str, part: impl Fn(usize) -> String) -> String {
    let parts: Vec<String> = (0..count).map(part).collect();
    parts.join(separator)
}

#[test]
fn source_bytes_max() {
    let rule = "a > 1";
    let padded = |bytes: usize| format!("{rule}{}", " ".repeat(bytes - rule.len()));
    taken(&padded(SOURCE_BYTES_MAX));
    refused(
        &padded(SOURCE_BYTES_MAX + 1),
        Code::SourceTooLong,
        SOURCE_BYTES_MAX,
    );
}

#[test]
fn json_bytes_max() {
    // Groups of one are many bytes of JSON and none of text.
    let leaf = |field: &str| json!({"all": [{"field": field, "operator": "is_true", "missing": "no_match"}]});
    let form = |field: &str| {
        let mut leaves = vec![leaf("p"); 3_900];
        leaves.push(leaf(field));
        json!({"any": leaves})
    };
    let room = JSON_BYTES_MAX - form("").to_string().len();
    assert!(room < STRING_BYTES_MAX, "{room}");
    let within = form(&"f".repeat(room));
    assert_eq!(within.to_string().len(), JSON_BYTES_MAX);
    if let Err(found) = json::from_json(&within) {
        panic!("{found}");
    }
    let found = json::from_json(&form(&"f".repeat(room + 1))).unwrap_err();
    told(&found, Code::TooLarge, JSON_BYTES_MAX);
}

#[test]
fn nesting_depth_max() {
    let nested = |depth: usize| format!("{}a > 1{}", "(".repeat(depth), ")".repeat(depth));
    taken(&nested(NESTING_DEPTH_MAX));
    let deep = nested(NESTING_DEPTH_MAX + 1);
    refused(&deep, Code::NestingTooDeep, NESTING_DEPTH_MAX);
    let groups = |depth: usize| {
        let leaf = json!({"field": "a", "operator": "eq", "value": 1});
        (0..depth).fold(leaf, |inner, _| json!({"not": inner}))
    };
    // The comparison is a level, too.
    assert!(json::from_json(&groups(NESTING_DEPTH_MAX - 1)).is_ok());
    let found = json::from_json(&groups(NESTING_DEPTH_MAX)).unwrap_err();
    told(&found, Code::NestingTooDeep, NESTING_DEPTH_MAX);
}

#[test]
fn nodes_max() {
    // The OR is a node, and each of its operands.
    let rule = |nodes: usize| joined(nodes - 1, " OR ", |_| "b".to_owned());
    taken(&rule(NODES_MAX));
    refused(&rule(NODES_MAX + 1), Code::TooLarge, NODES_MAX);
}

#[test]
fn list_items_max() {
    let rule = |items: usize| format!("a IN ({})", joined(items, ",", |i| i.to_string()));
    taken(&rule(LIST_ITEMS_MAX));
    refused(&rule(LIST_ITEMS_MAX + 1), Code::TooLarge, LIST_ITEMS_MAX);
    let form = |items: usize| {
        let items: Vec<usize> = (0..items).collect();
        json!({"field": "a", "operator": "in", "value": items})
    };
    assert!(json::from_json(&form(LIST_ITEMS_MAX)).is_ok());
    let found = json::from_json(&form(LIST_ITEMS_MAX + 1)).unwrap_err();
    told(&found, Code::TooLarge, LIST_ITEMS_MAX);
}

#[test]
fn string_bytes_max() {
    let rule = |bytes: usize| format!("a == '{}'", "x".repeat(bytes));
    taken(&rule(STRING_BYTES_MAX));
    refused(
        &rule(STRING_BYTES_MAX + 1),
        Code::TooLarge,
        STRING_BYTES_MAX,
    );
    let form = |bytes: usize| json!({"field": "a", "operator": "eq", "value": "x".repeat(bytes)});
    assert!(json::from_json(&form(STRING_BYTES_MAX)).is_ok());
    let found = json::from_json(&form(STRING_BYTES_MAX + 1)).unwrap_err();
    told(&found, Code::TooLarge, STRING_BYTES_MAX);
}

/// The value of an expression that reads nothing.
fn value(source: &str) -> Value {
    let tree = rulelang::parse(source).unwrap();
    let checked = check_expr(tree, source, &Schema::default(), Expected::AnyValue);
    evaluate(&checked.unwrap().rule, &Facts::default(), 0)
}

#[test]
fn made_list_items_max() {
    let split = |items: usize| format!("SPLIT(REPEAT(',', {}), ',')", items - 1);
    let most = split(MADE_LIST_ITEMS_MAX);
    let length = Value::Int(MADE_LIST_ITEMS_MAX as i64);
    assert_eq!(value(&format!("LENGTH({most})")), length);
    assert_eq!(value(&split(MADE_LIST_ITEMS_MAX + 1)), Value::Null);
    assert_eq!(
        value(&format!("LIST_CONCAT({most}, ['x', 'y'])")),
        Value::Null
    );
}

/// What a function makes depends on the user: too long is NULL, not an error.
#[test]
fn made_string_bytes_max() {
    let most = MADE_STRING_BYTES_MAX;
    let length = Value::Int(most as i64);
    for (rule, more) in [
        (
            format!("REPEAT('x', {most})"),
            format!("REPEAT('x', {})", most + 1),
        ),
        (
            format!("LPAD('x', {most})"),
            format!("LPAD('x', {})", most + 1),
        ),
        (
            format!("CONCAT(REPEAT('x', {most}), '')"),
            format!("CONCAT(REPEAT('x', {most}), 'x')"),
        ),
        (
            format!("REPLACE(REPEAT('x', {}), 'x', 'yy')", most / 2),
            format!("REPLACE(REPEAT('x', {}), 'x', 'yy')", most / 2 + 1),
        ),
    ] {
        assert_eq!(value(&format!("LENGTH({rule})")), length, "{rule}");
        assert_eq!(value(&more), Value::Null, "{more}");
    }
}

#[test]
fn regexes_max() {
    let rule = |count: usize| joined(count, " OR ", |i| format!("a MATCHES 'p{i}'"));
    taken(&rule(REGEXES_MAX));
    refused(&rule(REGEXES_MAX + 1), Code::TooLarge, REGEXES_MAX);
}

/// How large a pattern becomes is the library's to say; about the limit it is taken or refused.
#[test]
fn regex_size_max() {
    let rule = |count: usize| format!("a MATCHES 'x{{{count}}}'");
    let fits = |count: usize| check(&rule(count), &Schema::default()).is_ok();
    let (mut small, mut large) = (1, 1_000_000);
    assert!(fits(small) && !fits(large));
    while large - small > 1 {
        let middle = small.midpoint(large);
        if fits(middle) {
            small = middle;
        } else {
            large = middle;
        }
    }
    assert!(small > 1_000, "{small}");
    refused(&rule(small + 1), Code::TooLarge, REGEX_SIZE_MAX);
}

#[test]
fn aggregates_max() {
    let rule = |count: usize| joined(count, " OR ", |i| format!("COUNT(e{i}) > 1"));
    taken(&rule(AGGREGATES_MAX));
    refused(&rule(AGGREGATES_MAX + 1), Code::TooLarge, AGGREGATES_MAX);
    // Equal ones are one.
    taken(&joined(AGGREGATES_MAX + 1, " OR ", |i| {
        format!("COUNT(e) > {i}")
    }));
}

#[test]
fn calendar_units_max() {
    let rule = |count: usize| format!("at WITHIN LAST {count} CALENDAR DAYS");
    taken(&rule(CALENDAR_UNITS_MAX));
    let more = rule(CALENDAR_UNITS_MAX + 1);
    refused(&more, Code::BadLiteral, CALENDAR_UNITS_MAX);
}

#[test]
fn sequence_steps_max() {
    let rule = |steps: usize| format!("SEQUENCE({})", joined(steps, " THEN ", |i| format!("e{i}")));
    taken(&rule(SEQUENCE_STEPS_MAX));
    let more = rule(SEQUENCE_STEPS_MAX + 1);
    refused(&more, Code::TooLarge, SEQUENCE_STEPS_MAX);
}

#[test]
fn quantifier_depth_max() {
    let rule = |depth: usize| {
        let within = |inner: String, level: usize| format!("ANY([1, 2], i{level} => {inner})");
        (0..depth).fold("x > 1".to_owned(), within)
    };
    taken(&rule(QUANTIFIER_DEPTH_MAX));
    let deep = rule(QUANTIFIER_DEPTH_MAX + 1);
    refused(&deep, Code::NestingTooDeep, QUANTIFIER_DEPTH_MAX);
}

/// How long a list is, is the user's: too long is NULL, not an error.
#[test]
fn quantified_items_max() {
    let source = "COUNT_IF(items, i => i.price > 1)";
    let tree = rulelang::parse(source).unwrap();
    let checked = check_expr(tree, source, &Schema::default(), Expected::AnyValue);
    let rule = checked.unwrap().rule;
    let value = |count: usize| {
        let item = Value::object([("price".into(), Value::Float(2.0))]);
        let items = Value::List(vec![item; count].into());
        let said = Traits {
            id: "t".into(),
            timestamp: None,
            values: [("items".into(), items)].into(),
        };
        let facts = Facts {
            traits: vec![said],
            ..Facts::default()
        };
        evaluate(&rule, &facts, 0)
    };
    assert_eq!(
        value(QUANTIFIED_ITEMS_MAX),
        Value::Int(QUANTIFIED_ITEMS_MAX as i64)
    );
    assert_eq!(value(QUANTIFIED_ITEMS_MAX + 1), Value::Null);
}

#[test]
fn diagnostics_max() {
    let rule = |count: usize| joined(count, " OR ", |i| format!("f{i} + 'x' > 1"));
    let count = |wrong: usize| check(&rule(wrong), &Schema::default()).unwrap_err().len();
    assert_eq!(count(DIAGNOSTICS_MAX), DIAGNOSTICS_MAX);
    assert_eq!(count(DIAGNOSTICS_MAX + 1), DIAGNOSTICS_MAX);
}

fn with_list(items: usize) -> Schema {
    let items: Vec<Value> = (0..items as i64).map(Value::Int).collect();
    Schema {
        lists: [("l".into(), items.into())].into(),
        ..Schema::default()
    }
}

/// A list counts each time that it is named.
#[test]
fn given_items_max() {
    let named = |times: usize, more: usize| {
        let schema = with_list(GIVEN_ITEMS_MAX / 5);
        let last = joined(more, " OR ", |i| format!("b == {i}"));
        let rule = joined(times, " OR ", |i| format!("a{i} IN LIST 'l'"));
        check(&format!("{rule} OR {last}"), &schema)
    };
    assert!(named(5, 1).is_ok());
    told(&named(6, 1).unwrap_err(), Code::TooLarge, GIVEN_ITEMS_MAX);
    let given = |items: usize| {
        let mut schema = Schema::default();
        let values = vec![Value::Int(1); items / 2].into();
        schema.parameters = [("p".into(), Value::List(values))].into();
        check("a IN :p OR b IN (1, :p)", &schema)
    };
    assert_eq!(given(GIVEN_ITEMS_MAX).err(), None);
    let found = given(GIVEN_ITEMS_MAX + 2).unwrap_err();
    told(&found, Code::TooLarge, GIVEN_ITEMS_MAX);
}

/// A named list of the longest rule is within it; a computed trait that stands there often is not.
#[test]
fn checked_nodes_max() {
    let rule = |times: usize| {
        let mut schema = Schema::default();
        let items = joined(5_000, ",", |i| i.to_string());
        schema.traits.insert("t".into(), format!("a IN ({items})"));
        let uses = joined(times, " OR ", |i| format!("t AND b{i} > 1"));
        check(&uses, &schema)
    };
    let most = CHECKED_NODES_MAX / 5_010;
    assert!(rule(most).is_ok());
    told(
        &rule(most + 1).unwrap_err(),
        Code::BadTrait,
        CHECKED_NODES_MAX,
    );
}

/// What is not worked out beforehand is worked out when the rule is asked.
#[test]
fn folded_bytes_max() {
    let folded = |terms: usize| {
        let rule = joined(terms, " OR ", |i| {
            format!("x == REPEAT('{}', 1000)", i % 10)
        });
        let rule = check(&rule, &Schema::default()).unwrap().rule;
        let mut calls = 0;
        rule.root.walk(&mut |node| {
            calls += usize::from(matches!(node.kind, rulelang::rule::NodeKind::Call { .. }));
        });
        let said = Traits {
            id: "t".into(),
            timestamp: None,
            values: [("x".into(), Value::string(&"9".repeat(1000)))].into(),
        };
        let facts = Facts {
            traits: vec![said],
            ..Facts::default()
        };
        assert_eq!(evaluate(&rule, &facts, 0), Value::Bool(true));
        calls
    };
    assert_eq!(folded(FOLDED_BYTES_MAX / 1_100), 0);
    assert!(folded(FOLDED_BYTES_MAX / 1_000 + 20) > 0);
}

#[test]
fn labels_max() {
    let rule = |names: usize| joined(names, " AND ", |i| format!("x{i} == x{}", i + 1));
    let labels = |names: usize| {
        let found = check(&rule(names), &Schema::default()).unwrap_err();
        found.iter().next().unwrap().labels.len()
    };
    assert_eq!(labels(LABELS_MAX), LABELS_MAX);
    assert_eq!(labels(100 * LABELS_MAX), LABELS_MAX);
}
