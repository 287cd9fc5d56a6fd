//! What the design's queries and alerts ask Prometheus for, as far as our own services answer it.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::platform::Platform;

/// How long anything is waited for.
const PATIENCE: Duration = Duration::from_mins(1);

/// The design's queries and alerts: the metric, the labels that it is selected by with their values,
/// and the label that it is summed by with one of its values.
const QUERIES: [(&str, &[(&str, &str)]); 8] = [
    ("kafka_consumer_lag_sum", &[("topic", "user-events")]),
    (MESSAGES, &[("topic", "user-events")]),
    (MESSAGES, &[("topic", "user-segments")]),
    (MESSAGES, &[("topic", "segment-updates")]),
    (MESSAGES, &[("topic", "notification-requests")]),
    (
        "flink_taskmanager_job_task_operator_numRecordsInPerSecond",
        &[("job_name", "audience-step")],
    ),
    (
        "http_requests_total",
        &[
            ("namespace", "audience-manager-demo"),
            ("service", "ingestion-api"),
        ],
    ),
    (
        "http_requests_total",
        &[
            ("namespace", "audience-manager-demo"),
            ("service", "segment-api"),
        ],
    ),
];
const MESSAGES: &str = "kafka_server_brokertopicmetrics_messagesinpersec_count";
/// What counts up, of what the contract asks for beside the queries.
const COUNTED: [(&str, &[(&str, &str)]); 8] = [
    ("audience_accepted_to_published_seconds_count", &[]),
    ("audience_batch_evaluation_seconds_count", &[]),
    ("audience_definitions_compile_seconds_count", &[]),
    ("audience_segment_added_total", &[("segment", "big")]),
    ("audience_segment_members", &[("segment", "big")]),
    (
        "audience_rule_tier",
        &[("segment", "big"), ("tier", "compiled")],
    ),
    ("audience_dead_letters_total", &[]),
    ("audience_user_cache_hits_total", &[]),
];

/// The samples of one scrape: by name, labels and values.
#[derive(Debug)]
struct Scrape(Vec<(String, BTreeMap<String, String>, f64)>);

impl Scrape {
    async fn of(platform: &Platform, path: &str) -> Self {
        let text = platform
            .text(&format!("{}{path}", platform.ingestion))
            .await;
        let lines = text.lines().filter(|line| !line.starts_with('#'));
        Self(lines.map(sample).collect())
    }

    /// The sum over the samples with these labels; `None` where there is none.
    fn sum(&self, name: &str, labels: &[(&str, &str)]) -> Option<f64> {
        let samples = self.0.iter().filter(|(other, found, _)| {
            let mut labels = labels.iter();
            other == name
                && labels.all(|(name, value)| found.get(*name).is_some_and(|it| it == value))
        });
        samples.map(|(.., value)| *value).reduce(|a, b| a + b)
    }
}

/// A line of the text format; values of labels have no commas and no quotes here.
fn sample(line: &str) -> (String, BTreeMap<String, String>, f64) {
    let (series, value) = line.rsplit_once(' ').unwrap();
    let (name, labels) = series.split_once('{').unwrap_or((series, ""));
    let labels = labels.trim_end_matches('}').split(',');
    let labels = labels.filter_map(|label| label.split_once('='));
    let labels = labels.map(|(name, value)| (name.to_owned(), value.trim_matches('"').to_owned()));
    (name.to_owned(), labels.collect(), value.parse().unwrap())
}

async fn send(platform: &Platform, events: Vec<Value>) {
    let url = format!("{}/api/events/batch", platform.ingestion);
    let (status, answer) = platform
        .post(url, &json!({ "events": events }))
        .await
        .unwrap();
    assert_eq!(status, 202, "{answer}");
}

fn purchase(user: &str, amount: u32) -> Value {
    json!({"userId": user, "eventType": "purchase", "properties": {"amount": amount}})
}

/// A campaign to the members of `big` that sends now.
async fn notify(platform: &Platform) {
    let url = format!("{}/api/campaigns", platform.communication);
    let body = json!({"id": "hello", "name": "Hello", "segmentId": "big", "type": "email",
        "content": {"template": "hello"}});
    assert_eq!(platform.post(url.clone(), &body).await.unwrap().0, 201);
    let schedule = format!("{url}/hello:schedule");
    assert_eq!(platform.post(schedule, &json!({})).await.unwrap().0, 200);
    let is_sent = |answer: &Value| answer["runs"][0]["sent"] == 1;
    platform.until(&format!("{url}/hello"), is_sent).await;
}

