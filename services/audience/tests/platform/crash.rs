//! Whatever is killed, and whenever: what was accepted is counted once, changes have no gap and no
//! double, and everything equals a replay of the recorded log.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::platform::Platform;

/// Segments of every kind: sums, counts, negations, nesting, windows that pass while the test runs.
const SEGMENTS: [(&str, &str); 7] = [
    ("spent", "SUM(purchase.amount) > 500"),
    ("frequent", "COUNT(purchase WITHIN LAST 3 SECONDS) >= 3"),
    ("quiet", "DID NOT purchase WITHIN LAST 1 SECONDS"),
    ("electronics", "category == 'electronics'"),
    ("both", "IN SEGMENT 'spent' AND IN SEGMENT 'electronics'"),
    (
        "never-toys",
        "COUNT(purchase WHERE category == 'toys') == 0",
    ),
    ("recent", "lastActivity WITHIN LAST 2 SECONDS"),
];
const USERS: u64 = 40;
/// Ids that are merged into users while events for both come.
const GUESTS: u64 = 5;
const SENDERS: u64 = 4;
const CATEGORIES: [&str; 3] = ["electronics", "toys", "books"];

/// The load: events by number, each the same whenever it is sent.
#[derive(Default)]
struct Load {
    next: AtomicU64,
    rounds: AtomicU64,
    accepted: Mutex<BTreeSet<u64>>,
    /// Sent, and no answer came: to be sent again.
    open: Mutex<BTreeSet<u64>>,
}

impl Load {
    async fn send(&self, platform: &Platform, numbers: Vec<u64>) -> Result<(), ()> {
        self.open.lock().unwrap().extend(&numbers);
        let events: Vec<Value> = numbers.iter().map(|number| event(*number)).collect();
        let url = format!("{}/api/events/batch", platform.ingestion);
        let sent = platform.post(url, &json!({"events": events})).await;
        let Ok((202, answer)) = sent else {
            return Err(());
        };
        assert_eq!(answer["rejected"], json!([]), "{answer}");
        let mut open = self.open.lock().unwrap();
        for number in numbers {
            open.remove(&number);
            self.accepted.lock().unwrap().insert(number);
        }
        Ok(())
    }

    /// Sends until nobody answers any more.
    async fn run(&self, platform: &Platform) {
        loop {
            let size = 1 + self.next.load(Ordering::Relaxed) % 7;
            let from = self.next.fetch_add(size, Ordering::Relaxed);
            if self
                .send(platform, (from..from + size).collect())
                .await
                .is_err()
            {
                return;
            }
        }
    }

    /// Sends again what nobody answered.
    async fn send_open(&self, platform: &Platform) -> Result<(), ()> {
        let open: Vec<u64> = self.open.lock().unwrap().iter().copied().collect();
        for numbers in open.chunks(50) {
            self.send(platform, numbers.to_vec()).await?;
        }
        Ok(())
    }
}

fn user_of(number: u64) -> String {
    if number.is_multiple_of(13) {
        return format!("guest-{}", number % GUESTS);
    }
    // Few users get most events.
    let spread = number.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40;
    format!("user-{}", (spread % USERS) * (spread % 7) / 6)
}

/// Who a guest turns out to be.
fn merged(user: &str) -> String {
    user.replace("guest-", "user-")
}

fn cents_of(number: u64) -> u64 {
    number * 7919 % 10_000
}

fn event(number: u64) -> Value {
    let cents = cents_of(number);
    let category = CATEGORIES[number as usize % CATEGORIES.len()];
    json!({
        "eventId": format!("event-{number}"), "userId": user_of(number), "eventType": "purchase",
        "properties": {"amount": cents as f64 / 100.0, "category": category},
    })
}

/// A stream of numbers that differ from run to run only by the seed, which is printed.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % bound
    }
}

