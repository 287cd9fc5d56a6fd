//! `audience explain`.

use serde_json::{Value, json};

use crate::support::{Files, Ran, audience};

const SEGMENTS: &str = r#"[
    {"id": "pro", "rules": {"expression": "plan == 'pro'"}},
    {"id": "recent", "name": "Bought lately",
     "rules": {"expression": "(SUM(purchase.amount WITHIN LAST 7 DAYS) > 100 OR plan == 'x') AND NOT totalSpent > 9000"}},
    {"id": "quiet", "rules": {"expression": "DID purchase AND DID NOT purchase WITHIN LAST 30 DAYS"}},
    {"id": "big-spenders", "rules": {"conditions": [{"field": "totalSpent", "operator": "gt", "value": 100}]}}
]"#;

fn purchase(id: &str, user: &str, day: &str, amount: &Value) -> String {
    json!({
        "eventId": id, "userId": user, "eventType": "purchase",
        "timestamp": format!("{day}T10:00:00Z"), "properties": {"amount": amount},
    })
    .to_string()
}

fn events() -> String {
    let early = (1..=9).map(|day| {
        let date = format!("2026-01-0{day}");
        purchase(&format!("early{day}"), "ann", &date, &json!(1))
    });
    let late = [
        purchase("e2", "ann", "2026-01-20", &json!(75.5)),
        purchase("e1", "ann", "2026-01-18", &json!(60)),
        purchase("e1", "ann", "2026-01-18", &json!(60)),
        purchase("torn", "ann", "2026-01-19", &json!("much")),
        purchase("e3", "bob", "2026-01-22", &json!(5)),
    ];
    early.chain(late).collect::<Vec<_>>().join("\n")
}

