//! Traces through processes of single roles, over Kafka.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use stores::{Directory, PostgresCatalog, PostgresOptions, Topic};

use super::apart::Apart;
use super::parts::Parts;
use crate::collector::{Collector, SpanKind};
use crate::traces::{CALLER, carried, event_led_to_change, purchase, send};

const PARTITIONS: usize = 2;
const EVENT: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const QUESTION: &str = "a2fb4a1d1a96d312a2fb4a1d1a96d312";

#[tokio::test(flavor = "multi_thread")]
async fn a_trace_goes_through_every_process_and_over_kafka() {
    let Some(mut parts) = Parts::make(PARTITIONS, false).await else {
        return;
    };
    let collector = Collector::start().await;
    parts.deployment.environment.extend([
        ("AUDIENCE_TELEMETRY_OTLP_ENDPOINT", collector.url.clone()),
        ("AUDIENCE_TELEMETRY_SAMPLE_RATIO", "0".to_owned()),
    ]);
    let apart = Apart::start(&parts, PARTITIONS);
    let api = &apart.api;
    api.create(&[("big", "SUM(purchase.amount) > 100")]).await;
    settled(&parts).await;

    send(api, &purchase("ann"), EVENT, true).await;
    let trace = collector.trace(EVENT, 4).await;
    let expected = event_led_to_change(&trace, "kafka", "ann", PARTITIONS as u32);
    let request = trace.under(CALLER, SpanKind::Server, "POST /api/events");
    assert_eq!(request.service, "ingestion-api");
    let sent = trace.under(&request.id, SpanKind::Producer, "send user-events");
    let taken = trace.under(&sent.id, SpanKind::Consumer, "process user-events");
    assert_eq!(taken.service, "stream-processor");
    taken.says(&[("messaging.consumer.group.name", "stream-processor")]);
    let changes = parts.log(Topic::UserSegments);
    let found = tokio::task::spawn_blocking(move || carried(&*changes, "ann"));
    assert_eq!(found.await.unwrap(), Some(expected));

    // The console's port passes it on to rule-engine, which asks the user's owner.
    let url = format!("{}/api/users/ann/explain?segment=big", api.segments);
    let request = api.http.get(url);
    let request = request.header("traceparent", format!("00-{QUESTION}-{CALLER}-01"));
    assert_eq!(request.send().await.unwrap().status(), 200);
    let trace = collector.trace(QUESTION, 5).await;
    let mut parent = CALLER;
    for (service, kind, name) in [
        ("segment-api", SpanKind::Server, "GET /api/users/{*rest}"),
        ("segment-api", SpanKind::Client, "GET"),
        (
            "rule-engine",
            SpanKind::Server,
            "GET /api/users/{id}/explain",
        ),
        ("rule-engine", SpanKind::Client, "POST"),
        ("stream-processor", SpanKind::Server, "POST /api/owners/ask"),
    ] {
        let span = trace.under(parent, kind, name);
        assert_eq!(span.service, service);
        parent = &span.id;
    }
    apart.stop();
}

/// Waits until each stream-processor owns a partition: what is taken while one moves may be taken, and
/// asked, twice.
async fn settled(parts: &Parts) {
    let mut environment = parts.deployment.environment.iter();
    let url = environment.find(|(name, _)| *name == "AUDIENCE_CATALOG_URL");
    let options = PostgresOptions::new(&url.unwrap().1);
    let catalog = PostgresCatalog::open(&options).await.unwrap();
    let started = Instant::now();
    loop {
        let addresses = catalog.addresses().await.unwrap();
        let processes: BTreeSet<_> = addresses.values().collect();
        if processes.len() == 2 {
            return;
        }
        assert!(started.elapsed() < Duration::from_mins(1), "{addresses:?}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}
