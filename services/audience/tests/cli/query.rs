//! `audience segment query`.

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