/// Starts the platform and loads it until it is gone.
fn start(data: &Path, load: &Arc<Load>, env: &[(&str, &str)]) -> (Arc<Platform>, JoinSet<()>) {
    let platform = Arc::new(Platform::start(data, env));
    let mut senders = JoinSet::new();
    for _ in 0..SENDERS {
        let (load, platform) = (Arc::clone(load), Arc::clone(&platform));
        senders.spawn(async move {
            if load.send_open(&platform).await.is_ok() {
                load.run(&platform).await;
            }
        });
    }
    let disturbed = Arc::clone(&platform);
    // A longer window each time, so that histories have to be read for it.
    let days = 1 + load.rounds.fetch_add(1, Ordering::Relaxed);
    senders.spawn(async move { disturb(&disturbed, days).await });
    (platform, senders)
}

/// Makes a segment and merges guests, unless nobody answers any more.
async fn disturb(platform: &Platform, days: u64) {
    let rules = json!({"expression": format!("COUNT(purchase WITHIN LAST {days} DAYS) > 10")});
    let body = json!({"name": "Made under load", "type": "DYNAMIC", "rules": rules});
    let url = format!("{}/api/segments", platform.segments);
    if platform.post(url, &body).await.is_err() {
        return;
    }
    for guest in 0..GUESTS {
        if merge(platform, guest).await.is_err() {
            return;
        }
    }
}

async fn merge(platform: &Platform, guest: u64) -> reqwest::Result<()> {
    let body = json!({
        "previousId": format!("guest-{guest}"), "userId": format!("user-{guest}"),
        "messageId": format!("merge-{guest}"),
    });
    let url = format!("{}/v1/alias", platform.ingestion);
    let (status, answer) = platform.post(url, &body).await?;
    assert_eq!(status, 202, "{answer}");
    Ok(())
}

/// Kills beyond those of the test: `TEST_KILLS=200 cargo test --test platform crash`.
fn kills() -> u64 {
    std::env::var("TEST_KILLS").map_or(8, |text| text.parse().unwrap())
}

#[tokio::test]
async fn kills_at_random_moments_lose_and_double_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let data = directory.path().join("data");
    let seed = std::env::var("TEST_SEED").map_or(0x5eed, |text| text.parse().unwrap());
    println!("seed {seed}");
    let mut random = Random(seed);
    let first = Platform::start(&data, &[]);
    first.create(&SEGMENTS).await;
    first.server.kill();
    let load = Arc::new(Load::default());
    for _ in 0..kills() {
        let (platform, mut senders) = start(&data, &load, &[]);
        tokio::time::sleep(Duration::from_millis(random.below(600))).await;
        platform.server.kill_now();
        while senders.join_next().await.is_some() {}
    }
    everything_adds_up(&data, &load).await;
}

/// Where the processor ends itself, and the how manyth passing of that place it is.
const POINTS: [&str; 9] = [
    "after-append-before-commit:40",
    "after-append-before-commit:300",
    "after-commit-before-view:30",
    "after-commit-before-view:200",
    "after-deadline-before-commit:3",
    "after-deadline-before-commit:20",
    "between-transfer-halves:1",
    "during-build:1",
    "during-switch-sweep:1",
];

#[tokio::test]
async fn every_crash_point_loses_and_doubles_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let data = directory.path().join("data");
    let first = Platform::start(&data, &[]);
    first.create(&SEGMENTS).await;
    first.server.kill();
    let load = Arc::new(Load::default());
    for point in POINTS {
        let (platform, mut senders) = start(&data, &load, &[("AUDIENCE_CRASH_POINT", point)]);
        let started = Instant::now();
        while !platform.server.has_ended() {
            assert!(
                started.elapsed() < Duration::from_mins(1),
                "{point} was not passed"
            );
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        while senders.join_next().await.is_some() {}
    }
    everything_adds_up(&data, &load).await;
}

