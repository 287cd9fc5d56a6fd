//! `audience replay`.

use std::io::Write;

use serde_json::{Value, json};

use crate::support::{Files, Ran, audience, audience_with};

const SEGMENTS: &str = r#"[
    {"id": "vip", "name": "VIP", "type": "DYNAMIC",
     "rules": {"conditions": [{"field": "totalSpent", "operator": "gt", "value": 100}]}},
    {"id": "recent", "name": "Recent", "rules": {"expression": "DID purchase WITHIN LAST 7 DAYS"}},
    {"id": "pro", "name": "Pro", "rules": {"expression": "plan == 'pro'"}},
    {"id": "off", "name": "Off", "active": false, "rules": {"expression": "TRUE"}}
]"#;

fn event(id: &str, user: &str, timestamp: &str, amount: f64) -> String {
    json!({
        "eventId": id, "userId": user, "eventType": "purchase", "timestamp": timestamp,
        "properties": {"amount": amount}, "context": {"ip": "::1"},
    })
    .to_string()
}

fn events() -> String {
    // Not in order, and one of them twice.
    [
        event("e3", "ann", "2026-01-20T10:00:00Z", 60.0),
        event("e1", "ann", "2026-01-01T10:00:00Z", 50.0),
        event("e2", "bob", "2026-01-05T10:00:00Z", 500.0),
        event("e1", "ann", "2026-01-01T10:00:00Z", 50.0),
        String::new(),
    ]
    .join("\n")
}

