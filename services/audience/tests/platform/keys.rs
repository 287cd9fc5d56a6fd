//! Keys as a user makes them, and what they are good for.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::{Command, Output};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::openapi::document_of;
use crate::platform::{FREE_PORTS, Platform, client_with, make_key};
use crate::server::Server;

const PATIENCE: Duration = Duration::from_mins(1);

const SCOPES: [&str; 6] = [
    "admin",
    "campaigns:write",
    "events:write",
    "profiles:read",
    "segments:read",
    "segments:write",
];

fn audience(arguments: &[&str], folder: &Path) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_audience"));
    command.env_remove("AUDIENCE_KEY").current_dir(folder);
    command.args(arguments).output().unwrap()
}

fn json_of(arguments: &[&str], folder: &Path) -> Value {
    let output = audience(&[arguments, &["--format", "json"]].concat(), folder);
    assert!(output.status.success(), "{output:?}");
    serde_json::from_slice(&output.stdout).unwrap()
}

/// What a command that fails says, and its exit code.
fn told(output: &Output) -> (String, i32) {
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    (errors, output.status.code().unwrap())
}

async fn status_of(key: Option<&str>, url: &str) -> u16 {
    let client = key.map_or_else(reqwest::Client::new, client_with);
    client.get(url).send().await.unwrap().status().as_u16()
}

/// A line that the platform prints ends with what a user runs.
#[tokio::test(flavor = "multi_thread")]
async fn whoever_has_no_key_is_told_how_to_make_one_and_it_works_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let serve = ["serve", "--data", data.to_str().unwrap()];
    let mut server = Server::start(&serve, &FREE_PORTS);
    let line = server.wait_for("segment-api");
    let segments = line.split_whitespace().last().unwrap();
    server.wait_for("Every call needs a key");
    let shown = server.wait_for("audience key create");
    let arguments: Vec<&str> = shown.split_whitespace().skip(1).collect();
    let made = audience(&arguments, folder.path());
    assert!(made.status.success(), "{made:?}");
    assert!(told(&made).0.contains("not shown again"), "{made:?}");
    let key = String::from_utf8(made.stdout).unwrap();
    let url = format!("{segments}/api/segments");
    assert_eq!(status_of(None, &url).await, 401);
    assert_eq!(status_of(Some(key.trim()), &url).await, 200);
    server.stop();
    // Who has one is told nothing.
    let mut server = Server::start(&serve, &FREE_PORTS);
    server.wait_for("Ctrl-C");
    assert!(!server.printed.contains("key"), "{}", server.printed);
    server.stop();
}

