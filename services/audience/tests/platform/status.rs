//! `audience status` of a running platform, and of none.

use std::process::Command;

use serde_json::{Value, json};

use crate::platform::Platform;

/// What is printed with a key, and the exit code.
fn status(arguments: &[&str], key: &str) -> (String, i32) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_audience"));
    command.env("AUDIENCE_KEY", key);
    let output = command.arg("status").args(arguments).output().unwrap();
    let printed = String::from_utf8(output.stdout).unwrap();
    (printed, output.status.code().unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn every_service_is_up_and_each_partition_told_once() {
    let folder = tempfile::tempdir().unwrap();
    let platform = Platform::start(folder.path(), &[]);
    let event = json!({"userId": "ann", "eventType": "visit"});
    let url = format!("{}/api/events", platform.ingestion);
    platform.post(url, &event).await.unwrap();
    platform.caught_up().await;
    let ready = format!("{}/actuator/health/readiness", platform.segments);
    platform
        .until(&ready, |report| report["status"] == "UP")
        .await;
    let (printed, code) = status(&platform.ports(), &platform.key);
    assert_eq!(code, 0, "{printed}");
    for service in [
        "segment-api",
        "ingestion-api",
        "rule-engine",
        "stream-processor",
    ] {
        let line = printed
            .lines()
            .find(|line| line.starts_with(service))
            .unwrap();
        assert!(line.ends_with("up"), "{printed}");
    }
    let arguments = [&platform.ports()[..], &["--format", "json"]].concat();
    let answer: Value = serde_json::from_str(&status(&arguments, &platform.key).0).unwrap();
    let partitions = answer["partitions"].as_array().unwrap();
    assert_eq!((partitions.len(), &answer["isUp"]), (2, &json!(true)));
    let users = partitions.iter().map(|it| it["users"].as_u64().unwrap());
    assert_eq!(users.sum::<u64>(), 1);
    let (printed, code) = status(&platform.ports(), "");
    assert_eq!(code, 0, "{printed}");
    assert!(printed.contains("segments:read") && !printed.contains("dead letters"));
    platform.server.stop();
}

#[test]
fn where_nobody_answers_it_says_so_and_fails() {
    let nowhere = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", nowhere.local_addr().unwrap());
    drop(nowhere);
    let (printed, code) = status(&[&url], "");
    assert_eq!(code, 1);
    assert!(
        printed.contains("DOWN") && printed.contains("nobody answers"),
        "{printed}"
    );
}
