//! The platform on Kafka, PostgreSQL and Aerospike.

mod aerospike;
mod failures;
mod parts;

use serde_json::json;

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
    let tasks = load(&platform, &what);
    tokio::time::sleep(std::time::Duration::from_secs(3)).await;
    what.pause(tasks).await;
    platform.server.kill_now();
    everything_adds_up(&parts.deployment, &what).await;
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
