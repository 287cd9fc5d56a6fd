//! Sessions and counts, which are answered alike on the embedded stores and on Aerospike.

use kit::clock::now;
use rulelang::time::format_timestamp;
use serde_json::{Value, json};
use store_contracts::aerospike::{Kept, Server};

use crate::platform::Platform;

/// What a platform answers of the same events, without the hour.
async fn answers(began: i64, environment: &[(&str, &str)]) -> Vec<Value> {
    let folder = tempfile::tempdir().unwrap();
    let platform = Platform::start(&folder.path().join("data"), environment);
    platform.create(&[("big", "totalSpent > 100")]).await;
    let event = |user: &str, event_type: &str, at: i64| {
        json!({
            "userId": user, "eventType": event_type, "properties": {"amount": 150},
            "timestamp": format_timestamp(at), "context": {"sessionId": "sess_abc123"},
        })
    };
    let events = [
        event("ann", "purchase", began),
        event("bob", "purchase", began + 5),
        event("bob", "view", began + 7),
    ];
    let url = format!("{}/api/events/batch", platform.ingestion);
    let accepted = platform.post(url, &json!({"events": events})).await;
    assert_eq!(accepted.unwrap().0, 202);
    let mut answers = vec![];
    let url = format!("{}/api/segments/big", platform.segments);
    let grown = platform.until(&url, |it| it["dailyGrowth"] == 2).await;
    answers.push(json!([grown["size"], grown["dailyGrowth"]]));
    let url = format!("{}/api/events/hourly", platform.segments);
    let counted = platform
        .until(&url, |it| it["data"].as_array().unwrap().len() == 2)
        .await;
    answers.push(counted["data"].clone());
    for id in ["sess_abc123", "unheard-of"] {
        let url = format!("{}/api/sessions/{id}", platform.ingestion);
        let is_there = |it: &Value| it["lastAccess"] == format_timestamp(began + 7);
        answers.push(match id {
            "unheard-of" => platform.get(&url).await.1,
            _ => platform.until(&url, is_there).await,
        });
    }
    platform.server.stop();
    answers
}

#[tokio::test(flavor = "multi_thread")]
async fn embedded_and_on_aerospike_counts_and_sessions_are_the_same() {
    let began = now() - 60_000;
    let embedded = answers(began, &[]).await;
    let counts = json!([{"eventType": "purchase", "count": 2}, {"eventType": "view", "count": 1}]);
    assert_eq!(embedded[..2], [json!([2, 2]), counts]);
    let session = &embedded[2];
    assert_eq!(
        (&session["userId"], &embedded[3]["status"]),
        (&json!("bob"), &json!(404))
    );
    let Some(server) = Server::start(Kept::Nothing) else {
        return;
    };
    let hosts = [("AUDIENCE_AEROSPIKE_HOSTS", server.address())];
    assert_eq!(answers(began, &hosts).await, embedded);
}
