//! `audience resync` of a running platform.

use std::process::Command;

use serde_json::{Value, json};

use crate::platform::Platform;

/// What is printed, and whether it went well.
fn resync(key: &str, arguments: &[&str]) -> (String, bool) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_audience"));
    command.env("AUDIENCE_KEY", key);
    let output = command.arg("resync").args(arguments).output().unwrap();
    let printed = String::from_utf8(output.stdout).unwrap();
    (printed, output.status.success())
}

#[tokio::test(flavor = "multi_thread")]
async fn everybody_is_written_again_and_counted() {
    let folder = tempfile::tempdir().unwrap();
    let platform = Platform::start(folder.path(), &[]);
    let users =
        (0..500).map(|user| json!({"userId": format!("user-{user}"), "eventType": "visit"}));
    let events = json!({"events": users.collect::<Vec<_>>()});
    let url = format!("{}/api/events/batch", platform.ingestion);
    assert_eq!(platform.post(url, &events).await.unwrap().0, 202);
    platform.caught_up().await;
    let processor = platform.ports()[4].to_owned();
    let (printed, is_well) = resync(&platform.key, &[&processor, "--format", "json"]);
    assert!(is_well);
    let done: Value = serde_json::from_str(&printed).unwrap();
    assert_eq!(done, json!({"partitions": [0, 1], "users": 500}));
    let (printed, _) = resync(&platform.key, &[&processor]);
    assert_eq!(printed, "500 users in 2 partitions are written again\n");
    let (_, is_well) = resync("", &[&processor]);
    assert!(!is_well, "a key is needed");
    platform.server.stop();
}

#[test]
fn where_nobody_answers_it_says_so() {
    let (printed, is_well) = resync("", &["http://127.0.0.1:1"]);
    assert_eq!((printed.as_str(), is_well), ("", false));
}