fn lines(text: &str) -> Vec<Value> {
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

fn replay(files: &Files, segments: &str, events: &str, more: &[&str]) -> Ran {
    let segments = files.write("segments.json", segments);
    let events = files.write("events.ndjson", events);
    let args = ["replay", "--segments", &segments, "--events", &events];
    audience(&[&args, more].concat())
}

#[test]
fn events_become_members_and_changes() {
    let files = Files::new();
    let traits = r#"{"userId":"cyd","traits":{"plan":"pro"}}"#;
    let traits = files.write("traits", traits);
    let (members, changes) = (files.path("members"), files.path("changes"));
    let more = [
        "--traits",
        &traits,
        "--members",
        &members,
        "--changes",
        &changes,
    ];
    let ran = replay(
        &files,
        SEGMENTS,
        &events(),
        &[&more[..], &["--format", "json"]].concat(),
    );
    let summary = ran.code(0).json();
    assert_eq!(summary["events"], 4);
    assert_eq!(summary["duplicates"], 1);
    assert_eq!(summary["users"], 3);
    assert_eq!(summary["until"], "2026-01-20T10:00:00Z");
    assert_eq!(summary["segments"][0]["segmentId"], "vip");
    assert_eq!(summary["segments"][0]["members"], 2);
    let member = |segment: &str, user: &str| json!({"segmentId": segment, "userId": user});
    let expected = [
        member("vip", "ann"),
        member("vip", "bob"),
        member("recent", "ann"),
        member("pro", "cyd"),
    ];
    assert_eq!(lines(&files.read("members")), expected);
    let told: Vec<String> = lines(&files.read("changes"))
        .iter()
        .map(|change| {
            let text = |key: &str| change[key].as_str().unwrap().to_owned();
            let cause = change["headers"]["ce_cause"].as_str().unwrap();
            let seq = &change["headers"]["seq"];
            let head = [
                text("timestamp"),
                text("userId"),
                text("segmentId"),
                text("action"),
            ];
            format!("{} {} {cause} {seq}", head.join(" "), text("reason"))
        })
        .collect();
    assert_eq!(
        told,
        [
            "2026-01-01T10:00:00Z cyd pro added rule_evaluation traits:1 1",
            "2026-01-01T10:00:00Z ann recent added rule_evaluation e1 1",
            "2026-01-05T10:00:00Z bob vip added rule_evaluation e2 1",
            "2026-01-05T10:00:00Z bob recent added rule_evaluation e2 2",
            "2026-01-08T10:00:00Z ann recent removed expired timer 2",
            "2026-01-12T10:00:00Z bob recent removed expired timer 3",
            "2026-01-20T10:00:00Z ann vip added rule_evaluation e3 3",
            "2026-01-20T10:00:00Z ann recent added rule_evaluation e3 4",
        ]
    );
    let names = files.names();
    assert!(!names.iter().any(|name| name.contains("tmp")), "{names:?}");
}

#[test]
fn until_ends_the_run_early_or_late() {
    let files = Files::new();
    let members = |until: &str| {
        let more = ["--until", until, "--format", "json"];
        let summary = replay(&files, SEGMENTS, &events(), &more).code(0).json();
        (
            summary["segments"][1]["members"].clone(),
            summary["afterUntil"].clone(),
        )
    };
    assert_eq!(members("2026-01-06"), (json!(2), json!(1)));
    assert_eq!(members("2026-01-27T09:59:59.999Z"), (json!(1), json!(0)));
    assert_eq!(members("2026-01-27T10:00:00Z"), (json!(0), json!(0)));
}

#[test]
fn compressed_files_and_standard_input_are_read() {
    let files = Files::new();
    let mut gzip = flate2::write::GzEncoder::new(vec![], flate2::Compression::fast());
    gzip.write_all(events().as_bytes()).unwrap();
    let gzip = files.write("events.gz", gzip.finish().unwrap());
    let zstd = files.write("events", zstd::encode_all(events().as_bytes(), 1).unwrap());
    let segments = files.write("segments.json", SEGMENTS);
    for path in [gzip.as_str(), &zstd, "-"] {
        let args = [
            "replay",
            "--segments",
            &segments,
            "--events",
            path,
            "--format",
            "json",
        ];
        let summary = audience_with(&args, &events()).code(0).json();
        assert_eq!(summary["segments"][0]["members"], 2, "{path}");
    }
    let cut = &zstd::encode_all(events().as_bytes(), 1).unwrap()[..40];
    let cut = files.write("cut.zst", cut);
    let ran = audience(&["replay", "--segments", &segments, "--events", &cut]).code(1);
    assert!(ran.stderr.contains("cannot decompress"));
}

#[test]
fn a_file_with_bad_lines_is_refused_before_anything_runs() {
    let files = Files::new();
    let members = files.path("members");
    let bad = [
        event("e1", "ann", "2026-01-01T10:00:00Z", 1.0),
        r#"{"userId":"ann","eventType":"#.to_owned(),
        r#"{"eventType":"purchase","timestamp":"2026-01-01T10:00:00Z"}"#.to_owned(),
        event("e1", "ann", "yesterday", 1.0),
    ];
    let ran = replay(&files, SEGMENTS, &bad.join("\n"), &["--members", &members]).code(1);
    for expected in [
        "events.ndjson:2:28: the JSON ends too early",
        "events.ndjson:3:1: the key `userId` is missing",
        r#"add `"userId": "…"`"#,
        "`yesterday` is not an RFC 3339 timestamp",
        "3 lines cannot be read",
        "--skip-invalid",
    ] {
        assert!(ran.stderr.contains(expected), "{expected}: {}", ran.stderr);
    }
    assert!(!files.names().contains(&"members".to_owned()));
    let more = ["--skip-invalid", "--format", "json"];
    let ran = replay(&files, SEGMENTS, &bad.join("\n"), &more).code(0);
    assert_eq!(ran.json()["invalid"], 3);
    assert_eq!(ran.json()["events"], 1);
}

#[test]
fn of_many_bad_lines_the_first_are_shown_and_all_are_counted() {
    let files = Files::new();
    let ran = replay(&files, SEGMENTS, &"{}\n".repeat(1000), &[]).code(1);
    assert_eq!(
        ran.stderr.matches("the key `userId` is missing").count(),
        20
    );
    assert!(ran.stderr.contains("… and 980 more"));
    assert!(ran.stderr.contains("1000 lines cannot be read"));
}

#[test]
fn mistakes_in_segments_carry_json_pointers() {
    let files = Files::new();
    let segments = |text: &str, expected: &[&str]| {
        let ran = replay(&files, text, &events(), &[]).code(1);
        for expected in expected {
            assert!(ran.stderr.contains(expected), "{expected}: {}", ran.stderr);
        }
    };
    segments("{}", &["not a JSON array"]);
    segments("[{", &["segments.json:1:2: malformed JSON"]);
    segments(
        r#"[{"id":"x","rules":{},"rules":{}}]"#,
        &["`rules` is given twice, at `/0`"],
    );
    segments(
        r#"[{"name":"x","rules":{}}]"#,
        &["/0: the segment has no `id`"],
    );
    segments(
        r#"[{"id":"Ü","rules":{}}]"#,
        &["/0/id: `Ü` is not a segment id"],
    );
    segments(
        r#"[{"id":"a","rule":{}}]"#,
        &["/0/rule: `rule` is not a key", "did you mean `rules`?"],
    );
    segments(
        r#"[{"id":"a","rules":{"expression":"x > 1"}},{"id":"a","rules":{"expression":"x > 1"}}]"#,
        &["/1/id: a second segment has the id `a`"],
    );
    segments(
        r#"[{"id":"a","rules":{"conditions":[{"field":"x","operator":"gtt","value":1}]}}]"#,
        &[
            "/0/rules/conditions/0/operator",
            "no operator `gtt`",
            "did you mean `gt`?",
        ],
    );
    segments(
        r#"[{"id":"a","rules":{"expression":"IN SEGMENT 'b'"}},{"id":"b","rules":{"expression":"IN SEGMENT 'a'"}}]"#,
        &["circle"],
    );
}

#[test]
fn segments_that_disagree_on_a_type_are_both_named() {
    let files = Files::new();
    let text = r#"[
        {"id":"a","rules":{"expression":"plan == 'pro' AND MAX(purchase.amount) > 3"}},
        {"id":"b","rules":{"expression":"plan > 3"}},
        {"id":"c","rules":{"expression":"MAX(purchase.amount) > TIMESTAMP '2026-01-31T10:00:00Z'"}}
    ]"#;
    let ran = replay(&files, text, &events(), &[]).code(1);
    for expected in [
        "/1/rules",
        "segment `b`",
        "by segment `a`",
        "/2/rules",
        "segment `c`",
    ] {
        assert!(ran.stderr.contains(expected), "{expected}: {}", ran.stderr);
    }
}

