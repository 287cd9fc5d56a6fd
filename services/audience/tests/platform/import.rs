//! `audience import` into a running platform, and `audience segment members` out of it.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};

use crate::platform::Platform;

/// A platform and a folder for files beside its own.
struct Place {
    platform: Platform,
    folder: tempfile::TempDir,
}

impl Place {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let platform = Platform::start(&folder.path().join("data"), &[]);
        Self { platform, folder }
    }

    fn file(&self, name: &str, text: &str) -> PathBuf {
        let path = self.folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path
    }

    fn import(&self, events: &Path, mapping: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_audience"));
        let events = events.to_str().unwrap();
        let arguments = ["import", "--events", events, "--mapping", mapping];
        command.args(arguments).args(["--format", "json"]);
        command.args(["--url", &self.platform.ingestion]);
        command.env("AUDIENCE_KEY", &self.platform.key);
        command
    }

    /// What an import counted, and its exit code.
    fn imported(&self, events: &Path, mapping: &str) -> (Value, i32) {
        let output = self.import(events, mapping).output().unwrap();
        (answer(&output), output.status.code().unwrap())
    }

    /// What a rule is of a user by the owner's state, with everything taken.
    async fn value(&self, user: &str, expression: &str) -> Value {
        self.platform.caught_up().await;
        let url = format!("{}/api/rules/evaluate", self.platform.rules);
        let asked = json!({"expression": expression, "userIds": [user]});
        let (status, answer) = self.platform.post(url, &asked).await.unwrap();
        assert_eq!(status, 200, "{answer}");
        answer["results"][0]["value"].clone()
    }

    async fn is(&self, user: &str, condition: &str) -> bool {
        self.value(user, condition).await == json!(true)
    }

    fn stop(self) {
        self.platform.server.stop();
    }
}

fn answer(output: &Output) -> Value {
    let told = String::from_utf8_lossy(&output.stderr);
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {told}"))
}

