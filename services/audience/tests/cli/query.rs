//! `audience segment query`.

use std::collections::{BTreeMap, BTreeSet};

use kit::evaluation::add;
use kit::rules::RuleSource;
use kit::wire::{Body, Decoder, EveryName, Missing};
use rulelang::facts::Facts;
use rulelang::time::{format_timestamp, parse_timestamp};
use rulelang::{Expected, Schema, Value, evaluate, exists};
use serde_json::json;

use crate::support::{Files, audience};

const EVENTS: &str = r#"{"userId":"ann","eventType":"buy","timestamp":"2026-01-01T10:00:00Z","properties":{"amount":5}}
{"userId":"bob","eventType":"buy","timestamp":"2026-01-02T10:00:00Z","properties":{"amount":50}}
"#;

#[test]
fn a_query_counts_or_lists_who_matches() {
    let files = Files::new();
    let events = files.write("events", EVENTS);
    let query = |more: &[&str]| {
        let args = [
            "segment",
            "query",
            "SUM(buy.amount) > 10",
            "--events",
            &events,
        ];
        audience(&[&args, more].concat()).code(0)
    };
    assert_eq!(
        query(&[]).stdout,
        "1 of 2 users match at 2026-01-02T10:00:00Z\n"
    );
    assert_eq!(query(&["--list"]).stdout, "bob\n");
    let answer = query(&["--format", "json", "--until", "2026-01-02"]).json();
    assert_eq!(
        (&answer["matches"], &answer["users"]),
        (&0.into(), &1.into())
    );
}

#[test]
fn a_query_may_use_now_where_a_live_rule_may_not() {
    let files = Files::new();
    let events = files.write("events", EVENTS);
    let rule = "NOW() - lastActivity > 12h";
    let ran = audience(&["segment", "query", rule, "--events", &events, "--list"]).code(0);
    assert_eq!(ran.stdout, "ann\n");
}

#[test]
fn a_wrong_query_is_shown() {
    let ran = audience(&["segment", "query", "SUM(buy.amount) >", "--events", "-"]).code(1);
    assert!(ran.stderr.contains("E0001"));
}

#[test]
fn a_query_that_names_a_segment_is_refused() {
    let files = Files::new();
    let events = files.write("events", EVENTS);
    let rule = "IN SEGMENT 'vip' OR SUM(buy.amount) > 10";
    let ran = audience(&["segment", "query", rule, "--events", &events]).code(1);
    assert!(ran.stderr.contains("names segment `vip`"), "{}", ran.stderr);
}

const TRAITS: &str = r#"{"userId":"ann","traits":{"country":"DE"}}
{"userId":"bob","traits":{"country":"AT"}}
"#;