#[test]
fn an_empty_log_needs_an_instant() {
    let files = Files::new();
    let ran = replay(&files, SEGMENTS, "\n", &[]).code(1);
    assert!(ran.stderr.contains("say one with --until"));
    replay(&files, SEGMENTS, "", &["--until", "2026-01-01"]).code(0);
}

#[test]
fn overrides_and_traits_may_come_as_events() {
    let files = Files::new();
    let message = |kind: &str, properties: Value| {
        json!({"eventId": kind, "userId": "ann", "eventType": kind,
               "timestamp": "2026-01-02T10:00:00Z", "properties": properties})
        .to_string()
    };
    let text = [
        event("e1", "ann", "2026-01-01T10:00:00Z", 1.0),
        message("$member", json!({"segmentId": "vip", "action": "include"})),
        message("$identify", json!({"plan": "pro"})),
    ];
    let changes = files.path("changes");
    replay(&files, SEGMENTS, &text.join("\n"), &["--changes", &changes]).code(0);
    let told: Vec<String> = lines(&files.read("changes"))
        .iter()
        .map(|change| format!("{} {}", change["segmentId"], change["reason"]))
        .collect();
    let expected = [
        r#""recent" "rule_evaluation""#,
        r#""pro" "rule_evaluation""#,
        r#""vip" "manual""#,
    ];
    assert_eq!(told, expected);
}

#[test]
fn segments_have_parameters_and_name_lists_of_their_file() {
    let files = Files::new();
    let segments = r#"{
        "segments": [
            {"id": "large", "rules": {"expression": "totalSpent > :min", "parameters": {"min": 105}}},
            {"id": "larger", "rules": {"expression": "totalSpent > :min", "parameters": {"min": 300}}},
            {"id": "chosen", "rules": {"field": "plan", "operator": "in_list", "value": "plans"}}
        ],
        "lists": {"plans": ["pro", "team"]}
    }"#;
    let traits = files.write("traits", r#"{"userId":"cyd","traits":{"plan":"team"}}"#);
    let members = files.path("members");
    let more = ["--traits", &traits, "--members", &members];
    replay(&files, segments, &events(), &more).code(0);
    let members = std::fs::read_to_string(&members).unwrap();
    for member in [
        ("large", "ann"),
        ("large", "bob"),
        ("larger", "bob"),
        ("chosen", "cyd"),
    ] {
        let line = |line: &Value| line["segmentId"] == member.0 && line["userId"] == member.1;
        assert!(lines(&members).iter().any(line), "{member:?} in {members}");
    }
    assert_eq!(lines(&members).len(), 4, "{members}");
    let wrong = segments.replace(r#"["pro", "team"]"#, "3");
    let ran = replay(&files, &wrong, &events(), &[]).code(1);
    assert!(ran.stderr.contains("/lists/plans"), "{}", ran.stderr);
    let wrong = segments.replace("totalSpent > :min", "totalSpent > :max");
    let ran = replay(&files, &wrong, &events(), &[]).code(1);
    assert!(ran.stderr.contains("/segments/0/rules"), "{}", ran.stderr);
    assert!(ran.stderr.contains("E0105"), "{}", ran.stderr);
}
