//! Traces: from a request through the log to the change that it led to.

use std::net::TcpListener;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use store_contracts::log::{LONG, read_all};
use stores::embedded::{Options, Store};
use stores::{Log, Record, Topic, partition_of};

use crate::collector::{Collector, SpanKind, Trace};
use crate::platform::{Api, Platform};

/// What callers say of their own span.
pub(crate) const CALLER: &str = "00f067aa0ba902b7";
const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const UNWANTED: &str = "1111111111111111111111111111111f";

/// A purchase by which a user gets into the segment `big`.
pub(crate) fn purchase(user: &str) -> Value {
    json!({"userId": user, "eventType": "purchase", "properties": {"amount": 150}})
}

/// Sends an event in a caller's trace.
pub(crate) async fn send(api: &Api, event: &Value, trace: &str, is_sampled: bool) {
    let parent = format!("00-{trace}-{CALLER}-0{}", u8::from(is_sampled));
    let request = api.http.post(format!("{}/api/events", api.ingestion));
    let request = request.header("traceparent", parent).json(event);
    assert_eq!(request.send().await.unwrap().status(), 202);
}

/// The `traceparent` of a user's first change; `None` of a change without.
pub(crate) fn carried(changes: &dyn Log, user: &str) -> Option<String> {
    let of_user = |record: &Record| record.key == user;
    let partition = partition_of(user, changes.partitions());
    let mut reader = changes.reader(partition, 0).unwrap();
    let record = loop {
        let records = reader.next(1, LONG).unwrap();
        if let Some(record) = records.into_iter().find(of_user) {
            break record;
        }
    };
    let mut headers = record.headers.iter();
    let found = headers.find(|(name, _)| name == "traceparent");
    found.map(|(_, value)| value.to_string())
}

/// Holds a trace of one event to what led to what; returns what the change is to carry.
pub(crate) fn event_led_to_change(
    trace: &Trace,
    system: &str,
    user: &str,
    partitions: u32,
) -> String {
    let request = trace.under(CALLER, SpanKind::Server, "POST /api/events");
    request.says(&[
        ("http.request.method", "POST"),
        ("http.route", "/api/events"),
        ("http.response.status_code", "202"),
        ("url.path", "/api/events"),
    ]);
    let partition = partition_of(user, partitions).to_string();
    let message = |operation, topic| {
        [
            ("messaging.system", system),
            ("messaging.operation.name", operation),
            ("messaging.destination.name", topic),
            ("messaging.destination.partition.id", &*partition),
        ]
    };
    let sent = trace.under(&request.id, SpanKind::Producer, "send user-events");
    sent.says(&message("send", "user-events"));
    let taken = trace.under(&sent.id, SpanKind::Consumer, "process user-events");
    taken.says(&message("process", "user-events"));
    let offset = format!("messaging.{system}.offset");
    assert!(taken.attributes.contains_key(&offset), "{taken:?}");
    let told = trace.under(&taken.id, SpanKind::Producer, "send user-segments");
    told.says(&message("send", "user-segments"));
    told.trace_parent()
}

fn with_collector(data: &Path, url: &str, ratio: &str) -> Platform {
    let environment = [
        ("AUDIENCE_TELEMETRY_OTLP_ENDPOINT", url),
        ("AUDIENCE_TELEMETRY_SAMPLE_RATIO", ratio),
    ];
    Platform::start(data, &environment)
}

/// The topic of changes of a platform that has ended.
fn changes(data: &Path) -> Arc<dyn Log> {
    let store = Store::open(data, Options::default()).unwrap();
    store.log(Topic::UserSegments)
}