#[test]
fn a_query_takes_what_other_commands_take_with_a_rule() {
    let files = Files::new();
    let events = files.write("events", EVENTS);
    let file = files.write(
        "rule",
        "SUM(buy.amount) > :min AND 'x' NOT IN LIST 'blocked'",
    );
    let lists = files.write("lists", r#"{"blocked": ["y"]}"#);
    let args = ["segment", "query", "--file", &file, "--events", &events];
    let more = ["--param", "min=10", "--lists", &lists, "--list"];
    let ran = audience(&[&args[..], &more].concat()).code(0);
    assert_eq!(ran.stdout, "bob\n");
    audience(&["segment", "query", "--events", &events]).code(2);
}

#[test]
fn a_query_names_segments_of_a_file() {
    let files = Files::new();
    let mut events = EVENTS.to_owned();
    events.push_str(concat!(
        r#"{"userId":"cyd","eventType":"$member","timestamp":"2026-01-01T10:00:00Z","#,
        r#""properties":{"segmentId":"big","action":"include"}}"#
    ));
    let events = files.write("events", events);
    let traits = files.write(
        "traits",
        format!("{TRAITS}{}", r#"{"userId":"cyd","traits":{}}"#),
    );
    let segments = files.write(
        "segments",
        r#"{"lists": {"near": ["AT", "CH"]}, "segments": [
            {"id": "big", "rules": {"expression": "SUM(buy.amount WITHIN LAST 7 DAYS) > 10"}},
            {"id": "german", "rules": {"expression": "country == 'DE'"}},
            {"id": "either", "rules": {"expression": "IN SEGMENT 'big' OR IN SEGMENT 'german'"}}]}"#,
    );
    let query = |rule: &str, more: &[&str]| {
        let args = ["segment", "query", rule, "--events", &events];
        let given = ["--traits", &traits, "--segments", &segments, "--list"];
        audience(&[&args, &given[..], more].concat())
    };
    let named = |rule: &str, more: &[&str]| query(rule, more).code(0).stdout;
    assert_eq!(named("IN SEGMENT 'big'", &[]), "bob\ncyd\n");
    assert_eq!(named("IN SEGMENT 'either'", &[]), "ann\nbob\ncyd\n");
    assert_eq!(named("NOT IN SEGMENT 'big'", &[]), "ann\n");
    assert_eq!(
        named("IN SEGMENT 'either' AND country IN LIST 'near'", &[]),
        "bob\n"
    );
    let later = ["--until", "2026-01-12"];
    assert_eq!(named("IN SEGMENT 'big'", &later), "cyd\n");
    let wrong = query("IN SEGMENT 'bigg'", &[]).code(1);
    assert!(
        wrong.stderr.contains("did you mean `big`?"),
        "{}",
        wrong.stderr
    );
}

#[test]
fn a_query_tells_what_the_rule_warns_of_and_what_nobody_has() {
    let files = Files::new();
    let (events, traits) = (files.write("events", EVENTS), files.write("traits", TRAITS));
    let query = |rule: &str| {
        let args = ["segment", "query", rule, "--events", &events];
        let ran = audience(&[&args[..], &["--traits", &traits]].concat()).code(0);
        assert!(ran.stdout.contains(" of 2 users match"), "{}", ran.stdout);
        ran.stderr
    };
    let warned = query("country != 'US'");
    assert!(warned.starts_with("warning[W0801]"), "{warned}");
    assert!(
        warned.contains("more: `audience rule why W0801`"),
        "{warned}"
    );
    assert_eq!(
        query("contry == 'DE' OR DID bay"),
        "note: nobody has a value of `contry`; did you mean `country`?\n\
         note: `bay` never happened; did you mean `buy`?\n"
    );
    assert_eq!(
        query("zodiac == 'leo'"),
        "note: nobody has a value of `zodiac`\n"
    );
    assert_eq!(query("country == 'DE' AND amount > 3 AND DID buy"), "");
}

/// Sums, windows of every kind, ends, distinct values, traits, text; the last two are not live.
const RULES: [&str; 14] = [
    "SUM(buy.amount) > 500",
    "SUM(buy.amount WITHIN LAST 2 DAYS) >= 100 AND country == 'DE'",
    "COUNT(*) < 20",
    "NOT (DID buy WITHIN LAST 12 HOURS)",
    "COUNT(view FROM 3d TO 1d AGO) >= 4",
    "COUNT(buy WITHIN LAST 1 CALENDAR WEEK) >= 8",
    "SUM(buy.amount DURING DATE '2026-03-02' TO DATE '2026-03-04') BETWEEN 50 AND 400",
    "AVG(buy.amount WHERE category == 'books') > 50",
    "MAX(buy.amount WITHIN LAST 36 HOURS) > 95 OR MIN(buy.amount) < 1",
    "COUNT DISTINCT(buy.category) == 4",
    "LAST(buy.category) == 'books' OR FIRST(view.page) STARTS WITH 'p1'",
    "country IS NULL OR country IN ('FR', 'JP')",
    "NOW() - lastActivity > 6 HOURS",
    "lastActivity + 30 MINUTES != NOW() AND COUNT(buy WITHIN LAST 1 DAYS) > 2",
];
const LINES: u64 = 1_500;
const USERS: u64 = 70;