fn lines(records: &[Value]) -> String {
    let mut lines: Vec<String> = records.iter().map(Value::to_string).collect();
    lines.push(String::new());
    lines.join("\n")
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_of_segment_rudderstack_and_cloudevents_are_facts() {
    let place = Place::new();
    let segment = [
        json!({"type": "track", "messageId": "s1", "userId": "sam", "event": "purchase",
            "properties": {"amount": 5}, "timestamp": "2026-01-31T10:00:00Z",
            "sentAt": "2020-01-01T00:00:00Z", "_metadata": {"bundled": []}}),
        json!({"type": "identify", "messageId": "s2", "userId": "sam", "traits": {"plan": "pro"},
            "originalTimestamp": "2026-01-31T11:00:00Z"}),
    ];
    let rudderstack = [
        json!({"type": "identify", "messageId": "r1", "userId": "rob", "channel": "web",
            "context": {"traits": {"plan": "free"}}, "originalTimestamp": "2026-01-31T11:00:00Z"}),
        json!({"type": "merge", "mergeProperties": []}),
    ];
    let cloudevents = [
        json!({"specversion": "1.0", "id": "7", "source": "/shop", "type": "purchase",
            "subject": "cleo", "time": "2026-01-31T10:00:00Z", "data": {"amount": 9}}),
    ];
    let given = [
        ("segment", lines(&segment), 2, 0),
        ("rudderstack", lines(&rudderstack), 1, 1),
        ("cloudevents", lines(&cloudevents), 1, 0),
    ];
    for (mapping, text, accepted, ignored) in given {
        let file = place.file(&format!("{mapping}.ndjson"), &text);
        let (counts, code) = place.imported(&file, mapping);
        assert_eq!(
            (&counts["accepted"], code),
            (&json!(accepted), 0),
            "{counts}"
        );
        assert_eq!(counts["ignored"], ignored);
    }
    let spent =
        "totalSpent == 5 AND lastActivity == TIMESTAMP '2026-01-31T10:00:00Z' AND plan == 'pro'";
    assert!(place.is("sam", spent).await);
    assert!(place.is("rob", "plan == 'free' AND eventCount == 0").await);
    assert!(place.is("cleo", "totalSpent == 9").await);
    place.stop();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_documents_mapping_does_what_the_document_says() {
    let place = Place::new();
    let document = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/import.md");
    let document = std::fs::read_to_string(document).unwrap();
    let block = |fence: &str| {
        let (_, rest) = document.split_once(&format!("```{fence}\n")).unwrap();
        rest.split_once("```").unwrap().0.to_owned()
    };
    let mapping = place.file("orders.json", &block("json"));
    let events = place.file("orders.ndjson", &block("ndjson"));
    let (counts, code) = place.imported(&events, mapping.to_str().unwrap());
    assert_eq!(
        (code, &counts["accepted"], &counts["ignored"]),
        (0, &json!(2), &json!(1))
    );
    let ann = "totalSpent == 30 AND eventCount == 1 AND category == 'books' AND country == 'DE'";
    assert!(place.is("ann", ann).await);
    place.stop();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_used_is_kept_with_its_line_and_the_reason() {
    let place = Place::new();
    let fine = json!({"type": "track", "messageId": "1", "userId": "ann", "event": "visit"});
    let large = json!({"type": "track", "messageId": "2", "userId": "ann", "event": "visit",
        "properties": {"text": "a".repeat(40_000)}});
    let nobody = json!({"type": "track", "messageId": "3", "event": "visit"});
    let text = format!("{fine}\nno json\n\n{large}\n{nobody}\n{{\"type\":\"other\"}}\n");
    let file = place.file("mixed.ndjson", &text);
    let (counts, code) = place.imported(&file, "segment");
    assert_eq!(
        (code, &counts["accepted"], &counts["rejected"]),
        (1, &json!(1), &json!(4))
    );
    let rejected = place.folder.path().join("mixed.ndjson.rejected.ndjson");
    let rejected = std::fs::read_to_string(rejected).unwrap();
    let rejected: Vec<Value> = rejected
        .lines()
        .map(|it| serde_json::from_str(it).unwrap())
        .collect();
    let told: Vec<_> = rejected
        .iter()
        .map(|it| it["line"].as_u64().unwrap())
        .collect();
    assert_eq!(told, [2, 4, 5, 6]);
    assert!(
        rejected[0]["reason"]
            .as_str()
            .unwrap()
            .starts_with("it is no JSON")
    );
    assert!(
        rejected[1]["reason"]
            .as_str()
            .unwrap()
            .contains("larger than 32768 bytes")
    );
    assert_eq!(rejected[2]["record"], nobody);
    place.stop();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_cut_short_goes_on_and_counts_nothing_twice() {
    const RECORDS: usize = 20_000;
    let place = Place::new();
    let records: Vec<Value> = (0..RECORDS)
        .map(|number| json!({"who": format!("user-{}", number % 7), "sum": 1}))
        .collect();
    let events = place.file("sums.ndjson", &lines(&records));
    let mapping = place.file(
        "sums.json",
        r#"{"facts": [{"fact": "track", "userId": "/who", "eventType": {"value": "purchase"},
            "properties": {"fields": {"amount": "/sum"}}}]}"#,
    );
    let mapping = mapping.to_str().unwrap();
    let progress = place.folder.path().join("sums.ndjson.import.json");
    let mut seen = 0;
    for _ in 0..3 {
        let mut import = place.import(&events, mapping);
        let mut child = import.stdout(Stdio::null()).spawn().unwrap();
        let far = || std::fs::read_to_string(&progress).map_or(0, |text| text.len());
        while child.try_wait().unwrap().is_none() && far() == seen {
            std::thread::yield_now();
        }
        child.kill().unwrap();
        child.wait().unwrap();
        seen = far();
    }
    let (counts, code) = place.imported(&events, mapping);
    assert_eq!((code, counts["lines"].as_u64()), (0, Some(RECORDS as u64)));
    let (again, _) = place.imported(&events, mapping);
    assert_eq!(again, counts, "there is nothing left");
    let mut sum = 0.0;
    for user in 0..7 {
        let spent = place.value(&format!("user-{user}"), "totalSpent").await;
        sum += spent.as_f64().unwrap();
    }
    assert_eq!(sum, RECORDS as f64);
    let other = place.file("sums.ndjson", "{}\n");
    let refused = place.import(&other, mapping).output().unwrap();
    let told = String::from_utf8_lossy(&refused.stderr);
    assert!(
        told.contains("another import") && told.contains("--restart"),
        "{told}"
    );
    place.stop();
}

#[tokio::test(flavor = "multi_thread")]
async fn members_are_written_as_files() {
    let place = Place::new();
    place.platform.create(&[("all", "eventCount >= 1")]).await;
    let records: Vec<Value> = (0..2_300)
        .map(|number| {
            json!({"type": "track", "messageId": "e", "event": "visit",
            "userId": format!("user-{number}")})
        })
        .collect();
    let file = place.file("visits.ndjson", &lines(&records));
    assert_eq!(place.imported(&file, "segment").1, 0);
    // The view follows the owners.
    while place.platform.members("all").await.len() < 2_300 {
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    let out = place.folder.path().join("all.csv");
    let members = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_audience"));
        command.args([
            "segment",
            "members",
            "all",
            "--url",
            &place.platform.segments,
            "--key",
            &place.platform.key,
        ]);
        command.args(arguments).output().unwrap()
    };
    let output = members(&["--format", "csv", "--out", out.to_str().unwrap()]);
    assert!(output.status.success(), "{output:?}");
    let csv = std::fs::read_to_string(&out).unwrap();
    assert_eq!(csv.lines().count(), 2_301);
    let printed = members(&[]).stdout;
    let printed = String::from_utf8(printed).unwrap();
    assert_eq!(printed.lines().count(), 2_300);
    let first: Value = serde_json::from_str(printed.lines().next().unwrap()).unwrap();
    assert_eq!(
        (&first["userId"], &first["reason"]),
        (&json!("user-0"), &json!("rule_evaluation"))
    );
    let missing = members(&["--format", "parquet", "--out", "/nowhere/all.parquet"]);
    assert_eq!(missing.status.code(), Some(1));
    place.stop();
}
