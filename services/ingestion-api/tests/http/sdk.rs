//! Segment's own client for Node against the routes on a real port.

use std::path::Path;
use std::process::Command;

use ingestion_api::Options;
use kit::http::Limits;
use serde_json::{Value, json};

use crate::server::serve;
use crate::support::Platform;

#[tokio::test(flavor = "multi_thread")]
async fn the_stock_client_delivers_every_call() {
    if !is_there("node") || !is_there("npm") {
        println!("skipped: there is no node or no npm");
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/sdk");
    for file in ["package.json", "package-lock.json", "send.mjs"] {
        std::fs::copy(source.join(file), dir.path().join(file)).unwrap();
    }
    let install = ["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts"];
    let installed = run(&install, dir.path()).await;
    if let Err(reason) = installed {
        println!("skipped: npm cannot install the client: {reason}");
        return;
    }
    let platform = Platform::with(Options::default());
    let (address, shutdown) = serve(&platform, Limits::default()).await;
    let host = format!("http://{address}");
    let sent = run(&["node", "send.mjs", &host], dir.path()).await;
    assert_eq!(sent.unwrap().trim(), "delivered 8, failed 0");
    shutdown.request();

    let mut calls: Vec<(String, String, Value)> = platform.messages().iter().map(of_call).collect();
    calls.sort_by(|a, b| (&a.0, &a.1).cmp(&(&b.0, &b.1)));
    let expected = [
        ("anon:anon-1", "$alias", json!({"to": "user-1"})),
        ("anon:anon-1", "Viewed", json!({})),
        ("old-1", "$alias", json!({"to": "user-1"})),
        (
            "user-1",
            "$group",
            json!({"groupId": "g", "traits": {"seats": 3}}),
        ),
        ("user-1", "$identify", json!({"plan": "pro"})),
        ("user-1", "Order Completed", json!({"total": 10.5})),
        ("user-1", "page", json!({"name": "Home", "url": "/"})),
        ("user-1", "screen", json!({"name": "Main"})),
        ("user-2", "Order Completed", json!({"total": 1})),
    ];
    let expected = expected.map(|(user, kind, it)| (user.to_owned(), kind.to_owned(), it));
    assert_eq!(calls, expected);
    for message in platform.messages() {
        let library = &message["context"]["library"]["name"];
        assert_eq!(library, "@segment/analytics-node");
    }
}

fn of_call(message: &Value) -> (String, String, Value) {
    let text = |key: &str| message[key].as_str().unwrap().to_owned();
    (
        text("userId"),
        text("eventType"),
        message["properties"].clone(),
    )
}

fn is_there(program: &str) -> bool {
    let output = Command::new(program).arg("--version").output();
    output.is_ok_and(|output| output.status.success())
}

/// Runs a command; what it prints.
async fn run(command: &[&str], dir: &Path) -> Result<String, String> {
    let mut process = Command::new(command[0]);
    process.args(&command[1..]).current_dir(dir);
    let output = tokio::task::spawn_blocking(move || process.output()).await;
    let output = output.unwrap().map_err(|error| error.to_string())?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    if output.status.success() {
        Ok(text(&output.stdout))
    } else {
        Err(text(&output.stderr) + &text(&output.stdout))
    }
}