#[tokio::test(flavor = "multi_thread")]
async fn every_operation_asks_for_the_scope_that_its_document_names() {
    let folder = tempfile::tempdir().unwrap();
    let platform = Platform::start(folder.path(), &[]);
    let keys = SCOPES.map(|scope| (scope, client_with(&make_key(folder.path(), &[scope], &[]))));
    let nobody = reqwest::Client::new();
    let mut open = BTreeSet::new();
    let mut named = BTreeSet::new();
    for port in platform.ports() {
        for operation in document_of(port).await.operations() {
            let id = &operation.id;
            let url = format!("{port}{}", operation.url());
            let ask = async |client: &reqwest::Client| {
                let method = operation.method.to_uppercase().parse().unwrap();
                let answer = client.request(method, &url).send().await.unwrap();
                answer.status().as_u16()
            };
            let Some(scope) = operation.scope() else {
                assert_ne!(ask(&nobody).await, 401, "{id}");
                open.insert(operation.id);
                continue;
            };
            assert_eq!(ask(&nobody).await, 401, "{id}");
            for (own, client) in &keys {
                let covers = own == &scope
                    || *own == "admin"
                    || (*own, scope) == ("segments:write", "segments:read");
                assert_eq!(ask(client).await != 403, covers, "{id} with {own}");
            }
            named.insert(scope.to_owned());
        }
    }
    let expected = [
        "getHealth",
        "getInfo",
        "getLiveness",
        "getMetrics",
        "getOpenapi",
        "getPrometheus",
        "getReadiness",
    ];
    assert_eq!(open.iter().collect::<Vec<_>>(), expected);
    assert_eq!(named.iter().collect::<Vec<_>>(), SCOPES);
    let console = nobody.get(&platform.segments).send().await.unwrap();
    assert_eq!(console.status(), 200);
    platform.server.stop();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rule_is_tried_on_users_by_who_may_read_them() {
    let folder = tempfile::tempdir().unwrap();
    let platform = Platform::start(folder.path(), &[]);
    let url = format!("{}/api/rules/evaluate", platform.rules);
    let ask = async |scopes: &[&str], body: Value| {
        let client = client_with(&make_key(folder.path(), scopes, &[]));
        let answer = client.post(&url).json(&body).send().await.unwrap();
        answer.status().as_u16()
    };
    let contexts = json!({"expression": "totalSpent > 1", "contexts": [{"totalSpent": 2}]});
    let users = json!({"expression": "totalSpent > 1", "userIds": ["ann"]});
    assert_eq!(ask(&["segments:read"], contexts).await, 200);
    assert_eq!(ask(&["segments:read"], users.clone()).await, 403);
    let both = ["segments:read", "profiles:read"];
    assert_eq!(ask(&both, users).await, 200);
    platform.server.stop();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_is_listed_used_and_revoked_while_the_platform_runs() {
    let folder = tempfile::tempdir().unwrap();
    let platform = Platform::start(folder.path(), &[]);
    let data = ["--data", folder.path().to_str().unwrap()];
    let run = |arguments: &[&str]| json_of(&[arguments, &data].concat(), folder.path());
    let made = run(&[
        "key",
        "create",
        "--scope",
        "segments:read",
        "--scope",
        "events:write",
        "--name",
        "web shop",
        "--expires",
        "90d",
    ]);
    let (id, key) = (made["id"].as_str().unwrap(), made["key"].as_str().unwrap());
    assert_eq!(made["scopes"], json!(["events:write", "segments:read"]));
    assert!(made["expiresAt"].is_string() && made["isGood"] == true);
    let url = format!("{}/api/segments", platform.segments);
    assert_eq!(status_of(Some(key), &url).await, 200);
    let find = |all: &Value| {
        let all = all.as_array().unwrap();
        let found = all.iter().find(|it| it["id"] == id);
        found.unwrap().clone()
    };
    let started = Instant::now();
    while find(&run(&["key", "list"]))["lastUsedAt"].is_null() {
        assert!(started.elapsed() < PATIENCE);
        std::thread::sleep(Duration::from_millis(100));
    }
    let listed = run(&["key", "list"]);
    assert_eq!(find(&listed)["name"], "web shop");
    let secret = key.rsplit('_').next().unwrap();
    assert!(!listed.to_string().contains(secret));

    assert_eq!(run(&["key", "revoke", id])["isGood"], false);
    while status_of(Some(key), &url).await != 401 {
        assert!(started.elapsed() < PATIENCE);
        std::thread::sleep(Duration::from_millis(100));
    }
    assert_eq!(status_of(Some(&platform.key), &url).await, 200);
    let output = audience(&[&["key", "list"], &data[..]].concat(), folder.path());
    let text = String::from_utf8(output.stdout).unwrap();
    let line = text.lines().find(|line| line.starts_with(id)).unwrap();
    assert!(
        line.contains("web shop") && line.contains("revoked"),
        "{text}"
    );
    let unknown = audience(
        &[&["key", "revoke", "nobody"], &data[..]].concat(),
        folder.path(),
    );
    let (errors, code) = told(&unknown);
    assert!(code == 1 && errors.contains("there is no key `nobody`"));
    platform.server.stop();
}

#[test]
fn what_is_wrong_with_a_key_command_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let check = |arguments: &[&str], expected: i32, text: &str| {
        let (errors, code) = told(&audience(arguments, folder.path()));
        assert_eq!(code, expected, "{errors}");
        assert!(errors.contains(text), "{errors}");
    };
    check(&["key", "create"], 2, "--scope");
    let nearest = "did you mean `segments:read`?";
    check(&["key", "create", "--scope", "segment:read"], 2, nearest);
    check(
        &["key", "create", "--scope", "admin", "--expires", "soon"],
        2,
        "`90d`",
    );
    check(&["key", "list"], 1, "there is no platform in `./data`");
    assert!(!folder.path().join("data").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn commands_send_the_key_and_say_what_is_missing() {
    let folder = tempfile::tempdir().unwrap();
    let platform = Platform::start(folder.path(), &[]);
    platform.create(&[("vip", "totalSpent > 100")]).await;
    let writer = make_key(folder.path(), &["events:write"], &[]);
    let at = ["--url", &platform.segments];
    let members = ["segment", "members", "vip"];
    let tail = ["tail", "--from-start", "--count", "1"];
    for command in [&members[..], &tail[..]] {
        let run = |key: &[&str]| told(&audience(&[command, &at, key].concat(), folder.path()));
        let (errors, code) = run(&[]);
        assert!(code == 1 && errors.contains("AUDIENCE_KEY"), "{errors}");
        let (errors, code) = run(&["--key", &writer]);
        assert!(code == 1 && errors.contains("segments:read"), "{errors}");
        let (errors, code) = run(&["--key", "a\nb"]);
        assert!(code == 1 && errors.contains("that is no key"), "{errors}");
    }
    let events = folder.path().join("events.ndjson");
    let event = json!({"type": "track", "messageId": "1", "userId": "ann", "event": "purchase",
        "properties": {"amount": 150}});
    std::fs::write(&events, event.to_string()).unwrap();
    let import = [
        "import",
        "--events",
        events.to_str().unwrap(),
        "--url",
        &platform.ingestion,
    ];
    let (errors, code) = told(&audience(&import, folder.path()));
    assert!(code == 1 && errors.contains("AUDIENCE_KEY"), "{errors}");
    let sent = audience(&[&import[..], &["--key", &writer]].concat(), folder.path());
    assert!(sent.status.success(), "{sent:?}");
    let seen = audience(
        &[&tail[..], &at, &["--key", &platform.key]].concat(),
        folder.path(),
    );
    let seen = String::from_utf8(seen.stdout).unwrap();
    assert!(seen.contains("ann entered vip"), "{seen}");
    platform.server.stop();
}

#[tokio::test(flavor = "multi_thread")]
async fn segments_libraries_send_it_as_their_write_key() {
    let folder = tempfile::tempdir().unwrap();
    let platform = Platform::start(folder.path(), &[]);
    let writer = make_key(folder.path(), &["events:write"], &[]);
    let call = json!({"userId": "ann", "event": "visit"});
    let url = format!("{}/v1/track", platform.ingestion);
    let send = async |user: &str| {
        let request = reqwest::Client::new().post(&url).json(&call);
        let answer = request.basic_auth(user, Some("")).send().await.unwrap();
        answer.status().as_u16()
    };
    assert_eq!(send(&writer).await, 202);
    assert_eq!(send("aud_wrong").await, 401);
    platform.server.stop();
}

#[tokio::test(flavor = "multi_thread")]
async fn who_calls_too_often_is_told_the_limit_and_others_are_answered() {
    let folder = tempfile::tempdir().unwrap();
    let rates = [
        ("AUDIENCE_LIMITS_PER_KEY", "3"),
        ("AUDIENCE_LIMITS_PER_ADDRESS", "2"),
    ];
    let platform = Platform::start(folder.path(), &rates);
    let url = format!("{}/api/segments", platform.segments);
    // A minute may end in between; with each of two, the limit is met.
    let first_refusal = async |key: &str| {
        for _ in 0..20 {
            let answer = client_with(key).get(&url).send().await.unwrap();
            if answer.status() == 429 {
                assert!(answer.headers().contains_key("retry-after"));
                return answer.json::<Value>().await.unwrap();
            }
        }
        panic!("nothing was refused");
    };
    let told = first_refusal(&platform.key).await;
    assert_eq!(
        told["detail"],
        "more than 3 requests of one key in a minute"
    );
    let told = first_refusal("aud_wrong").await;
    let detail = "more than 2 requests without a good key of one address in a minute";
    assert_eq!(told["detail"], detail);
    let other = make_key(folder.path(), &["segments:read"], &[]);
    assert_eq!(status_of(Some(&other), &url).await, 200);
    platform.server.stop();
}

#[test]
fn the_demo_asks_for_no_key_and_listens_on_this_machine_alone() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_audience"));
    command.args(["demo", "--exit"]).current_dir(folder.path());
    let refused = command.env("AUDIENCE_LISTEN_ADDRESS", "0.0.0.0").output();
    let (errors, code) = told(&refused.unwrap());
    assert!(
        code == 1 && errors.contains("asks nobody for a key"),
        "{errors}"
    );
}
