//! What has to be there after crashes: everything acknowledged, once, as a replay of the log has it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};

use crate::counted::{events_are_those_that_were_accepted, growth_is_that_of_the_changes};
use crate::load::{CHOSEN, GUESTS, Load, cents_of, merge, user_of};
use crate::platform::{Api, Platform};

/// Where a platform is: its folder, the rest of its environment, and which log a replay runs.
pub(crate) struct Deployment {
    pub(crate) data: PathBuf,
    pub(crate) environment: Vec<(&'static str, String)>,
    pub(crate) replayed: Vec<String>,
    /// Whether the log can be read while the platform runs. Then not every offset is a record.
    pub(crate) is_on_kafka: bool,
}

/// What a replay of the log comes to.
pub(crate) struct Replayed {
    members: BTreeSet<(String, String)>,
    pub(crate) changes: BTreeSet<String>,
}

impl Deployment {
    /// On the stores of its folder.
    pub(crate) fn embedded(data: &Path) -> Self {
        Self {
            data: data.to_owned(),
            environment: vec![],
            replayed: vec!["--data".to_owned(), data.to_str().unwrap().to_owned()],
            is_on_kafka: false,
        }
    }

    /// Starts it.
    pub(crate) fn start(&self) -> Platform {
        Platform::start(&self.data, &self.environment())
    }

    /// The rest of its environment.
    pub(crate) fn environment(&self) -> Vec<(&str, &str)> {
        let environment = self.environment.iter();
        environment
            .map(|(name, value)| (*name, value.as_str()))
            .collect()
    }
}

/// Starts the platform, sends what is open, compares everything with what was accepted and with a
/// replay, and returns all changes.
pub(crate) async fn everything_adds_up(deployment: &Deployment, load: &Load) -> Vec<Value> {
    let platform = deployment.start();
    let seen = Seen::of(&platform, deployment, load).await;
    platform.server.stop();
    seen.equals_a_replay(deployment)
}

/// The same of a platform on Kafka that runs and goes on.
pub(crate) async fn adds_up_while_running(api: &Api, deployment: &Deployment, load: &Load) {
    Seen::of(api, deployment, load)
        .await
        .equals_a_replay(deployment);
}

/// What a platform shows.
struct Seen {
    members: BTreeSet<(String, String)>,
    changes: Vec<Value>,
    /// A log on Kafka is replayed while the platform runs: how many changes there are is known from it.
    replayed: Option<Replayed>,
}

impl Seen {
    async fn of(api: &Api, deployment: &Deployment, load: &Load) -> Self {
        let segments = settle(api, load).await;
        let accepted = load.accepted.lock().unwrap().clone();
        profiles_count_what_was_accepted(api, &accepted).await;
        the_catalog_has_what_was_saved(api, load).await;
        chosen_are_those_who_were_put_in(api, load).await;
        let replayed = deployment.is_on_kafka.then(|| deployment.replay());
        let changes = match &replayed {
            Some(replayed) => api.first_changes(replayed.changes.len()).await,
            None => api.changes().await,
        };
        sequences_are_contiguous(&changes);
        growth_is_that_of_the_changes(api, &changes).await;
        events_are_those_that_were_accepted(api, load).await;
        let mut members = BTreeSet::new();
        for segment in segments {
            let users = api.members(&segment).await;
            members.extend(users.into_iter().map(|user| (segment.clone(), user)));
        }
        Self {
            members,
            changes,
            replayed,
        }
    }

