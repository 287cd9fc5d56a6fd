//! The calls of `docs/platform.md`, as printed, against a running platform.

use std::process::Command;
use std::time::{Duration, Instant};

use crate::platform::Platform;

const PATIENCE: Duration = Duration::from_mins(1);

#[test]
fn the_calls_of_the_document_are_answered() {
    let directory = tempfile::tempdir().unwrap();
    let platform = Platform::start(&directory.path().join("data"), &[]);
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/platform.md");
    let page = std::fs::read_to_string(page).unwrap();
    let blocks = page
        .split("```sh\n")
        .skip(1)
        .map(|rest| rest.split("```").next().unwrap());
    let calls: Vec<&str> = blocks.filter(|block| block.contains("curl")).collect();
    assert!(calls.len() >= 3);
    for call in calls {
        let call = call
            .replace(
                "localhost:8081",
                platform.segments.trim_start_matches("http://"),
            )
            .replace(
                "localhost:8082",
                platform.ingestion.trim_start_matches("http://"),
            )
            .replace(
                "localhost:8083",
                platform.communication.trim_start_matches("http://"),
            )
            .replace(
                "localhost:8084",
                platform.rules.trim_start_matches("http://"),
            );
        until_it_succeeds(&call);
    }
    platform.server.stop();
}

/// What a call asks about may be on its way: a segment being built, an event being taken.
fn until_it_succeeds(call: &str) {
    let script = format!("curl() {{ command curl --fail-with-body \"$@\"; }}\nset -e\n{call}");
    let started = Instant::now();
    loop {
        let ran = Command::new("bash").args(["-c", &script]).output().unwrap();
        if ran.status.success() {
            return;
        }
        let said = String::from_utf8_lossy(&ran.stdout);
        assert!(started.elapsed() < PATIENCE, "{call}\n{said}");
        std::thread::sleep(Duration::from_millis(100));
    }
}