/// A number below `bound` that looks random and is the same every time (SplitMix64).
fn below(state: &mut u64, bound: u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut mixed = *state;
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    (mixed ^ (mixed >> 31)) % bound
}

/// Events and traits of four days in no order, some of them copies.
fn lines() -> Vec<String> {
    let mut state = 11;
    let begin = parse_timestamp("2026-03-01T00:00:00Z").unwrap();
    let lines = (0..LINES).map(|number| {
        let mut pick = |bound| below(&mut state, bound);
        let (kind, user) = (pick(10), pick(USERS));
        let at = begin + pick(4 * 86_400_000) as i64;
        let (event, properties) = match kind {
            0 => {
                let country = ["DE", "FR", "JP", "US"][pick(4) as usize];
                ("$identify", json!({"country": country}))
            }
            1..=5 => {
                let category = ["books", "toys", "food", "music"][pick(4) as usize];
                let amount = pick(10_000) as f64 / 100.0;
                ("buy", json!({"amount": amount, "category": category}))
            }
            _ => ("view", json!({"page": format!("p{}", pick(30))})),
        };
        json!({
            "eventId": format!("e{}", number - number % 50 / 49), "userId": format!("u{user}"),
            "eventType": event, "timestamp": format_timestamp(at), "properties": properties,
        })
        .to_string()
    });
    lines.collect()
}

/// Everybody's facts, for the interpreter. Of a user's facts with one id the earliest counts.
fn facts_by_user(lines: &[String]) -> BTreeMap<String, Facts> {
    let mut decoder = Decoder::new(Body::Event, Missing::REFUSED);
    let messages = lines
        .iter()
        .map(|line| decoder.message(line.as_bytes(), 1, &EveryName).unwrap());
    let mut messages: Vec<_> = messages.collect();
    messages.sort_by_key(|message| (message.timestamp, message.id.clone()));
    let mut seen = BTreeSet::new();
    let mut users: BTreeMap<String, Facts> = BTreeMap::new();
    for message in messages {
        let user = message.user.to_string();
        if seen.insert((user.clone(), message.id.to_string())) {
            add(users.entry(user).or_default(), message);
        }
    }
    users
}

#[test]
fn a_query_answers_as_the_interpreter_does_about_each_user() {
    let (files, lines) = (Files::new(), lines());
    let events = files.write("events", lines.join("\n"));
    let users = facts_by_user(&lines);
    for text in RULES {
        let source = RuleSource::from_text(text.to_owned());
        let rule = source.check(&Schema::default(), Expected::Condition);
        let rule = rule.unwrap_or_else(|found| panic!("{text}: {found}")).rule;
        let mut is_telling = false;
        for until in ["2026-03-02T12:00:00Z", "2026-03-04T18:00:00Z"] {
            let now = parse_timestamp(until).unwrap();
            let existing = users.iter().filter(|(_, facts)| exists(facts, now));
            let is_match = |facts: &Facts| evaluate(&rule, facts, now) == Value::Bool(true);
            let matching = existing.clone().filter(|(_, facts)| is_match(facts));
            let matching: Vec<&str> = matching.map(|(user, _)| &**user).collect();
            let args = [
                "segment", "query", text, "--events", &events, "--until", until,
            ];
            let answer = audience(&[&args[..], &["--list", "--format", "json"]].concat());
            let answer = answer.code(0).json();
            assert_eq!(answer["members"], json!(matching), "{text} at {until}");
            let existing = existing.count();
            assert_eq!(answer["users"], existing, "{text} at {until}");
            is_telling |= !matching.is_empty() && matching.len() < existing;
        }
        assert!(is_telling, "{text} is true of all or of none");
    }
}
