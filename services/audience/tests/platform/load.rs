//! What goes on while a platform is killed: events, overrides, merges, edits of the catalog; and what
//! of it was acknowledged.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use reqwest::Method;
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::platform::Api;

/// Segments of every kind: sums, counts, negations, nesting, windows that pass while the test runs.
pub(crate) const SEGMENTS: [(&str, &str); 8] = [
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
    (CHOSEN, "COUNT(purchase) > 1000000"),
];
/// The segment that users come into by hand alone.
pub(crate) const CHOSEN: &str = "chosen";
const USERS: u64 = 40;
/// Ids that are merged into users while events for both come.
pub(crate) const GUESTS: u64 = 5;
const SENDERS: u64 = 4;
const CATEGORIES: [&str; 3] = ["electronics", "toys", "books"];

/// The load: events by number, each the same whenever it is sent.
#[derive(Default)]
pub(crate) struct Load {
    began: Began,
    /// Whether nothing more is to be sent for now.
    is_paused: AtomicBool,
    next: AtomicU64,
    rounds: AtomicU64,
    next_override: AtomicU64,
    pub(crate) accepted: Mutex<BTreeSet<u64>>,
    /// Sent, and no answer came: to be sent again.
    open: Mutex<BTreeSet<u64>>,
    /// Whether a user was last put into [`CHOSEN`] or out; `None` where no answer came.
    pub(crate) overrides: Mutex<BTreeMap<String, Option<bool>>>,
    /// What the catalog acknowledged: the newest version by the segment's id.
    pub(crate) segments: Mutex<BTreeMap<String, u64>>,
    /// Ids of campaigns that were acknowledged.
    pub(crate) campaigns: Mutex<BTreeSet<String>>,
}

/// When the load was made, in milliseconds.
struct Began(i64);

impl Default for Began {
    fn default() -> Self {
        Self(kit::clock::now())
    }
}

/// Nobody answers any more, or nothing more is to be sent.
#[derive(Debug)]
pub(crate) struct Gone;

impl From<reqwest::Error> for Gone {
    fn from(_: reqwest::Error) -> Self {
        Self
    }
}

impl Load {
    /// Before the first event, in milliseconds.
    pub(crate) fn began_at(&self) -> i64 {
        self.began.0
    }

    async fn send(&self, platform: &Api, numbers: Vec<u64>) -> Result<(), Gone> {
        self.open.lock().unwrap().extend(&numbers);
        let events: Vec<Value> = numbers.iter().map(|number| event(*number)).collect();
        let url = format!("{}/api/events/batch", platform.ingestion);
        let (status, answer) = platform.post(url, &json!({"events": events})).await?;
        if status != 202 {
            return Err(Gone);
        }
        assert_eq!(answer["rejected"], json!([]), "{answer}");
        let mut open = self.open.lock().unwrap();
        for number in numbers {
            open.remove(&number);
            self.accepted.lock().unwrap().insert(number);
        }
        Ok(())
    }

    /// Ends the tasks of [`load`], each after the answer that it waits for.
    pub(crate) async fn pause(&self, tasks: JoinSet<()>) {
        self.is_paused.store(true, Ordering::Relaxed);
        tasks.join_all().await;
    }

    fn go_on(&self) -> Result<(), Gone> {
        let is_paused = self.is_paused.load(Ordering::Relaxed);
        if is_paused { Err(Gone) } else { Ok(()) }
    }

    /// Sends until nobody answers any more.
    async fn run(&self, platform: &Api) -> Result<(), Gone> {
        self.send_open(platform).await?;
        loop {
            self.go_on()?;
            let size = 1 + self.next.load(Ordering::Relaxed) % 7;
            let from = self.next.fetch_add(size, Ordering::Relaxed);
            self.send(platform, (from..from + size).collect()).await?;
        }
    }

    /// Sends again what nobody answered.
    pub(crate) async fn send_open(&self, platform: &Api) -> Result<(), Gone> {
        let open: Vec<u64> = self.open.lock().unwrap().iter().copied().collect();
        for numbers in open.chunks(50) {
            self.send(platform, numbers.to_vec()).await?;
        }
        Ok(())
    }