    fn equals_a_replay(self, deployment: &Deployment) -> Vec<Value> {
        let replayed = self.replayed.unwrap_or_else(|| deployment.replay());
        equals_a_replay(&replayed, &self.members, &self.changes);
        self.changes
    }
}

/// Sends what is open and waits until everything is taken and stands still; returns all segments.
async fn settle(api: &Api, load: &Load) -> Vec<String> {
    load.send_open(api).await.unwrap();
    for guest in 0..GUESTS {
        merge(api, guest).await.unwrap();
    }
    api.caught_up().await;
    let url = format!("{}/api/segments?limit=1000", api.segments);
    let is_active = |segment: &Value| segment["status"] == "active";
    let all = api
        .until(&url, |page| {
            page["data"].as_array().unwrap().iter().all(is_active)
        })
        .await;
    // Every window of a few seconds has passed then, so that members stand still.
    let url = format!("{}/api/segments/recent/members", api.segments);
    api.until(&url, |page| page["data"] == json!([])).await;
    let url = format!("{}/api/segments/frequent/members", api.segments);
    api.until(&url, |page| page["data"] == json!([])).await;
    let segments = all["data"].as_array().unwrap().iter();
    segments
        .map(|it| it["id"].as_str().unwrap().to_owned())
        .collect()
}

async fn profiles_count_what_was_accepted(platform: &Api, accepted: &BTreeSet<u64>) {
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

/// Who a guest turns out to be.
fn merged(user: &str) -> String {
    user.replace("guest-", "user-")
}

async fn the_catalog_has_what_was_saved(platform: &Api, load: &Load) {
    let segments = load.segments.lock().unwrap().clone();
    for (id, version) in segments {
        let url = format!("{}/api/segments/{id}", platform.segments);
        let (status, segment) = platform.get(&url).await;
        assert_eq!(status, 200, "{id}");
        assert!(segment["version"].as_u64() >= Some(version), "{segment}");
    }
    let campaigns = load.campaigns.lock().unwrap().clone();
    for id in campaigns {
        let url = format!("{}/api/campaigns/{id}", platform.communication);
        assert_eq!(platform.get(&url).await.0, 200, "{id}");
    }
}

async fn chosen_are_those_who_were_put_in(platform: &Api, load: &Load) {
    let members = platform.members(CHOSEN).await;
    let overrides = load.overrides.lock().unwrap().clone();
    for (user, was_put_in) in overrides {
        let is_in = members.contains(&user);
        assert!(was_put_in.is_none_or(|wanted| wanted == is_in), "{user}");
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
pub(crate) fn identity(change: &Value) -> String {
    let headers = &change["headers"];
    let parts = ["userId", "segmentId", "action", "reason", "timestamp"].map(|key| &change[key]);
    format!("{parts:?} {} {}", headers["seq"], headers["epoch"])
}

impl Deployment {
    pub(crate) fn replay(&self) -> Replayed {
        let file = |name: &str| self.data.with_file_name(name);
        let (members_file, changes_file) = (file("members.ndjson"), file("changes.ndjson"));
        let replayed = Command::new(env!("CARGO_BIN_EXE_audience"))
            .arg("replay")
            .args(&self.replayed)
            .arg("--members")
            .arg(&members_file)
            .arg("--changes")
            .arg(&changes_file)
            .output()
            .unwrap();
        assert!(replayed.status.success(), "{replayed:?}");
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let member = |line: &Value| (text(&line["segmentId"]), text(&line["userId"]));
        Replayed {
            members: lines(&members_file).iter().map(member).collect(),
            changes: lines(&changes_file).iter().map(identity).collect(),
        }
    }
}

fn lines(path: &Path) -> Vec<Value> {
    let text = std::fs::read_to_string(path).unwrap();
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

fn equals_a_replay(replayed: &Replayed, members: &BTreeSet<(String, String)>, changes: &[Value]) {
    assert_eq!(members, &replayed.members);
    let live: BTreeSet<String> = changes.iter().map(identity).collect();
    assert_eq!(live.len(), changes.len());
    let missing: Vec<_> = replayed.changes.difference(&live).take(3).collect();
    let extra: Vec<_> = live.difference(&replayed.changes).take(3).collect();
    assert!(
        missing.is_empty() && extra.is_empty(),
        "{missing:?} {extra:?}"
    );
}
