//! `audience rule …`.

use serde_json::json;

use crate::support::{Files, audience, audience_in, audience_with};

const RULE: &str = "totalSpent > 1000 AND category == 'electronics'";

#[test]
fn a_right_rule_is_ok_and_shows_what_it_reads() {
    let ran = audience(&["rule", "check", RULE]).code(0);
    assert!(
        ran.stdout
            .contains("ok  totalSpent > 1000 AND category == 'electronics'")
    );
    let description = "totalSpent is more than 1000, and category is 'electronics'";
    assert!(ran.stdout.contains(description));
    assert!(ran.stdout.contains("fields    category: string"));
    let report = audience(&["rule", "check", RULE, "--format", "json"])
        .code(0)
        .json();
    assert_eq!(report["valid"], true);
    assert_eq!(report["description"], description);
    assert_eq!(report["events"], json!(["purchase"]));
    assert_eq!(report["timeDependent"], false);
}

#[test]
fn rules_come_from_arguments_files_and_standard_input_in_either_form() {
    let files = Files::new();
    let path = files.write("rule.txt", RULE);
    audience(&["rule", "check", "--file", &path]).code(0);
    audience_with(&["rule", "check", "-"], RULE).code(0);
    let form = r#"{"conditions":[{"field":"totalSpent","operator":"gt","value":1000}]}"#;
    let ran = audience(&["rule", "fmt", form]).code(0);
    assert_eq!(ran.stdout, "totalSpent > 1000\n");
    audience(&["rule", "check", "--file", "/no/such/file"]).code(1);
    audience(&["rule", "check"]).code(2);
    audience(&["rule", "check", RULE, "--file", &path]).code(2);
    audience(&["no-such-command"]).code(2);
}

#[test]
fn a_code_is_explained_with_rules_that_are_wrong_and_right() {
    let page = audience(&["rule", "why", "e0002"]).code(0).stdout;
    assert!(
        page.starts_with("E0002: comparisons that chain\n"),
        "{page}"
    );
    assert!(page.contains("\n    1 < x < 10\n") && page.contains("\n    x > 1 AND x < 10\n"));
    assert!(!page.contains("```"));
    let all = audience(&["rule", "why"]).code(0).stdout;
    assert!(all.lines().count() > 20 && all.contains("E0002: comparisons that chain\n"));
    let ran = audience(&["rule", "why", "E0209"]).code(1);
    assert!(ran.stderr.contains("did you mean `E02"), "{}", ran.stderr);
}

#[test]
fn a_wrong_rule_is_shown_with_its_place_and_help() {
    let ran = audience(&["rule", "check", "totalSpent > 'x'"]).code(1);
    assert!(ran.stderr.starts_with("error[E0201]"), "{}", ran.stderr);
    assert!(ran.stderr.contains("rule:1:"));
    assert!(ran.stderr.contains("`audience rule why E0201`"));
    let form = r#"{"conditions":[{"field":"a","operator":"gtt","value":1}]}"#;
    let ran = audience(&["rule", "check", form]).code(1);
    assert!(
        ran.stderr.contains("at /conditions/0/operator"),
        "{}",
        ran.stderr
    );
    assert!(ran.stderr.contains("did you mean `gt`?"));
    let report = audience(&["rule", "check", form, "--format", "json"])
        .code(1)
        .json();
    assert_eq!(report["diagnostics"][0]["code"], "E0402");
    assert_eq!(
        report["diagnostics"][0]["pointer"],
        "/conditions/0/operator"
    );
    // Places and fixes are about a text, which the answer has.
    assert!(report.get("expression").is_none());
    let form = r#"{"all":[{"field":"x","operator":"eq","value":null}]}"#;
    let report = audience(&["rule", "check", form, "--format", "json"])
        .code(1)
        .json();
    assert_eq!(report["expression"], "x == NULL");
    let found = &report["diagnostics"][0];
    assert_eq!(found["pointer"], "/all/0");
    assert_eq!(found["fix"]["replacement"], "IS NULL");
    assert_eq!(found["fix"]["span"], json!({"start": 2, "end": 9}));
}