#[tokio::test]
async fn the_metrics_of_the_queries_are_there_and_move() {
    let directory = tempfile::tempdir().unwrap();
    let platform = Platform::start(&directory.path().join("data"), &[]);
    let before = Scrape::of(&platform, "/metrics").await;
    platform
        .create(&[("big", "SUM(purchase.amount WITHIN LAST 7 DAYS) > 100")])
        .await;
    send(&platform, vec![purchase("ann", 150), purchase("bob", 5)]).await;
    send(&platform, vec![purchase("ann", 1)]).await;
    let ann = format!("{}/api/users/ann", platform.rules);
    let has_both = |profile: &Value| profile["fields"]["eventCount"] == 2;
    platform.until(&ann, has_both).await;
    notify(&platform).await;
    platform.caught_up().await;

    let after = Scrape::of(&platform, "/actuator/prometheus").await;
    for (name, labels) in QUERIES.iter().chain(&COUNTED) {
        let value = |scrape: &Scrape| scrape.sum(name, labels);
        let now = value(&after).unwrap_or_else(|| panic!("{name} {labels:?}: {after:?}"));
        let moves = !["kafka_consumer_lag_sum", "audience_dead_letters_total"].contains(name);
        if moves {
            let was = value(&before).unwrap_or_default();
            assert!(now > was, "{name} {labels:?}: {was}, {now}");
        }
    }
    for name in asked_by_alerts() {
        assert!(after.sum(&name, &[]).is_some(), "an alert asks for {name}");
    }
    platform.server.stop();
}

/// The metrics of our own that alert rules ask for.
fn asked_by_alerts() -> BTreeSet<String> {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../k8s/prometheus/alerts.yml"
    );
    let rules = std::fs::read_to_string(path).unwrap();
    let expressions = rules
        .lines()
        .filter_map(|line| line.trim().strip_prefix("expr:"));
    let is_part_of_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let words = expressions.flat_map(|text| text.split(move |c| !is_part_of_name(c)));
    let is_ours = |word: &&str| {
        ["audience_", "kafka_", "http_"]
            .iter()
            .any(|it| word.starts_with(it))
    };
    let names: BTreeSet<String> = words.filter(is_ours).map(str::to_owned).collect();
    assert!(names.len() > 5, "{names:?}");
    names
}

#[tokio::test]
async fn lag_rises_while_records_wait_and_falls_when_they_are_taken() {
    let directory = tempfile::tempdir().unwrap();
    let platform = Platform::start(&directory.path().join("data"), &[]);
    let lag = async || {
        let scrape = Scrape::of(&platform, "/metrics").await;
        let freshness = scrape.sum("audience_freshness_seconds", &[("partition", "0")]);
        assert!(freshness.is_some_and(|it| it >= 0.0), "{scrape:?}");
        scrape.sum("kafka_consumer_lag_sum", &[("group", "stream-processor")])
    };
    let started = Instant::now();
    loop {
        let events = (0..2_000).map(|user| purchase(&format!("user-{user}"), 1));
        send(&platform, events.collect()).await;
        if lag().await > Some(0.0) {
            break;
        }
        assert!(started.elapsed() < PATIENCE, "nothing ever waited");
    }
    platform.caught_up().await;
    assert_eq!(lag().await, Some(0.0));
    platform.server.stop();
}

#[tokio::test]
async fn the_document_lists_every_metric() {
    let directory = tempfile::tempdir().unwrap();
    let platform = Platform::start(&directory.path().join("data"), &[]);
    // A family shows once it has a member: somebody enters and leaves.
    platform
        .create(&[("some", "totalSpent > 100 AND totalSpent < 200")])
        .await;
    for _ in 0..2 {
        send(&platform, vec![purchase("ann", 150)]).await;
    }
    let ann = format!("{}/api/users/ann", platform.rules);
    let has_both = |profile: &Value| profile["fields"]["eventCount"] == 2;
    platform.until(&ann, has_both).await;
    let text = platform
        .text(&format!("{}/metrics", platform.segments))
        .await;
    let families = text.lines().filter_map(|line| line.strip_prefix("# TYPE "));
    let families = families.map(|family| match family.split_once(' ').unwrap() {
        (name, "counter") => format!("{name}_total"),
        (name, _) => name.to_owned(),
    });
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/platform.md");
    let page = std::fs::read_to_string(page).unwrap();
    let (_, table) = page.split_once("| metric |").unwrap();
    let (table, _) = table.split_once("\n\n").unwrap();
    let rows = table.lines().filter_map(|row| row.strip_prefix("| `"));
    let names = rows.flat_map(|row| row.split(" |").next().unwrap().split(", "));
    let names = names.map(|name| name.trim_matches('`').to_owned());
    let sorted = |mut names: Vec<String>| {
        names.sort_unstable();
        names
    };
    assert_eq!(sorted(names.collect()), sorted(families.collect()));
    platform.server.stop();
}

#[tokio::test]
async fn the_buckets_answer_for_the_delays_that_are_promised() {
    let directory = tempfile::tempdir().unwrap();
    let platform = Platform::start(&directory.path().join("data"), &[]);
    let scrape = Scrape::of(&platform, "/metrics").await;
    let name = "audience_accepted_to_published_seconds_bucket";
    for bound in ["0.005", "0.05", "1.0"] {
        assert!(
            scrape.sum(name, &[("le", bound)]).is_some(),
            "{bound}: {scrape:?}"
        );
    }
    platform.server.stop();
}