fn explain(user: &str, more: &[&str]) -> Ran {
    let files = Files::new();
    let segments = files.write("segments.json", SEGMENTS);
    let events = files.write("events.ndjson", events());
    let traits = files.write("traits", r#"{"userId":"cyd","traits":{"plan":"pro"}}"#);
    let args = [
        "explain",
        "--segments",
        &segments,
        "--events",
        &events,
        "--traits",
        &traits,
        "--user",
        user,
    ];
    audience(&[&args, more].concat())
}

#[test]
fn a_membership_is_a_tree_of_conditions_with_the_events_behind_them() {
    let ran = explain("ann", &["--segment", "recent"]).code(0);
    let expected = "\
at 2026-01-22T10:00:00Z

ann is in recent since 2026-01-20T10:00:00Z (rule_evaluation)
Bought lately.
";
    assert!(ran.stdout.starts_with(expected), "{}", ran.stdout);
    for expected in [
        "TRUE   all of",
        "├─ TRUE   any of",
        "TRUE   not",
        "FALSE  totalSpent > 9000",
        "NULL   plan == 'x'",
        "plan = NULL: there is no value",
        "= 135.5\n",
        "2026-01-20T10:00:00Z  75.5  e2",
        "2026-01-18T10:00:00Z  60  e1",
        "1 left out for a value of a wrong type",
        "… and 1 earlier, 11 in all",
    ] {
        assert!(ran.stdout.contains(expected), "{expected}: {}", ran.stdout);
    }
}

#[test]
fn the_next_flip_is_told_in_words() {
    let flip = |segment: &str, at: &str| {
        let more = ["--segment", segment, "--at", at];
        let ran = explain("ann", &more).code(0);
        ran.stdout.lines().last().unwrap().trim().to_owned()
    };
    let cases = [
        (
            "quiet",
            "2026-01-22",
            "Enters by itself at 2026-02-19T10:00:00Z, in 28 days.",
        ),
        ("quiet", "2026-03-01", "Stays in until a new event."),
        ("pro", "2026-01-22", "Stays out until a new event."),
    ];
    for (segment, at, expected) in cases {
        assert_eq!(flip(segment, at), expected, "{segment} at {at}");
    }
}

#[test]
fn an_earlier_instant_knows_nothing_of_later_events() {
    let at = |at: &str| explain("ann", &["--segment", "big-spenders", "--at", at]);
    assert!(
        at("2026-01-19")
            .code(0)
            .stdout
            .contains("ann is not in big-spenders")
    );
    let ran = at("2025-12-31").code(1);
    assert!(ran.stderr.contains("nothing is known of user `ann` yet"));
    assert!(ran.stderr.contains("2026-01-01T10:00:00Z"));
}

#[test]
fn without_a_segment_all_are_told_members_first() {
    let ran = explain("cyd", &["--format", "json"]).code(0).json();
    let told: Vec<(&str, bool)> = ran["segments"]
        .as_array()
        .unwrap()
        .iter()
        .map(|told| {
            (
                told["segmentId"].as_str().unwrap(),
                told["isMember"] == true,
            )
        })
        .collect();
    let expected = [
        ("pro", true),
        ("recent", false),
        ("quiet", false),
        ("big-spenders", false),
    ];
    assert_eq!(told, expected);
}

#[test]
fn json_says_what_the_text_says() {
    let more = ["--segment", "recent", "--format", "json"];
    let answer = explain("ann", &more).code(0).json();
    assert_eq!(answer["userId"], "ann");
    assert_eq!(answer["at"], "2026-01-22T10:00:00Z");
    let told = &answer["segments"][0];
    assert_eq!(told["since"], "2026-01-20T10:00:00Z");
    assert_eq!(told["reason"], "rule_evaluation");
    assert_eq!(told["nextChangeAt"], "2026-01-25T10:00:00Z");
    assert_eq!(
        told["nextChange"],
        "Leaves by itself at 2026-01-25T10:00:00Z, in 3 days"
    );
    assert_eq!(told["rule"]["kind"], "all");
    let conditions = &told["rule"]["conditions"][0]["conditions"];
    let evidence = &conditions[0]["operands"][0]["evidence"];
    assert_eq!(evidence["total"], 2);
    assert_eq!(evidence["misfits"], 1);
    let newest = json!({"eventId": "e2", "timestamp": "2026-01-20T10:00:00Z", "value": 75.5});
    assert_eq!(evidence["latest"][0], newest);
}

#[test]
fn an_unknown_user_or_segment_is_refused() {
    let ran = explain("Ann", &[]).code(1);
    assert!(
        ran.stderr.contains("nothing of user `Ann` is in"),
        "{}",
        ran.stderr
    );
    let ran = explain("ann", &["--segment", "big-spender"]).code(1);
    assert!(ran.stderr.contains("no active segment `big-spender`"));
    assert!(ran.stderr.contains("did you mean `big-spenders`?"));
    let ran = explain("ann", &["--segment", "zzzzzzzz"]).code(1);
    assert!(ran.stderr.contains("pro, recent, quiet, big-spenders"));
}

#[test]
fn help_teaches_by_examples() {
    for command in [&["explain"][..], &["replay"], &["rule", "eval"], &[]] {
        let ran = audience(&[command, &["--help"]].concat()).code(0);
        assert!(
            ran.stdout.contains("Examples:\n  audience "),
            "{}",
            ran.stdout
        );
    }
}

#[test]
fn what_the_check_of_segments_warns_of_is_told_once() {
    let files = Files::new();
    let segments = files.write(
        "segments.json",
        r#"[{"id": "abroad", "rules": {"expression": "country != 'US'"}},
            {"id": "pro", "rules": {"expression": "plan == 'pro'"}}]"#,
    );
    let event = r#"{"userId":"ann","eventType":"buy","timestamp":"2026-01-01T10:00:00Z"}"#;
    let events = files.write("events.ndjson", event);
    let files = ["--segments", &segments, "--events", &events];
    for command in [
        &["replay"][..],
        &["explain", "--user", "ann"],
        &["segment", "query", "IN SEGMENT 'abroad'"],
    ] {
        let told = audience(&[command, &files[..]].concat()).code(0).stderr;
        let begin = "segment `abroad`\nat /expression:\nwarning[W0801]";
        assert!(told.starts_with(begin), "{command:?}: {told}");
        assert_eq!(told.matches("W0801]").count(), 1, "{told}");
        assert!(told.contains("more: `audience rule why W0801`"), "{told}");
        assert!(!told.contains("`pro`"), "{told}");
    }
}