#[test]
fn one_field_of_two_types_is_shown_with_both_places() {
    let rule = "plan == 'pro' AND plan > 3";
    let report = audience(&["rule", "check", rule, "--format", "json"])
        .code(1)
        .json();
    assert_eq!(report["diagnostics"][0]["code"], "E0202");
    assert_eq!(
        report["diagnostics"][0]["labels"].as_array().unwrap().len(),
        2
    );
}

#[test]
fn hostile_rules_are_refused_quickly() {
    let files = Files::new();
    let check = |name: &str, contents: String| {
        let path = files.write(name, contents);
        let ran = audience(&["rule", "check", "--file", &path, "--format", "json"]).code(1);
        ran.json()["diagnostics"][0]["code"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    assert_eq!(check("brackets", "(".repeat(10_000)), "E0302");
    assert_eq!(
        check("closed", "(".repeat(10_000) + "a" + &")".repeat(10_000)),
        "E0302"
    );
    assert_eq!(check("nots", "NOT ".repeat(10_000) + "a"), "E0302");
    assert_eq!(check("long", "a = 1 OR ".repeat(1_200_000)), "E0301");
    assert_eq!(
        check(
            "json",
            format!("{{\"expression\":\"{}\"}}", "x".repeat(10_000_000))
        ),
        "E0301"
    );
    assert_eq!(check("deep", r#"{"all":["#.repeat(10_000)), "E0302");
    assert_eq!(check("unicode", "\u{1F600} AND".to_owned()), "E0001");
}

#[test]
fn the_json_form_and_back_is_the_same_rule() {
    let rule = "COUNT(purchase WITHIN LAST 30 DAYS) >= 3 OR plan = 'pro'";
    let form = audience(&["rule", "json", rule]).code(0).stdout;
    let back = audience(&["rule", "fmt", form.trim()]).code(0).stdout;
    let canonical = audience(&["rule", "fmt", rule]).code(0).stdout;
    assert_eq!(back, canonical);
}

#[test]
fn a_key_that_the_json_form_gives_twice_is_an_error() {
    let form = r#"{"all": [{"not": {"expression": "a"}, "not": {"expression": "b"}}]}"#;
    let ran = audience(&["rule", "fmt", form]).code(1);
    assert!(
        ran.stderr.contains("`not` is given twice"),
        "{}",
        ran.stderr
    );
    assert!(ran.stderr.contains("name each key once"), "{}", ran.stderr);
}

#[test]
fn a_share_of_users_goes_by_the_id_that_is_given() {
    let evaluated = |rule: &str, more: &[&str]| {
        let ran = audience(&[&["rule", "eval", rule], more].concat()).code(0);
        ran.stdout.trim().to_owned()
    };
    assert_eq!(evaluated("PERCENT(100, 'x')", &[]), "null");
    assert_eq!(evaluated("PERCENT(100, 'x')", &["--user", "u"]), "true");
    // 1852 of 10,000: docs/language.md says how.
    let user = ["--user", "user-17"];
    assert_eq!(evaluated("PERCENT(18.52, 'june')", &user), "false");
    assert_eq!(evaluated("PERCENT(18.53, 'june')", &user), "true");
    let jit = ["--user", "user-17", "--engine", "jit"];
    assert_eq!(evaluated("NOT PERCENT(18.52, 'june')", &jit), "true");
    let explained = audience(&[&["rule", "explain", "PERCENT(18.53, 'june')"], &user[..]].concat());
    assert!(explained.code(0).stdout.contains("PERCENT(18.53, 'june')"));
}

#[test]
fn eval_takes_bindings_or_events() {
    let value = |args: &[&str]| {
        let ran = audience(&[&["rule", "eval"], args].concat()).code(0);
        serde_json::from_str::<serde_json::Value>(&ran.stdout).unwrap()
    };
    let bindings = r#"{"totalSpent": 1500, "category": "electronics"}"#;
    assert_eq!(value(&[RULE, "--bindings", bindings]), json!(true));
    assert_eq!(value(&[RULE]), json!(false));
    assert_eq!(value(&["age > 30"]), json!(null));
    assert_eq!(
        value(&["a.b + 1", "--bindings", r#"{"a":{"b":2}}"#]),
        json!(3.0)
    );
    let events = r#"[{"eventType":"purchase","properties":{"amount":33.33}},
                     {"eventType":"purchase","properties":{"amount":33.34}}]"#;
    assert_eq!(value(&["totalSpent", "--events", events]), json!(66.67));
    assert_eq!(
        value(&["lastActivity", "--events", events, "--now", "2026-01-31"]),
        json!("2026-01-31T00:00:00Z")
    );
    assert_eq!(value(&["DATE '2026-01-31'"]), json!("2026-01-31"));
    assert_eq!(value(&["2h"]), json!(7_200_000));
    audience(&["rule", "eval", "1 +"]).code(1);
    audience(&["rule", "eval", "a", "--bindings", "[1]"]).code(1);
    audience(&["rule", "eval", "a", "--now", "yesterday"]).code(2);
}

#[test]
fn cases_are_answered_in_order_and_none_stops_the_others() {
    let files = Files::new();
    let deep = format!(
        r#"{{"id":6,"rules":{}1{}}}"#,
        r#"{"not":"#.repeat(300),
        "}".repeat(300)
    );
    let lines = [
        r#"{"id":1,"expr":"a + 1","bindings":{"a":2}}"#,
        r#"{"id":2.50,"expr":"a +"}"#,
        r#"{"id":"x","rules":{"conditions":[{"field":"a","operator":"gt","value":1}]},"bindings":{"a":2}}"#,
        "torn",
        r#"{"id":{"n":5},"expr":3}"#,
        &deep,
        r#"{"id":7,"expr":"lastActivity","now":"2025-01-01T00:00:00Z","events":[{"eventType":"x","timestamp":"2024-01-15T10:30:00Z"}]}"#,
        r#"{"id":8,"expr":"totalSpent > 10","bindings":{"totalSpent":11}}"#,
    ];
    let path = files.write("cases", lines.join("\n"));
    let ran = audience(&["rule", "eval", "--cases", &path]).code(0);
    let answers: Vec<serde_json::Value> = ran
        .stdout
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(answers.len(), lines.len());
    assert_eq!(answers[0], json!({"id":1,"value":3.0}));
    assert!(ran.stdout.contains(r#"{"id":2.50,"error":{"code":"E0001""#));
    assert_eq!(answers[2], json!({"id":"x","value":true}));
    assert_eq!(answers[3]["error"]["code"], "malformed_case");
    assert_eq!(answers[4]["id"], json!({"n":5}));
    assert!(answers[5]["error"]["code"].is_string());
    assert_eq!(answers[6]["value"], "2024-01-15T10:30:00Z");
    assert_eq!(answers[7]["value"], true);
}

#[test]
fn an_engine_never_falls_back() {
    let files = Files::new();
    let terms: Vec<String> = (0..1_000).map(|at| format!("a + {at} > 3 * a")).collect();
    let large = json!({"id": 1, "expr": terms.join(" OR "), "bindings": {"a": 2}});
    let path = files.write("cases", large.to_string());
    for engine in ["jit", "batch"] {
        let ran = audience(&["rule", "eval", "--cases", &path, "--engine", engine]).code(0);
        let answer: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
        assert_eq!(answer["error"]["code"], "not_compiled", "{engine}");
    }
    let rule = "(totalSpent > 1000 AND category == 'books') IS NULL";
    for engine in ["interpreter", "jit", "batch"] {
        let bindings = r#"{"totalSpent": 1500}"#;
        let args = [
            "rule",
            "eval",
            rule,
            "--engine",
            engine,
            "--bindings",
            bindings,
        ];
        assert_eq!(audience(&args).code(0).stdout, "true\n", "{engine}");
    }
}

#[test]
fn explain_shows_each_condition_with_its_operands() {
    let rule = "(totalSpent > 1000 OR vip) AND NOT category == 'toys' AND plan != 'x'";
    let bindings = r#"{"totalSpent":1500.5,"category":"books","vip":false}"#;
    let ran = audience(&["rule", "explain", rule, "--bindings", bindings]).code(0);
    for expected in [
        "NULL   all of",
        "TRUE   any of",
        "totalSpent = 1500.5",
        "FALSE  vip",
        "plan = NULL: there is no value",
        "category = 'books'",
    ] {
        assert!(ran.stdout.contains(expected), "{expected}: {}", ran.stdout);
    }
    let args = [
        "rule",
        "explain",
        rule,
        "--bindings",
        bindings,
        "--format",
        "json",
    ];
    let answer = audience(&args).code(0).json();
    assert_eq!(answer["value"], json!(null));
    let conditions = &answer["explanation"]["conditions"];
    assert_eq!(
        conditions[0]["conditions"][0]["operands"][0]["value"],
        1500.5
    );
}

#[test]
fn explain_says_when_a_condition_flips_by_itself() {
    let events = r#"[{"eventType": "buy", "timestamp": "2026-03-10T12:00:00Z"}]"#;
    let known = ["--events", events, "--now", "2026-03-10T12:10:00Z"];
    let told = |rule: &str, more: &[&str]| {
        audience(&[&["rule", "explain", rule], &known[..], more].concat()).code(0)
    };
    let ran = told("COUNT(buy WITHIN LAST 1h) > 0", &[]).stdout;
    let leaves = "Is TRUE no longer by itself at 2026-03-10T13:00:00Z, in 50 minutes.";
    assert_eq!(ran.lines().last(), Some(leaves));
    let enters = told("COUNT(buy WITHIN LAST 1d) == 0", &["--format", "json"]).json();
    assert_eq!(enters["nextChangeAt"], "2026-03-11T12:00:00Z");
    assert_eq!(
        enters["nextChange"],
        "Becomes TRUE by itself at 2026-03-11T12:00:00Z, in 24 hours"
    );
    for (rule, expected) in [
        ("COUNT(buy) > 0", "Stays TRUE until a new event."),
        (
            "COUNT(buy) > 1",
            "Does not become TRUE without a new event.",
        ),
        (
            "HOUR(NOW()) < 13",
            "Nobody can say when it changes: `NOW()` cannot stand here as a value in a rule that is kept live.",
        ),
    ] {
        assert_eq!(told(rule, &[]).stdout.lines().last(), Some(expected));
    }
    let value = told("COUNT(buy WITHIN LAST 1h)", &["--format", "json"]).json();
    assert_eq!(
        (&value["value"], &value["nextChangeAt"]),
        (&json!(1), &json!(null))
    );
    assert!(value.get("nextChange").is_none());
}

#[test]
fn parameters_are_given_on_the_command_line() {
    let rule = "totalSpent > :min AND country IN :countries AND signup AFTER :since";
    let unbound = audience(&["rule", "check", rule, "--format", "json"]).code(1);
    let codes = unbound.json();
    assert_eq!(codes["diagnostics"][0]["code"], "E0105");
    assert_eq!(codes["diagnostics"].as_array().unwrap().len(), 3);
    let given = [
        "--param",
        "min=100",
        "--param",
        r#"countries=["DE","AT"]"#,
        "--param",
        "since=2026-01-01",
    ];
    let ran = audience(&[&["rule", "check", rule][..], &given].concat()).code(0);
    assert!(
        ran.stdout.contains("totalSpent is more than 100"),
        "{}",
        ran.stdout
    );
    assert!(
        ran.stdout.contains("ok  totalSpent > :min"),
        "{}",
        ran.stdout
    );
    let bindings = r#"{"totalSpent": 120, "country": "AT", "signup": "2026-01-02T00:00:00Z"}"#;
    let eval = ["rule", "eval", rule, "--bindings", bindings];
    for engine in ["interpreter", "jit"] {
        let ran = audience(&[&eval[..], &["--engine", engine], &given].concat()).code(0);
        assert_eq!(ran.stdout, "true\n", "{engine}");
    }
    let form = audience(&[&["rule", "json", rule][..], &given].concat())
        .code(0)
        .json();
    assert_eq!(form["parameters"]["min"], 100);
    // What it prints is a rule by itself.
    let ran = audience(&["rule", "eval", &form.to_string(), "--bindings", bindings]).code(0);
    assert_eq!(ran.stdout, "true\n");
    let wrong = audience(&["rule", "check", "totalSpent > :min", "--param", "min=lots"]).code(1);
    assert!(
        wrong.stderr.contains("`:min` is string"),
        "{}",
        wrong.stderr
    );
    audience(&["rule", "check", "a > :min", "--param", "min"]).code(1);
}

#[test]
fn lists_are_read_from_a_file() {
    let files = Files::new();
    let lists = files.write("lists.json", r#"{"blocked": ["a", "b"], "ids": [1, 2]}"#);
    let eval = |rule: &str, bindings: &str| {
        let args = [
            "rule",
            "eval",
            rule,
            "--lists",
            &lists,
            "--bindings",
            bindings,
        ];
        audience(&args).code(0).stdout
    };
    assert_eq!(eval("sku IN LIST 'blocked'", r#"{"sku": "b"}"#), "true\n");
    assert_eq!(
        eval("sku NOT IN LIST 'blocked'", r#"{"sku": "b"}"#),
        "false\n"
    );
    assert_eq!(eval("id IN LIST 'ids'", r#"{"id": 3}"#), "false\n");
    let ran = audience(&["rule", "check", "sku IN LIST 'bloked'", "--lists", &lists]).code(1);
    assert!(ran.stderr.contains("error[E0106]"), "{}", ran.stderr);
    assert!(
        ran.stderr.contains("did you mean `blocked`?"),
        "{}",
        ran.stderr
    );
    let mixed = files.write("mixed.json", r#"{"blocked": ["a", 1]}"#);
    let ran = audience(&["rule", "check", "a", "--lists", &mixed]).code(1);
    assert!(ran.stderr.contains("at /blocked"), "{}", ran.stderr);
}

#[test]
fn events_of_several_users_count_for_the_one_who_is_named() {
    let files = Files::new();
    let events = r#"{"userId":"ann","eventType":"buy","timestamp":"2026-01-01T10:00:00Z"}
{"userId":"bob","eventType":"buy","timestamp":"2026-01-01T11:00:00Z"}
{"userId":"bob","eventType":"buy","timestamp":"2026-01-01T12:00:00Z"}
{"eventType":"buy","timestamp":"2026-01-01T13:00:00Z"}"#;
    let path = files.write("events.ndjson", events);
    for command in ["eval", "explain"] {
        let args = ["rule", command, "COUNT(buy)", "--events", &path];
        let told = |user: &str| audience(&[&args[..], &["--user", user]].concat()).code(0);
        for (user, count) in [("ann", "2"), ("bob", "3"), ("cyd", "1")] {
            let first = told(user).stdout;
            assert_eq!(first.split_whitespace().next(), Some(count), "{command}");
        }
        let refused = audience(&args).code(1);
        for expected in ["`ann` and `bob`", "--user"] {
            assert!(refused.stderr.contains(expected), "{}", refused.stderr);
        }
        assert_eq!(refused.stdout, "");
    }
    let array = format!("[{}]", events.lines().collect::<Vec<_>>().join(","));
    let case = |user: &str| format!(r#"{{"expr":"COUNT(buy)","events":{array}{user}}}"#);
    let cases = files.write("cases", [case(r#","user":"bob""#), case("")].join("\n"));
    let ran = audience(&["rule", "eval", "--cases", &cases]).code(0);
    let answers: Vec<&str> = ran.stdout.lines().collect();
    assert_eq!(answers[0], r#"{"id":null,"value":3}"#);
    assert!(answers[1].contains("`ann` and `bob`") && answers[1].contains("malformed_case"));
}

#[test]
fn explain_says_why_a_value_is_null() {
    let rule =
        "birthday AFTER TIMESTAMP '1990-01-01T00:00:00Z' OR AVG(buy.price) > 5 OR PERCENT(5, 'x')";
    let known = [
        "--bindings",
        r#"{"birthday":"3 Feb 1990"}"#,
        "--events",
        "[]",
    ];
    let args = [&["rule", "explain", rule], &known[..]].concat();
    let ran = audience(&args).code(0);
    for expected in [
        "birthday = NULL: '3 Feb 1990' is a string, not a timestamp",
        "AVG(buy.price) = NULL: no event has a fitting value",
        "PERCENT(5, 'x') = NULL: the user's id is not known",
    ] {
        assert!(ran.stdout.contains(expected), "{expected}: {}", ran.stdout);
    }
    let json = audience(&[&args[..], &["--format", "json"]].concat()).code(0);
    let first = &json.json()["explanation"]["conditions"][0]["operands"][0];
    assert_eq!(
        first["whyNull"],
        "'3 Feb 1990' is a string, not a timestamp"
    );
}

#[test]
fn a_rule_that_names_a_file_is_answered_and_the_file_told_of() {
    let files = Files::new();
    files.write("my.rule", RULE);
    let ran = audience_in(&files, &["rule", "check", "my.rule"]).code(0);
    assert!(ran.stdout.starts_with("ok  my.rule"), "{}", ran.stdout);
    let hint = "there is a file `my.rule`; to read it: --file my.rule\n";
    assert!(ran.stderr.contains(hint), "{}", ran.stderr);
    let ran = audience_in(&files, &["rule", "check", "--file", "my.rule"]).code(0);
    assert_eq!(ran.stderr, "");
    let ran = audience_in(&files, &["rule", "check", "no.rule"]).code(0);
    assert_eq!(ran.stderr, "");
}

#[test]
fn what_the_canonical_text_leaves_out_is_said() {
    let told = |rule: &str| {
        let ran = audience(&["rule", "fmt", rule]).code(0);
        (ran.stdout, ran.stderr)
    };
    let (text, notes) = told("paid > 3 // only payers");
    assert_eq!(text, "paid > 3\n");
    assert!(notes.contains("the comments are left out"), "{notes}");
    let rule =
        r#"{"expression":"a > :min AND b IN :names","parameters":{"min":3,"names":["it's"]}}"#;
    let (text, notes) = told(rule);
    assert_eq!(text, "a > :min AND b IN :names\n");
    let options = r#"--param 'min=3' --param 'names=["it'\''s"]'"#;
    assert!(notes.contains(options), "{notes}");
    assert_eq!(told("url == 'http://x'").1, "");
}

#[test]
fn what_a_rule_costs_is_told_in_round_numbers() {
    let rule = "COUNT(buy WITHIN LAST 1 CALENDAR MONTH) > 3";
    let costs = audience(&["rule", "check", rule]).code(0).stdout;
    assert!(costs.contains(" ns per evaluation and "), "{costs}");
    assert!(costs.contains(", kept for about "), "{costs}");
    assert!(costs.contains(" days\n"), "{costs}");
}
