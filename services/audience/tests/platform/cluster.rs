//! The platform on Kafka, PostgreSQL and Aerospike.

mod aerospike;
mod apart;
mod failures;
mod parts;
mod roles;
mod traces;

use serde_json::json;
use store_contracts::log::{read_count, record};
use stores::{NewRecord, Topic, partition_of};

use crate::load::{Load, load, make_segments};
use crate::verify::everything_adds_up;
use parts::Parts;

#[tokio::test(flavor = "multi_thread")]
async fn on_its_real_parts_it_answers_as_a_replay_of_the_log_does() {
    let Some(parts) = Parts::start().await else {
        return;
    };
    let what = std::sync::Arc::new(Load::default());
    let platform = std::sync::Arc::new(parts.deployment.start());
    let url = format!("{}/actuator/health", platform.segments);
    let health = platform
        .until(&url, |health| health["status"] == "UP")
        .await;
    for part in ["kafka", "postgresql", "processor", "store"] {
        assert_eq!(health["components"][part]["status"], "UP", "{health}");
    }
    make_segments(&platform, &what).await;
    let tasks = load(&platform.api, &what);
    tokio::time::sleep(std::time::Duration::from_secs(3)).await;
    what.pause(tasks).await;
    let metrics = format!("{}/actuator/prometheus", platform.segments);
    let metrics = platform.text(&metrics).await;
    let lag = metrics
        .lines()
        .find(|line| line.starts_with("kafka_consumer_lag_sum"));
    for label in ["topic=\"user-events\"", "group=\"stream-processor\""] {
        assert!(lag.is_some_and(|lag| lag.contains(label)), "{metrics}");
    }
    platform.server.kill_now();
    everything_adds_up(&parts.deployment, &what).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_another_program_writes_and_nobody_can_read_stops_nobody_and_is_kept_once() {
    let Some(parts) = Parts::start().await else {
        return;
    };
    let platform = parts.deployment.start();
    platform
        .create(&[("big", "SUM(purchase.amount) > 100")])
        .await;
    let (events, dead) = (parts.log(Topic::UserEvents), parts.log(Topic::DeadEvents));
    let traced = NewRecord {
        headers: vec![("trace".into(), "1".into())],
        ..record(0, "ann", &b"\xff not json"[..])
    };
    let fact = json!({"eventId": "1", "userId": "ann", "eventType": "purchase", "properties": {"amount": 150}});
    let fact = record(partition_of("ann", 2), "ann", fact.to_string());
    let records = vec![traced, record(0, "", "no control record"), fact];
    events.append(records).await.unwrap();
    let url = format!("{}/api/segments/big/members", platform.segments);
    platform
        .until(&url, |page| page["data"][0]["userId"] == "ann")
        .await;
    platform.caught_up().await;
    platform.server.kill_now();
    // The next process begins at the last commit, or reads again what it needs.
    let platform = parts.deployment.start();
    platform.caught_up().await;
    platform.server.kill_now();
    let letters = tokio::task::spawn_blocking(move || read_count(&*dead, 0, 0, 2));
    let letters = letters.await.unwrap();
    let values: Vec<_> = letters.iter().map(|letter| &*letter.value).collect();
    assert_eq!(values, [&b"\xff not json"[..], b"no control record"]);
    let names = letters[0].headers.iter().map(|(name, _)| &**name);
    let names: Vec<_> = names.take(2).collect();
    assert_eq!(names, ["trace", "dlq_reason"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn topics_that_are_there_stay_and_another_number_of_partitions_is_refused() {
    let Some(parts) = Parts::start().await else {
        return;
    };
    let again = parts.audience(&["topics", "create", "--format", "json"], &[]);
    assert!(again.status.success(), "{again:?}");
    let made: serde_json::Value = serde_json::from_slice(&again.stdout).unwrap();
    let made = made.as_array().unwrap();
    assert_eq!(made.len(), 9, "{made:?}");
    assert!(made.iter().all(|topic| topic["isNew"] == json!(false)));
    let three = [("AUDIENCE_LOG_PARTITIONS", "3")];
    for arguments in [&["topics", "create"][..], &["serve"][..]] {
        let refused = parts.audience(arguments, &three);
        let told = String::from_utf8_lossy(&refused.stderr).into_owned();
        assert_eq!(refused.status.code(), Some(1), "{told}");
        assert!(told.contains("partitions"), "{told}");
    }
}