/// Sends what is open, and compares the platform with what was accepted and with a replay.
async fn everything_adds_up(data: &Path, load: &Load) {
    let platform = Platform::start(data, &[]);
    load.send_open(&platform).await.unwrap();
    for guest in 0..GUESTS {
        merge(&platform, guest).await.unwrap();
    }
    platform.caught_up().await;
    let url = format!("{}/api/segments?limit=1000", platform.segments);
    let is_active = |segment: &Value| segment["status"] == "active";
    let all = platform
        .until(&url, |page| {
            page["data"].as_array().unwrap().iter().all(is_active)
        })
        .await;
    // Every window of a few seconds has passed then, so that members stand still.
    let url = format!("{}/api/segments/recent/members", platform.segments);
    platform.until(&url, |page| page["data"] == json!([])).await;
    let url = format!("{}/api/segments/frequent/members", platform.segments);
    platform.until(&url, |page| page["data"] == json!([])).await;
    let accepted = load.accepted.lock().unwrap().clone();
    profiles_count_what_was_accepted(&platform, &accepted).await;
    let changes = platform.changes().await;
    sequences_are_contiguous(&changes);
    let mut members = BTreeSet::new();
    for segment in all["data"].as_array().unwrap() {
        let segment = segment["id"].as_str().unwrap();
        let users = platform.members(segment).await;
        members.extend(users.into_iter().map(|user| (segment.to_owned(), user)));
    }
    platform.server.stop();
    equals_a_replay(data, &members, &changes);
}

async fn profiles_count_what_was_accepted(platform: &Platform, accepted: &BTreeSet<u64>) {
    let mut expected: BTreeMap<String, (u64, u64)> = BTreeMap::new();
    for number in accepted {
        let (count, cents) = expected.entry(merged(&user_of(*number))).or_default();
        *count += 1;
        *cents += cents_of(*number);
    }
    for (user, (count, cents)) in expected {
        let url = format!("{}/api/users/{user}", platform.rules);
        let profile = platform
            .until(&url, |answer| answer["fields"]["eventCount"] == count)
            .await;
        assert_eq!(
            profile["fields"]["totalSpent"],
            cents as f64 / 100.0,
            "{user}"
        );
    }
}

fn sequences_are_contiguous(changes: &[Value]) {
    let mut last: BTreeMap<(&str, u64), u64> = BTreeMap::new();
    for change in changes {
        let headers = &change["headers"];
        let (seq, epoch) = (
            headers["seq"].as_u64().unwrap(),
            headers["epoch"].as_u64().unwrap(),
        );
        let before = last.insert((change["userId"].as_str().unwrap(), epoch), seq);
        assert_eq!(before.unwrap_or(0) + 1, seq, "{change}");
    }
}

/// What makes two changes the same.
fn identity(change: &Value) -> String {
    let headers = &change["headers"];
    let parts = ["userId", "segmentId", "action", "reason", "timestamp"].map(|key| &change[key]);
    format!("{parts:?} {} {}", headers["seq"], headers["epoch"])
}

fn equals_a_replay(data: &Path, members: &BTreeSet<(String, String)>, changes: &[Value]) {
    let file = |name: &str| data.with_file_name(name);
    let (members_file, changes_file) = (file("members.ndjson"), file("changes.ndjson"));
    let replayed = Command::new(env!("CARGO_BIN_EXE_audience"))
        .args(["replay", "--data"])
        .arg(data)
        .arg("--members")
        .arg(&members_file)
        .arg("--changes")
        .arg(&changes_file)
        .output()
        .unwrap();
    assert!(replayed.status.success(), "{replayed:?}");
    let lines = |path: &Path| -> Vec<Value> {
        let text = std::fs::read_to_string(path).unwrap();
        text.lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    };
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let member = |line: &Value| (text(&line["segmentId"]), text(&line["userId"]));
    let replayed: BTreeSet<_> = lines(&members_file).iter().map(member).collect();
    assert_eq!(members, &replayed);
    let live: BTreeSet<String> = changes.iter().map(identity).collect();
    let replayed: BTreeSet<String> = lines(&changes_file).iter().map(identity).collect();
    assert_eq!(live.len(), changes.len());
    let missing: Vec<_> = replayed.difference(&live).take(3).collect();
    let extra: Vec<_> = live.difference(&replayed).take(3).collect();
    assert!(
        missing.is_empty() && extra.is_empty(),
        "{missing:?} {extra:?}"
    );
}