#[tokio::test(flavor = "multi_thread")]
async fn from_the_request_to_the_change_all_is_one_trace_and_nothing_else_is_exported() {
    let folder = tempfile::tempdir().unwrap();
    let collector = Collector::start().await;
    let platform = with_collector(folder.path(), &collector.url, "0");
    let big = [("big", "SUM(purchase.amount) > 100")];
    platform.create(&big).await;
    send(&platform, &purchase("bob"), UNWANTED, false).await;
    send(&platform, &purchase("ann"), TRACE, true).await;
    let carried_on = {
        let trace = collector.trace(TRACE, 4).await;
        event_led_to_change(&trace, "audience", "ann", 2)
    };
    platform.first_changes(2).await;
    platform.server.stop();
    // Nor at the end: neither what nobody asked for, nor what a caller did not want.
    let others = collector.all();
    assert!(others.iter().all(|span| span.trace == TRACE), "{others:#?}");
    assert!(others.iter().all(|span| span.service == "audience"));
    let changes = changes(folder.path());
    assert_eq!(carried(&*changes, "ann"), Some(carried_on));
    assert_eq!(carried(&*changes, "bob"), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_collector_what_a_caller_wants_traced_goes_on_all_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let platform = Platform::start(folder.path(), &[]);
    platform
        .create(&[("big", "SUM(purchase.amount) > 100")])
        .await;
    send(&platform, &purchase("ann"), TRACE, true).await;
    platform.first_changes(1).await;
    platform.server.stop();
    let expected = format!("00-{TRACE}-{CALLER}-01");
    assert_eq!(carried(&*changes(folder.path()), "ann"), Some(expected));
}

#[tokio::test(flavor = "multi_thread")]
async fn events_of_one_request_are_taken_together_and_what_time_does_is_in_no_trace() {
    let folder = tempfile::tempdir().unwrap();
    let collector = Collector::start().await;
    let platform = with_collector(folder.path(), &collector.url, "0");
    let recent = "COUNT(purchase WITHIN LAST 2 SECONDS) > 0";
    platform.create(&[("recent", recent)]).await;
    let events: Vec<_> = (0..20).map(|_| purchase("ann")).collect();
    let request = platform
        .http
        .post(format!("{}/api/events/batch", platform.ingestion));
    let request = request.header("traceparent", format!("00-{TRACE}-{CALLER}-01"));
    let answer = request
        .json(&json!({"events": events}))
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 202);
    let trace = collector.trace(TRACE, 4).await;
    let request = trace.under(CALLER, SpanKind::Server, "POST /api/events/batch");
    let sent = trace.under(&request.id, SpanKind::Producer, "send user-events");
    sent.says(&[("messaging.batch.message_count", "20")]);
    let taken = trace.under(&sent.id, SpanKind::Consumer, "process user-events");
    taken.says(&[("messaging.batch.message_count", "20")]);
    trace.under(&taken.id, SpanKind::Producer, "send user-segments");
    platform.first_changes(2).await;
    platform.server.stop();
    let changes = changes(folder.path());
    let partition = partition_of("ann", 2);
    let records = read_all(&*changes, partition, 0);
    let is_traced = |record: &Record| record.headers.iter().any(|(name, _)| name == "traceparent");
    assert_eq!(
        records.iter().map(is_traced).collect::<Vec<_>>(),
        [true, false]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_configured_share_begins_here_and_what_machines_ask_is_left_out() {
    let folder = tempfile::tempdir().unwrap();
    let collector = Collector::start().await;
    let platform = with_collector(folder.path(), &collector.url, "1");
    for path in ["/metrics", "/actuator/health", "/actuator/prometheus"] {
        platform.text(&format!("{}{path}", platform.rules)).await;
    }
    let (status, _) = platform
        .get(&format!("{}/api/nothing", platform.rules))
        .await;
    assert_eq!(status, 404);
    let (status, _) = platform
        .get(&format!("{}/api/users/nobody", platform.rules))
        .await;
    assert_eq!(status, 404);
    // What waits is exported at the end.
    platform.server.stop();
    let spans = collector.all();
    let named = |name: &str| {
        spans
            .iter()
            .filter(|span| span.name == name)
            .collect::<Vec<_>>()
    };
    let [nothing] = named("GET")[..] else {
        panic!("{spans:#?}")
    };
    nothing.says(&[
        ("http.response.status_code", "404"),
        ("url.path", "/api/nothing"),
    ]);
    // A caller's mistake is no failure of the service.
    assert!(
        !nothing.has_failed && nothing.parent.is_empty(),
        "{nothing:?}"
    );
    assert_eq!(named("GET /api/users/{id}").len(), 1, "{spans:#?}");
    let is_machines = |path: &String| path.starts_with("/actuator") || path == "/metrics";
    let paths = spans
        .iter()
        .filter_map(|span| span.attributes.get("url.path"));
    assert!(
        paths.into_iter().all(|path| !is_machines(path)),
        "{spans:#?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_collector_that_is_gone_harms_nobody_and_what_it_misses_is_counted() {
    let folder = tempfile::tempdir().unwrap();
    // Nobody listens there any more.
    let gone = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", gone.local_addr().unwrap());
    drop(gone);
    let platform = with_collector(folder.path(), &url, "1");
    platform
        .create(&[("big", "SUM(purchase.amount) > 100")])
        .await;
    for number in 0..50 {
        let user = format!("user-{number}");
        send(&platform, &purchase(&user), TRACE, true).await;
    }
    platform.first_changes(50).await;
    let metrics = format!("{}/metrics", platform.rules);
    let started = Instant::now();
    while dropped(&platform.text(&metrics).await) < 150 {
        assert!(started.elapsed() < Duration::from_mins(1));
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let stopping = Instant::now();
    platform.server.stop();
    let took = stopping.elapsed();
    assert!(took < Duration::from_secs(20), "{took:?}");
}

/// Spans that no collector took.
fn dropped(metrics: &str) -> u64 {
    let mut lines = metrics.lines();
    let line = lines.find(|line| {
        line.starts_with("audience_spans_dropped_total") && line.contains("\"failed\"")
    });
    let count = line.and_then(|line| line.rsplit(' ').next());
    count.map_or(0, |count| count.parse().unwrap())
}
