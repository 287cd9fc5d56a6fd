//! The design's "End-to-End Demo Flow", its commands exactly as printed there (`walkthrough.sh`),
//! against `audience demo` on its own ports.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::server::{Server, get, shipped};

/// Writes down what it was called with, then does it.
const CURL: &str = r#"#!/bin/sh
for argument in "$@"; do printf '%s\n' "$argument" >> "$WALK/sent"; done
exec "$REAL_CURL" "$@"
"#;
/// Opens a page as a browser does: follows redirects, and wants an answer.
const OPEN: &str = r#"#!/bin/sh
"$REAL_CURL" -sfL -o "$WALK/page" -w '%{http_code} %{url_effective}\n' "$1" >> "$WALK/opened"
"#;
const JQ: &str = "#!/bin/sh\ncat\n";

/// A directory of commands that goes before all others.
fn commands(walk: &Path) -> String {
    let bin = walk.join("bin");
    fs::create_dir(&bin).unwrap();
    for (name, script) in [("curl", CURL), ("open", OPEN), ("jq", JQ)] {
        let path = bin.join(name);
        fs::write(&path, script).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    }
    format!("{}:{}", bin.display(), std::env::var("PATH").unwrap())
}

fn real_curl() -> String {
    let found = Command::new("sh")
        .args(["-c", "command -v curl"])
        .output()
        .unwrap();
    String::from_utf8(found.stdout).unwrap().trim().to_owned()
}

#[tokio::test]
async fn the_walk_through_works_as_printed() {
    let directory = tempfile::tempdir().unwrap();
    let data = directory.path().join("data");
    let mut demo = Server::start(&["demo", "--data", data.to_str().unwrap()], &[]);
    demo.wait_for("Ctrl-C");

    let walk = directory.path();
    let ran = Command::new("bash")
        .arg(shipped("walkthrough.sh"))
        .env("PATH", commands(walk))
        .env("WALK", walk)
        .env("REAL_CURL", real_curl())
        .output()
        .unwrap();
    let printed = String::from_utf8(ran.stdout).unwrap();
    assert!(printed.contains("Segment created: {"), "{printed}");
    assert!(printed.contains("\"demo-vip-users\""), "{printed}");
    assert!(
        printed.contains("Event 10 sent: {\"accepted\":1"),
        "{printed}"
    );

    let amounts = amounts(&fs::read_to_string(walk.join("sent")).unwrap());
    assert_eq!(amounts.len(), 10);
    for (user, amount) in &amounts {
        let url = format!("http://localhost:30084/api/users/{user}/segments");
        let (status, answer) = get(&url).await;
        let segments = answer["segments"].as_array().unwrap();
        let is_member = segments
            .iter()
            .any(|it| it["segmentId"] == "demo-vip-users");
        assert_eq!(
            (status, is_member),
            (200, *amount > 1000.0),
            "{user} {amount}: {answer}"
        );
    }
    three_addresses_answer(&fs::read_to_string(walk.join("opened")).unwrap());
    our_health_checks_answer().await;
    demo.stop();
}

/// Whom how much was sent for, from the bodies of the requests.
fn amounts(sent: &str) -> Vec<(String, f64)> {
    let bodies = serde_json::Deserializer::from_str;
    let starts = sent.match_indices("{\n").map(|(at, _)| &sent[at..]);
    let events = starts.filter_map(|text| {
        let body: Value = bodies(text).into_iter().next()?.ok()?;
        let user = body["userId"].as_str()?.to_owned();
        Some((user, body["properties"]["amount"].as_f64()?))
    });
    events.collect()
}

fn three_addresses_answer(opened: &str) {
    let lines: Vec<&str> = opened.lines().collect();
    assert_eq!(lines.len(), 3, "{opened}");
    for (line, page) in lines.iter().zip(["dashboard", "topics", "processing"]) {
        let expected = format!("200 http://localhost:30081/#{page}");
        assert!(
            line.starts_with("200 http://localhost:30081/"),
            "{line}, not {expected}"
        );
    }
}

/// The design's "Service Health Check Flow", as far as the services are ours.
async fn our_health_checks_answer() {
    for port in [30081, 30082, 30084, 30083] {
        let (status, answer) = get(&format!("http://localhost:{port}/actuator/health")).await;
        assert_eq!(
            (status, &answer["status"]),
            (200, &Value::from("UP")),
            "{port}: {answer}"
        );
    }
}