    /// Puts users into a segment and out of it, one after another, until nobody answers any more.
    async fn choose(&self, platform: &Api) -> Result<(), Gone> {
        loop {
            self.go_on()?;
            let number = self.next_override.fetch_add(1, Ordering::Relaxed);
            let user = format!("user-{}", number % USERS);
            let is_in = (number / USERS).is_multiple_of(2);
            let action = if is_in { "include" } else { "exclude" };
            let note = |known| self.overrides.lock().unwrap().insert(user.clone(), known);
            note(None);
            let url = format!("{}/api/segments/{CHOSEN}/members/{user}", platform.segments);
            let body = json!({"action": action});
            let (status, answer) = platform.send(Method::PUT, url, &body).await?;
            is(202, status, &answer)?;
            note(Some(is_in));
        }
    }

    /// Makes a segment and publishes a version of it, makes a campaign and merges guests.
    async fn disturb(&self, platform: &Api) -> Result<(), Gone> {
        // A longer window each time, so that histories have to be read for it.
        let days = 1 + self.rounds.fetch_add(1, Ordering::Relaxed);
        let body = |days| {
            let rule = format!("COUNT(purchase WITHIN LAST {days} DAYS) > 10");
            json!({"name": "Made under load", "type": "DYNAMIC", "rules": {"expression": rule}})
        };
        let all = format!("{}/api/segments", platform.segments);
        let (status, made) = platform.post(all.clone(), &body(days)).await?;
        is(201, status, &made)?;
        let id = made["id"].as_str().unwrap().to_owned();
        self.note_segment(&made);
        let campaign = json!({
            "name": "Made under load", "segmentId": "spent", "type": "email",
            "content": {"template": "thanks"},
        });
        let url = format!("{}/api/campaigns", platform.communication);
        let (status, campaign) = platform.post(url, &campaign).await?;
        is(201, status, &campaign)?;
        let campaign = campaign["id"].as_str().unwrap().to_owned();
        self.campaigns.lock().unwrap().insert(campaign);
        for guest in 0..GUESTS {
            self.go_on()?;
            merge(platform, guest).await?;
        }
        let url = format!("{all}/{id}?publish=true");
        let longer = body(days + 1);
        let (status, edited) = platform.send(Method::PUT, url, &longer).await?;
        is(200, status, &edited)?;
        self.note_segment(&edited);
        Ok(())
    }

    fn note_segment(&self, answer: &Value) {
        let id = answer["id"].as_str().unwrap().to_owned();
        let version = answer["version"].as_u64().unwrap();
        self.segments.lock().unwrap().insert(id, version);
    }
}

/// Loads a platform until it is gone.
pub(crate) fn load(platform: &Arc<Api>, load: &Arc<Load>) -> JoinSet<()> {
    load.is_paused.store(false, Ordering::Relaxed);
    let mut tasks = JoinSet::new();
    for _ in 0..SENDERS {
        let (load, platform) = (Arc::clone(load), Arc::clone(platform));
        tasks.spawn(async move { load.run(&platform).await.unwrap_or(()) });
    }
    let (choosing, chosen) = (Arc::clone(load), Arc::clone(platform));
    tasks.spawn(async move { choosing.choose(&chosen).await.unwrap_or(()) });
    let (disturbing, disturbed) = (Arc::clone(load), Arc::clone(platform));
    tasks.spawn(async move { disturbing.disturb(&disturbed).await.unwrap_or(()) });
    tasks
}

pub(crate) fn user_of(number: u64) -> String {
    if number.is_multiple_of(13) {
        return format!("guest-{}", number % GUESTS);
    }
    // Few users get most events.
    let spread = number.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40;
    format!("user-{}", (spread % USERS) * (spread % 7) / 6)
}

pub(crate) fn cents_of(number: u64) -> u64 {
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

/// Merges a guest into the user they turn out to be.
pub(crate) async fn merge(platform: &Api, guest: u64) -> Result<(), Gone> {
    let body = json!({
        "previousId": format!("guest-{guest}"), "userId": format!("user-{guest}"),
        "messageId": format!("merge-{guest}"),
    });
    let url = format!("{}/v1/alias", platform.ingestion);
    let (status, answer) = platform.post(url, &body).await?;
    is(202, status, &answer)
}

/// A part that is down is answered 503: whoever asked comes again. Anything else is a fault.
fn is(wanted: u16, status: u16, answer: &Value) -> Result<(), Gone> {
    if status == 503 {
        return Err(Gone);
    }
    assert_eq!(status, wanted, "{answer}");
    Ok(())
}

/// Makes [`SEGMENTS`] and waits until each is in force.
pub(crate) async fn make_segments(platform: &Api, load: &Load) {
    platform.create(&SEGMENTS).await;
    for (id, _) in SEGMENTS {
        load.segments.lock().unwrap().insert(id.to_owned(), 1);
    }
}
